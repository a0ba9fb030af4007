"""What plans leave behind is deleted in short transactions, and what was counted stays counted."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.db import reading
from sync.outbox import old_plans, plan_rows
from sync.outbox import plans as outbox
from sync.outbox.changes import Change
from sync.outbox.plans import Tally
from sync.outbox.tables import plan_writes, plans
from tests.sync.fake_writer import FakeWriter
from tests.sync.test_amending import NOW, PEOPLE, TRACK, Outbox

pytestmark = pytest.mark.integration

CHANGES = [Change(i, {TRACK: "lead"}, {TRACK: ""}) for i in PEOPLE[:2]]


@pytest.fixture
def box(engine: Engine) -> Outbox:
    return Outbox(engine)


def plan_ids(box: Outbox) -> set[str]:
    with reading(box.engine) as connection:
        return set(connection.execute(sa.select(plans.c.plan_id)).scalars())


def fold(box: Outbox) -> None:
    with reading(box.engine) as connection:
        old = old_plans.load_old(connection, "a-1")
    old_plans.fold(box.engine, "a-1", old)


def recount(box: Outbox) -> Tally:
    """The counts by looking at every row."""
    w = plan_writes.c
    query = sa.select(
        sa.func.count(),
        sa.func.count().filter(w.state == "succeeded"),
        sa.func.count().filter(w.state == "failed"),
        sa.func.count().filter(w.verified.is_(True)),
        sa.func.count().filter(w.verified.is_(False)),
        sa.func.count().filter(w.verified.is_(None), w.state == "succeeded"),
    )
    with reading(box.engine) as connection:
        return Tally(*connection.execute(query).one())


def test_a_replaced_plan_leaves_no_rows_however_many_it_had(
    box: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_plans, "_AT_ONCE", 7)
    box.record(dict.fromkeys(PEOPLE, "lead"), reason="look first")
    newer = box.record({"c000": "lead"}, reason="look first")
    old_plans.sweep(box.engine, "a-1", "values")
    assert box.rows() == {newer.plan_id: {"c000": "lead"}}


def test_what_was_left_half_recorded_is_removed_and_what_is_being_recorded_is_not(
    box: Outbox,
) -> None:
    with box.engine.begin() as tx:
        dead = outbox.begin(tx, "a-1", kind="values", now=NOW)
        mine = outbox.begin(tx, "a-1", kind="values", now=NOW)
        for plan in (dead, mine):
            plan_rows.put(tx, plan.plan_id, CHANGES)
    old_plans.sweep(box.engine, "a-1", "values", recording=mine.plan_id)
    assert set(box.rows()) == {mine.plan_id}


def test_a_burst_of_small_plans_leaves_the_sums_and_the_latest(box: Outbox) -> None:
    box.apply(box.record({"c000": "lead"}))
    for person in PEOPLE[1:30]:
        plan = box.change({person: "lead"})
        assert plan is not None
        box.apply(plan)
        fold(box)
    assert len(plan_ids(box)) == 1
    assert len(box.rows()) == 1
    assert box.tally() == Tally(30, 30, 0, 30, 0, 0)
    fold(box)
    assert box.tally() == Tally(30, 30, 0, 30, 0, 0)


def test_what_is_not_known_to_be_held_is_kept_until_it_is_written_anew(box: Outbox) -> None:
    box.fake_writer.silent = frozenset({"c001"})
    first = box.record(dict.fromkeys(PEOPLE[:4], "lead"))
    box.apply(first)
    box.apply(box.record({"c005": "lead"}))
    fold(box)
    assert box.rows()[first.plan_id] == {"c001": "lead"}
    assert box.tally() == Tally(5, 5, 0, 4, 1, 0)
    box.fake_writer.silent = frozenset()
    again = box.change({"c001": "lead"})
    assert again is not None
    box.apply(again)
    fold(box)
    assert first.plan_id not in plan_ids(box)
    assert box.tally() == Tally(6, 6, 0, 5, 0, 0)


def test_counts_are_those_of_the_rows_whatever_became_of_them(box: Outbox) -> None:
    box.fake_writer = FakeWriter(
        batch_size=3,
        poisoned=frozenset({"c003"}),
        gone=frozenset({"c004"}),
        silent=frozenset({"c005", "c006"}),
    )
    plan = box.record(dict.fromkeys(PEOPLE[:20], "lead"))
    assert box.tally() == recount(box) == Tally(20, 0, 0, 0, 0, 0)
    box.apply(plan)
    assert box.tally() == recount(box) == Tally(20, 18, 2, 16, 2, 0)
    with box.engine.begin() as tx:
        plan_rows.record_verdicts(tx, plan.plan_id, {"c005": True, "c007": False, "c003": True})
    assert box.tally() == recount(box) == Tally(20, 18, 2, 16, 2, 0)
    box.change({"c030": "lead"})
    with box.engine.begin() as tx:
        outbox.forget(tx, "a-1", ["c003", "c006", "c008", "c030", "nobody"])
    assert box.tally() == recount(box) == Tally(17, 16, 1, 15, 1, 0)
