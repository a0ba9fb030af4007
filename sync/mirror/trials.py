"""Every query on mappings that are tried on one contact; account_id is the first argument."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import upsert
from sync.mirror.tables import field_trials

# What was tried is looked at once.
KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Trial:
    """A mapping as JSON, the contact it is tried on, and what would be known of them; None while nobody has looked."""

    contact_id: str
    mapping: Mapping[str, Any]
    answer: Mapping[str, Any] | None


def record_trial(
    connection: Connection,
    account_id: str,
    trial_id: str,
    contact_id: str,
    mapping: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Ask for a trial; earlier ones are forgotten after an hour."""
    c = field_trials.c
    connection.execute(
        sa.delete(field_trials).where(c.account_id == account_id, c.asked_at < now - KEPT)
    )
    row = {
        "account_id": account_id,
        "trial_id": trial_id,
        "contact_id": contact_id,
        "asked_at": now,
        "mapping": dict(mapping),
        "answer": None,
    }
    upsert(connection, field_trials, [row])


def answer_trial(
    connection: Connection, account_id: str, trial_id: str, answer: Mapping[str, Any]
) -> None:
    c = field_trials.c
    connection.execute(
        sa.update(field_trials)
        .where(c.account_id == account_id, c.trial_id == trial_id)
        .values(answer=dict(answer))
    )


def find_trial(connection: Connection, account_id: str, trial_id: str) -> Trial | None:
    c = field_trials.c
    query = sa.select(field_trials).where(c.account_id == account_id, c.trial_id == trial_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else Trial(row["contact_id"], row["mapping"], row["answer"])
