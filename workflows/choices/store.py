"""Every query on what was learnt of choices, and on the touches it is learnt from; account_id is the first argument."""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scoring.store import scored_accounts
from workflows.choices.tables import choice_models
from workflows.enrollment.tables import enrollments, touches
from workflows.enrollment.touch_states import TouchState

# So many versions are kept: what a touch was chosen with stands beside the touch itself.
KEPT = 30


class Version(NamedTuple):
    """A version of what was learnt, its parameters as they are stored."""

    version: int
    params: Any


def find_latest(connection: Connection, account_id: str) -> Version | None:
    m = choice_models.c
    query = (
        sa.select(m.version, m.params)
        .where(m.account_id == account_id)
        .order_by(m.version.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else Version(row.version, row.params)


def record_model(
    connection: Connection,
    account_id: str,
    params: Any,
    *,
    people: int,
    messages: int,
    at: datetime,
) -> int:
    """Store the next version and answer its number; the oldest go."""
    m = choice_models.c
    mine = m.account_id == account_id
    query = sa.select(sa.func.coalesce(sa.func.max(m.version), 0)).where(mine)
    version = int(connection.execute(query).scalar_one()) + 1
    connection.execute(
        sa.insert(choice_models).values(
            account_id=account_id,
            version=version,
            learnt_at=at,
            people=people,
            messages=messages,
            params=params,
        )
    )
    connection.execute(sa.delete(choice_models).where(mine, m.version <= version - KEPT))
    return version


def load_accounts_to_learn(
    connection: Connection, *, before: datetime, since: datetime
) -> list[str]:
    """Accounts that sent touches `since` then, and have learnt nothing of them after `before`."""
    t, m, account = touches.c, choice_models.c, scored_accounts().c.account_id
    sent = sa.exists().where(t.account_id == account, t.asked_at > since)
    learnt = sa.exists().where(m.account_id == account, m.learnt_at > before)
    query = sa.select(account).where(sent, ~learnt)
    return list(connection.execute(query).scalars())


def load_sent(
    connection: Connection, account_id: str, *, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Touches that were chosen and asked for since then, by people and in order, with how their rounds ended."""
    t, e = touches.c, enrollments.c
    query = (
        sa.select(
            *(t.contact_id, t.playbook, t.round_no, t.touch_no),
            *(t.channel, t.variant, t.asked_at, t.choice),
            *(e.ended_at, e.ended_by),
        )
        .join(
            enrollments,
            sa.and_(
                e.account_id == t.account_id,
                e.contact_id == t.contact_id,
                e.playbook == t.playbook,
                e.round_no == t.round_no,
            ),
        )
        .where(
            t.account_id == account_id,
            t.asked_at > since,
            t.asked_at <= until,
            t.state.in_([TouchState.ASKED, TouchState.PROVED]),
            t.choice.is_not(None),
        )
        .order_by(t.contact_id, t.playbook, t.round_no, t.touch_no)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
