"""Decisions as they are saved: only what differs is written, and how many there are of each kind is kept."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new, one_of, upsert
from scoring.store import is_in_segment
from workflows.decisions.decide import Decision
from workflows.decisions.draws import waits_for_batch
from workflows.decisions.logged import Changed
from workflows.decisions.switches import is_on
from workflows.decisions.tables import decision_counts, decision_passes, decisions
from workflows.status import DECISIONS, Status

# What decisions are counted by: status, rule, reason and segment.
Kind = tuple[str, str, str, str]
# In the order of a decision's own fields.
_COLUMNS = tuple(decisions.c[field.name] for field in fields(Decision))


def save_decisions(
    connection: Connection,
    account_id: str,
    made: Sequence[Decision],
    *,
    now: datetime,
) -> list[Changed]:
    """Replace the decisions of these contacts; what stays the same is not written. Answers what has changed.

    Raises ImpossibleTransition where a decision does not follow the stored one.
    """
    lock(connection, account_id)  # what is read here stays until it is replaced
    stored = _load(connection, account_id, [d.contact_id for d in made])
    new = [d for d in made if stored.get(d.contact_id) != d]
    for d in new:
        if d.contact_id in stored:
            DECISIONS.check(stored[d.contact_id].status, d.status)
    moved = Counter(_kind(d) for d in new)
    moved.subtract(_kind(stored[d.contact_id]) for d in new if d.contact_id in stored)
    rows = [
        {
            "account_id": account_id,
            "contact_id": d.contact_id,
            "status": d.status,
            "playbook": d.playbook,
            "rule": d.rule,
            "reason": d.reason,
            "channel": d.channel,
            "segment": d.segment,
            "decided_at": now,
        }
        for d in new
    ]
    upsert(connection, decisions, rows)
    _count(connection, account_id, moved)
    return [Changed(stored.get(d.contact_id), d) for d in new]


def delete_decisions(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    d = decisions.c
    moved = Counter[Kind]()
    for ids in chunks(contact_ids):
        statement = (
            sa.delete(decisions)
            .where(d.account_id == account_id, one_of(d.contact_id, ids))
            .returning(*_COLUMNS)
        )
        moved.subtract(_kind(_decision(row)) for row in connection.execute(statement))
    _count(connection, account_id, moved)


def _load(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, Decision]:
    d = decisions.c
    found: dict[str, Decision] = {}
    for ids in chunks(contact_ids):
        query = sa.select(*_COLUMNS).where(d.account_id == account_id, one_of(d.contact_id, ids))
        found |= {row.contact_id: _decision(row) for row in connection.execute(query).all()}
    return found


def _decision(row: "sa.Row[Any]") -> Decision:
    contact_id, status, *rest = tuple(row)
    return Decision(contact_id, Status(status), *rest)


def load_ids(
    connection: Connection, account_id: str, *, after: str, until: str | None
) -> list[str]:
    """Contacts with a decision whose ids are after one and up to another."""
    d = decisions.c
    query = sa.select(d.contact_id).where(d.account_id == account_id, d.contact_id > after)
    if until is not None:
        query = query.where(d.contact_id <= until)
    return list(connection.execute(query).scalars())


def lock(connection: Connection, account_id: str) -> bool:
    """One at a time writes an account's decisions; False where its first pass has not counted yet."""
    p = decision_passes.c
    query = sa.select(p.account_id).where(p.account_id == account_id).with_for_update()
    return connection.execute(query).first() is not None


def record_counted(connection: Connection, account_id: str) -> None:
    insert_new(connection, decision_passes, {"account_id": account_id, "ended_at": None})


