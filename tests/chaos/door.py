"""A door in front of a sandbox's API at which a process is killed: before a request, before its answer, or after."""

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import httpx2

# What changes a contact at a CRM or starts a workflow there.
_CHANGES = re.compile(r"^(POST \S*/(batch/update|workflow/\S+)|PUT \S*/contacts/\S+)")
_PASSED_ON = ("content-type", "authorization", "version", "accept")


class When(StrEnum):
    """Where between a decision and what comes of it the process ends."""

    BEFORE = "before the call"
    UNANSWERED = "after the call, before its answer"
    AFTER = "after the answer"


@dataclass(frozen=True, slots=True)
class Strike:
    """Kill at the request of this number; of all, or of those that change something. `delay` is in seconds."""

    when: When
    number: int
    changes_only: bool
    delay: float = 0.0

    def __str__(self) -> str:
        return f"{self.when.value} {self.number}{' that changes something' if self.changes_only else ''}"


def draw(dice: Random) -> Strike:
    """Half of them around a request that changes something: a batch of few contacts has few of these."""
    changes_only = dice.random() < 0.5
    return Strike(
        dice.choice(list(When)),
        dice.randint(1, 3 if changes_only else 12),
        changes_only,
        delay=dice.choice((0.0, 0.005, 0.02, 0.05, 0.1)),
    )


@dataclass(slots=True)
class Door:
    """Passes requests on to `beyond`; `url` is its own address."""

    url: str
    beyond: str
    _http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=60))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _victim: int | None = None
    _strike: Strike | None = None
    _passed: int = 0

    def arm(self, victim: int, strike: Strike) -> None:
        with self._lock:
            self._victim, self._strike, self._passed = victim, strike, 0

    def disarm(self) -> None:
        with self._lock:
            self._victim = self._strike = None

    def due(self, asked: str) -> Strike | None:
        """The strike that this request brings, if any."""
        with self._lock:
            strike = self._strike
            if strike is None or (strike.changes_only and not _CHANGES.match(asked)):
                return None
            self._passed += 1
            if self._passed != strike.number:
                return None
            self._strike = None
            return strike

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            if self._victim is not None:
                os.kill(self._victim, signal.SIGKILL)

    def pass_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> httpx2.Response:
        return self._http.request(method, f"{self.beyond}{path}", headers=headers, content=body)

    def close(self) -> None:
        self._http.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Who was killed leaves its connections behind."""


@contextmanager
def opened_door(beyond: str) -> Iterator[Door]:
    """A door in front of an address until the block ends."""
    door = Door("", beyond)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            strike = door.due(f"{self.command} {self.path}")
            if strike is not None and strike.when is When.BEFORE:
                door.kill()
                self.close_connection = True
                return
            headers = {n: v for n, v in self.headers.items() if n.lower() in _PASSED_ON}
            answer = door.pass_on(self.command, self.path, headers, body)
            if strike is not None and strike.when is When.UNANSWERED:
                door.kill()
                self.close_connection = True
                return
            with suppress(BrokenPipeError, ConnectionResetError):
                self._answer(answer)
            if strike is not None:
                threading.Timer(strike.delay, door.kill).start()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815

        def _answer(self, answer: httpx2.Response) -> None:
            self.send_response_only(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in (
                    "content-length",
                    "content-encoding",
                    "connection",
                    "transfer-encoding",
                ):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        door.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield door
        finally:
            server.shutdown()
            thread.join()
            door.close()
