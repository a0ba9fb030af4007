"""Enrollments and decisions go where their tables say, in the store; a control is never started."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from core.db import reading
from core.states import ImpossibleTransition
from tests.pairs import MOVES, REFUSED, every_pair, expected
from workflows.decisions import store as decisions
from workflows.decisions.decide import Decision
from workflows.enrollment import store
from workflows.enrollment.states import ENROLLMENTS, EnrollmentState
from workflows.enrollment.tables import enrollments
from workflows.status import DECISIONS, Status

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 17, 17, tzinfo=UTC)
PROPOSED, APPROVED, STARTING, STARTED = (
    EnrollmentState.PROPOSED,
    EnrollmentState.APPROVED,
    EnrollmentState.STARTING,
    EnrollmentState.STARTED,
)
ACCOUNTS = count()


def propose(engine: Engine, account: str) -> int:
    with engine.begin() as tx:
        return store.propose(tx, account, [("1", "lead_reactivation")], wave_id="w", now=NOW)


def ledger(engine: Engine, account: str) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        query = sa.select(enrollments).where(enrollments.c.account_id == account)
        found = connection.execute(query.order_by(enrollments.c.round_no)).mappings()
        return [dict(row) for row in found]


def go(engine: Engine, row: dict[str, Any], new: EnrollmentState, **values: Any) -> bool:
    with engine.begin() as tx:
        return store.record_state(tx, row, new, **values)


def approve(engine: Engine, account: str) -> int:
    with engine.begin() as tx:
        return store.approve_wave(tx, account, "w", by="operator ada", at=NOW, now=NOW)


@every_pair(ENROLLMENTS)
def test_an_enrollment_goes_where_the_table_says_and_nowhere_else(
    engine: Engine, old: EnrollmentState, new: EnrollmentState, leads: str
) -> None:
    propose(engine, "a")
    with engine.begin() as tx:
        tx.execute(sa.update(enrollments).values(state=old))
    (row,) = ledger(engine, "a")
    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition, match=f"No enrollment goes from {old} to {new}"):
            go(engine, row, new, reason="because")
    else:
        assert go(engine, row, new, reason="because") is (leads == MOVES)
    (after,) = ledger(engine, "a")
    assert after == (row | {"state": new, "reason": "because"} if leads == MOVES else row)


@pytest.mark.parametrize("state", EnrollmentState)
def test_approving_a_wave_takes_those_who_were_proposed_alone(
    engine: Engine, state: EnrollmentState
) -> None:
    propose(engine, "a")
    with engine.begin() as tx:
        tx.execute(sa.update(enrollments).values(state=state))
    (row,) = ledger(engine, "a")
    assert approve(engine, "a") == (1 if state is PROPOSED else 0)
    (after,) = ledger(engine, "a")
    approved = {"due_at": NOW, "approved_by": "operator ada", "approved_at": NOW}
    assert after == (row | {"state": APPROVED} | approved if state is PROPOSED else row)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(st.sampled_from(["round", "wave", *EnrollmentState]), max_size=12))
def test_whatever_is_asked_nobody_starts_unapproved_and_what_ended_stays(
    engine: Engine, wishes: Sequence[str]
) -> None:
    """One person's rounds under any sequence of wishes, beside what the table says of them."""
    account = f"a-{next(ACCOUNTS)}"
    model: list[list[EnrollmentState]] = []
    for wish in wishes:
        if wish == "round":
            assert propose(engine, account) == 1
            model.append([PROPOSED])
        elif wish == "wave":
            waiting = [told for told in model if told[-1] is PROPOSED]
            assert approve(engine, account) == len(waiting)
            for told in waiting:
                told.append(APPROVED)
        elif model:
            _ask(engine, ledger(engine, account)[-1], model[-1], EnrollmentState(wish))
        assert [row["state"] for row in ledger(engine, account)] == [told[-1] for told in model]
    for told in model:
        assert told[0] is PROPOSED
        assert STARTED not in told or {APPROVED, STARTING} < set(told)
        assert told.count(STARTED) <= 1


def _ask(
    engine: Engine, row: dict[str, Any], told: list[EnrollmentState], new: EnrollmentState
) -> None:
    leads = expected(ENROLLMENTS, told[-1], new)
    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition):
            go(engine, row, new)
    else:
        assert go(engine, row, new) is (leads == MOVES)
        told += [new] if leads == MOVES else []


def decide(engine: Engine, *made: Decision) -> None:
    with engine.begin() as tx:
        decisions.save_decisions(tx, "a", made, now=NOW)


def stand(engine: Engine) -> dict[str, Status]:
    with reading(engine) as connection:
        found = {i: decisions.find_decision(connection, "a", i) for i in ("1", "2")}
        counted = {status: n for status, _, _, n in decisions.count_decisions(connection, "a")}
    standing = {i: decision.status for i, decision in found.items() if decision is not None}
    assert counted == {s: list(standing.values()).count(s) for s in standing.values()}
    return standing


@every_pair(DECISIONS)
def test_a_decision_goes_where_the_table_says_and_nowhere_else(
    engine: Engine, old: Status, new: Status, leads: str
) -> None:
    decide(engine, Decision("1", old), Decision("2", Status.ACTIVE))
    wanted = (Decision("2", Status.READY), Decision("1", new))
    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition, match=f"No decision goes from {old} to {new}"):
            decide(engine, *wanted)
        assert stand(engine) == {"1": old, "2": Status.ACTIVE}
    else:
        decide(engine, *wanted)
        assert stand(engine) == {"1": new, "2": Status.READY}
