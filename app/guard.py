"""What every answer tells browsers: what runs on it, who may frame it, that nobody keeps it; no form of other sites."""

import re
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors
from app.templating import nonce
from core.errors import CrossOrigin

# Where the state of a request says who may show its answer in a frame, as sources of a policy.
FRAMED_BY = "framed_by"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.*-]+(:[0-9]+)?")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Around the whole application: adds the headers, and draws the page of what nobody foresaw."""

    def __init__(
        self, app: ASGIApp, public_url: str, signed: Sequence[str], crms: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._origin = origin_of(public_url)
        self._signed = tuple(signed)
        # An error shows nobody's data, and must be seen in a CRM's frame too, also under an agency's own domain.
        self._errors_framed_by = ("https:", *crms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        held = nonce.set(secrets.token_urlsafe(16))
        has_begun = False

        async def guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                usual = self._errors_framed_by if message["status"] >= 400 else ()
                framed_by = state.get(FRAMED_BY) or usual
                self._tell(MutableHeaders(scope=message), framed_by)
            await send(message)

        request = Request(scope, receive)
        try:
            if self._is_foreign(scope):
                refused = CrossOrigin("This came from another site, so nothing was done.")
                await errors.expected(request, refused)(scope, receive, guarded)
            else:
                await self._app(scope, receive, guarded)
        except Exception as error:
            if has_begun:
                raise
            await errors.unforeseen(request, error)(scope, receive, guarded)
        finally:
            nonce.reset(held)

    def _is_foreign(self, scope: Scope) -> bool:
        """Whether another site's page sends a form here; what a CRM signs says itself whom it is from."""
        if scope["method"] in _SAFE or scope["path"].startswith(self._signed):
            return False
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        return headers.get("sec-fetch-site") == "cross-site" or (
            origin is not None
            and origin != self._origin
            and urlsplit(origin).netloc != headers.get("host", "")
        )

    def _tell(self, headers: MutableHeaders, framed_by: Sequence[str]) -> None:
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")
        if self._origin.startswith("https://"):
            headers.setdefault("strict-transport-security", "max-age=31536000")
        headers.setdefault("content-security-policy", _policy(nonce.get(), framed_by))


def origin_of(address: str) -> str:
    """Scheme and host of an address, as a policy names it; empty for what is no plain web address."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else ""


def _policy(once: str, framed_by: Sequence[str]) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{once}'",
            f"style-src 'nonce-{once}'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(framed_by) or chr(39) + 'none' + chr(39)}",
        )
    )
