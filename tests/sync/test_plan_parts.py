"""A plan is looked at as old and new values, and let go ahead as a whole, in part, or not at all (S30)."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.clock import SystemClock
from core.db import reading
from core.errors import Conflict, Invalid, NotFound
from sync.mirror.store import record_known
from sync.outbox import amending, diff, parts
from sync.outbox import plans as outbox
from sync.outbox.states import PlanState
from sync.outbox.tables import plans
from tests.sync.test_amending import ACCOUNT, PEOPLE, TRACK, Outbox

pytestmark = pytest.mark.integration
SOME = PEOPLE[:12]


@pytest.fixture
def box(engine: Engine) -> Outbox:
    return Outbox(engine)


def test_s30_a_diff_has_old_and_new_values_page_by_page(box: Outbox) -> None:
    with box.engine.begin() as tx:
        record_known(tx, "a-1", {PEOPLE[0]: {TRACK: "lead"}, PEOPLE[1]: {TRACK: "lead"}})
    plan = box.record({PEOPLE[0]: "customer", PEOPLE[1]: "", **dict.fromkeys(PEOPLE[2:7], "lead")})
    with reading(box.engine) as connection:
        first = diff.load_diff(connection, plan.plan_id, limit=3)
        rest = diff.load_diff(connection, plan.plan_id, after=first[-1].contact_id, limit=9)
        counted = diff.count_values(connection, plan.plan_id)
        some = diff.load_diff(connection, plan.plan_id, among=PEOPLE[3:5], name=TRACK, limit=9)
        none = diff.count_diff(connection, plan.plan_id, name="rekindle_trac_")
    assert [row.contact_id for row in first + rest] == PEOPLE[:7]
    assert [row.values[TRACK] for row in first] == [
        ("lead", "customer"),
        ("lead", ""),
        ("", "lead"),
    ]
    assert (counted.contacts, counted.values, counted.names) == (7, 7, [TRACK])
    assert (counted.new[TRACK], counted.changed[TRACK], counted.cleared[TRACK]) == (5, 1, 1)
    assert [row.contact_id for row in some] == PEOPLE[3:5]
    assert none == 0, "a wildcard of the database is a character here"


def test_s30_a_part_goes_ahead_and_what_comes_later_waits(box: Outbox) -> None:
    plan = box.record(dict.fromkeys(SOME, "lead"), reason="The first one.")
    chosen = sa.select(sa.literal(PEOPLE[0])).union(sa.select(sa.literal(PEOPLE[5])))
    with box.engine.begin() as tx:
        now = SystemClock().now()
        with pytest.raises(Invalid):
            parts.approve_part(tx, "a-1", plan.plan_id, ["nobody"], by="ann", now=now)
        part = parts.approve_part(tx, "a-1", plan.plan_id, chosen, by="ann", now=now)
    assert box.apply(part)
    assert box.held() == {PEOPLE[0]: "lead", PEOPLE[5]: "lead"}
    rest = box.find(plan)
    assert rest is not None
    assert (rest.state, rest.planned) == (PlanState.WAITING, 10)
    with reading(box.engine) as connection:
        found = outbox.find_waiting(connection, "a-1", "values")
        assert found is not None
        assert found.plan_id == plan.plan_id
        assert "Not all of the last plan" in str(amending.wait_reason(connection, ACCOUNT, 1))
    with box.engine.begin() as tx:
        outbox.approve(tx, "a-1", plan.plan_id, by="ann", now=SystemClock().now())
    assert box.apply(plan)
    assert len(box.held()) == 12
    with reading(box.engine) as connection:
        assert amending.wait_reason(connection, ACCOUNT, 1) is None, "all of it was let go ahead"


def test_s30_a_rejected_plan_is_not_written(box: Outbox) -> None:
    plan = box.record(dict.fromkeys(SOME, "lead"), reason="The first one.")
    with box.engine.begin() as tx:
        with pytest.raises(NotFound):
            parts.reject(tx, "a-2", plan.plan_id, by="ann")
        parts.reject(tx, "a-1", plan.plan_id, by="ann")
        with pytest.raises(Conflict):
            parts.reject(tx, "a-1", plan.plan_id, by="ann")
    with pytest.raises(Conflict):
        box.apply(plan)
    assert box.held() == {}
    with reading(box.engine) as connection:
        query = sa.select(plans.c.cancelled_by).where(plans.c.plan_id == plan.plan_id)
        assert connection.execute(query).scalar_one() == "ann"
        assert amending.wait_reason(connection, ACCOUNT, 1) is not None


def test_who_is_chosen_altogether_is_the_plan_itself(box: Outbox) -> None:
    plan = box.record(dict.fromkeys(SOME, "lead"), reason="The first one.")
    with box.engine.begin() as tx:
        done = parts.approve_part(tx, "a-1", plan.plan_id, SOME, by="ann", now=SystemClock().now())
    assert (done.plan_id, done.state) == (plan.plan_id, PlanState.APPROVED)
