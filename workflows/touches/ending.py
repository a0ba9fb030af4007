"""Ending rounds: nothing more is asked for, and the ledger says why."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from sync.mirror.reactions import Reaction
from workflows.enrollment import store as ledger
from workflows.enrollment.states import End
from workflows.log import store as log
from workflows.log.entries import Entry, What, Who
from workflows.touches import store


def how_it_ended(reaction: Reaction) -> End:
    """What counts of everything that somebody did: a sale more than a booking, a booking more than an answer."""
    if reaction.bought_at is not None:
        return End.BOUGHT
    return End.BOOKED if reaction.booked_at is not None else End.ANSWERED


def end_rounds(
    connection: Connection,
    account_id: str,
    ends: Mapping[str, End],
    *,
    at: datetime,
    now: datetime,
    by: str | None = None,
) -> list[dict[str, object]]:
    """End the running rounds of these contacts, each by its own reason; answers the rows that ended now.

    `by` is the person who ends them, where one does.

    A touch that the CRM is being asked for goes on: nobody can call it back.
    """
    store.cancel_planned(connection, account_id, ends)
    begun = ledger.load_started(connection, account_id, ends)
    ended = [
        dict(row)
        for how in sorted({*ends.values()})
        for row in ledger.record_ends(
            connection, [r for r in begun if ends[r["contact_id"]] is how], how, at=at
        )
    ]
    told = [
        Entry(
            What.ENDED,
            Who.SCHEDULE if by is None else Who.PERSON,
            row["contact_id"],
            by=by,
            programme=row["playbook"],
            channel=row["channel"],
            reason=str(ends[row["contact_id"]]),
            subject=f"{row['playbook']}/{row['round_no']}",
        )
        for row in ended
    ]
    log.record(connection, account_id, told, at=at, now=now)
    return ended
