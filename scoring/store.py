"""Every query on scores and scorings; account_id is the first argument."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import upsert
from scoring.champion import CHAMPION
from scoring.tables import cohorts, models, scores, scorings
from sync.news import record_news
from sync.store import chunks
from sync.tables import contacts, news

_ROWS = 5_000


def begin_pass(connection: Connection, account_id: str) -> int:
    """The number of the pass that is about to be written; a second one waits until this has ended."""
    query = (
        sa.select(scorings.c.pass_no).where(scorings.c.account_id == account_id).with_for_update()
    )
    return int(connection.execute(query).scalar_one_or_none() or 0) + 1


def save_all(
    connection: Connection,
    account_id: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    pass_no: int,
    began: int,
) -> None:
    """Replace an account's scores; who is not among the rows, or gone from the mirror, loses theirs.

    Who was scored by itself since pass `began`, when the rows were read, has a mark again afterwards: the
    row may be older than the one it takes the place of.
    """
    s = scores.c
    late = sa.select(s.contact_id).where(s.account_id == account_id, s.pass_no > began)
    record_news(connection, account_id, [row.contact_id for row in connection.execute(late)])
    _save(connection, account_id, rows, pass_no)
    c = contacts.c
    here = sa.exists().where(
        c.account_id == s.account_id, c.contact_id == s.contact_id, c.archived.is_(False)
    )
    for gone in (s.pass_no != pass_no, ~here):
        connection.execute(sa.delete(scores).where(s.account_id == account_id, gone))


def save_some(
    connection: Connection,
    account_id: str,
    contact_ids: Iterable[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    pass_no: int,
) -> None:
    """Replace the scores of these contacts alone; who of them is not among the rows loses theirs."""
    _save(connection, account_id, rows, pass_no)
    forget_scores(connection, account_id, set(contact_ids) - {row["contact_id"] for row in rows})
    connection.execute(
        sa.update(scorings).where(scorings.c.account_id == account_id).values(pass_no=pass_no)
    )


def _save(
    connection: Connection, account_id: str, rows: Iterable[Mapping[str, Any]], pass_no: int
) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append({"account_id": account_id, **row, "pass_no": pass_no})
        if len(batch) == _ROWS:
            upsert(connection, scores, batch)
            batch = []
    upsert(connection, scores, batch)


def forget_scores(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(scores).where(scores.c.account_id == account_id, scores.c.contact_id.in_(ids))
        )


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete everything this room holds of these people."""
    forget_scores(connection, account_id, contact_ids)
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(cohorts).where(
                cohorts.c.account_id == account_id, cohorts.c.contact_id.in_(ids)
            )
        )


def load_turning(connection: Connection, account_id: str, *, at: datetime, limit: int) -> list[str]:
    """Contacts whose signal has passed by now, or has begun by date alone, since they were scored."""
    query = (
        sa.select(scores.c.contact_id)
        .where(scores.c.account_id == account_id, _turns(at))
        .order_by(scores.c.contact_id)
        .limit(limit)
    )
    return [row.contact_id for row in connection.execute(query)]


def load_accounts_with_news(connection: Connection) -> list[str]:
    """Accounts of which somebody is marked as changed; those not scored yet will be as a whole."""
    query = (
        sa.select(news.c.account_id)
        .distinct()
        .join(scorings, scorings.c.account_id == news.c.account_id)
    )
    return [row.account_id for row in connection.execute(query)]


def load_accounts_turning(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with a contact whose signal has passed or begun since it was scored."""
    query = sa.select(scores.c.account_id).distinct().where(_turns(at))
    return [row.account_id for row in connection.execute(query)]


def load_accounts_to_score(connection: Connection, *, before: datetime) -> list[str]:
    """Accounts of which everybody was last scored as of a moment before that, or by a model no more in use."""
    m = models.c
    other = sa.select(scorings.c.account_id).join(
        models, sa.and_(m.account_id == scorings.c.account_id, m.state == CHAMPION)
    )
    other = other.where(m.version.is_distinct_from(scorings.c.model_version))
    old = sa.select(scorings.c.account_id).where(scorings.c.as_of < before)
    return [row.account_id for row in connection.execute(sa.union(old, other))]


def _turns(at: datetime) -> "sa.ColumnElement[bool]":
    return sa.or_(scores.c.signal_until <= at, scores.c.signal_next <= at)


def record_scoring(connection: Connection, account_id: str, row: dict[str, Any]) -> None:
    upsert(connection, scorings, [{"account_id": account_id, **row}])


def find_scoring(connection: Connection, account_id: str) -> dict[str, Any] | None:
    query = sa.select(scorings).where(scorings.c.account_id == account_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def find_score(connection: Connection, account_id: str, contact_id: str) -> dict[str, Any] | None:
    query = sa.select(scores).where(
        scores.c.account_id == account_id, scores.c.contact_id == contact_id
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def load_scores(
    connection: Connection,
    account_id: str,
    contact_ids: Iterable[str] | None = None,
    *,
    names: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """The scores of these contacts, as far as they have one; of everybody where None are named.

    `names` are the columns to load; all of them by default.
    """
    names = names or scores.c.keys()
    query = sa.select(*(scores.c[n] for n in names)).where(scores.c.account_id == account_id)
    parts = [query]
    if contact_ids is not None:
        parts = [query.where(scores.c.contact_id.in_(ids)) for ids in chunks(contact_ids)]
    return [
        dict(zip(names, row, strict=True)) for part in parts for row in connection.execute(part)
    ]


def load_ids(
    connection: Connection,
    account_id: str,
    *,
    after: str,
    limit: int,
    track: str | None = None,
    bands: Sequence[str] = (),
) -> list[str]:
    """The next scored contacts after that one, in the database's own order of ids."""
    s = scores.c
    query = sa.select(s.contact_id).where(s.account_id == account_id, s.contact_id > after)
    if track is not None:
        query = query.where(s.track == track)
    if bands:
        query = query.where(s.band.in_(bands))
    return list(connection.execute(query.order_by(s.contact_id).limit(limit)).scalars())


def load_passes(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[str, int]:
    """Contact → the pass that wrote its score: another number is another score."""
    found: dict[str, int] = {}
    for ids in chunks(contact_ids):
        query = sa.select(scores.c.contact_id, scores.c.pass_no).where(
            scores.c.account_id == account_id, scores.c.contact_id.in_(ids)
        )
        found |= {row.contact_id: row.pass_no for row in connection.execute(query)}
    return found


def load_best(
    connection: Connection, account_id: str, *, limit: int, segment: str | None = None
) -> Sequence[dict[str, Any]]:
    """The most worthwhile contacts that have a priority."""
    query = sa.select(scores).where(
        scores.c.account_id == account_id, scores.c.priority.is_not(None)
    )
    if segment is not None:
        query = query.where(scores.c.segment == segment)
    query = query.order_by(
        scores.c.priority, scores.c.expected_value.desc(), scores.c.quiet_days, scores.c.contact_id
    ).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]
