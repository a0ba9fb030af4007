"""How HubSpot signs what it sends to an app."""

import base64
import hashlib
import hmac
import re

# Only these are decoded in the address before it is signed.
_DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def sign_v3(secret: str, method: str, uri: str, *, body: bytes, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over method, address, body and timestamp (milliseconds)."""
    address = _ENCODED.sub(lambda found: _DECODED[found.group(0).upper()], uri)
    message = (method + address).encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def sign_v2(secret: str, method: str, uri: str, body: bytes) -> str:
    """Hex SHA-256 over secret, method, address and body."""
    return hashlib.sha256((secret + method + uri).encode() + body).hexdigest()


def sign_v1(secret: str, body: bytes) -> str:
    """Hex SHA-256 over secret and body."""
    return hashlib.sha256(secret.encode() + body).hexdigest()
