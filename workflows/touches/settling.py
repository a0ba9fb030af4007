"""What is recorded of touches that the CRM was asked for, that it refused, or that it was not asked for after all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from scoring.learn.outcomes import open_cohorts
from scoring.store import load_scores
from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.results.outcome import started_rows
from workflows.touches import batches, store
from workflows.touches.next_touch import first_look, over_at

Row = Mapping[str, Any]


def take_back(
    connection: Connection, rows: Sequence[Row], *, at: datetime, reason: str | None = None
) -> None:
    """Who was not asked for is due again then, as if nobody had begun; the gate decides once more."""
    waits = {"due_at": at, "plan_id": None, "reason": reason}
    firsts = [(row, EnrollmentState.APPROVED, waits) for row in rows if row["touch_no"] == 1]
    ledger.record_states(connection, firsts)
    batches.take_back(connection, rows, at=at)


def record_asked(
    connection: Connection, account_id: str, rows: Sequence[Row], *, at: datetime
) -> None:
    """The touches, their rounds and the outcomes to watch for, together; nothing of those that another worker has."""
    asked = batches.move_on(connection, rows, TouchState.ASKED, asked_at=at, look_at=first_look(at))
    firsts = [row for row in asked if row["touch_no"] == 1]
    ledger.record_started(connection, firsts, at=at)
    scores = load_scores(connection, account_id, [row["contact_id"] for row in firsts])
    open_cohorts(connection, account_id, started_rows(scores), at=at)
    go_on(connection, asked, at=at)


def record_failed(
    connection: Connection,
    account_id: str,
    failures: Sequence[tuple[Row, str | None]],
    *,
    at: datetime,
) -> None:
    """The CRM refused them: a round does not begin, or goes on with its next touch when that is due."""
    told = [(row, {"reason": reason}) for row, reason in failures]
    batches.record_states(connection, [(row, TouchState.FAILED, why) for row, why in told])
    firsts = [(row, EnrollmentState.FAILED, why) for row, why in told if row["touch_no"] == 1]
    ledger.record_states(connection, firsts)
    store.cancel_planned(connection, account_id, [row["contact_id"] for row, _, _ in firsts])
    go_on(connection, [row for row, _ in failures if row["touch_no"] > 1], at=at)


def go_on(connection: Connection, rows: Sequence[Row], *, at: datetime) -> None:
    """The next touch of each round is due its days from now; after the last an answer is waited for."""
    last = batches.shift(connection, rows, at=at)
    running.wait_each(connection, [(row, over_at(row, at)) for row in last])
