"""HubSpot's request signatures, v3 and v2, from the vectors of its own tests; no I/O."""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta

from connector.port.signed import SignedRequest
from core.errors import Forbidden
from core.moments import to_millis

# Only these are decoded in the address before signing; %20, %2B, %3D, %26 and the rest stay as they are.
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)

OLDEST = timedelta(minutes=5)
NEWEST = timedelta(minutes=1)


def v3(secret: str, request: SignedRequest, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over method, decoded address, raw body and the timestamp header."""
    address = _ENCODED.sub(lambda m: _DECODED[m.group(0).upper()], request.url)
    text = (request.method + address).encode() + request.body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def v2(secret: str, request: SignedRequest) -> str:
    """SHA-256 in hex over secret, method, address as it stands and raw body."""
    return hashlib.sha256(
        (secret + request.method + request.url).encode() + request.body
    ).hexdigest()


def sign_v3(secret: str, request: SignedRequest, *, now: datetime) -> dict[str, str]:
    """The headers that sign a request as of now."""
    timestamp = str(to_millis(now))
    return {
        "x-hubspot-signature-v3": v3(secret, request, timestamp),
        "x-hubspot-request-timestamp": timestamp,
    }


def verify_v3(secret: str, request: SignedRequest, *, now: datetime) -> None:
    """Raises Forbidden for a missing, wrong, stale or future-dated signature."""
    given = request.headers.get("x-hubspot-signature-v3", "")
    timestamp = request.headers.get("x-hubspot-request-timestamp", "")
    if not given or not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 15:
        raise Forbidden("The request is not signed.")
    age = timedelta(milliseconds=to_millis(now) - int(timestamp))
    if age > OLDEST or age < -NEWEST:
        raise Forbidden("The request's signature is too old or from the future.")
    if not hmac.compare_digest(v3(secret, request, timestamp).encode(), given.encode()):
        raise Forbidden("The request's signature does not match.")
