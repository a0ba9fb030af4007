"""A pretend language model on 127.0.0.1 that answers what it is told to and remembers what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import sleep
from typing import Any

import orjson

from tests.listening import Posted, listening


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

    def answer(posted: Posted) -> tuple[int, bytes]:
        oracle.asked.append(orjson.loads(posted.body))
        oracle.headers.append(dict(posted.headers))
        oracle.paths.append(posted.path)
        sleep(oracle.delay)
        return oracle.answer

    with listening(answer) as origin:
        oracle.url = origin
        yield oracle
