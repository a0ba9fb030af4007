"""Stands around a sandbox and keeps every exchange with its HighLevel."""

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.kit.gateway import STRUCK
from tests.shapes.highlevel import Exchange

PREFIX = "/highlevel"
# Pages for people, which no document describes.
_PAGES = ("/v2/oauth/chooselocation", "/oauth/chooselocation")


@dataclass
class Recorder:
    """An application around the one it was put around."""

    exchanges: list[Exchange] = field(default_factory=list)
    app: ASGIApp | None = None

    def around(self, app: ASGIApp) -> "Recorder":
        """Stand around this application from now on."""
        self.app = app
        return self

    def take(self) -> list[Exchange]:
        """What passed since the last time."""
        taken = self.exchanges[:]
        del self.exchanges[: len(taken)]
        return taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        path = str(scope.get("path", ""))
        asked_of_highlevel = scope["type"] == "http" and path.startswith(f"{PREFIX}/")
        if not asked_of_highlevel or path.removeprefix(PREFIX) in _PAGES:
            await self.app(scope, receive, send)
            return
        sent, answered = bytearray(), bytearray()
        start: Message = {"type": "", "status": 0, "headers": []}

        async def heard() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                answered.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, heard, told)
        headers = {name.decode().lower(): text.decode() for name, text in start["headers"]}
        self.exchanges.append(
            Exchange(
                method=str(scope["method"]),
                path=path.removeprefix(PREFIX),
                query=scope["query_string"].decode(),
                headers={name.decode().lower(): text.decode() for name, text in scope["headers"]},
                body=bytes(sent),
                status=int(start["status"]),
                answer_type=headers.get("content-type", ""),
                answer=bytes(answered),
                spoilt=bool(scope.get(STRUCK)) or start["status"] == 0,
            )
        )
