"""Stands around a sandbox and keeps every exchange with its HubSpot; an answer that was cut off is none."""

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.shapes.exchange import Exchange
from tests.shapes.hubspot import concerns_hubspot


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
        """What has passed since the last call."""
        taken = self.exchanges[:]
        del self.exchanges[: len(taken)]
        return taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        if scope["type"] != "http" or not concerns_hubspot(str(scope["path"])):
            await self.app(scope, receive, send)
            return
        asked, answered = bytearray(), bytearray()
        status = 0

        async def heard() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            else:
                answered.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    # Kept before the last part leaves: whoever has the answer finds the exchange here.
                    self.exchanges.append(_exchange(scope, asked, status, answered))
            await send(message)

        await self.app(scope, heard, told)


def _exchange(scope: Scope, asked: bytearray, status: int, answered: bytearray) -> Exchange:
    headers = {name.decode().lower(): text.decode() for name, text in scope["headers"]}
    return Exchange(
        method=str(scope["method"]),
        path=str(scope["path"]),
        query=scope["query_string"].decode(),
        content_type=headers.get("content-type", ""),
        body=bytes(asked),
        status=status,
        answer=bytes(answered),
    )
