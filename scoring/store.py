"""Every query on scores and scorings; account_id is the first argument."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of, upsert
from scoring import over_time
from scoring.features.segment import SEGMENTS
from scoring.learn import outcomes
from scoring.learn.champion import CHAMPION
from scoring.summary.audit_summary import AuditSummary, read_summary, write_summary
from scoring.tables import audits, cohorts, models, scores, scorings
from sync.mirror.store import is_live
from sync.mirror.unscored import mark_unscored

# Rows in one transaction: a second at most, on either database.
ROWS = 2_000
PRIORITIES = ("A", "B", "C", "D")
# A condition of another package on the account and the contact of a row.
OfContact = Callable[["sa.ColumnElement[str]", "sa.ColumnElement[str]"], "sa.ColumnElement[bool]"]


def begin_pass(connection: Connection, account_id: str) -> int:
    """The number of the pass that is about to be written; a second one waits until this has ended."""
    query = (
        sa.select(scorings.c.pass_no).where(scorings.c.account_id == account_id).with_for_update()
    )
    return int(connection.execute(query).scalar_one_or_none() or 0) + 1


def mark_overtaken(connection: Connection, account_id: str, *, began: int) -> None:
    """Mark who was scored by itself since pass `began`: the row that comes may be older than theirs."""
    s = scores.c
    late = sa.select(s.contact_id).where(s.account_id == account_id, s.pass_no > began)
    mark_unscored(connection, account_id, [row.contact_id for row in connection.execute(late)])


def save_rows(
    connection: Connection,
    account_id: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    pass_no: int,
    is_first: bool = False,
) -> None:
    """Store some of the rows of a pass over everybody; before the first one, nobody has any that could change."""
    told = [{"account_id": account_id, **row, "pass_no": pass_no} for row in rows]
    if not is_first:
        over_time.record_changes(connection, account_id, told)
    upsert(connection, scores, told)


def delete_left(connection: Connection, account_id: str, *, pass_no: int) -> int:
    """Delete some of the scores that a pass over everybody did not write or whose contact is gone; how many."""
    s = scores.c
    gone = ~is_live(s.account_id, s.contact_id)
    left = (
        sa.select(s.contact_id)
        .where(s.account_id == account_id, sa.or_(s.pass_no != pass_no, gone))
        .limit(ROWS)
    )
    ids = [row.contact_id for row in connection.execute(left)]
    forget_scores(connection, account_id, ids)
    return len(ids)


def save_some(
    connection: Connection,
    account_id: str,
    contact_ids: Iterable[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    pass_no: int,
) -> None:
    """Replace the scores of these contacts alone; who of them is not among the rows loses theirs."""
    save_rows(connection, account_id, rows, pass_no=pass_no)
    forget_scores(connection, account_id, set(contact_ids) - {row["contact_id"] for row in rows})
    connection.execute(
        sa.update(scorings).where(scorings.c.account_id == account_id).values(pass_no=pass_no)
    )


def forget_scores(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(scores).where(
                scores.c.account_id == account_id, one_of(scores.c.contact_id, ids)
            )
        )
        over_time.forget_changes(connection, account_id, ids)


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete everything that scoring holds of these people."""
    forget_scores(connection, account_id, contact_ids)
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(cohorts).where(
                cohorts.c.account_id == account_id, one_of(cohorts.c.contact_id, ids)
            )
        )


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """Nobody's score is the merged person's: they are scored anew; what they were given and did is theirs."""
    forget_scores(connection, account_id, [*old_ids, survivor])
    outcomes.follow_merge(connection, account_id, old_ids, survivor)


def load_turning(connection: Connection, account_id: str, *, at: datetime, limit: int) -> list[str]:
    """Contacts whose signal has passed by now, or has begun by date alone, since they were scored."""
    s = scores.c
    mine = sa.select(s.contact_id).where(s.account_id == account_id)
    # Each by its own index, as below.
    turns = sa.union(mine.where(s.signal_until <= at), mine.where(s.signal_next <= at)).subquery()
    query = sa.select(turns.c.contact_id).order_by(turns.c.contact_id).limit(limit)
    return [row.contact_id for row in connection.execute(query)]


