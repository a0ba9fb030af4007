"""Everybody is decided about and planned some at a time, a few contacts without touching anybody else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.context import entered
from core.db import reading
from core.facts import PlanApproved
from scoring import jobs as scoring_jobs
from scoring import store as scores
from scoring.tables import scores as score_rows
from sync.outbox import amending
from sync.outbox import plans as outbox
from sync.outbox.tables import plan_writes, plans
from tests.scoring.mirrored import ACCOUNT, Mirrored
from tests.workflows.planned import (
    approve,
    counted,
    crowded,
    decided,
    load,
    of,
    plan_all,
    take,
    written,
)
from workflows.decisions import planning
from workflows.decisions import store as decisions
from workflows.decisions.planning import Planning
from workflows.decisions.tables import decision_counts, draws
from workflows.decisions.tables import decisions as decided_rows
from workflows.jobs import plan_contacts

pytestmark = pytest.mark.integration


class Killed(BaseException):
    """A worker ends without a word."""


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    said: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", hear)
    yield said
    sa.event.remove(engine, "before_cursor_execute", hear)


def test_some_at_a_time_says_what_all_at_once_says(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded(mirrored, 61)
    once = plan_all(mirrored)
    first = decided(mirrored), written(mirrored), counted(mirrored), once and once.planned
    with mirrored.engine.begin() as tx:
        for table in (decided_rows, plans, plan_writes, decision_counts):
            tx.execute(sa.delete(table))
    monkeypatch.setattr(planning, "AT_ONCE", 7)
    again = plan_all(mirrored)
    assert (decided(mirrored), written(mirrored), counted(mirrored)) == first[:3]
    assert again is not None
    assert (again.planned, again.state) == (first[3], "waiting") == (61, "waiting")
    assert load(mirrored, draws) == {}, "planning draws nobody"


def test_a_pass_that_finds_nothing_new_writes_nothing(mirrored: Mirrored) -> None:
    crowded(mirrored)
    take(mirrored, plan_all(mirrored))
    before = load(mirrored, decided_rows, "decided_at")
    assert plan_all(mirrored) is None
    assert load(mirrored, decided_rows, "decided_at") == before
    assert written(mirrored) == {}


def test_one_changed_contact_touches_its_own_rows_alone_however_many_there_are(
    mirrored: Mirrored,
) -> None:
    def change(person: str) -> tuple[list[str], set[str]]:
        mirrored.happen((person, 0.01, "form"))
        mirrored.change(person)
        mirrored.run(scoring_jobs.score_changed)
        before = load(mirrored, decided_rows, "decided_at")
        with statements(mirrored.engine) as said:
            of(mirrored).plan_some([person])
        after = load(mirrored, decided_rows, "decided_at")
        return said, {i for i in after if after[i] != before.get(i)}

    dormant = crowded(mirrored, 50)
    take(mirrored, plan_all(mirrored))
    person = next(i for i in dormant if decided(mirrored)[i][0] in {"ready", "held_out"})
    few, touched = change(person)
    assert touched == {person} == set(written(mirrored))
    assert decided(mirrored)[person][0] == "active"
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(plans).values(state="applied"))
    mirrored.crowd(400, prefix="m", seed=5)
    mirrored.run(scoring_jobs.score_account)
    take(mirrored, plan_all(mirrored))
    other = next(i for i in dormant if decided(mirrored)[i][0] in {"ready", "held_out"})
    many, touched = change(other)
    assert touched == {other} == set(written(mirrored))
    assert len(many) == len(few) <= 45
    counted(mirrored)


def test_the_job_says_that_a_small_plan_may_be_applied(mirrored: Mirrored) -> None:
    people = crowded(mirrored)
    take(mirrored, plan_all(mirrored))
    person = next(i for i in people if decided(mirrored)[i][0] in {"ready", "held_out"})
    mirrored.happen((person, 0.01, "form"))
    mirrored.change(person)
    mirrored.run(scoring_jobs.score_changed)
    mirrored.facts.clear()
    for _ in range(2):
        with entered(mirrored.context):
            plan_contacts(ACCOUNT, person)
    with reading(mirrored.engine) as connection:
        plan = outbox.find_latest(connection, ACCOUNT, "values")
    assert plan is not None
    assert mirrored.facts == [PlanApproved(ACCOUNT, plan.plan_id)], "the second time it is there"
    assert plan.planned == 1


def test_before_everybody_has_been_counted_nobody_is_drawn(mirrored: Mirrored) -> None:
    people = crowded(mirrored)
    assert of(mirrored).plan_some(people[:5]) is None
    assert decided(mirrored) == {}
    assert load(mirrored, draws) == {}


def test_who_has_lost_their_score_has_no_decision_and_no_row_any_more(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = crowded(mirrored)
    monkeypatch.setattr(planning, "AT_ONCE", 7)
    plan = plan_all(mirrored)
    with mirrored.engine.begin() as tx:
        scores.forget_scores(tx, ACCOUNT, people[10:13])
    of(mirrored).plan_some(people[9:14])
    left = set(people) - set(people[10:13])
    assert set(decided(mirrored)) == set(written(mirrored)) == left
    with mirrored.engine.begin() as tx:
        scores.forget_scores(tx, ACCOUNT, [people[0], people[30], people[-1]])
    approve(mirrored, plan)
    plan_all(mirrored)
    left -= {people[0], people[30], people[-1]}
    assert set(decided(mirrored)) == set(written(mirrored)) == left
    assert sum(counted(mirrored).values()) == len(left)
    with reading(mirrored.engine) as connection:
        assert outbox.tally(connection, ACCOUNT).planned == len(left)


@pytest.mark.parametrize("die_at", [1, 3, 8])
def test_a_pass_that_dies_leaves_no_plan_and_the_next_one_removes_its_rows(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch, die_at: int
) -> None:
    crowded(mirrored, 60)
    monkeypatch.setattr(planning, "AT_ONCE", 8)
    with monkeypatch.context() as broken:
        amend, calls = amending.amend, iter(range(100))

        def dying(*args: Any, **more: Any) -> None:
            amend(*args, **more)
            if next(calls) == die_at - 1:
                raise Killed

        broken.setattr(amending, "amend", dying)
        with pytest.raises(Killed):
            plan_all(mirrored)
    with reading(mirrored.engine) as connection:
        assert outbox.find_latest(connection, ACCOUNT, "values") is None
        assert decisions.find_decided_at(connection, ACCOUNT) is None
    plan = plan_all(mirrored)
    assert plan is not None
    assert plan.planned == len(load(mirrored, plan_writes, "plan_id")) == 60
    assert {row[0] for row in load(mirrored, plan_writes, "plan_id").values()} == {plan.plan_id}
    assert sum(counted(mirrored).values()) == 60


def test_who_is_scored_while_being_thought_about_is_thought_about_again(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = crowded(mirrored)
    think = Planning._think
    thoughts: list[planning.Thought] = []

    def slow(self: Planning, ids: Sequence[str]) -> planning.Thought:
        thought = think(self, ids)
        if not thoughts:
            with mirrored.engine.begin() as tx:
                band = {"band": "active", "pass_no": 99}
                tx.execute(
                    sa.update(score_rows).where(score_rows.c.contact_id == people[3]).values(**band)
                )
        thoughts.append(thought)
        return thought

    monkeypatch.setattr(Planning, "_think", slow)
    plan_all(mirrored)
    assert len(thoughts) == 2
    assert decided(mirrored)[people[3]][0] == "active"


def test_a_plan_approved_during_a_pass_is_known_to_the_pass(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is in two plans: what the approved one is about to write is brought up to date there."""
    crowded(mirrored, 60)
    waiting = plan_all(mirrored)
    approved: list[bool] = []
    think = Planning._think

    def thinking(self: Planning, ids: Sequence[str]) -> planning.Thought:
        if not approved:
            approved.append(True)
            approve(mirrored, waiting)
        return think(self, ids)

    monkeypatch.setattr(Planning, "_think", thinking)
    assert plan_all(mirrored) is None
    assert waiting is not None
    rows = load(mirrored, plan_writes, "plan_id")
    assert {row[0] for row in rows.values()} == {waiting.plan_id}
    assert len(rows) == 60
