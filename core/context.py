"""What a process was started with, made once in app/ and handed to every edge."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from redis import Redis
from sqlalchemy.engine import Connection, Engine

from core.clock import Clock
from core.facts import Fact
from core.queue import JobQueue
from core.settings import Environment, Settings
from core.vault import Vault

# Where a transaction keeps the jobs that its facts ask for, until it is committed.
ASKED = "rekindle.asked"


@dataclass(frozen=True, slots=True)
class Context:
    """`clock` is the accounts' time (virtual in a demonstration); `wall` is this machine's.

    Tokens, signatures and login states live by the wall; people, scores and touches by the clock.
    `publish` stores what a fact asks for in the transaction that makes the fact true; `begin` opens such a
    transaction and wakes a worker after its commit. `must_pause` tells a long job that others wait.
    """

    settings: Settings
    environment: Environment
    clock: Clock
    wall: Clock
    engine: Engine
    queue: JobQueue
    vault: Vault
    redis: Redis | None
    publish: Callable[[Connection, Fact], None]
    pause: Callable[[float], None]
    must_pause: Callable[[], bool] = lambda: False

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction; what was published in it is carried to the workers once it is committed."""
        with self.engine.begin() as tx:
            asked = tx.info[ASKED] = {}
            yield tx
        for key, lane in asked.items():
            self.queue.carry(key, lane)


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
