"""One account as a row among all of an agency's: where it stands, what came back, what needs somebody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Connection

from app.pages.standing import load_standing
from app.reports.results.told import find_told
from core.context import Context
from core.db import reading
from core.wording import gettext as _
from oauth.account_settings.changing import load_settings
from oauth.account_settings.fields import VERTICALS
from oauth.notices import load_notices
from oauth.store import Installation
from scoring.store import find_audit
from sync.outbox.states import PlanState
from workflows.enrollment.states import EnrollmentState
from workflows.handoff import store as handoffs
from workflows.handoff.states import HandoffState
from workflows.stops.store import find_stop


class State(StrEnum):
    """Where an account stands, what needs somebody first."""

    ATTENTION = "attention"
    APPROVAL = "approval"
    STOPPED = "stopped"
    RUNNING = "running"
    READING = "reading"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """Counts are None where nothing is known yet; money is in the account's currency."""

    account_id: str
    name: str
    line: str
    state: State
    currency: str
    dormant: int | None
    running: int
    waiting: int  # answers that nobody has dealt with
    late: int
    replied: int | None
    booked: int | None
    showed: int | None
    sold: int | None
    value: float | None
    anyway: float | None
    notices: int


def words() -> dict[State, str]:
    return {
        State.ATTENTION: _("Needs attention"),
        State.APPROVAL: _("Waiting for approval"),
        State.STOPPED: _("Stopped"),
        State.RUNNING: _("Running"),
        State.READING: _("Reading"),
        State.READY: _("Ready"),
    }


def load_rows(here: Context, accounts: Sequence[Installation]) -> list[AccountRow]:
    """What the pages of each account show, beside each other: nothing is computed here."""
    return [_row(here, account) for account in accounts]


# By what the table is sorted: the largest first, but names from A to Z and states by what needs somebody.
SORTS: Mapping[str, Callable[[AccountRow], Any]] = {
    "state": lambda row: (list(State).index(row.state), -row.late, row.name.lower()),
    "name": lambda row: row.name.lower(),
    **{
        column: lambda row, column=column: -(getattr(row, column) or 0)  # type: ignore[misc]
        for column in ("dormant", "running", "replied", "booked", "showed", "sold", "value")
    },
    "notices": lambda row: -row.notices,
}


def totals(rows: Sequence[AccountRow]) -> dict[str, float | None]:
    """The sum of each count over the accounts that know it; None where none does."""
    columns = ("dormant", "running", "waiting", "late", "replied", "booked", "showed", "sold")
    known = {
        name: [value for row in rows if (value := getattr(row, name)) is not None]
        for name in (*columns, "notices")
    }
    return {name: sum(values) if values else None for name, values in known.items()}


def money_totals(rows: Sequence[AccountRow]) -> list[tuple[str, float, float]]:
    """(currency, from people contacted, would have come anyway): of accounts where both are known."""
    known = [row for row in rows if row.value is not None and row.anyway is not None]
    return [
        (
            currency,
            sum(row.value or 0 for row in known if row.currency == currency),
            sum(row.anyway or 0 for row in known if row.currency == currency),
        )
        for currency in sorted({row.currency for row in known})
    ]


def _row(here: Context, account: Installation) -> AccountRow:
    settings = load_settings(here, account)
    standing = load_standing(here, account.account_id)
    with reading(here.engine) as connection:
        audit = find_audit(connection, account.account_id)
        notices = len(load_notices(connection, account.account_id))
        handed = handoffs.count(connection, account.account_id)
        is_stopped = find_stop(connection, account.account_id) is not None
        told = _told(connection, account.account_id)
    running = standing.enrollments.get(EnrollmentState.STARTED, 0)
    waits = standing.plan_state is PlanState.WAITING or bool(
        standing.enrollments.get(EnrollmentState.PROPOSED)
    )
    state = (
        State.ATTENTION
        if notices
        else State.STOPPED
        if is_stopped
        else State.READING
        if standing.scored_at is None
        else State.APPROVAL
        if waits
        else State.RUNNING
        if running
        else State.READY
    )
    late = handed.get(HandoffState.LATE, 0)
    return AccountRow(
        account_id=account.account_id,
        name=account.name,
        line=VERTICALS.get(settings.vertical, settings.vertical),
        state=state,
        currency=settings.currency,
        dormant=audit.dormant.get("d90") if audit is not None else None,
        running=running,
        waiting=late + handed.get(HandoffState.OPEN, 0),
        late=late,
        notices=notices,
        **told,
    )


def _told(connection: Connection, account_id: str) -> dict[str, Any]:
    """What the results page tells of the started at its largest horizon that anybody has come to."""
    nothing = dict.fromkeys(("replied", "booked", "showed", "sold", "value", "anyway"))
    at = find_told(connection, account_id)
    if at is None:
        return nothing
    did = next(h for h in at["horizons"] if h["days"] == at["at_days"])["started"]
    if not did["people"]:
        return nothing
    counted = ("responded", "booked", "showed", "sold")
    revenue = at["extra"]["revenue"]
    return {
        **dict(zip(("replied", *counted[1:]), (did[n]["count"] for n in counted), strict=True)),
        "value": revenue["all"],
        "anyway": revenue["anyway"],
    }
