"""Whom to start next: a wave of the most worthwhile contacts, proposed for a person to approve."""

import uuid
from datetime import datetime

from sqlalchemy.engine import Connection

from scoring.store import load_best_of
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger

# First batch of a programme: small, and approved by a person (D12).
FIRST_WAVE = 50
LATER_WAVE = 250


def propose_wave(
    connection: Connection, account_id: str, *, now: datetime
) -> tuple[str, int] | None:
    """Propose the best of those who are ready; None while a wave is open or nobody is ready."""
    if ledger.has_open_wave(connection, account_id):
        return None
    size = LATER_WAVE if ledger.has_started(connection, account_id) else FIRST_WAVE
    picked = load_best_ready(connection, account_id, limit=size)
    if not picked:
        return None
    wave_id = uuid.uuid4().hex
    return wave_id, ledger.propose(connection, account_id, picked, wave_id=wave_id, now=now)


def load_best_ready(
    connection: Connection, account_id: str, *, limit: int
) -> list[tuple[str, str]]:
    """(contact, playbook) of those who may start, the most worthwhile first."""
    ready = decisions.ready_contacts(account_id)
    best = load_best_of(connection, account_id, ready, limit=limit)
    playbooks = decisions.load_playbooks(connection, account_id, best)
    return [(contact_id, playbooks[contact_id]) for contact_id in best]
