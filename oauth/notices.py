"""What an admin must do, as rows that stand until it is done."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new
from oauth.tables import notices

# Kinds that whoever finds the matter puts up and takes down; all others follow from a job that failed.
PROPERTIES, STREAMS, PLAYBOOKS = "properties", "streams", "playbooks"
AUTOMATION, STOPPED, HANDOFFS = "automation", "stopped", "handoffs"
SEQUENCES = "sequences"
REPORT = "report"
_OWN = (PROPERTIES, STREAMS, PLAYBOOKS, AUTOMATION, STOPPED, HANDOFFS, SEQUENCES, REPORT)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something only a person can mend; `kind` says what, `message` how."""

    kind: str
    job: str
    message: str
    since: datetime


def record_notice(
    connection: Connection, account_id: str, kind: str, *, job: str, message: str, now: datetime
) -> None:
    """Put up a notice; one of its kind that stands keeps its date and gets the newest words."""
    row = {
        "account_id": account_id,
        "kind": kind,
        "job": job,
        "message": message,
        "since": now,
    }
    if not insert_new(connection, notices, row):
        connection.execute(
            sa.update(notices)
            .where(notices.c.account_id == account_id, notices.c.kind == kind)
            .values(job=job, message=message)
        )


def clear_notices(
    connection: Connection, account_id: str, *, job: str | None = None, kind: str | None = None
) -> None:
    """Take down what the failure of `job` has put up, or what is of `kind`; without both, everything."""
    statement = sa.delete(notices).where(notices.c.account_id == account_id)
    if job is not None:
        statement = statement.where(notices.c.job == job, notices.c.kind.not_in(_OWN))
    if kind is not None:
        statement = statement.where(notices.c.kind == kind)
    connection.execute(statement)


def load_notices(connection: Connection, account_id: str) -> list[Notice]:
    """What stands for an account, the oldest first."""
    query = (
        sa.select(notices)
        .where(notices.c.account_id == account_id)
        .order_by(notices.c.since, notices.c.kind)
    )
    return [
        Notice(row["kind"], row["job"], row["message"], row["since"])
        for row in connection.execute(query).mappings()
    ]
