"""What is to be recorded of many touches and rounds: gathered one by one, written by one statement for all alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.enrollment.states import End, EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.touches import batches, store
from workflows.touches.next_touch import over_at

Row = Mapping[str, Any]


@dataclass(slots=True)
class Moves:
    """Of one account; nothing is written before `record`."""

    _touches: list[tuple[Row, TouchState, Row]] = field(default_factory=list)
    _rounds: list[tuple[Row, EnrollmentState, Row]] = field(default_factory=list)
    _over: list[str] = field(default_factory=list)
    _waits: list[tuple[Row, datetime]] = field(default_factory=list)

    def touch(self, row: Row, state: TouchState, **values: Any) -> None:
        self._touches.append((row, state, values))

    def round(self, row: Row, state: EnrollmentState, **values: Any) -> None:
        self._rounds.append((row, state, values))

    def end(self, row: Row, how: End, *, at: datetime, **values: Any) -> None:
        """A round that has begun is over, and none of its touches is to come any more."""
        self._over.append(row["contact_id"])
        self.round(row, EnrollmentState.ENDED, ended_at=at, ended_by=how, **values)

    def leave_out(self, row: Row, why: str, *, at: datetime) -> None:
        """A touch that is not worth it is the end of its round: those after it would be worth less."""
        self.touch(row, TouchState.REFUSED, rule=None, reason=why)
        self._over.append(row["contact_id"])
        self._waits.append((row, over_at(row, at)))

    def record(self, connection: Connection, account_id: str) -> None:
        """Raises ImpossibleTransition where one of them cannot become what it is to become."""
        # What is refused now is not to be cancelled with what was to follow it.
        batches.record_states(connection, self._touches)
        store.cancel_planned(connection, account_id, self._over)
        ledger.record_states(connection, self._rounds)
        running.wait_each(connection, self._waits)
