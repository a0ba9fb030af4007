"""How the pretend HighLevel signs webhooks and encrypts what a custom page is told of its user."""

import base64
import hashlib
import os

import orjson
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.kit.answers import Json

# The same in every sandbox, so that its public half can stand in a development setting.
_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"sandbox webhook key").digest())


def sign(body: bytes) -> str:
    """Base64 of the Ed25519 signature over the raw body."""
    return base64.b64encode(_KEY.sign(body)).decode()


def public_key_pem() -> str:
    """The public key that checks the signatures."""
    key = _KEY.public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def encrypt_context(context: Json, sso_key: str, salt: bytes | None = None) -> str:
    """The user context as CryptoJS `AES.encrypt(json, key)` writes it.

    That is base64 of `Salted__`, eight bytes of salt and AES-256-CBC, whose key and IV come from
    OpenSSL's EVP_BytesToKey with MD5 and one round.
    """
    salt = salt or os.urandom(8)
    derived, block = b"", b""
    while len(derived) < 48:
        block = hashlib.md5(block + sso_key.encode() + salt).digest()  # noqa: S324 - the vendor's
        derived += block
    padder = padding.PKCS7(128).padder()
    padded = padder.update(orjson.dumps(context)) + padder.finalize()
    sealer = Cipher(algorithms.AES(derived[:32]), modes.CBC(derived[32:48])).encryptor()
    return base64.b64encode(b"Salted__" + salt + sealer.update(padded) + sealer.finalize()).decode()
