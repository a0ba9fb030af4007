"""Write plans: every row ends in one state, nothing is sent twice, a poison row stands alone (S28)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.errors import CrmUnavailable
from connector.port.fields import PropertyDefinition
from connector.port.writing import Pace
from core.clock import FixedClock, SystemClock
from core.db import reading
from core.errors import Conflict
from sandbox.hubspot.client import HubSpotClient
from sync.outbox import plan_rows
from sync.outbox import plans as outbox
from sync.outbox.applying import Applying
from sync.outbox.changes import (
    OTHER,
    STANDING,
    Change,
    ValueRule,
    expected_seconds,
    plan_changes,
    rules_for,
)
from sync.outbox.diff import load_diff
from sync.outbox.plans import Plan
from sync.outbox.tables import plan_writes
from tests.rekindle import Rekindle, build_rekindle
from tests.sync.fake_writer import FakeWriter, Killed

pytestmark = pytest.mark.integration

RULES = rules_for([PropertyDefinition("rekindle_track", "Track", "text", "")], drifts={}, riders=())
NOW = SystemClock().now()


def record(engine: Engine, count: int) -> Plan:
    changes = [
        Change(str(i), {"rekindle_track": "lead"}, {"rekindle_track": ""}) for i in range(count)
    ]
    with engine.begin() as tx:
        plan = outbox.record_plan(
            tx, "a-1", changes, kind="values", wait_reason=lambda _n: None, now=NOW
        )
    assert plan is not None
    return plan


def apply(engine: Engine, fake_writer: FakeWriter, plan: Plan) -> None:
    Applying(engine, fake_writer, plan, RULES, clock=SystemClock(), pause=lambda _s: None).apply()


def states(engine: Engine) -> dict[str, int]:
    query = sa.select(plan_writes.c.state, sa.func.count()).group_by(plan_writes.c.state)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def test_s28_a_plan_is_written_in_batches_and_read_back(engine: Engine) -> None:
    fake_writer = FakeWriter()
    apply(engine, fake_writer, record(engine, 350))
    assert states(engine) == {"succeeded": 350}
    assert fake_writer.calls == 4
    with reading(engine) as connection:
        assert outbox.tally(connection, "a-1").is_verified


@pytest.mark.parametrize("poison", [0, 1, 57, 99])
def test_one_poisoned_row_in_a_hundred_is_found_in_at_most_fifteen_requests(
    engine: Engine, poison: int
) -> None:
    fake_writer = FakeWriter(poisoned=frozenset({str(poison)}))
    apply(engine, fake_writer, record(engine, 100))
    assert states(engine) == {"succeeded": 99, "failed": 1}
    assert fake_writer.calls <= 15
    assert all(n == 1 for n in fake_writer.written.values())


def test_a_contact_that_is_gone_fails_alone(engine: Engine) -> None:
    fake_writer = FakeWriter(gone=frozenset({"3"}))
    apply(engine, fake_writer, record(engine, 10))
    assert states(engine) == {"succeeded": 9, "failed": 1}


def test_a_value_that_the_crm_did_not_keep_is_not_called_verified(engine: Engine) -> None:
    apply(engine, FakeWriter(silent=frozenset({"3"})), record(engine, 10))
    with reading(engine) as connection:
        tally = outbox.tally(connection, "a-1")
    assert tally.differing == 1
    assert not tally.is_verified


@pytest.mark.parametrize("after_writing", [True, False])
@pytest.mark.parametrize("die_at", [1, 2, 3, 4, 5])
def test_a_worker_killed_anywhere_writes_nothing_twice(
    engine: Engine, die_at: int, after_writing: bool
) -> None:
    plan = record(engine, 500)
    dying = FakeWriter(die_at=die_at, die_after_writing=after_writing)
    with pytest.raises(Killed):
        apply(engine, dying, plan)
    heir = FakeWriter(held=dying.held, written=dying.written)
    apply(engine, heir, plan)
    assert states(engine) == {"succeeded": 500}
    assert heir.written == {str(i): 1 for i in range(500)}


def test_a_days_share_ends_a_plan_for_the_day_and_the_rest_is_written_the_next(
    engine: Engine,
) -> None:
    plan = record(engine, 250)
    clock = FixedClock(NOW)
    fake_writer = FakeWriter(
        batch_size=20, pace=Pace(contacts_per_second=8.0, contacts_per_day=100)
    )

    def a_day() -> bool:
        return Applying(
            engine, fake_writer, plan, RULES, clock=clock, pause=lambda _s: None
        ).apply()

    for done in (100, 200):
        assert a_day() is False
        assert states(engine) == {"succeeded": done, "planned": 250 - done}
        with reading(engine) as connection:
            assert outbox.load_unapplied(connection, now=clock.now()) == []
        assert a_day() is False, "not one more today"
        clock.advance(timedelta(days=1))
        with reading(engine) as connection:
            assert outbox.load_unapplied(connection, now=clock.now())
    assert a_day() is True
    assert fake_writer.written == {str(i): 1 for i in range(250)}


def test_what_says_where_people_belong_is_written_first(engine: Engine) -> None:
    rules = {
        "rekindle_segment": ValueRule("text", is_standing=True),
        "rekindle_dormancy_score": ValueRule("number"),
    }
    wanted = {
        "1": {"rekindle_dormancy_score": "50", "rekindle_segment": "a"},
        "2": {"rekindle_dormancy_score": "50", "rekindle_segment": "b"},
    }
    known = {"1": {"rekindle_segment": "a"}, "2": {"rekindle_segment": "a"}}
    ranks = {c.contact_id: c.rank for c in plan_changes(wanted, known, rules)}
    assert ranks == {"1": OTHER, "2": STANDING}


@pytest.mark.parametrize(
    ("contacts", "seconds"), [(80, 10.0), (100, 12.5), (101, 86_400.125), (250, 172_806.25)]
)
def test_a_plan_says_how_long_it_takes(contacts: int, seconds: float) -> None:
    assert expected_seconds(Pace(8.0, 100), contacts) == seconds


def test_a_plan_that_waits_or_is_done_is_not_applied(engine: Engine) -> None:
    plan = record(engine, 5)
    apply(engine, FakeWriter(), plan)
    fake_writer = FakeWriter()
    with pytest.raises(Conflict):
        apply(engine, fake_writer, plan)
    assert fake_writer.calls == 0


def test_a_newer_plan_supersedes_one_that_waits(engine: Engine) -> None:
    def waiting() -> Plan | None:
        with engine.begin() as tx:
            return outbox.record_plan(
                tx,
                "a-1",
                [Change("1", {"rekindle_track": "lead"}, {})],
                kind="values",
                wait_reason=lambda _n: "look first",
                now=NOW,
            )

    old, new = waiting(), waiting()
    assert old is not None
    assert new is not None
    with pytest.raises(Conflict), engine.begin() as tx:
        outbox.approve(tx, "a-1", old.plan_id, by="operator ada", now=NOW)
    with engine.begin() as tx:
        outbox.approve(tx, "a-1", new.plan_id, by="operator ada", now=NOW)


def test_another_account_cannot_approve_a_plan(engine: Engine) -> None:
    plan = record(engine, 1)
    with reading(engine) as connection:
        assert outbox.find_plan(connection, "a-2", plan.plan_id) is None


@pytest.fixture
def rekindle(own_world: HubSpotClient, engine: Engine, database_url: str) -> Rekindle:
    """Nobody is proposed, so that no control's standing is written after the plan that a test is about."""
    return build_rekindle(own_world, engine, database_url, REKINDLE_BY_HAND_UNDER="1000")


