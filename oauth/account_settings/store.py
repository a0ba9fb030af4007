"""Every query on the versions of settings; owner_id, an account's or an agency's, first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new
from core.errors import Conflict
from oauth.account_settings.resolve import Values
from oauth.tables import account_settings


@dataclass(frozen=True, slots=True)
class Version:
    """What an owner's settings were from one change to the next, and who made it."""

    owner_id: str
    version: int
    changed_at: datetime
    changed_by: str
    values: Values


def find_latest(connection: Connection, owner_id: str) -> Version | None:
    return load_latest(connection, [owner_id]).get(owner_id)


def load_latest(connection: Connection, owner_ids: Iterable[str]) -> dict[str, Version]:
    """Owner → the version that holds, of those who have one."""
    s = account_settings.c
    newer = account_settings.alias("newer")
    found: dict[str, Version] = {}
    for ids in chunks(owner_ids):
        last = sa.select(sa.func.max(newer.c.version)).where(newer.c.owner_id == s.owner_id)
        query = sa.select(account_settings).where(
            s.owner_id.in_(ids), s.version == last.scalar_subquery()
        )
        versions = map(_version, connection.execute(query).mappings())
        found |= {version.owner_id: version for version in versions}
    return found


def load_history(connection: Connection, owner_ids: Sequence[str]) -> list[Version]:
    """Every version of these owners, the newest first."""
    s = account_settings.c
    query = (
        sa.select(account_settings)
        .where(s.owner_id.in_(owner_ids))
        .order_by(s.changed_at.desc(), s.version.desc(), s.owner_id)
    )
    return [_version(row) for row in connection.execute(query).mappings()]


def record_version(
    connection: Connection, owner_id: str, values: Values, *, after: int, by: str, now: datetime
) -> Version:
    """Append the version that follows `after`, 0 for the first; raises Conflict where another follows it already."""
    made = Version(owner_id, after + 1, now, by[:200], dict(values))
    latest = find_latest(connection, owner_id)
    row = {
        "owner_id": owner_id,
        "version": made.version,
        "changed_at": now,
        "changed_by": made.changed_by,
        "settings": made.values,
    }
    # Whoever looked at the same version at the same moment inserts the same key: one of them does.
    if (latest.version if latest else 0) != after or not insert_new(
        connection, account_settings, row
    ):
        other = find_latest(connection, owner_id)
        who = f" by {other.changed_by}" if other else ""
        raise Conflict(
            f"These settings were changed{who} after you had opened them. Nothing of yours was saved: "
            "open the settings again, look at what has changed, and repeat."
        )
    return made


def _version(row: sa.RowMapping) -> Version:
    return Version(
        row["owner_id"], row["version"], row["changed_at"], row["changed_by"], row["settings"]
    )
