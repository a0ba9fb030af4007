"""Rows of handoffs: each once, followed through merges, forgotten with the person, looked at when due (S19)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from core.states import ImpossibleTransition
from workflows.enrollment.states import End
from workflows.handoff import store
from workflows.handoff.states import HandoffState

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 17, 15, tzinfo=UTC)
ACCOUNT = "fake-handoffs"


def answered(contact_id: str, answer_id: str, **more: Any) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "answer_id": answer_id,
        "playbook": "lead_reactivation",
        "round_no": 1,
        "state": HandoffState.LEAVING,
        "ended_by": End.ANSWERED,
        "answered_at": AT,
        "noticed_at": AT,
        "needs_person": True,
        **more,
    }


def test_an_answer_is_one_row_however_often_it_is_noticed(engine: Engine) -> None:
    with engine.begin() as tx:
        for _ in range(2):
            store.record(tx, ACCOUNT, [answered("1", "email:1"), answered("2", "email:1")])
        assert store.count(tx, ACCOUNT) == {HandoffState.LEAVING: 2}
        assert store.load_accounts_due(tx, at=AT) == [ACCOUNT]


def test_a_task_is_looked_at_when_it_is_due_and_ends_once(engine: Engine) -> None:
    due = AT + timedelta(hours=4)
    with engine.begin() as tx:
        store.record(tx, ACCOUNT, [answered("1", "email:1")])
        [row] = store.load_in(tx, ACCOUNT, HandoffState.LEAVING, at=AT)
        store.record_state(tx, row, HandoffState.ASKING)
        store.record_state(tx, row, HandoffState.ASKING, asked_at=AT)
        store.record_state(tx, row, HandoffState.OPEN, task_id="7", due_at=due, check_at=due)
        assert store.load_accounts_due(tx, at=AT) == []
        assert store.load_to_check(tx, ACCOUNT, at=AT) == []
        assert store.count_tasks(tx, ACCOUNT) == 1
        [waits] = store.load_to_check(tx, ACCOUNT, at=due)
        assert (waits["task_id"], waits["asked_at"]) == ("7", AT)
        assert store.record_state(tx, waits, HandoffState.DONE, done_at=due)
        assert not store.record_state(tx, waits, HandoffState.DONE, done_at=due)
        assert store.load_accounts_due(tx, at=due + timedelta(days=9)) == []
    with pytest.raises(ImpossibleTransition), engine.begin() as tx:
        store.record_state(tx, waits, HandoffState.OPEN)


def test_a_refused_task_is_told_of_for_a_while(engine: Engine) -> None:
    with engine.begin() as tx:
        store.record(tx, ACCOUNT, [answered("1", "email:1", state=HandoffState.ASKING)])
        [row] = store.load_in(tx, ACCOUNT, HandoffState.ASKING, at=AT)
        store.record_state(tx, row, HandoffState.FAILED, reason="no")
        assert store.has_failed(tx, ACCOUNT, since=AT)
        assert not store.has_failed(tx, ACCOUNT, since=AT + timedelta(seconds=1))


def test_answers_follow_merges_and_are_forgotten_with_the_person(engine: Engine) -> None:
    with engine.begin() as tx:
        store.record(
            tx,
            ACCOUNT,
            [answered("1", "email:1"), answered("1", "email:2"), answered("2", "email:1")],
        )
        store.follow(tx, ACCOUNT, {"1": "2"})
        held = store.load_of(tx, ACCOUNT, ["1", "2"])
        assert {i: [r["answer_id"] for r in rows] for i, rows in held.items()} == {
            "2": ["email:1", "email:2"]
        }
        store.forget(tx, ACCOUNT, ["2"])
        assert store.count(tx, ACCOUNT) == {}
