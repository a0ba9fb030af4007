"""A poll is due after a while of this machine's time or of the accounts' time, whichever goes by sooner (S10)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from core.db import reading
from sync.backfill import polls, runs

pytestmark = pytest.mark.integration

ACCOUNT = "fake-1"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNTS = datetime(2027, 3, 1, 8, tzinfo=UTC)  # a sandbox's time, months ahead
EVERY = timedelta(minutes=2)


@pytest.fixture
def polled(engine: Engine) -> Engine:
    """An account that has been read and was polled just now."""
    with engine.begin() as tx:
        run = runs.start_or_take_over(tx, ACCOUNT, as_of=ACCOUNTS, now=NOW)
        runs.finish(tx, run, now=NOW)
        polls.record_begun(tx, ACCOUNT, "mark", now=NOW, at=ACCOUNTS)
    return engine


@pytest.mark.parametrize(
    ("wall", "accounts", "due"),
    [
        (timedelta(seconds=119), timedelta(seconds=119), False),
        (EVERY, timedelta(0), True),
        (timedelta(seconds=5), EVERY, True),
        (timedelta(seconds=5), timedelta(days=8), True),
        # Another past was loaded into the sandbox.
        (timedelta(seconds=5), timedelta(days=-8), False),
    ],
)
def test_whichever_time_has_gone_by_sooner(
    polled: Engine, wall: timedelta, accounts: timedelta, *, due: bool
) -> None:
    before, at = NOW + wall - EVERY, ACCOUNTS + accounts - EVERY
    with reading(polled) as connection:
        found = polls.load_accounts_due(connection, before=before, at=at)
    assert found == ([ACCOUNT] if due else [])


def test_a_poll_waits_its_turn_again_and_an_older_watermark_stays(polled: Engine) -> None:
    later, at = NOW + EVERY, ACCOUNTS + EVERY
    with polled.begin() as tx:
        polls.record_asked(tx, ACCOUNT, now=later, at=at)
        polls.record_begun(tx, ACCOUNT, "another", now=later, at=at)
    with reading(polled) as connection:
        assert polls.load_accounts_due(connection, before=NOW, at=ACCOUNTS) == []
        found = polls.find_poll(connection, ACCOUNT)
    assert found is not None
    assert found.watermark == "mark"
