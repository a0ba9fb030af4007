"""Keeps a claim alive while its job runs: renewed by a thread of this process, so it dies with the process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock
from core.jobs import store
from core.jobs.store import LEASE, Row

RENEW_EVERY = LEASE.total_seconds() / 4


class Lease:
    """Whether the claim is still ours; a job that lost it stops at its next safe place."""

    def __init__(self) -> None:
        self.lost = False


@contextmanager
def keeping(engine: Engine, row: Row, *, clock: Clock) -> Iterator[Lease]:
    """Renew the claim of a job until the `with` ends."""
    lease, ended = Lease(), threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_EVERY):
            try:
                with engine.begin() as tx:
                    lease.lost = not store.renew(tx, row, now=clock.now())
            except SQLAlchemyError:
                continue  # the database may be back before the lease runs out

    keeper = threading.Thread(target=renew, name="lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        ended.set()
        keeper.join()
