"""A model's versions as rows: recorded, made champion, rolled back; account_id is the first argument."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, NotFound
from scoring.learn.champion import CHALLENGER, CHAMPION, REJECTED, RETIRED
from scoring.tables import models


@dataclass(frozen=True, slots=True)
class Version:
    """One of an account's models without its parameters; `as_of` is where what it was fitted to ends."""

    version: int
    state: str
    fitted_at: datetime
    as_of: datetime
    metrics: Mapping[str, Any]
    note: str


@dataclass(frozen=True, slots=True)
class Champion:
    """The version in use and its parameters as they are stored."""

    version: int
    as_of: datetime
    params: Any


def find_champion(connection: Connection, account_id: str) -> Champion | None:
    m = models.c
    query = sa.select(m.version, m.as_of, m.params).where(
        m.account_id == account_id, m.state == CHAMPION
    )
    row = connection.execute(query).first()
    return None if row is None else Champion(row.version, row.as_of, row.params)


def find_params(connection: Connection, account_id: str, version: int) -> Any:
    """The stored parameters of a version; None where there is no such version."""
    m = models.c
    query = sa.select(m.params).where(m.account_id == account_id, m.version == version)
    return connection.execute(query).scalar_one_or_none()


def find_last_as_of(connection: Connection, account_id: str) -> datetime | None:
    """Where the record ends that the newest version was fitted to; None without any."""
    m = models.c
    query = sa.select(m.as_of).where(m.account_id == account_id).order_by(m.version.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()


def load_versions(connection: Connection, account_id: str) -> list[Version]:
    """All versions, the newest first."""
    m = models.c
    query = (
        sa.select(m.version, m.state, m.fitted_at, m.as_of, m.metrics, m.note)
        .where(m.account_id == account_id)
        .order_by(m.version.desc())
    )
    return [Version(*row) for row in connection.execute(query)]


def record_model(
    connection: Connection,
    account_id: str,
    params: Any,
    *,
    state: str,
    as_of: datetime,
    now: datetime,
    metrics: Mapping[str, Any],
    note: str,
) -> int:
    """Add a version and answer its number; the champion it takes the place of retires.

    A challenger that was waiting to be judged is rejected: a newer one stands in its place.
    """
    m = models.c
    mine = m.account_id == account_id
    last = connection.execute(sa.select(sa.func.max(m.version)).where(mine)).scalar_one()
    version = (last or 0) + 1
    _move(connection, account_id, CHALLENGER, REJECTED)
    if state == CHAMPION:
        _move(connection, account_id, CHAMPION, RETIRED)
    row = {"account_id": account_id, "version": version, "state": state, "params": params}
    told = {"fitted_at": now, "as_of": as_of, "metrics": dict(metrics), "note": note}
    connection.execute(sa.insert(models).values({**row, **told}))
    return version


def roll_back(connection: Connection, account_id: str, version: int) -> None:
    """Make a version that was champion the champion again; raises NotFound, or Conflict for any other."""
    m = models.c
    mine = (m.account_id == account_id, m.version == version)
    state = connection.execute(sa.select(m.state).where(*mine)).scalar_one_or_none()
    if state is None:
        raise NotFound(f"There is no version {version} of this account's model.")
    if state != RETIRED:
        raise Conflict(
            f"Version {version} is {state}: only one that has been champion can be again."
        )
    _move(connection, account_id, CHAMPION, RETIRED)
    connection.execute(sa.update(models).where(*mine).values(state=CHAMPION))


def _move(connection: Connection, account_id: str, before: str, after: str) -> None:
    m = models.c
    connection.execute(
        sa.update(models).where(m.account_id == account_id, m.state == before).values(state=after)
    )


def load_accounts_to_learn(connection: Connection, *, before: datetime) -> list[str]:
    """Accounts whose newest version was fitted to a record that ended before that."""
    m = models.c
    newest = sa.func.max(m.as_of)
    query = sa.select(m.account_id).group_by(m.account_id).having(newest < before)
    return [row.account_id for row in connection.execute(query)]
