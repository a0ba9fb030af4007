"""Answers that do not arrive, or only half of them: the connection is cut on purpose."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_ABORT = "sandbox.abort"


class Abortable:
    """Wraps an ASGI app under uvicorn, so that a handler can cut the connection."""

    def __init__(self, app: ASGIApp) -> None:
        """Serve the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a way to abort its transport."""
        if scope["type"] == "http":
            # uvicorn's `send` is a method of the request cycle, which knows the transport.
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            if transport is not None:
                scope[_ABORT] = transport.abort
        await self._app(scope, receive, send)


class BrokenAnswer(Response):
    """An answer that does not arrive, or only half of it."""

    def __init__(self, abort: Callable[[], None] | None, whole: Response | None) -> None:
        """Without a whole answer nothing at all is sent."""
        super().__init__(b"", 200 if whole is None else whole.status_code)
        self._abort, self._whole = abort, whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send half of the answer, if any, and cut the connection."""
        if self._whole is not None:
            body = bytes(self._whole.body)
            start = {
                "type": "http.response.start",
                "status": self._whole.status_code,
                "headers": self._whole.raw_headers,
            }
            await send(start)
            half = {"type": "http.response.body", "body": body[: len(body) // 2]}
            await send(half | {"more_body": True})
            await asyncio.sleep(0.01)
        if self._abort is not None:
            self._abort()
        # The server must notice the loss first, or it would try to answer 500.
        await asyncio.sleep(0.01)


def break_connection(request: Request, whole: Response | None) -> Response:
    """A response that cuts the connection, after half of `whole` when that is given."""
    return BrokenAnswer(request.scope.get(_ABORT), whole)
