"""Every query on the verdicts on an account's fields; account_id is the first argument."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import CHUNK
from core.errors import NotFound
from sync.fields.tables import mapped_fields
from sync.fields.verdicts import LEAVE, USE, Evidence, FieldVerdict, Reason, Sample, decide_in_use
from sync.mirror.tables import contacts, deals

ACCEPTED, REFUSED = "accepted", "refused"
SAMPLED = CHUNK  # contacts of each kind


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict as it is stored, with what an admin wants of the field and whether it is read."""

    verdict: FieldVerdict
    wish: str | None
    in_use: bool
    judged_at: datetime


def load_judged(connection: Connection, account_id: str, field: str) -> list[Judged]:
    """The verdicts on everything that could feed a field of ours, in the order of their judging."""
    query = (
        sa.select(mapped_fields)
        .where(mapped_fields.c.account_id == account_id, mapped_fields.c.field == field)
        .order_by(mapped_fields.c.rank)
    )
    return [_judged(row) for row in connection.execute(query).mappings()]


def save_verdicts(
    connection: Connection,
    account_id: str,
    field: str,
    verdicts: Sequence[FieldVerdict],
    *,
    now: datetime,
) -> None:
    """Put these verdicts in the place of earlier ones; what an admin chose stays chosen."""
    wishes = {
        j.verdict.name: j.wish
        for j in load_judged(connection, account_id, field)
        if j.wish is not None
    }
    _replace(connection, account_id, field, [(v, now) for v in verdicts], wishes)


def choose(connection: Connection, account_id: str, field: str, name: str | None) -> Judged | None:
    """Read `name` (None: nothing) as this field from now on, unless it is refused: then nothing changes.

    Answers what is known of it; raises NotFound for one that was never judged.
    """
    judged = load_judged(connection, account_id, field)
    chosen = next((j for j in judged if j.verdict.name == name), None)
    if name is not None and chosen is None:
        raise NotFound("This property was not found in your CRM. Open the page again and repeat.")
    if chosen is None or chosen.verdict.accepted:
        wishes = {j.verdict.name: USE if j is chosen else LEAVE for j in judged}
        verdicts = [(j.verdict, j.judged_at) for j in judged]
        _replace(connection, account_id, field, verdicts, wishes)
    return chosen


def load_settled(connection: Connection, account_id: str) -> dict[str, str]:
    """Our field → what it is read from, an empty text for nothing; only fields that were judged."""
    columns = (mapped_fields.c.field, mapped_fields.c.property, mapped_fields.c.in_use)
    query = sa.select(*columns).where(mapped_fields.c.account_id == account_id)
    settled: dict[str, str] = {}
    for field, name, in_use in connection.execute(query):
        settled[field] = name if in_use else settled.get(field, "")
    return settled


def load_levels(connection: Connection, account_id: str, field: str) -> dict[str, str]:
    """Value → level of the field that is in use; empty where none is."""
    for judged in load_judged(connection, account_id, field):
        if judged.in_use:
            return dict(judged.verdict.levels)
    return {}


def load_sample(connection: Connection, account_id: str, *, until: int) -> Sample:
    """Up to 500 contacts whose first deal was decided by then, and up to 500 others.

    The order of their hashes is as good as a draw, and the same each time.
    """
    first = sa.func.min(deals.c.closed_at)
    known = (contacts.c.account_id == account_id, contacts.c.archived.is_(False))
    closed = sa.and_(
        deals.c.account_id == contacts.c.account_id,
        deals.c.contact_id == contacts.c.contact_id,
        deals.c.is_closed.is_(True),
        deals.c.closed_at <= until,
    )
    columns = (contacts.c.contact_id, contacts.c.created_at)
    order = (contacts.c.content_hash, contacts.c.contact_id)
    decided = (
        sa.select(*columns, first)
        .join(deals, closed)
        .where(*known)
        .group_by(*columns, contacts.c.content_hash)
    )
    others = sa.select(*columns).where(*known, ~sa.exists().where(closed))
    ended = connection.execute(decided.order_by(*order).limit(SAMPLED)).all()
    going_on = connection.execute(others.order_by(*order).limit(SAMPLED)).all()
    created = {row.contact_id: row.created_at for row in (*ended, *going_on)}
    moments = {contact_id: at for contact_id, _, at in ended}
    return Sample(created, moments, _size(connection, decided), _size(connection, others))


def _size(connection: Connection, query: sa.Select[Any]) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0)


def _replace(
    connection: Connection,
    account_id: str,
    field: str,
    judged: Sequence[tuple[FieldVerdict, datetime]],
    wishes: Mapping[str, str],
) -> None:
    in_use = decide_in_use([verdict for verdict, _ in judged], wishes)
    rows = [
        {
            "account_id": account_id,
            "field": field,
            "property": verdict.name,
            "label": verdict.label,
            "is_usual": verdict.is_usual,
            "rank": rank,
            "state": ACCEPTED if verdict.accepted else REFUSED,
            "reason": verdict.reason,
            "evidence": asdict(verdict.evidence),
            "levels": dict(verdict.levels),
            "wish": wishes.get(verdict.name),
            "in_use": verdict.name == in_use,
            "judged_at": at,
        }
        for rank, (verdict, at) in enumerate(judged)
    ]
    connection.execute(
        sa.delete(mapped_fields).where(
            mapped_fields.c.account_id == account_id, mapped_fields.c.field == field
        )
    )
    if rows:
        connection.execute(sa.insert(mapped_fields), rows)


def _judged(row: sa.RowMapping) -> Judged:
    evidence = {**row["evidence"], "examples": tuple(row["evidence"]["examples"])}
    verdict = FieldVerdict(
        name=row["property"],
        label=row["label"],
        is_usual=row["is_usual"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        evidence=Evidence(**evidence),
        levels=row["levels"],
    )
    return Judged(verdict, row["wish"], row["in_use"], row["judged_at"])
