"""Which workflow or sequence each playbook of an account runs, and how; account_id is the first argument."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import upsert
from workflows.enrollment.states import Way
from workflows.enrollment.tables import bindings


@dataclass(frozen=True, slots=True)
class Binding:
    """Which workflow a playbook runs, and how; of a sequence its id, and whose it is."""

    workflow_id: str
    way: Way
    sender_id: str = ""


def load_bindings(connection: Connection, account_id: str) -> dict[str, Binding]:
    """Playbook → its binding."""
    b = bindings.c
    query = sa.select(b.playbook, b.workflow_id, b.way, b.sender_id).where(
        b.account_id == account_id
    )
    return {
        row.playbook: Binding(row.workflow_id, Way(row.way), row.sender_id or "")
        for row in connection.execute(query)
    }


def bind(
    connection: Connection,
    account_id: str,
    playbooks: Iterable[str],
    choice: Binding,
    *,
    now: datetime,
) -> None:
    """From now on these playbooks run that; an empty id stands for whichever workflow a property starts."""
    rows = [
        {
            "account_id": account_id,
            "playbook": playbook,
            "workflow_id": choice.workflow_id,
            "way": choice.way,
            "sender_id": choice.sender_id or None,
            "bound_at": now,
        }
        for playbook in sorted(playbooks)
    ]
    upsert(connection, bindings, rows)
