"""A server that passes every request on to a CRM and keeps what was said in both directions."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.kit.broken_answers import Abortable, break_connection
from tests.shapes.exchange import Exchange

_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]
# What concerns one connection alone, or what the client has undone already.
_OWN_HEADERS = {"connection", "content-encoding", "content-length", "transfer-encoding"}


@dataclass
class Recorder:
    """Where the product is to send its requests, and what has passed so far."""

    target: str
    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    def take(self) -> list[Exchange]:
        """What has passed since the last call."""
        taken, self.exchanges = self.exchanges, []
        return taken

    async def pass_on(self, request: Request) -> Response:
        """The CRM's own answer to the same request."""
        body = await request.body()
        headers = [(k, v) for k, v in request.headers.items() if k not in {"host", "connection"}]
        url = httpx2.URL(self.target).copy_with(raw_path=_raw_target(request))
        came: Response | None = None
        try:
            async with (
                httpx2.AsyncClient(timeout=120) as client,
                client.stream(request.method, url, headers=headers, content=body) as answer,
            ):
                came = Response(status_code=answer.status_code)
                content = b""
                async for piece in answer.aiter_bytes():
                    content += piece
                    came = Response(content + content, answer.status_code)
        except httpx2.RemoteProtocolError:
            return break_connection(request, came)  # as much as came, and no more
        self.exchanges.append(
            Exchange(
                request.method,
                request.url.path,
                request.url.query,
                request.headers.get("content-type", ""),
                body,
                answer.status_code,
                content,
            )
        )
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _OWN_HEADERS}
        return Response(content, answer.status_code, kept)


def _raw_target(request: Request) -> bytes:
    query: bytes = request.scope["query_string"]
    path: bytes = request.scope["raw_path"]
    return path + b"?" + query if query else path


@contextmanager
def recording(target: str) -> Iterator[Recorder]:
    """A recorder on this machine in front of the CRM at `target`, until the block ends."""
    recorder = Recorder(target)
    app = Abortable(Starlette(routes=[Route("/{rest:path}", recorder.pass_on, methods=_METHODS)]))
    running = uvicorn.Server(
        uvicorn.Config(
            app, port=0, log_level="warning", access_log=False, date_header=False, lifespan="off"
        )
    )
    thread = threading.Thread(target=running.run, name="recorder", daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive(), "the recorder stopped while it started"
        time.sleep(0.01)
    host, port = running.servers[0].sockets[0].getsockname()[:2]
    recorder.url = f"http://{host}:{port}"
    try:
        yield recorder
    finally:
        running.should_exit = True
        thread.join()
