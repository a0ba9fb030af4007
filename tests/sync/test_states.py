"""Plans, writes, runs and deliveries go where their tables say, in the store, and nowhere else."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.port.fields import PropertyDefinition
from connector.port.signed import Delivery
from core.clock import SystemClock
from core.db import reading
from core.errors import Conflict
from core.moving import move
from core.states import ImpossibleTransition
from sync.backfill import runs
from sync.backfill.states import RUNS, RunState
from sync.backfill.tables import runs as run_rows
from sync.inbox import store as inbox
from sync.inbox.states import DeliveryState
from sync.inbox.tables import deliveries
from sync.outbox import old_plans, plan_rows
from sync.outbox import plans as outbox
from sync.outbox.applying import Applying
from sync.outbox.changes import Change, rules_for
from sync.outbox.plans import Plan
from sync.outbox.states import PLANS, WRITES, PlanState, WriteState
from sync.outbox.tables import plan_writes, plans
from tests.pairs import MOVES, REFUSED, every_pair
from tests.sync.fake_writer import FakeWriter

pytestmark = pytest.mark.integration

RULES = rules_for([PropertyDefinition("rekindle_track", "Track", "text", "")], drifts={}, riders=())
NOW = datetime(2026, 11, 17, 17, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def table(engine: Engine, of: sa.Table) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(sa.select(of)).mappings()]


def make_plan(engine: Engine, state: PlanState, write: WriteState = WriteState.PLANNED) -> Plan:
    """A plan with one write, both in these states."""
    with engine.begin() as tx:
        plan = outbox.begin(tx, "a-1", kind="values", now=NOW)
        plan_rows.put(tx, plan.plan_id, [change()])
        tx.execute(sa.update(plans).values(state=state))
        tx.execute(sa.update(plan_writes).values(state=write))
        found = outbox.find_plan(tx, "a-1", plan.plan_id)
    assert found is not None
    return found


def change(value: str = "lead") -> Change:
    return Change("1", {"rekindle_track": value}, {"rekindle_track": ""})


@every_pair(PLANS)
def test_a_plan_goes_where_the_table_says_and_nowhere_else(
    engine: Engine, old: PlanState, new: PlanState, leads: str
) -> None:
    plan = make_plan(engine, old)

    def ask() -> int:
        with engine.begin() as tx:
            where = plans.c.plan_id == plan.plan_id
            return move(tx, PLANS, plans.c.state, new, where, expected=1, reason="because")

    (before,) = table(engine, plans)
    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition, match=f"No write plan goes from {old} to {new}"):
            ask()
    else:
        assert ask() == (1 if leads == MOVES else 0)
    (after,) = table(engine, plans)
    assert after == (before | {"state": new, "reason": "because"} if leads == MOVES else before)


def _approve(engine: Engine, plan: Plan) -> None:
    with engine.begin() as tx:
        outbox.approve(tx, "a-1", plan.plan_id, by="operator ada", now=LATER)


def _complete(engine: Engine, plan: Plan) -> None:
    with engine.begin() as tx:
        outbox.complete(tx, plan, wait_reason=lambda _n: None, pace=None)


def _apply(engine: Engine, plan: Plan) -> None:
    Applying(engine, FakeWriter(), plan, RULES, clock=SystemClock(), pause=lambda _s: None).apply()


@pytest.mark.parametrize(
    ("act", "old", "new"),
    [
        (_approve, PlanState.WAITING, PlanState.APPROVED),
        (_complete, PlanState.RECORDING, PlanState.APPROVED),
        (_apply, PlanState.APPROVED, PlanState.APPLIED),
    ],
)
def test_what_is_done_to_a_plan_is_done_in_its_one_state(
    engine: Engine, act: Callable[[Engine, Plan], None], old: PlanState, new: PlanState
) -> None:
    for state in PlanState:
        with engine.begin() as tx:
            tx.execute(sa.delete(plan_writes))
            tx.execute(sa.delete(plans))
        plan = make_plan(engine, state)
        if state is old:
            act(engine, plan)
            assert [row["state"] for row in table(engine, plans)] == [new]
            continue
        before = table(engine, plans), table(engine, plan_writes)
        with pytest.raises(Conflict):
            act(engine, plan)
        assert (table(engine, plans), table(engine, plan_writes)) == before


@pytest.mark.parametrize("state", PlanState)
def test_only_what_is_half_recorded_is_swept_away(engine: Engine, state: PlanState) -> None:
    make_plan(engine, state)
    old_plans.sweep(engine, "a-1", "values")
    (after,) = table(engine, plans)
    swept = state in {PlanState.RECORDING, PlanState.SUPERSEDED}
    assert after["state"] == (PlanState.SUPERSEDED if swept else state)
    assert len(table(engine, plan_writes)) == (0 if swept else 1)


@every_pair(WRITES)
def test_a_write_goes_where_the_table_says_and_nowhere_else(
    engine: Engine, old: WriteState, new: WriteState, leads: str
) -> None:
    plan = make_plan(engine, PlanState.APPROVED, old)
    before = table(engine, plans), table(engine, plan_writes)

    def ask(tx: Connection) -> None:
        match new:
            case WriteState.PLANNED:
                plan_rows.record_unsent(tx, plan.plan_id, ["1"])
            case WriteState.SENT:
                plan_rows.record_sent(tx, plan.plan_id, ["1"], at=LATER)
            case WriteState.FAILED:
                plan_rows.record_failed(tx, plan.plan_id, "1", reason="because")
            case WriteState.SUCCEEDED:
                plan_rows.record_succeeded(
                    tx, account_id="a-1", kind="values", plan_id=plan.plan_id, contact_ids=["1"]
                )

    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition, match=f"No write goes from {old} to {new}"):
            _in(engine, ask)
    else:
        _in(engine, ask)
    if leads == MOVES:
        (row,), (counted,) = table(engine, plan_writes), table(engine, plans)
        assert row["state"] == new
        assert (counted["succeeded"], counted["failed"]) == (
            int(new is WriteState.SUCCEEDED),
            int(new is WriteState.FAILED),
        )
    else:
        assert (table(engine, plans), table(engine, plan_writes)) == before


def _in(engine: Engine, ask: Callable[[Connection], object]) -> None:
    with engine.begin() as tx:
        ask(tx)


@pytest.mark.parametrize("state", WriteState)
def test_what_is_newer_takes_the_place_of_what_was_not_sent_alone(
    engine: Engine, state: WriteState
) -> None:
    plan = make_plan(engine, PlanState.APPROVED, state)
    before = table(engine, plans), table(engine, plan_writes)

    def put(tx: Connection) -> None:
        plan_rows.put(tx, plan.plan_id, [change("customer")])

    if state is WriteState.PLANNED:
        _in(engine, put)
        assert "customer" in table(engine, plan_writes)[0]["new_values"]
        assert table(engine, plans) == before[0]
    else:
        with pytest.raises(ImpossibleTransition):
            _in(engine, put)
        assert (table(engine, plans), table(engine, plan_writes)) == before


@every_pair(RUNS)
def test_a_run_goes_where_the_table_says_and_nowhere_else(
    engine: Engine, old: RunState, new: RunState, leads: str
) -> None:
    with engine.begin() as tx:
        run = runs.start_or_take_over(tx, "a-1", as_of=NOW, now=NOW)
        tx.execute(sa.update(run_rows).values(state=old))
    (before,) = table(engine, run_rows)

    def ask(tx: Connection) -> None:
        match new:
            case RunState.RUNNING:
                runs.record_beat(tx, run, now=LATER)
            case RunState.DONE:
                runs.finish(tx, run, now=LATER)
            case RunState.FAILED:
                ours = run_rows.c.run_id == run.run_id
                move(tx, RUNS, run_rows.c.state, new, ours, expected=1, beat_at=LATER)

    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition, match=f"No run goes from {old} to {new}"):
            _in(engine, ask)
    elif leads == MOVES:
        _in(engine, ask)
    (after,) = table(engine, run_rows)
    if leads == MOVES:
        assert (after["state"], after["beat_at"]) == (new, LATER)
    else:
        assert after == before


@pytest.mark.parametrize("passing", [True, False])
@pytest.mark.parametrize("state", RunState)
def test_trouble_stops_a_run_that_goes_on_alone(
    engine: Engine, state: RunState, passing: bool
) -> None:
    with engine.begin() as tx:
        runs.start_or_take_over(tx, "a-1", as_of=NOW, now=NOW)
        tx.execute(sa.update(run_rows).values(state=state))
        runs.record_stopped(tx, "a-1", "Stumbled.", passing=passing, now=LATER)
    (after,) = table(engine, run_rows)
    stopped = RunState.RUNNING if passing else RunState.FAILED
    assert (after["state"], after["error"]) == (
        (stopped, "Stumbled.") if state is RunState.RUNNING else (state, None)
    )


def test_a_delivery_is_handled_once_and_repeats_change_nothing(engine: Engine) -> None:
    def deliver(keys: Iterable[str], at: datetime) -> set[str]:
        told = [("a-1", Delivery(key, "7", "changed", "c-1", NOW)) for key in keys]
        with engine.begin() as tx:
            return inbox.record_deliveries(tx, told, now=at)

    def waiting() -> list[str]:
        with reading(engine) as connection:
            return [d["delivery_key"] for d in inbox.load_unhandled(connection, "a-1", 10)]

    assert deliver(["k1", "k2"], NOW) == {"a-1"}
    assert waiting() == ["k1", "k2"]
    for at in (NOW, LATER):  # the second worker read the same records again
        with engine.begin() as tx:
            inbox.record_handled(tx, "a-1", ["k1"], now=at)
    assert deliver(["k1"], LATER) == set()
    assert waiting() == ["k2"]
    handled = {d["delivery_key"]: (d["state"], d["handled_at"]) for d in table(engine, deliveries)}
    assert handled == {
        "k1": (DeliveryState.HANDLED, NOW),
        "k2": (DeliveryState.WAITING, None),
    }
    with engine.begin() as tx:
        inbox.forget_handled(tx, "a-1", before=LATER)
    assert [d["delivery_key"] for d in table(engine, deliveries)] == ["k2"]
