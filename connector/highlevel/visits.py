"""What HighLevel tells a custom page of its user: sealed with the app's shared secret, opened and read; no I/O."""

import base64
import binascii
import hashlib
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connector.highlevel.values import text
from connector.json_text import NotJson, decode
from connector.port.visits import Visit
from core.errors import Forbidden

_SALTED = b"Salted__"
_LONGEST = 8_192
_BLOCK = 16


class HighLevelVisits:
    """Opens messages with the shared secret of the app's page in the developer portal."""

    question = "REQUEST_USER_DATA"
    reply = "REQUEST_USER_DATA_RESPONSE"

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def open_visit(self, message: str) -> Visit:
        refused = Forbidden("Your CRM's word about who you are can't be read. Open the page again.")
        try:
            said: Any = decode(_opened(message, self._secret))
        except (ValueError, NotJson):
            raise refused from None
        if not isinstance(said, dict):
            raise refused
        location, person = text(said.get("activeLocation")), text(said.get("userId"))
        if not location or not person:
            raise refused
        return Visit(
            remote_account_id=location,
            person_id=person,
            says_admin=said.get("role") == "admin",
            remote_agency_id=text(said.get("companyId")),
        )


def _opened(message: str, secret: str) -> bytes:
    """The text that CryptoJS `AES.encrypt(text, secret)` has sealed; raises ValueError."""
    if len(message) > _LONGEST:
        raise ValueError("too long")
    try:
        raw = base64.b64decode(message, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    salt, sealed = raw[8:16], raw[16:]
    if raw[:8] != _SALTED or not sealed or len(sealed) % _BLOCK:
        raise ValueError("not sealed like this")
    derived, block = b"", b""
    while len(derived) < 48:  # a key of 32 bytes and a start of 16, as OpenSSL derives them
        block = hashlib.md5(block + secret.encode() + salt).digest()  # noqa: S324  the vendor's
        derived += block
    opener = Cipher(algorithms.AES(derived[:32]), modes.CBC(derived[32:48])).decryptor()
    padded = opener.update(sealed) + opener.finalize()
    remover = padding.PKCS7(8 * _BLOCK).unpadder()
    return remover.update(padded) + remover.finalize()
