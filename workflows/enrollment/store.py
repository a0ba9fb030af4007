"""Queries on decisions and on the enrollment ledger, and the gate's view of a person."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new, upsert
from core.moments import from_millis, to_millis
from scoring.tables import scores
from sync.mirror.store import chunks
from sync.tables import activities, contacts, deals
from workflows.decisions.decide import Decision
from workflows.gate.gate import Person
from workflows.gate.reasons import load_reasons
from workflows.tables import bindings, decision_counts, decisions, enrollments

RUNNING = ("starting", "started")
OPEN = ("proposed", "approved", "starting")


def load_people(
    connection: Connection,
    account_id: str,
    last_human: Mapping[str, datetime | None],
    *,
    at: datetime,
    reasons: Mapping[str, str | None] | None = None,
) -> dict[str, Person]:
    """The gate's view of these contacts; `last_human` is contact → their last sign of life.

    `reasons` is contact → why they went quiet, where that was drawn from the mirror just now.
    """
    people: dict[str, Person] = {}
    columns = [contacts.c[name] for name in _ASKED]
    for ids in chunks(last_human):
        facts = _facts(connection, account_id, ids, at=at)
        facts["reason"] = reasons or load_reasons(
            connection, account_id, {i: last_human[i] for i in ids}, at=at
        )
        query = sa.select(*columns).where(
            contacts.c.account_id == account_id, contacts.c.contact_id.in_(ids)
        )
        for row in connection.execute(query).mappings():
            contact_id = row["contact_id"]
            people[contact_id] = _person(row, facts, last_human[contact_id])
    return people


# Presence is all the gate asks of an address; of a number it asks where it may be.
_ASKED = (
    "contact_id", "archived", "email", "phone", "email_opt_out", "email_bounced", "sms_consent",
    "unengaged_sends", "in_sequence", "timezone", "region", "known",
)  # fmt: skip


def _person(
    row: sa.RowMapping, facts: "dict[str, Mapping[str, Any]]", last_human_at: datetime | None
) -> Person:
    contact_id = row["contact_id"]
    started = [facts["started"].get(contact_id), _known_start(row["known"])]
    return Person(
        contact_id=contact_id,
        archived=row["archived"],
        has_email=row["email"] is not None,
        has_phone=row["phone"] is not None,
        email_opt_out=row["email_opt_out"],
        email_bounced=row["email_bounced"],
        sms_consent=row["sms_consent"],
        unengaged_sends=row["unengaged_sends"],
        ever_engaged=last_human_at is not None,
        in_sequence=row["in_sequence"],
        open_deal=contact_id in facts["open_deal"],
        open_ticket=contact_id in facts["open_ticket"],
        next_meeting_at=facts["meeting"].get(contact_id),
        last_human_at=last_human_at,
        last_staff_at=facts["staff"].get(contact_id),
        last_started_at=max((s for s in started if s is not None), default=None),
        reason=facts["reason"].get(contact_id),
        timezone=row["timezone"],
        region=row["region"],
        phone=row["phone"],
    )


def _known_start(known: str) -> datetime | None:
    """Our last start as the CRM itself shows it, which survives the loss of our ledger."""
    text = orjson.loads(known).get("rekindle_trigger_at")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    # People may type over the value by hand, without a zone: the CRM means UTC.
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _facts(
    connection: Connection, account_id: str, ids: Sequence[str], *, at: datetime
) -> dict[str, Mapping[str, Any]]:
    a, now = activities.c, to_millis(at)
    mine = (a.account_id == account_id, a.contact_id.in_(ids))

    def moments(column: Any, *where: Any) -> dict[str, Any]:
        query = sa.select(a.contact_id, column).where(*mine, *where).group_by(a.contact_id)
        return {row[0]: from_millis(row[1]) for row in connection.execute(query)}

    open_deals = sa.select(deals.c.contact_id).where(
        deals.c.account_id == account_id, deals.c.contact_id.in_(ids), deals.c.is_closed.is_(False)
    )
    starts = (
        sa.select(enrollments.c.contact_id, sa.func.max(enrollments.c.started_at))
        .where(enrollments.c.account_id == account_id, enrollments.c.contact_id.in_(ids))
        .group_by(enrollments.c.contact_id)
    )
    return {
        "meeting": moments(
            sa.func.min(a.occurred_at),
            a.kind == "meeting",
            a.occurred_at > now,
            sa.or_(a.outcome.is_(None), a.outcome == "scheduled"),
        ),
        "staff": moments(
            sa.func.max(a.occurred_at),
            a.kind.in_(["call", "email", "sms"]),
            a.direction == "out",
            # A newsletter or a workflow's message is no touch of a person.
            sa.or_(a.outcome.is_(None), a.outcome != "automated"),
            a.occurred_at <= now,
        ),
        "open_ticket": moments(sa.func.max(a.occurred_at), a.kind == "ticket", a.outcome == "open"),
        "open_deal": dict.fromkeys(row[0] for row in connection.execute(open_deals)),
        "started": {row[0]: _moment(row[1]) for row in connection.execute(starts) if row[1]},
    }


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else from_millis(int(value))


def find_decision(connection: Connection, account_id: str, contact_id: str) -> Decision | None:
    query = sa.select(decisions).where(
        decisions.c.account_id == account_id, decisions.c.contact_id == contact_id
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Decision(contact_id, row["status"], row["playbook"], row["rule"], row["reason"])


def count_decisions(
    connection: Connection, account_id: str
) -> list[tuple[str, str | None, str | None, int]]:
    """(status, rule, reason, contacts), the most frequent first."""
    c = decision_counts.c
    query = (
        sa.select(c.status, c.rule, c.reason, c.contacts)
        .where(c.account_id == account_id, c.contacts > 0)
        .order_by(c.contacts.desc(), c.status, c.rule, c.reason)
    )
    return [(row[0], row[1] or None, row[2] or None, row[3]) for row in connection.execute(query)]


def load_running(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, since: datetime
) -> set[str]:
    """Those of the contacts whose workflow was started since then."""
    e = enrollments.c
    found: set[str] = set()
    for ids in chunks(contact_ids):
        query = sa.select(e.contact_id).where(
            e.account_id == account_id,
            e.contact_id.in_(ids),
            e.state.in_(RUNNING),
            e.created_at >= since,
        )
        found |= set(connection.execute(query).scalars())
    return found


def load_best_ready(
    connection: Connection, account_id: str, *, limit: int
) -> list[tuple[str, str]]:
    """(contact, playbook) of those who may start, the most worthwhile first."""
    s, d = scores.c, decisions.c
    query = (
        sa.select(s.contact_id, d.playbook)
        .join(decisions, sa.and_(d.account_id == s.account_id, d.contact_id == s.contact_id))
        .where(s.account_id == account_id, s.priority.is_not(None), d.status == "ready")
        .order_by(s.priority, s.expected_value.desc(), s.quiet_days, s.contact_id)
        .limit(limit)
    )
    return [(row.contact_id, row.playbook) for row in connection.execute(query)]


def has_ready(connection: Connection, account_id: str) -> bool:
    query = sa.select(decisions.c.contact_id).where(
        decisions.c.account_id == account_id, decisions.c.status == "ready"
    )
    return connection.execute(query.limit(1)).first() is not None


def propose(
    connection: Connection,
    account_id: str,
    picked: Sequence[tuple[str, str]],
    *,
    wave_id: str,
    now: datetime,
) -> int:
    """Write (contact, playbook) pairs into the ledger, each once for each round; answers how many are new."""
    rounds = _last_rounds(connection, account_id, [contact_id for contact_id, _ in picked])
    new = 0
    for contact_id, playbook in picked:
        new += insert_new(
            connection,
            enrollments,
            {
                "account_id": account_id,
                "contact_id": contact_id,
                "playbook": playbook,
                "round_no": rounds.get((contact_id, playbook), 0) + 1,
                "wave_id": wave_id,
                "state": "proposed",
                "created_at": now,
            },
        )
    return new


def _last_rounds(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    e = enrollments.c
    for ids in chunks(contact_ids):
        query = (
            sa.select(e.contact_id, e.playbook, sa.func.max(e.round_no))
            .where(e.account_id == account_id, e.contact_id.in_(ids))
            .group_by(e.contact_id, e.playbook)
        )
        found |= {(row[0], row[1]): row[2] for row in connection.execute(query)}
    return found


def has_open_wave(connection: Connection, account_id: str) -> bool:
    e = enrollments.c
    query = sa.select(e.contact_id).where(e.account_id == account_id, e.state.in_(OPEN)).limit(1)
    return connection.execute(query).first() is not None


def has_started(connection: Connection, account_id: str) -> bool:
    """Whether anybody of the account has been started yet."""
    e = enrollments.c
    query = sa.select(e.contact_id).where(e.account_id == account_id, e.state == "started")
    return connection.execute(query.limit(1)).first() is not None


def approve_wave(connection: Connection, account_id: str, wave_id: str, *, at: datetime) -> int:
    """Let a proposed wave start; answers how many contacts it has."""
    e = enrollments.c
    statement = (
        sa.update(enrollments)
        .where(e.account_id == account_id, e.wave_id == wave_id, e.state == "proposed")
        .values(state="approved", due_at=at)
    )
    return connection.execute(statement).rowcount


def load_due(connection: Connection, account_id: str, *, at: datetime) -> list[dict[str, Any]]:
    """Approved starts whose time has come, held until the transaction ends: two workers share none."""
    e = enrollments.c
    query = (
        sa.select(enrollments)
        .where(e.account_id == account_id, e.state == "approved", e.due_at <= at)
        .order_by(e.due_at, e.contact_id)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_accounts_due(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with an approved start whose time has come, or one left half done."""
    e = enrollments.c
    query = (
        sa.select(e.account_id)
        .distinct()
        .where(sa.or_(sa.and_(e.state == "approved", e.due_at <= at), e.state == "starting"))
    )
    return [row[0] for row in connection.execute(query)]


