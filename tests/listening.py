"""A small web server on this machine for what others send: each POST is handed on and answered as somebody says."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it came; the names of headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


# What becomes of a request: the status and the body of its answer.
Answer = Callable[[Posted], tuple[int, bytes]]


@contextmanager
def listening(answer: Answer) -> Iterator[str]:
    """Listen until the block ends; yields the origin, such as http://127.0.0.1:1234."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = answer(Posted(self.path, headers, body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        # Who ends the block waits no longer than this for the server to notice.
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