def record_pass(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Everybody has been decided about."""
    connection.execute(
        sa.update(decision_passes)
        .where(decision_passes.c.account_id == account_id)
        .values(ended_at=now)
    )


def find_decided_at(connection: Connection, account_id: str) -> datetime | None:
    """When everybody of the account was last decided about."""
    p = decision_passes.c
    query = sa.select(p.ended_at).where(p.account_id == account_id)
    return connection.execute(query).scalar_one_or_none()


def load_accounts_unheard(connection: Connection, *, before: datetime) -> list[str]:
    """Accounts that have been decided about, and whose notes were not read since then."""
    p = decision_passes.c
    query = sa.select(p.account_id).where(
        p.ended_at.is_not(None), sa.or_(p.heard_at.is_(None), p.heard_at < before)
    )
    return list(connection.execute(query).scalars())


def record_heard(connection: Connection, account_id: str, *, at: datetime) -> None:
    connection.execute(
        sa.update(decision_passes)
        .where(decision_passes.c.account_id == account_id)
        .values(heard_at=at)
    )


def load_approachable(connection: Connection, account_id: str, *, limit: int) -> list[str]:
    """Who is in a round, and then who may start one, but for those in segments that are off."""
    d = decisions.c
    query = (
        sa.select(d.contact_id)
        .where(
            d.account_id == account_id,
            d.status.in_((Status.STARTED, Status.READY)),
            is_on(account_id, d.segment),
        )
        .order_by(sa.case((d.status == Status.STARTED, 0), else_=1), d.contact_id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def _kind(decision: Decision) -> Kind:
    reason = (decision.reason or "")[:200]
    return decision.status, decision.rule or "", reason, decision.segment or ""


def _count(connection: Connection, account_id: str, moved: Counter[Kind]) -> None:
    rows = [
        {
            "account_id": account_id,
            "status": status,
            "rule": rule,
            "reason": reason,
            "segment": segment,
            "contacts": more,
        }
        for (status, rule, reason, segment), more in sorted(moved.items())
        if more
    ]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(decision_counts)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(decision_counts.primary_key.columns),
            set_={"contacts": decision_counts.c.contacts + statement.excluded.contacts},
        ),
        rows,
    )


def find_decision(connection: Connection, account_id: str, contact_id: str) -> Decision | None:
    return _load(connection, account_id, [contact_id]).get(contact_id)


def count_decisions(
    connection: Connection, account_id: str, *, segment: str | None = None
) -> list[tuple[Status, str | None, str | None, int]]:
    """(status, rule, reason, contacts), the most frequent first; of one segment where that is named."""
    c = decision_counts.c
    contacts = sa.func.sum(c.contacts)
    query = (
        sa.select(c.status, c.rule, c.reason, contacts)
        .where(c.account_id == account_id)
        .group_by(c.status, c.rule, c.reason)
        .having(contacts > 0)
        .order_by(contacts.desc(), c.status, c.rule, c.reason)
    )
    if segment is not None:
        query = query.where(c.segment == segment)
    return [
        (Status(row[0]), row[1] or None, row[2] or None, int(row[3]))
        for row in connection.execute(query)
    ]


def count_segments(connection: Connection, account_id: str) -> dict[str, dict[Status, int]]:
    """Segment → how many of it stand how."""
    c = decision_counts.c
    contacts = sa.func.sum(c.contacts)
    query = (
        sa.select(c.segment, c.status, contacts)
        .where(c.account_id == account_id)
        .group_by(c.segment, c.status)
        .having(contacts > 0)
    )
    found: dict[str, dict[Status, int]] = {}
    for segment, status, count in connection.execute(query):
        found.setdefault(segment, {})[Status(status)] = int(count)
    return found


def load_people(
    connection: Connection,
    account_id: str,
    segment: str,
    statuses: Sequence[Status],
    *,
    after: str = "",
    limit: int,
) -> list[Decision]:
    """The next people of a segment who stand so, in the order of their ids."""
    d = decisions.c
    query = (
        sa.select(*_COLUMNS)
        .where(d.account_id == account_id, d.segment == segment, d.status.in_(statuses))
        .where(d.contact_id > after)
        .order_by(d.contact_id)
        .limit(limit)
    )
    return [_decision(row) for row in connection.execute(query)]


def contacts_of(account_id: str, segments: Sequence[str]) -> "sa.Select[tuple[str]]":
    """The contacts of some segments, as a query for other packages' queries."""
    d = decisions.c
    return sa.select(d.contact_id).where(d.account_id == account_id, d.segment.in_(segments))


def has_ready(connection: Connection, account_id: str) -> bool:
    query = sa.select(decisions.c.contact_id).where(
        decisions.c.account_id == account_id, decisions.c.status == Status.READY
    )
    return connection.execute(query.limit(1)).first() is not None


def ready_contacts(account_id: str) -> "sa.Select[tuple[str]]":
    """The contacts that may start, as a query for other packages' queries; nobody of a segment that is off."""
    d = decisions.c
    mine = (d.account_id == account_id, d.status == Status.READY)
    return sa.select(d.contact_id).where(*mine, is_on(account_id, d.segment))


def stands_as(
    account_id: "sa.ColumnElement[str]",
    contact_id: "sa.ColumnElement[str]",
    status: Status,
    *,
    channel: str | None = None,
) -> "sa.ColumnElement[bool]":
    """Whether a row of another package's query is of a contact who stands so, by a channel where one is named."""
    d = decisions.c
    more = () if channel is None else (d.channel == channel,)
    return sa.exists().where(
        d.account_id == account_id, d.contact_id == contact_id, d.status == status, *more
    )


def load_standing(
    connection: Connection,
    account_id: str,
    status: Status,
    *,
    limit: int,
    segment: str | None = None,
) -> list[str]:
    """Contacts that stand so, by id; of a segment where one is named."""
    d = decisions.c
    query = sa.select(d.contact_id).where(d.account_id == account_id, d.status == status)
    if segment is not None:
        query = query.where(is_in_segment(d.account_id, d.contact_id, segment))
    return list(connection.execute(query.order_by(d.contact_id).limit(limit)).scalars())


def load_statuses(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, Decision]:
    """Contact → what was decided of them, of those of whom something was."""
    return _load(connection, account_id, contact_ids)


def batch_contacts(
    account_id: str,
    *,
    without: "sa.Select[tuple[str]] | None" = None,
    playbooks: Sequence[str] | None = None,
) -> "sa.Select[tuple[str]]":
    """The contacts that a batch may take, of both arms, as a query for other packages' queries.

    Besides those who may start these are the controls of batches that have not been let go ahead: where a proposal
    is made anew, its controls compete for a place in it as those do who were drawn to be started. Nobody of
    `without` is among them, and where `playbooks` are named nobody of another. Nobody is of a segment that
    a person has switched off.
    """
    d = decisions.c
    waits = waits_for_batch(account_id, d.contact_id, d.playbook)
    control = sa.and_(d.status == Status.HELD_OUT, waits)
    query = sa.select(d.contact_id).where(
        d.account_id == account_id,
        sa.or_(d.status == Status.READY, control),
        is_on(account_id, d.segment),
    )
    if without is not None:
        query = query.where(d.contact_id.not_in(without))
    return query if playbooks is None else query.where(d.playbook.in_(playbooks))


def hold_out(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, now: datetime
) -> None:
    """Leave these contacts alone from now on, who may start as it was decided so far."""
    lock(connection, account_id)
    found = _load(connection, account_id, contact_ids).values()
    ready = [d for d in found if d.status is Status.READY]
    held = [replace(d, status=Status.HELD_OUT, channel=None) for d in ready]
    save_decisions(connection, account_id, held, now=now)


def load_playbooks(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, str]:
    """Contact → the playbook that was decided for them, of those who have one."""
    found = _load(connection, account_id, contact_ids)
    return {i: d.playbook for i, d in found.items() if d.playbook is not None}


def load_held_out(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> frozenset[str]:
    """Those of these contacts who are left alone on purpose."""
    found = _load(connection, account_id, contact_ids).values()
    return frozenset(d.contact_id for d in found if d.held_out)
