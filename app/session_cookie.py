"""A browser's session in a signed cookie: one beside it, and a partitioned one where our pages are framed by a CRM."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "rekindle_session"
# Of a frame on another site: kept apart for that site, so that it is sent where others' cookies are blocked.
FRAMED_NAME = "rekindle_framed"
LASTS = 12 * 3600
# A frame is opened by the CRM, which says anew who looks; it lasts from one answer to the next.
FRAMED_LASTS = 3600


class SessionCookie:
    """Reads the session before a request and writes it with the answer; a session marked `framed` is the frame's."""

    def __init__(self, app: ASGIApp, secret: str, *, is_https: bool) -> None:
        self._app = app
        self._signer = TimestampSigner(secret)
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookies = HTTPConnection(scope).cookies
        framed = self._read(cookies, FRAMED_NAME, FRAMED_LASTS)
        scope["session"] = framed or self._read(cookies, NAME, LASTS)

        async def written(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._write(MutableHeaders(scope=message), scope["session"], cookies)
            await send(message)

        await self._app(scope, receive, written)

    def _read(self, cookies: Mapping[str, str], name: str, lasts: int) -> dict[str, Any]:
        try:
            content = self._signer.unsign(cookies.get(name, ""), max_age=lasts)
            found = json.loads(b64decode(content))
        except (BadSignature, ValueError):
            return {}
        is_own = isinstance(found, dict) and bool(found.get("framed")) == (name == FRAMED_NAME)
        return found if is_own else {}

    def _write(
        self, headers: MutableHeaders, session: Mapping[str, Any], cookies: Mapping[str, str]
    ) -> None:
        is_framed = bool(session.get("framed"))
        name = FRAMED_NAME if is_framed else NAME
        if not session and name not in cookies:
            return
        content = b64encode(json.dumps(dict(session)).encode()) if session else b""
        value = self._signer.sign(content).decode() if session else "null"
        age = 0 if not session else FRAMED_LASTS if is_framed else LASTS
        # A browser takes the partitioned one from https and from its own machine alone.
        where = (
            "SameSite=None; Secure; Partitioned"
            if is_framed
            else f"SameSite=Lax{'; Secure' if self._is_https else ''}"
        )
        headers.append("set-cookie", f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; {where}")
