"""What is recorded of a touch that the CRM was asked for, that it refused, or that it was not asked for after all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from scoring.learn.outcomes import open_cohorts
from scoring.store import find_score
from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.results.outcome import started_rows
from workflows.touches import store
from workflows.touches.next_touch import first_look, over_at

Row = Mapping[str, Any]


def take_back(connection: Connection, row: Row, *, at: datetime, reason: str | None = None) -> None:
    """Who was not asked for is due again then, as if nobody had begun; the gate decides once more."""
    if row["touch_no"] == 1:
        waits = EnrollmentState.APPROVED
        ledger.record_state(connection, row, waits, due_at=at, plan_id=None, reason=reason)
    store.take_back(connection, row, at=at)


def record_asked(connection: Connection, row: Row, *, at: datetime) -> None:
    """The touch, its round and the outcome to watch for, together; nothing where another worker has done so."""
    asked = TouchState.ASKED
    if not store.record_state(connection, row, asked, asked_at=at, look_at=first_look(at)):
        return
    if row["touch_no"] == 1:
        _record_started(connection, row, at=at)
    if not store.shift(connection, row, at=at):
        running.wait_until(connection, row, over_at(row, at))


def _record_started(connection: Connection, row: Row, *, at: datetime) -> None:
    started = EnrollmentState.STARTED
    ledger.record_state(
        connection, row, started, started_at=at, due_at=None, rule=None, reason=None
    )
    score = find_score(connection, row["account_id"], row["contact_id"])
    if score is not None:
        open_cohorts(connection, row["account_id"], started_rows([score]), at=at)


def record_failed(connection: Connection, row: Row, reason: str | None, *, at: datetime) -> None:
    """The CRM refused it: the round does not begin, or goes on with its next touch when that is due."""
    store.record_state(connection, row, TouchState.FAILED, reason=reason)
    if row["touch_no"] > 1:
        if not store.shift(connection, row, at=at):
            running.wait_until(connection, row, over_at(row, at))
        return
    ledger.record_state(connection, row, EnrollmentState.FAILED, reason=reason)
    store.cancel_planned(connection, row["account_id"], [row["contact_id"]])
