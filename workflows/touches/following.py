"""Following people through the CRM's sequences: who is in proves the start, who is out is waited for or let go."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from connector.budget import Urgency
from connector.patience import patiently
from connector.port.records import ReadsContacts
from connector.port.sequences import EnrollsInSequence, Stay
from core import log
from core.context import Context
from core.db import reading
from sync.inbox.deliveries import refresh
from sync.live import capability, opened
from workflows.enrollment import running
from workflows.enrollment.states import End
from workflows.enrollment.touch_states import TouchState
from workflows.touches import ending, proving, store
from workflows.touches.doors import is_of
from workflows.touches.next_touch import WAIT_AFTER_LAST, next_look

# How often the CRM is asked how somebody stands who is known to be in.
LOOK_AGAIN = timedelta(hours=6)
# How long an answer has to come in of somebody whom the CRM has taken out before the last step.
HEAR_FIRST = timedelta(minutes=15)
OUT = "Out of the sequence before its last step"
EVIDENCE = "sequence"

Row = Mapping[str, Any]


def follow(here: Context, account_id: str, *, at: datetime) -> list[str]:
    """Ask the CRM about those whose time has come; answers whose round is over by it.

    Who went through all steps is waited for as after any last touch. Who was taken out before is read once more: an
    answer, of which the CRM knows first, ends the round as what it is. Without one a person of the team, or the CRM
    itself, has decided so, and nobody is waited for.
    """
    with reading(here.engine) as connection:
        rows = store.load_in_sequence(connection, account_id, at=at)
    if not rows:
        return []
    ids = sorted({row["contact_id"] for row in rows})
    with opened(here, account_id, Urgency.PERSON) as crm:
        if not isinstance(crm, EnrollsInSequence):
            return []
        stays = patiently(lambda: crm.fetch_stays(ids), pause=here.pause)
        with here.begin() as tx:
            out = [row for row in rows if _is_out(tx, row, stays, here, at=at)]
            new = [row["contact_id"] for row in out if row["reason"] != OUT]
            gone = [row["contact_id"] for row in out if row["reason"] == OUT]
            ends = dict.fromkeys(gone, End.LEFT)
            ended = ending.end_rounds(tx, account_id, ends, at=at, now=here.wall.now())
        if new:
            refresh(here, capability(crm, ReadsContacts), account_id, new, closely=True)
    log.get(__name__).info(
        "workflows.sequences.followed", account_id=account_id, people=len(ids), left=len(ended)
    )
    return [str(row["contact_id"]) for row in ended]


def _is_out(
    tx: Connection, row: Row, stays: Mapping[str, Stay], here: Context, *, at: datetime
) -> bool:
    """Record what a stay shows; whether it ended before its last step."""
    stay = stays.get(row["contact_id"])
    if stay is None or not is_of(stay, row):
        # Not shown yet, or gone behind a later one: until it is looked at again other evidence may come.
        again = next_look(row["asked_at"], at) if row["state"] == TouchState.ASKED else None
        store.look_later(tx, row, again)
        return False
    if row["state"] == TouchState.ASKED:
        proving.record_proved(tx, row, EVIDENCE, at=at, now=here.wall.now())
    if stay.ended_at is None:
        store.look_later(tx, row, at + LOOK_AGAIN)
        return False
    if stay.went_through:
        store.look_later(tx, row, None)
        running.wait_until(tx, row, max(at, stay.ended_at + WAIT_AFTER_LAST))
        return False
    store.look_later(tx, row, at + HEAR_FIRST, reason=OUT)
    return True
