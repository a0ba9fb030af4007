"""A pretend language model on 127.0.0.1 that answers what it is told to and remembers what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

import orjson


@dataclass
class Oracle:
    """`answer` is (status, body) of every request; `delay` holds each answer back, in seconds."""

    answer: tuple[int, bytes] = (200, b"{}")
    delay: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""

    def says(self, content: object, *, api: str = "openai") -> None:
        """Answer with this text in the form of one of the two kinds of server."""
        text = content if isinstance(content, str) else orjson.dumps(content).decode()
        body: Any = {
            "openai": {"choices": [{"message": {"role": "assistant", "content": text}}]},
            "anthropic": {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"},
        }[api]
        self.answer = (200, orjson.dumps(body))

    @property
    def texts(self) -> list[str]:
        """What was asked about, without the instruction."""
        return [str(body["messages"][-1]["content"]) for body in self.asked]


@contextmanager
def consulted() -> Iterator[Oracle]:
    """Serve an oracle until the block ends."""
    oracle = Oracle()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            oracle.asked.append(orjson.loads(body))
            oracle.headers.append({name.lower(): value for name, value in self.headers.items()})
            oracle.paths.append(self.path)
            sleep(oracle.delay)
            status, content = oracle.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    oracle.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield oracle
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