def approve(rekindle: Rekindle) -> None:
    with reading(rekindle.context.engine) as connection:
        plan = outbox.find_latest(connection, rekindle.account_id, "values")
    assert plan is not None
    rekindle.press("/admin/plan", f"/plans/{plan.plan_id}/approve")


def tally(rekindle: Rekindle) -> outbox.Tally:
    with reading(rekindle.context.engine) as connection:
        return outbox.tally(connection, rekindle.account_id)


def test_an_answer_lost_on_the_way_does_not_write_twice(rekindle: Rekindle) -> None:
    """The CRM took a batch and its answer never came: the repeat changes nothing there."""
    rekindle.ready()
    rekindle.lab.control(
        "faults",
        {
            "method": "POST",
            "path": "/crm/objects/2026-09/contacts/batch/update",
            "kind": "drop",
            "applied": True,
            "times": 1,
        },
    )
    approve(rekindle)
    rekindle.write_plan()
    assert tally(rekindle).is_verified
    assert set(rekindle.writes().values()) == {1}, "what the CRM took is not sent again"


def test_a_value_that_differed_is_looked_at_again_and_heals(rekindle: Rekindle) -> None:
    """A reading back that was wrong once does not stay wrong for ever."""
    rekindle.ready()
    with reading(rekindle.context.engine) as connection:
        plan = outbox.find_latest(connection, rekindle.account_id, "values")
        assert plan is not None
        victim = load_diff(connection, plan.plan_id, limit=1)[0].contact_id
    approve(rekindle)
    rekindle.write_plan()
    with rekindle.context.engine.begin() as tx:
        plan_rows.record_verdicts(tx, plan.plan_id, {victim: False})
    assert not tally(rekindle).is_verified
    rekindle.queue.run(rekindle.context, "scoring.jobs.score_account", rekindle.account_id)
    assert tally(rekindle).is_verified


