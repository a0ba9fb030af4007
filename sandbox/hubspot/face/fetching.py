"""What an app's code asks its own backend for: sent and signed by HubSpot, which says who asks (`hubspot.fetch`)."""

import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import httpx2 as httpx
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from sandbox.hubspot.control.here import Here, find_portal
from sandbox.hubspot.face.routes import viewer
from sandbox.hubspot.platform import HubSpot
from sandbox.hubspot.portal import Owner, Portal
from sandbox.hubspot.signatures import sign_v2, sign_v3
from sandbox.kit.control import Payload
from sandbox.kit.tls import trusted

router = APIRouter(prefix="/control/hubspot")
LONGEST, USUAL = 120.0, 15.0  # seconds
TRIES = 2  # once more after no answer, or one that says the app is broken
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
# What stands in an app's files until its developer puts an own address there, before uploading them.
_PLACEHOLDER = "https://app.example.com"
_CODE = Path(__file__).with_name("extensions.js")


@router.get("/extensions.js")
async def code(accounts: Here) -> Response:
    """The app's own code, built with what stands in for HubSpot's components."""
    known = accounts.hubspot.app.fetch_urls
    text = _CODE.read_text(encoding="utf-8").replace(_PLACEHOLDER, known[0] if known else "")
    return Response(text, media_type="text/javascript")


@router.post("/fetch/{portal}")
async def fetch(accounts: Here, request: Request, portal: int, wanted: Payload) -> Response:
    """Send a request of the app's code to its backend, in the name of whoever looks."""
    found, hubspot = find_portal(accounts, portal), accounts.hubspot
    url, method = str(wanted.get("url", "")), str(wanted.get("method", "GET"))
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" not in hubspot.app.fetch_urls:
        return _refused("VALIDATION_ERROR", "The address is not among permittedUrls.fetch.")
    if method not in _METHODS:
        return _refused("VALIDATION_ERROR", "The method is not supported.")
    asked = wanted.get("timeout")
    seconds = min(asked / 1000, LONGEST) if isinstance(asked, int | float) else USUAL
    body = orjson.dumps(wanted["body"]) if wanted.get("body") is not None else b""
    address = _with_who(url, hubspot, found, viewer(request, found))
    try:
        answer = await _send(hubspot, method, address, body, seconds)
    except httpx.HTTPError:
        return _refused("BAD_GATEWAY", "The request address did not answer.")
    if not answer.is_success:
        status = [str(answer.status_code)]
        return _refused(
            "BAD_GATEWAY", "Error returned from Request Uri", appServerStatusCode=status
        )
    return Response(answer.content, media_type="application/json")


def _with_who(url: str, hubspot: HubSpot, portal: Portal, who: Owner) -> str:
    """The address with what HubSpot adds to it: for which app and account, and who looks."""
    told: Mapping[str, object] = {
        "appId": hubspot.app.credentials.app_id,
        "portalId": portal.id,
        "userId": who.user_id,
        "userEmail": who.email,
    }
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}{urlencode(told, quote_via=quote)}"


async def _send(
    hubspot: HubSpot, method: str, address: str, body: bytes, seconds: float
) -> httpx.Response:
    secret, stamp = hubspot.app.credentials.client_secret, str(int(time.time() * 1000))
    headers = {
        "X-HubSpot-Signature": sign_v2(secret, method, address, body),
        "X-HubSpot-Signature-Version": "v2",
        "X-HubSpot-Request-Timestamp": stamp,
        "X-HubSpot-Signature-v3": sign_v3(secret, method, address, body=body, timestamp=stamp),
    }
    if body:
        headers["Content-Type"] = "application/json"
    async with httpx.AsyncClient(verify=trusted(), timeout=seconds) as client:
        for last in (*[False] * (TRIES - 1), True):
            try:
                answer = await client.request(method, address, content=body, headers=headers)
            except httpx.TransportError:
                if last:
                    raise
            else:
                if last or answer.status_code < 500:
                    return answer
    raise AssertionError("the last try answers or raises")


def _refused(category: str, message: str, **context: object) -> Response:
    told = {"status": "error", "category": category, "message": message, "context": context}
    return JSONResponse(told)
