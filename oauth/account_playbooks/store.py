"""Every query on the versions of copied playbooks; account_id is the first argument."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new
from core.errors import Conflict
from oauth.tables import account_playbooks


@dataclass(frozen=True, slots=True)
class Copy:
    """What an account's playbooks of a line of business were from one change to the next, and who made it.

    `text` is None where the packaged ones hold again.
    """

    line: str
    version: int
    changed_at: datetime
    changed_by: str
    text: str | None


def load_latest(connection: Connection, account_id: str, lines: Collection[str]) -> dict[str, Copy]:
    """Line of business → the copy that holds, of those of which there has been one."""
    p = account_playbooks.c
    newer = account_playbooks.alias("newer")
    last = sa.select(sa.func.max(newer.c.version)).where(
        newer.c.account_id == p.account_id, newer.c.line == p.line
    )
    query = sa.select(account_playbooks).where(
        p.account_id == account_id, p.line.in_(lines), p.version == last.scalar_subquery()
    )
    return {row["line"]: _copy(row) for row in connection.execute(query).mappings()}


def load_history(connection: Connection, account_id: str) -> list[Copy]:
    """Every version of the account's copies, the newest first."""
    p = account_playbooks.c
    query = (
        sa.select(account_playbooks)
        .where(p.account_id == account_id)
        .order_by(p.changed_at.desc(), p.line, p.version.desc())
    )
    return [_copy(row) for row in connection.execute(query).mappings()]


def record_copy(
    connection: Connection,
    account_id: str,
    line: str,
    text: str | None,
    *,
    after: int,
    by: str,
    now: datetime,
) -> Copy:
    """Append the version that follows `after`, 0 for the first; raises Conflict where another follows it already."""
    latest = load_latest(connection, account_id, [line]).get(line)
    made = Copy(line, after + 1, now, by[:200], text)
    row = {
        "account_id": account_id,
        "line": line,
        "version": made.version,
        "changed_at": now,
        "changed_by": made.changed_by,
        "text": text,
    }
    # Whoever looked at the same version at the same moment inserts the same key: one of them does.
    if (latest.version if latest else 0) != after or not insert_new(
        connection, account_playbooks, row
    ):
        raise Conflict(
            f"The playbooks of {line} were changed after you had opened them. Nothing of yours was saved: "
            "look at what has changed, and repeat."
        )
    return made


def _copy(row: sa.RowMapping) -> Copy:
    return Copy(row["line"], row["version"], row["changed_at"], row["changed_by"], row["text"])