def find_next_due(connection: Connection, account_id: str) -> datetime | None:
    e = enrollments.c
    query = (
        sa.select(e.due_at)
        .where(e.account_id == account_id, e.state == "approved")
        .order_by(e.due_at)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def record_state(connection: Connection, row: Mapping[str, Any], state: str, **values: Any) -> None:
    """Move one ledger row on."""
    e = enrollments.c
    connection.execute(
        sa.update(enrollments)
        .where(
            e.account_id == row["account_id"],
            e.contact_id == row["contact_id"],
            e.playbook == row["playbook"],
            e.round_no == row["round_no"],
        )
        .values(state=state, **values)
    )


def load_starting(connection: Connection, account_id: str) -> list[dict[str, Any]]:
    e = enrollments.c
    query = sa.select(enrollments).where(e.account_id == account_id, e.state == "starting")
    return [dict(row) for row in connection.execute(query).mappings()]


def count_enrollments(connection: Connection, account_id: str) -> dict[str, int]:
    """Ledger rows by state."""
    e = enrollments.c
    query = sa.select(e.state, sa.func.count()).where(e.account_id == account_id).group_by(e.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete what the ledger holds of these people."""
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(enrollments).where(
                enrollments.c.account_id == account_id, enrollments.c.contact_id.in_(ids)
            )
        )


def load_wave(connection: Connection, account_id: str, wave_id: str) -> list[str]:
    """Contacts of a wave."""
    e = enrollments.c
    query = (
        sa.select(e.contact_id)
        .where(e.account_id == account_id, e.wave_id == wave_id)
        .order_by(e.contact_id)
    )
    return [row.contact_id for row in connection.execute(query)]


def bind(
    connection: Connection, account_id: str, wave_id: str, workflow_id: str, *, now: datetime
) -> None:
    """From now on the playbooks of this wave start that workflow."""
    e = enrollments.c
    query = sa.select(e.playbook).distinct().where(e.account_id == account_id, e.wave_id == wave_id)
    rows = [
        {
            "account_id": account_id,
            "playbook": row.playbook,
            "workflow_id": workflow_id,
            "bound_at": now,
        }
        for row in connection.execute(query)
    ]
    upsert(connection, bindings, rows)


def load_bindings(connection: Connection, account_id: str) -> dict[str, str]:
    """Playbook → the workflow it starts."""
    query = sa.select(bindings.c.playbook, bindings.c.workflow_id).where(
        bindings.c.account_id == account_id
    )
    return {row.playbook: row.workflow_id for row in connection.execute(query)}


def find_wave(connection: Connection, account_id: str) -> tuple[str, int] | None:
    """The proposed wave and its size."""
    e = enrollments.c
    query = (
        sa.select(e.wave_id, sa.func.count())
        .where(e.account_id == account_id, e.state == "proposed")
        .group_by(e.wave_id)
    )
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])
