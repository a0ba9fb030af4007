"""Following people through the CRM's sequences: who is in proves the start, who is out is waited for or let go."""

from collections.abc import Mapping, Sequence
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
from workflows.touches import batches, ending, proving, store
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
            out = _record_stays(tx, account_id, rows, stays, here, at=at)
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


def _record_stays(
    tx: Connection,
    account_id: str,
    rows: Sequence[Row],
    stays: Mapping[str, Stay],
    here: Context,
    *,
    at: datetime,
) -> list[Row]:
    """Record what their stays show; answers whose ended before its last step."""
    out: list[Row] = []
    proofs: list[tuple[Row, str]] = []
    looks: list[tuple[Row, datetime | None, str | None]] = []
    waits: list[tuple[Row, datetime]] = []
    for row in rows:
        stay = stays.get(row["contact_id"])
        if stay is None or not is_of(stay, row):
            # Not shown yet, or gone behind a later one: until it is looked at again other evidence may come.
            again = next_look(row["asked_at"], at) if row["state"] == TouchState.ASKED else None
            looks.append((row, again, None))
            continue
        if row["state"] == TouchState.ASKED:
            proofs.append((row, EVIDENCE))
        if stay.ended_at is None:
            looks.append((row, at + LOOK_AGAIN, None))
        elif stay.went_through:
            looks.append((row, None, None))
            waits.append((row, max(at, stay.ended_at + WAIT_AFTER_LAST)))
        else:
            looks.append((row, at + HEAR_FIRST, OUT))
            out.append(row)
    proving.record_proved(tx, account_id, proofs, at=at, now=here.wall.now())
    batches.look_later(tx, looks)
    running.wait_each(tx, waits)
    return out
