"""How many people of each playbook are where in the ledger; account_id is the first argument."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.moving import move
from workflows.enrollment.states import ENROLLMENTS, End, EnrollmentState
from workflows.enrollment.tables import enrollments


def count_by_playbook(
    connection: Connection, account_id: str
) -> dict[str, dict[EnrollmentState, int]]:
    """Playbook → its rounds by state."""
    e = enrollments.c
    query = (
        sa.select(e.playbook, e.state, sa.func.count())
        .where(e.account_id == account_id)
        .group_by(e.playbook, e.state)
        .order_by(e.playbook)
    )
    found: dict[str, dict[EnrollmentState, int]] = {}
    for playbook, state, count in connection.execute(query):
        found.setdefault(playbook, {})[EnrollmentState(state)] = count
    return found


def count_started(connection: Connection, account_id: str, *, since: datetime) -> dict[str, int]:
    """Playbook → how many were started since then."""
    e = enrollments.c
    query = (
        sa.select(e.playbook, sa.func.count())
        .where(e.account_id == account_id, e.started_at >= since)
        .group_by(e.playbook)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def count_ends(connection: Connection, account_id: str) -> dict[str, dict[End, int]]:
    """Playbook → how its rounds ended."""
    e = enrollments.c
    query = (
        sa.select(e.playbook, e.ended_by, sa.func.count())
        .where(e.account_id == account_id, e.state == EnrollmentState.ENDED)
        .group_by(e.playbook, e.ended_by)
    )
    found: dict[str, dict[End, int]] = {}
    for playbook, end, count in connection.execute(query):
        found.setdefault(playbook, {})[End(end)] = count
    return found


def load_failed(
    connection: Connection, account_id: str, *, limit: int
) -> list[tuple[str, str | None]]:
    """(contact, why) of the starts that the CRM refused."""
    e = enrollments.c
    query = (
        sa.select(e.contact_id, e.reason)
        .where(e.account_id == account_id, e.state == EnrollmentState.FAILED)
        .order_by(e.contact_id)
        .limit(limit)
    )
    return [(row.contact_id, row.reason) for row in connection.execute(query)]


def cancel_waiting(connection: Connection, account_id: str, playbook: str, *, reason: str) -> int:
    """Start nobody more of a playbook who was let go ahead and waits for their hour; answers how many."""
    e = enrollments.c
    mine = (e.account_id == account_id, e.playbook == playbook)
    waiting = e.state == EnrollmentState.APPROVED
    refused = EnrollmentState.REFUSED
    return move(connection, ENROLLMENTS, e.state, refused, *mine, waiting, reason=reason)
