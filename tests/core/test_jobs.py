"""Jobs as rows: one however often it is asked for, one owner, and never lost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from core.jobs import store
from core.jobs.store import LEASE, Ask, Row

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


def wanted(job: str = "sync.jobs.backfill", *rest: str, claim: str = "reading:a") -> Ask:
    return Ask(job, "a", rest, "bulk", claim)


def asked(engine: Engine, *asks: Ask, now: datetime = NOW) -> None:
    with engine.begin() as tx:
        for one in asks:
            store.ask(tx, one, now=now)


def taken(engine: Engine, one: Ask, *, now: datetime = NOW) -> Row | None:
    with engine.begin() as tx:
        return store.take(tx, one.key, now=now)


def due(engine: Engine, *, now: datetime = NOW) -> list[str]:
    with engine.begin() as tx:
        return [key for key, _ in store.load_due(tx, now=now)]


def begun(engine: Engine, one: Ask, *, now: datetime = NOW) -> Row:
    row = taken(engine, one, now=now)
    assert row is not None
    return row


def test_a_job_is_one_row_and_one_owner(engine: Engine) -> None:
    one = wanted()
    asked(engine, one, one, one)
    assert due(engine) == [one.key]
    row = begun(engine, one)
    assert taken(engine, one) is None
    assert due(engine) == []
    with engine.begin() as tx:
        store.finish(tx, row, now=NOW)
    assert due(engine) == []
    assert taken(engine, one) is None, "it is done"


def test_what_is_asked_for_while_it_runs_runs_once_more(engine: Engine) -> None:
    one = wanted()
    asked(engine, one)
    row = begun(engine, one)
    asked(engine, one, one)
    with engine.begin() as tx:
        store.finish(tx, row, now=NOW)
    assert due(engine) == [one.key]
    with engine.begin() as tx:
        store.finish(tx, begun_row(tx, one), now=NOW)
    assert due(engine) == []


def begun_row(tx: object, one: Ask) -> Row:
    row = store.take(tx, one.key, now=NOW)  # type: ignore[arg-type]
    assert row is not None
    return row


def test_jobs_of_one_claim_never_run_side_by_side(engine: Engine) -> None:
    first, second = wanted(), wanted("sync.jobs.reread")
    other = wanted("sync.jobs.handle_deliveries", claim="inbox:a")
    asked(engine, first, second, other)
    row = begun(engine, first)
    assert taken(engine, second) is None
    assert due(engine) == [other.key], "nobody is told of what could not be claimed"
    with engine.begin() as tx:
        store.finish(tx, row, now=NOW)
    assert taken(engine, second) is not None


def test_the_same_job_with_other_arguments_is_another(engine: Engine) -> None:
    asked(
        engine, wanted("workflows.jobs.apply_plan", "1"), wanted("workflows.jobs.apply_plan", "2")
    )
    assert len(due(engine)) == 2


def test_a_dead_owners_job_is_freed_when_its_lease_ends_and_not_before(engine: Engine) -> None:
    one = wanted()
    asked(engine, one)
    dead = begun(engine, one)
    with engine.begin() as tx:
        assert store.renew(tx, dead, now=NOW + 5 * A_SECOND)
        assert store.free_abandoned(tx, now=NOW + LEASE) == 0
    later = NOW + 5 * A_SECOND + LEASE
    with engine.begin() as tx:
        assert store.has_abandoned(tx, now=later)
        assert store.free_abandoned(tx, now=later) == 1
    heir = begun(engine, one, now=later)
    with engine.begin() as tx:
        assert not store.renew(tx, dead, now=later)
        store.finish(tx, dead, now=later)
        store.fail(tx, dead, code="x", error="x", retry_at=None, now=later)
    with engine.begin() as tx:
        assert store.renew(tx, heir, now=later), "whoever comes back from the dead changes nothing"
    assert due(engine, now=later) == []


def test_a_failed_job_waits_for_its_next_try_and_an_ask_does_not_hurry_it(engine: Engine) -> None:
    one = wanted()
    asked(engine, one)
    row = begun(engine, one)
    with engine.begin() as tx:
        store.fail(tx, row, code="crm", error="It is down.", retry_at=NOW + 60 * A_SECOND, now=NOW)
    asked(engine, one)
    assert due(engine) == []
    again = begun(engine, one, now=NOW + 60 * A_SECOND)
    assert again.failures == 1


@pytest.mark.parametrize("how", ["replay", "replay_all", "news"])
def test_what_was_given_up_waits_for_a_person_or_for_news(engine: Engine, how: str) -> None:
    one = wanted()
    asked(engine, one)
    row = begun(engine, one)
    with engine.begin() as tx:
        store.fail(tx, row, code="crm_invalid", error="Refused.", retry_at=None, now=NOW)
        assert not store.ask_unless_asked(tx, one, now=NOW), "the clockwork leaves it alone"
        (letter,) = store.load_given_up(tx, "a")
    assert (letter.error, letter.failures) == ("Refused.", 1)
    assert due(engine) == []
    with engine.begin() as tx:
        if how == "replay":
            assert not store.replay(tx, "another", one.key, now=NOW)
            assert store.replay(tx, "a", one.key, now=NOW)
        elif how == "replay_all":
            store.replay_all(tx, "a", ["crm_invalid"], now=NOW)
        else:
            store.ask(tx, one, now=NOW)
    assert begun(engine, one).failures == (1 if how == "news" else 0)


def test_what_was_given_up_can_be_dropped(engine: Engine) -> None:
    one = wanted()
    asked(engine, one)
    with engine.begin() as tx:
        assert not store.drop(tx, "a", one.key), "it only waits"
    row = begun(engine, one)
    with engine.begin() as tx:
        store.fail(tx, row, code="x", error="x", retry_at=None, now=NOW)
        assert store.drop(tx, "a", one.key)
        assert store.load_given_up(tx, "a") == []
