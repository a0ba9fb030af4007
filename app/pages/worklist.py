"""Whom to write to by hand where few are dormant: the most worthwhile first, each with a note (S23)."""

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from core.context import Context
from core.db import reading
from oauth.account_settings.changing import load_settings
from oauth.store import Installation
from scoring import store as scores
from sync.mirror.store import load_full_names
from workflows import waves
from workflows.openers.facts import TouchAsk
from workflows.openers.writing import write_openers
from workflows.proposing import works_by_hand

SHOWN = 50


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One person to write to: `note` is what to say, `why` the score in one sentence."""

    contact_id: str
    name: str
    why: str
    note: str


def load_worklist(here: Context, installation: Installation) -> list[WorkItem] | None:
    """The people to write to by hand; None where batches are started instead."""
    own = load_settings(here, installation)
    account_id = installation.account_id
    with reading(here.engine) as connection:
        if not works_by_hand(connection, account_id, own):
            return None
        best = waves.load_best_ready(connection, account_id, limit=SHOWN)
        ids = [contact_id for contact_id, _ in best]
        asks = {i: TouchAsk(channel="call", playbook=playbook) for i, playbook in best}
        openers = write_openers(connection, account_id, asks, own, at=here.clock.now())
        names, told = (
            load_full_names(connection, account_id, ids),
            _why(connection, account_id, ids),
        )
    return [
        WorkItem(
            contact_id,
            names.get(contact_id, contact_id),
            told.get(contact_id, ""),
            openers[contact_id].call_note if contact_id in openers else "",
        )
        for contact_id in ids
    ]


def _why(connection: Connection, account_id: str, ids: list[str]) -> dict[str, str]:
    rows = scores.load_scores(connection, account_id, ids, names=("contact_id", "explanation"))
    return {row["contact_id"]: row["explanation"] or "" for row in rows}