def test_a_contact_deleted_meanwhile_fails_alone_over_http(rekindle: Rekindle) -> None:
    rekindle.ready()
    with reading(rekindle.context.engine) as connection:
        plan = outbox.find_latest(connection, rekindle.account_id, "values")
        assert plan is not None
        victim = load_diff(connection, plan.plan_id, limit=1)[0].contact_id
    rekindle.lab.control(f"records/{rekindle.lab.portal}/contacts/{victim}", method="DELETE")
    approve(rekindle)
    rekindle.write_plan()
    found = tally(rekindle)
    assert found.failed == 1
    assert found.succeeded == found.planned - 1
    assert found.verified == found.succeeded


def test_an_admin_who_removes_an_option_costs_only_the_contacts_that_need_it(
    rekindle: Rekindle, make_rekindle: Callable[..., Rekindle]
) -> None:
    """Whole batches are refused with 400; the rest is written."""
    rekindle.ready()
    token = rekindle.lab.token()
    options = [
        {"label": "Lead", "value": "lead", "displayOrder": 0, "hidden": False},
    ]
    answer = rekindle.lab.api(
        "PATCH",
        "/crm/properties/2026-09/contacts/rekindle_track",
        {"options": options},
        token=token,
    )
    assert answer.status_code == 200, answer.text
    approve(rekindle)
    rekindle.drain()
    found = tally(rekindle)
    assert found.failed > 0
    assert found.succeeded > 0
    assert found.failed + found.succeeded == found.planned
    assert found.verified == found.succeeded


def test_a_crm_that_stays_down_leaves_the_plan_to_the_next_worker(rekindle: Rekindle) -> None:
    rekindle.ready()
    rekindle.lab.control(
        "faults",
        {"method": "POST", "path": "/contacts/batch/update", "status": 503, "times": 999},
    )
    approve(rekindle)
    with pytest.raises(CrmUnavailable):
        rekindle.drain()
    rekindle.lab.control("faults", method="DELETE")
    rekindle.queue.hurry(rekindle.context)
    rekindle.write_plan()
    assert tally(rekindle).is_verified
    assert set(rekindle.writes().values()) == {1}
