"""An address that takes what a platform sends to the app, signed for exactly that address."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.contract.crm_side import Post


@dataclass
class Mailbox:
    """Posts in the order they came; `url` is the origin they were sent to."""

    url: str
    _posts: list[Post] = field(default_factory=list)
    _taken: int = 0

    def put(self, post: Post) -> None:
        self._posts.append(post)

    def take(self) -> Sequence[Post]:
        """Those that came since the last call."""
        new = self._posts[self._taken :]
        self._taken += len(new)
        return new


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mailbox on this machine until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            box.put(Post(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_line: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        box = Mailbox(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
