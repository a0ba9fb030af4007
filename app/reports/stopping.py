"""What stands still, in words and as JSON, and the kill switch from the command line and from the pages."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.context import Context
from core.db import reading
from core.errors import Conflict
from oauth.account_settings.changing import owner_of
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.stops import store as stops
from workflows.stops.store import EVERYTHING
from workflows.touches import guarding


def stop_all(
    here: Context, account_id: str | None, programme: str | None = None, *, by: str, reason: str
) -> None:
    """Let an account stand still, one of its programmes, or everything.

    Raises NotFound for no account, Conflict where it stands still already.
    """
    at, now = here.clock.now(), here.wall.now()
    with here.begin() as tx:
        if account_id is not None:
            owner_of(tx, account_id)
        owner = account_id or EVERYTHING
        if not stops.stop(tx, owner, programme=programme, by=by, reason=reason, at=at, now=now):
            raise Conflict("It stands still already.")


def let_all_go(
    here: Context, account_id: str | None, programme: str | None, *, by: str, reason: str
) -> None:
    """Let it go on; raises NotFound for no account, Conflict where it does not stand still."""
    at, now = here.clock.now(), here.wall.now()
    with here.begin() as tx:
        if account_id is not None:
            owner_of(tx, account_id)
        owner = account_id or EVERYTHING
        if not guarding.let_go(tx, owner, programme, by=by, reason=reason, at=at, now=now):
            raise Conflict("It does not stand still.")


def show(here: Context, account_id: str | None) -> dict[str, Any]:
    """What stands still, and how many people the CRM goes on with by itself."""
    with reading(here.engine) as connection:
        every = stops.load_all_stopped(connection)
        running = None
        if account_id is not None:
            every = [s for s in every if s.account_id in {EVERYTHING, account_id}]
            counts = ledger.count_enrollments(connection, account_id)
            running = counts.get(EnrollmentState.STARTED, 0)
    told = [
        {
            "account": stop.account_id or None,
            "programme": stop.programme,
            "since": stop.since.isoformat(),
            "by": stop.by,
            "reason": stop.reason,
        }
        for stop in every
    ]
    return {"account": account_id, "stopped": told, "running": running}


def lines(shown: Mapping[str, Any]) -> Iterator[str]:
    for stop in shown["stopped"]:
        what = " ".join(filter(None, (stop["account"] or "Every account", stop["programme"])))
        yield f"{what} stands still since {stop['since'][:16]}, by {stop['by'] or 'a limit'}: {stop['reason']}"
    if not shown["stopped"]:
        yield "Nothing stands still."
    if shown["running"]:
        yield f"{shown['running']:,} are in a round that has begun: what the CRM was asked for, it still does."
