"""Looking for the evidence of touches: in the mirror again and again, in the CRM itself before giving up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from connector.budget import Urgency
from connector.patience import patiently
from connector.port.automation import AddsToWorkflow
from connector.port.provider import Crm
from connector.port.records import ReadsContacts
from contact_rules.rules import GONE
from core import log
from core.context import Context
from core.db import chunks, reading
from core.facts import RoundsEnded
from sync.inbox.deliveries import refresh
from sync.live import capability, opened
from sync.mirror.store import find_live
from workflows.enrollment import running
from workflows.enrollment.bindings import load_bindings
from workflows.enrollment.states import End, Way
from workflows.enrollment.touch_states import TouchState
from workflows.touches import batches, ending, following, guarding, proving, store

Row = Mapping[str, Any]


def look(here: Context, account_id: str) -> None:
    """Look for evidence where it is due, and end the rounds that have been waited for long enough."""
    at = here.clock.now()
    left = following.follow(here, account_id, at=at)
    with here.begin() as tx:
        tell_ended(here, tx, account_id, left)
        waiting = store.load_to_prove(tx, account_id, at=at)
        proved, _ = proving.prove(
            tx, account_id, waiting, at=at, now=here.wall.now(), gives_up=False
        )
        ids = {row["contact_id"] for row in waiting}
        overdue = [
            row
            for row in store.load_to_prove(tx, account_id, contact_ids=ids)
            if at - row["asked_at"] >= proving.WAIT_FOR_EVIDENCE
        ]
        ends = dict.fromkeys(running.load_over(tx, account_id, at=at), End.FINISHED)
        ended = ending.end_rounds(tx, account_id, ends, at=at, now=here.wall.now())
        tell_ended(here, tx, account_id, [str(row["contact_id"]) for row in ended])
    lost = _give_up(here, account_id, overdue, at=at) if overdue else 0
    log.get(__name__).info(
        "workflows.touches.proved",
        account_id=account_id,
        proved=proved,
        unproved=lost,
        finished=len(ended),
    )


def _give_up(here: Context, account_id: str, overdue: Sequence[Row], *, at: datetime) -> int:
    """Touches of a day ago without evidence: the CRM itself is asked once more, then they count as not made."""
    ids = sorted({row["contact_id"] for row in overdue})
    with opened(here, account_id, Urgency.PERSON) as crm:
        refresh(here, capability(crm, ReadsContacts), account_id, ids, closely=True)
        members = _members(here, account_id, crm, overdue)
    with here.begin() as tx:
        gone = {*ids} - {*find_live(tx, account_id, ids)}
        # Who has left the CRM took the evidence along: that says nothing of the workflow.
        ends = dict.fromkeys(gone, End.REFUSED)
        ended = ending.end_rounds(tx, account_id, ends, at=at, now=here.wall.now())
        tell_ended(here, tx, account_id, [str(row["contact_id"]) for row in ended])
        left_with_it = [row for row in overdue if row["contact_id"] in gone]
        batches.move_on(tx, left_with_it, TouchState.UNPROVED, reason=GONE[1])
        left = [row for row in overdue if row["contact_id"] not in gone]
        _, lost = proving.prove(tx, account_id, left, at=at, now=here.wall.now(), members=members)
        if lost:
            message = proving.words(len(lost))
            # What leaves no trace is not asked for again before somebody has looked.
            for programme in sorted({row["playbook"] for row in lost}):
                guarding.stop_programme(
                    tx, account_id, programme, message, at=at, now=here.wall.now()
                )
            tell_ended(here, tx, account_id, [row["contact_id"] for row in lost])
    return len(lost)


def _members(here: Context, account_id: str, crm: Crm, rows: Sequence[Row]) -> frozenset[str]:
    """Those of the contacts whom the CRM shows in the workflow that paces their messages by itself."""
    if not isinstance(crm, AddsToWorkflow):
        return frozenset()
    with reading(here.engine) as connection:
        bound = load_bindings(connection, account_id)
    found: set[str] = set()
    for playbook, binding in bound.items():
        if binding.way is Way.WORKFLOW and binding.workflow_id:
            ids = [row["contact_id"] for row in rows if row["playbook"] == playbook]
            found |= patiently(
                partial(crm.fetch_members, ids, binding.workflow_id), pause=here.pause
            )
    return frozenset(found)


def tell_ended(here: Context, tx: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """What is shown of people whose round is over is decided and written again."""
    for ids in chunks(contact_ids):
        here.publish(tx, RoundsEnded(account_id, tuple(ids)))
