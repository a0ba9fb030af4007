"""Whom to start next: a wave of the most worthwhile contacts, proposed for a person to approve."""

import uuid
from datetime import datetime

from sqlalchemy.engine import Connection

from oauth.account_settings.fields import AccountSettings
from scoring.store import load_best_of
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import load_bindings
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who


def propose_wave(
    connection: Connection, account_id: str, own: AccountSettings, *, at: datetime, now: datetime
) -> tuple[str, int] | None:
    """Propose the best of those who are ready; None while a wave is open or nobody is ready."""
    if ledger.has_open_wave(connection, account_id):
        return None
    size = own.later_wave if ledger.has_started(connection, account_id) else own.first_wave
    picked = load_best_ready(connection, account_id, limit=size)
    if not picked:
        return None
    wave_id = uuid.uuid4().hex
    told = [
        Entry(What.PROPOSED, Who.SCHEDULE, contact_id, programme=playbook, subject=wave_id)
        for contact_id, playbook in picked
    ]
    decision_log.record(connection, account_id, told, at=at, now=now)
    return wave_id, ledger.propose(connection, account_id, picked, wave_id=wave_id, now=at)


def approve_wave(
    connection: Connection, account_id: str, wave_id: str, *, by: str, at: datetime, now: datetime
) -> int:
    """Let a proposed wave start, in the name of a person; answers how many contacts it has."""
    approved = ledger.approve_wave(connection, account_id, wave_id, by=by, at=at, now=now)
    if approved:
        told = [
            Entry(What.APPROVED, Who.PERSON, contact_id, by=by, subject=wave_id)
            for contact_id in ledger.load_wave(connection, account_id, wave_id)
        ]
        decision_log.record(connection, account_id, told, at=at, now=now)
    return approved


def may_start_alone(
    connection: Connection, account_id: str, wave_id: str, own: AccountSettings
) -> bool:
    """Whether a proposed wave needs no person: never the first (D12), and never where nobody has said what starts."""
    if not own.waves_without_approval or not ledger.has_started(connection, account_id):
        return False
    bound = load_bindings(connection, account_id)
    # Without a single binding the CRM starts by a property, and there is nothing to choose.
    return not bound or ledger.load_wave_playbooks(connection, account_id, wave_id) <= {*bound}


def load_best_ready(
    connection: Connection, account_id: str, *, limit: int
) -> list[tuple[str, str]]:
    """(contact, playbook) of those who may start, the most worthwhile first."""
    ready = decisions.ready_contacts(account_id)
    best = load_best_of(connection, account_id, ready, limit=limit)
    playbooks = decisions.load_playbooks(connection, account_id, best)
    return [(contact_id, playbooks[contact_id]) for contact_id in best]