def load_accounts_turning(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with a contact whose signal has passed or begun since it was scored."""
    s = scores.c
    # Each by its own index: asked for either at once, a database may look at everybody of every account.
    passed = sa.select(s.account_id).where(s.signal_until <= at)
    begun = sa.select(s.account_id).where(s.signal_next <= at)
    return [row.account_id for row in connection.execute(sa.union(passed, begun))]


def load_accounts_to_score(connection: Connection, *, before: datetime) -> list[str]:
    """Accounts of which everybody was last scored as of a moment before that, or by a model no more in use.

    Also those that were scored by a Rekindle that stored no audit.
    """
    m = models.c
    other = sa.select(scorings.c.account_id).join(
        models, sa.and_(m.account_id == scorings.c.account_id, m.state == CHAMPION)
    )
    other = other.where(m.version.is_distinct_from(scorings.c.model_version))
    old = sa.select(scorings.c.account_id).where(scorings.c.as_of < before)
    without = sa.select(scorings.c.account_id).where(
        ~sa.exists().where(audits.c.account_id == scorings.c.account_id)
    )
    return [row.account_id for row in connection.execute(sa.union(old, other, without))]


def record_scoring(connection: Connection, account_id: str, row: dict[str, Any]) -> None:
    upsert(connection, scorings, [{"account_id": account_id, **row}])


def find_scoring(connection: Connection, account_id: str) -> dict[str, Any] | None:
    query = sa.select(scorings).where(scorings.c.account_id == account_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def scored_accounts() -> "sa.Subquery":
    """Every account that has been scored, by `account_id`, for another package's query."""
    return sa.select(scorings.c.account_id).subquery()


def load_accounts_without(
    connection: Connection, has: "Callable[[sa.ColumnElement[str]], sa.ColumnElement[bool]]"
) -> list[str]:
    """Accounts that have been scored and that a condition of another package does not hold for."""
    account_id = scorings.c.account_id
    return list(connection.execute(sa.select(account_id).where(~has(account_id))).scalars())


def record_audit(connection: Connection, account_id: str, summary: AuditSummary) -> None:
    upsert(connection, audits, [{"account_id": account_id, "summary": write_summary(summary)}])


def find_audit(connection: Connection, account_id: str) -> AuditSummary | None:
    """The account as its last scoring as a whole summed it up; None where this Rekindle has none it can read."""
    query = sa.select(audits.c.summary).where(audits.c.account_id == account_id)
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else read_summary(text)


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
        parts = [query.where(one_of(scores.c.contact_id, ids)) for ids in chunks(contact_ids)]
    return [
        dict(zip(names, row, strict=True))
        for part in parts
        for row in connection.execute(part).all()
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


def load_group(
    connection: Connection,
    account_id: str,
    *,
    segment: str = "",
    bands: Sequence[str] = (),
    track: str = "",
    only: OfContact | None = None,
    after: str = "",
    limit: int,
) -> list[dict[str, Any]]:
    """The next people of a segment, of bands and of a track, as far as these are named, in the order of their ids."""
    s = scores.c
    columns = (s.contact_id, s.segment, s.track, s.band, s.quiet_days, s.priority, s.channels)
    query = sa.select(*columns).where(*_in_group(account_id, segment, bands, track, only))
    query = query.where(s.contact_id > after).order_by(s.contact_id).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def count_group(
    connection: Connection,
    account_id: str,
    *,
    segment: str = "",
    bands: Sequence[str] = (),
    track: str = "",
    only: OfContact | None = None,
) -> int:
    where = _in_group(account_id, segment, bands, track, only)
    query = sa.select(sa.func.count()).select_from(scores).where(*where)
    return int(connection.execute(query).scalar_one())


def _in_group(
    account_id: str, segment: str, bands: Sequence[str], track: str, only: OfContact | None
) -> "list[sa.ColumnElement[bool]]":
    s = scores.c
    found: list[sa.ColumnElement[bool]] = [s.account_id == account_id]
    if segment:
        found.append(s.segment == segment)
    if bands:
        found.append(s.band.in_(bands))
    if track:
        found.append(s.track == track)
    if only is not None:
        found.append(only(s.account_id, s.contact_id))
    return found


def load_passes(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[str, int]:
    """Contact → the pass that wrote its score: another number is another score."""
    found: dict[str, int] = {}
    for ids in chunks(contact_ids):
        query = sa.select(scores.c.contact_id, scores.c.pass_no).where(
            scores.c.account_id == account_id, one_of(scores.c.contact_id, ids)
        )
        found |= {row.contact_id: row.pass_no for row in connection.execute(query).all()}
    return found


def is_in_segment(
    account_id: "sa.ColumnElement[str]", contact_id: "sa.ColumnElement[str]", segment: str
) -> "sa.ColumnElement[bool]":
    """Whether a row of another package's query is of a contact in a segment."""
    s = scores.c
    return sa.exists().where(
        s.account_id == account_id, s.contact_id == contact_id, s.segment == segment
    )


def load_best_of(
    connection: Connection,
    account_id: str,
    among: "sa.Select[tuple[str]]",
    *,
    limit: int,
    late: Sequence[str] = (),
) -> list[str]:
    """The most worthwhile of the contacts that a query of another package names; who has no priority is left out.

    Who is in one of the bands of `late` comes behind all others.
    """
    s = scores.c
    behind = [sa.case((s.band.in_(late), 1), else_=0)] if late else []
    query = (
        sa.select(s.contact_id)
        .where(s.account_id == account_id, s.priority.is_not(None), s.contact_id.in_(among))
        .order_by(*behind, s.priority, *_best_first(s))
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def load_best(
    connection: Connection,
    account_id: str,
    *,
    limit: int,
    segment: str | None = None,
    priority: str | None = None,
    only: OfContact | None = None,
) -> Sequence[dict[str, Any]]:
    """The most worthwhile contacts that have a priority; `only` those of whom another package's condition holds."""
    keys = _segments(connection, account_id) if segment is None else [segment]
    best: list[dict[str, Any]] = []
    for letter in PRIORITIES if priority is None else (priority,):
        if len(best) < limit:
            best += _best_with(connection, account_id, keys, letter, limit - len(best), only)
    return best


def _segments(connection: Connection, account_id: str) -> list[str]:
    """The segments that anybody was in when everybody was last scored, and those every business has."""
    query = sa.select(scorings.c.segments).where(scorings.c.account_id == account_id)
    counted = connection.execute(query).scalar_one_or_none() or {}
    return list(dict.fromkeys((*(s.key for s in SEGMENTS), *counted)))


def _best_with(
    connection: Connection,
    account_id: str,
    segments: Iterable[str],
    priority: str,
    limit: int,
    only: OfContact | None,
) -> list[dict[str, Any]]:
    """Of each segment the index has its best in order, so that the others are never looked at."""
    s = scores.c
    more = () if only is None else (only(s.account_id, s.contact_id),)
    parts = [
        sa.select(s.contact_id, s.expected_value, s.quiet_days)
        .where(s.account_id == account_id, s.segment == segment, s.priority == priority, *more)
        .order_by(*_best_first(s))
        .limit(limit)
        .subquery()
        for segment in segments
    ]
    every = sa.union_all(*(sa.select(part) for part in parts)).subquery()
    best = sa.select(every.c.contact_id).order_by(*_best_first(every.c)).limit(limit).subquery()
    query = sa.select(scores).where(s.account_id == account_id).order_by(*_best_first(s))
    query = query.join(best, best.c.contact_id == s.contact_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _best_first(columns: Any) -> "tuple[sa.ColumnElement[Any], ...]":
    return columns.expected_value.desc(), columns.quiet_days, columns.contact_id
