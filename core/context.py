"""What a process was started with, made once in app/ and handed to every edge."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from redis import Redis
from sqlalchemy.engine import Engine

from core.clock import Clock
from core.facts import Fact
from core.queue import JobQueue
from core.settings import Environment, Settings
from core.vault import Vault


@dataclass(frozen=True, slots=True)
class Context:
    """`clock` is the accounts' time (virtual in a demonstration); `wall` is this machine's.

    Tokens, signatures and login states live by the wall; people, scores and touches by the clock.
    """

    settings: Settings
    environment: Environment
    clock: Clock
    wall: Clock
    engine: Engine
    queue: JobQueue
    vault: Vault
    redis: Redis | None
    publish: Callable[[Fact], None]
    pause: Callable[[float], None]
    worker: str = ""  # the name of the worker process, where this is one


_current: ContextVar[Context] = ContextVar("context")


def current() -> Context:
    """The context of this job; raises LookupError outside of one."""
    return _current.get()


@contextmanager
def entered(context: Context) -> Iterator[Context]:
    """Make `context` the current one, as a worker does around each job."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
