"""Stops a programme whose sends do harm: counts what came of the last seven days' touches (D6)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from contact_rules.wishes import EVERYTHING, OF_EMAIL, OF_TEXTS
from oauth.notices import STOPPED, clear_notices, record_notice
from sync.mirror.harms import BOUNCED, COMPLAINED, load_harmed
from workflows.enrollment.touch_states import TouchState
from workflows.stops import store as stops
from workflows.stops.breaker import LONGEST, Harm, Sent, Trip, find_trips
from workflows.touches import store

# What each channel's sends are to blame for.
_BLAMED: Mapping[str, Mapping[str, Harm]] = {
    "email": {OF_EMAIL: Harm.OPT_OUT, BOUNCED: Harm.ERROR, COMPLAINED: Harm.COMPLAINT},
    "sms": {OF_TEXTS: Harm.OPT_OUT},
}


def guard(connection: Connection, account_id: str, *, at: datetime, now: datetime) -> list[Trip]:
    """Stop the programmes whose harm is beyond a limit, and tell the admin why; answers which are new."""
    sent = load_sent(connection, account_id, at=at)
    counted_from = stops.load_counted_from(connection, account_id)
    trips = find_trips(sent, at=at, counted_from=counted_from)
    return [
        trip
        for trip in trips
        if stop_programme(
            connection, account_id, trip.programme, trip.says, at=at, now=now, rule="D6"
        )
    ]


def stop_programme(
    connection: Connection,
    account_id: str,
    programme: str,
    reason: str,
    *,
    at: datetime,
    now: datetime,
    rule: str | None = None,
) -> bool:
    """Let a programme stand still until an admin lets it go on; False where it does already."""
    stopped = stops.stop(
        connection,
        account_id,
        programme=programme,
        by=None,
        reason=reason,
        at=at,
        now=now,
        rule=rule,
    )
    tell_admin(connection, account_id, now=now)
    return stopped


def let_go(
    connection: Connection,
    account_id: str,
    programme: str | None,
    *,
    by: str,
    reason: str,
    at: datetime,
    now: datetime,
) -> bool:
    """Let an account, or one of its programmes, go on in the name of a person; False where it does not stand still."""
    done = stops.go(
        connection, account_id, programme=programme, by=by, reason=reason, at=at, now=now
    )
    tell_admin(connection, account_id, now=now)
    return done


def tell_admin(connection: Connection, account_id: str, *, now: datetime) -> None:
    """What stands still by itself is on the admin's pages until somebody has let it go on."""
    stopped = stops.load_stopped(connection, account_id)
    if not stopped:
        clear_notices(connection, account_id, kind=STOPPED)
        return
    told = [
        f"{name.replace('_', ' ').capitalize()} stands still. {stop.reason}"
        for name, stop in sorted(stopped.items())
    ]
    told.append("Let it go on, with a reason, on the page Dry run.")
    job, message = "workflows.jobs.start_due", " ".join(told)
    record_notice(connection, account_id, STOPPED, job=job, message=message, now=now)


def load_sent(connection: Connection, account_id: str, *, at: datetime) -> list[Sent]:
    """The touches of the last seven days with the harm that came of them.

    What somebody did is blamed on the last touch by that channel before it was known: the gate had let it through.
    """
    rows = store.load_sends(connection, account_id, since=at - LONGEST)
    harmed = load_harmed(connection, account_id, sorted({row["contact_id"] for row in rows}))
    last: dict[tuple[str, str], Any] = {}
    for row in rows:
        last[row["contact_id"], row["channel"]] = row
        last[row["contact_id"], ""] = row
    return [
        Sent(
            row["playbook"],
            row["channel"],
            row["sent_at"],
            _harms(row, harmed.get(row["contact_id"], frozenset()), last),
        )
        for row in rows
    ]


def _harms(
    row: Mapping[str, Any], harmed: frozenset[str], last: Mapping[tuple[str, str], Any]
) -> frozenset[Harm]:
    found = {Harm.ERROR} if row["state"] == TouchState.FAILED else set[Harm]()
    if last[row["contact_id"], row["channel"]] is row:
        blamed = _BLAMED.get(row["channel"], {})
        found |= {harm for name, harm in blamed.items() if name in harmed}
    if EVERYTHING in harmed and last[row["contact_id"], ""] is row:
        found.add(Harm.OPT_OUT)
    return frozenset(found)
