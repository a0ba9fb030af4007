"""HighLevel's webhook signatures: Ed25519 over the raw body, under any of several public keys; no I/O."""

import base64
import binascii
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from core.errors import Forbidden, SettingsInvalid

HEADER = "x-ghl-signature"
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


def public_keys(text: str) -> tuple[Ed25519PublicKey, ...]:
    """The keys in a PEM text; raises SettingsInvalid for none, or for one of another kind."""
    try:
        keys = [load_pem_public_key(found.encode()) for found in _PEM.findall(text)]
    except ValueError:
        keys = []
    fitting = tuple(key for key in keys if isinstance(key, Ed25519PublicKey))
    if not fitting or len(fitting) < len(keys):
        raise SettingsInvalid("Set REKINDLE_HIGHLEVEL_WEBHOOK_KEYS to Ed25519 public keys as PEM.")
    return fitting


def verify(keys: Sequence[Ed25519PublicKey], body: bytes, header: str | None) -> None:
    """Raises Forbidden unless one of the keys signed this body.

    HighLevel sends the literal N/A where it did not sign: that is no signature.
    """
    if not header or header == "N/A":
        raise Forbidden("The request is not signed.")
    try:
        given = base64.b64decode(header, validate=True)
    except (binascii.Error, ValueError):
        raise Forbidden("The request's signature cannot be read.") from None
    if not any(_signed(key, given, body) for key in keys):
        raise Forbidden("The request's signature does not match.")


def _signed(key: Ed25519PublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body)
    except InvalidSignature:
        return False
    return True
