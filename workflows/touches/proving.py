"""Proving touches by what the CRM itself shows of them: a start without evidence did not happen."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from sync.mirror.reactions import load_sent
from sync.mirror.store import load_known
from workflows.enrollment import store as ledger
from workflows.enrollment.states import End
from workflows.enrollment.touch_states import TouchState
from workflows.log import store as log
from workflows.log.entries import Entry, What, Who, of_activity, of_fields
from workflows.properties import RECEIPT
from workflows.touches import batches
from workflows.touches.moves import Moves
from workflows.touches.next_touch import next_look, touch_key

# The CRM has a day to show a trace of what it was asked for.
WAIT_FOR_EVIDENCE = timedelta(hours=24)
NO_TRACE = "The CRM shows no trace of it a day later: no receipt and no message"
# What the CRM stores a moment early still belongs to the touch: its clock is not ours.
_CLOCKS_APART = timedelta(seconds=30)

Row = Mapping[str, Any]


def prove(
    connection: Connection,
    account_id: str,
    rows: Sequence[Row],
    *,
    at: datetime,
    now: datetime,
    gives_up: bool = True,
    members: Collection[str] = (),
) -> tuple[int, list[Row]]:
    """Look for the evidence of these touches in the mirror: how many are proved, and which never will be.

    The receipt that the customer's workflow sets names the touch; a message on the record, on its channel and after
    it was asked for, proves it as well. Where neither came within a day nobody was contacted: the round ends, and
    counts as if it had not been. `gives_up` is for who has just read the contacts from the CRM; `members` are those
    whom the CRM shows in a workflow that paces its messages by itself.
    """
    ids = [row["contact_id"] for row in rows]
    known = load_known(connection, account_id, ids)
    asked = {row["contact_id"]: row["asked_at"] - _CLOCKS_APART for row in rows}
    sent = load_sent(connection, account_id, asked)
    proofs, lost, moves = [], [], Moves()
    for row in rows:
        contact_id = row["contact_id"]
        evidence = _evidence(row, known.get(contact_id, {}), sent.get(contact_id, ()))
        if evidence is None and contact_id in members:
            evidence = "membership"
        if evidence is not None:
            proofs.append((row, evidence))
        elif gives_up and at - row["asked_at"] >= WAIT_FOR_EVIDENCE:
            moves.touch(row, TouchState.UNPROVED, reason=NO_TRACE)
            lost.append(row)
        else:
            moves.touch(row, TouchState.ASKED, look_at=next_look(row["asked_at"], at))
    proved = record_proved(connection, account_id, proofs, at=at, now=now)
    _end_lost(connection, account_id, lost, moves, at=at)
    moves.record(connection, account_id)
    told = [_entry(What.UNPROVED, row, reason=NO_TRACE) for row in lost]
    log.record(connection, account_id, told, at=at, now=now)
    return proved, lost


def record_proved(
    connection: Connection,
    account_id: str,
    proofs: Sequence[tuple[Row, str]],
    *,
    at: datetime,
    now: datetime,
) -> int:
    """The CRM shows these touches, each with its evidence; answers of how many that was not known."""
    rows = [{**row, "evidence": evidence} for row, evidence in proofs]
    done = TouchState.PROVED
    proved = batches.move_on(connection, rows, done, proved_at=at, reason=None)
    batches.record_evidence(connection, proved)
    told = [_entry(What.PROVED, row, evidence=row["evidence"]) for row in proved]
    log.record(connection, account_id, told, at=at, now=now)
    return len(proved)


def _entry(
    what: What, row: Row, *, reason: str | None = None, evidence: str | None = None
) -> Entry:
    return Entry(
        what,
        Who.SCHEDULE,
        row["contact_id"],
        programme=row["playbook"],
        channel=row["channel"],
        subject=touch_key(row),
        reason=reason,
        evidence=evidence,
    )


def words(lost: int) -> str:
    """What an admin reads of touches without a trace, and what to do."""
    return (
        f"{lost:,} of the messages that we asked your CRM for a day ago left no trace there: no receipt and no message "
        "on the record. These people count as not contacted. Look whether the workflow is on, "
        "lets contacts in again, sends by our channel property and sets our receipt property."
    )


def _evidence(
    row: Row, known: Mapping[str, str], sent: Sequence[tuple[str, int, str]]
) -> str | None:
    if known.get(RECEIPT) == touch_key(row):
        return of_fields([RECEIPT])
    found = next(
        (activity_id for channel, _, activity_id in sent if channel == row["channel"]), None
    )
    return None if found is None else of_activity(found)


def _end_lost(
    connection: Connection, account_id: str, lost: Sequence[Row], moves: Moves, *, at: datetime
) -> None:
    """Rounds whose very first touch never happened count as never begun; later ones end where they are."""
    begun = ledger.load_started(connection, account_id, [row["contact_id"] for row in lost])
    by_round = {(r["contact_id"], r["playbook"], r["round_no"]): r for r in begun}
    for row in lost:
        started = by_round.get((row["contact_id"], row["playbook"], row["round_no"]))
        if started is not None:
            how = End.UNPROVED if row["touch_no"] == 1 else End.FINISHED
            moves.end(started, how, at=at, reason=NO_TRACE)
