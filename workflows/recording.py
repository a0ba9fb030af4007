"""Recording what became of people: of both arms at 7, 30, 60 and 90 days, and for learning after 90."""

from datetime import datetime
from typing import TYPE_CHECKING

from connector.port.records import REFUSALS
from core.context import Context
from core.db import reading
from core.facts import OutcomesMatured, OutcomesTold
from scoring.learn import outcomes
from scoring.learn.control import WATCHED_FOR
from sync.frames import load_frames
from sync.mirror.meetings import load_meetings
from workflows.decisions import draws
from workflows.results import store
from workflows.results.measuring import measure
from workflows.results.outcome import responses

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 1_000


def record_cohorts(here: Context, account_id: str, *, at: datetime) -> int:
    """Say of everybody whose 90 days are over whether they responded; answers how many these are."""
    with reading(here.engine) as connection:
        ripe = outcomes.load_ripe(connection, account_id, decided_by=at - WATCHED_FOR)
    for first in range(0, len(ripe), AT_ONCE):
        some = ripe[first : first + AT_ONCE]
        ids = sorted({contact_id for contact_id, _ in some})
        _, events = load_frames(here.engine, account_id, as_of=at, contact_ids=ids)
        with here.begin() as tx:
            outcomes.record_outcomes(tx, account_id, responses(some, events), at=at)
            here.publish(tx, OutcomesMatured(account_id))
    return len(ripe)


def record_arms(here: Context, account_id: str, *, at: datetime) -> int:
    """Tell what both arms did by the days that are over; answers how many rows were told."""
    count = 0
    while True:
        with reading(here.engine) as connection:
            due = draws.load_to_measure(connection, account_id, at=at, limit=AT_ONCE)
            meetings = load_meetings(
                connection,
                account_id,
                sorted({w.contact_id for w in due}),
                after=min((w.assigned_at for w in due), default=at),
            )
        if not due:
            return count
        ids = sorted({w.contact_id for w in due})
        people, events = load_frames(here.engine, account_id, as_of=at, contact_ids=ids)
        rows = measure(due, events, meetings, _refusals(people))
        with here.begin() as tx:
            store.record_outcomes(tx, account_id, rows, at=at)
            draws.record_measured(tx, account_id, due)
            here.publish(tx, OutcomesTold(account_id))
        count += len(due)


def _refusals(people: "pl.DataFrame") -> dict[str, dict[str, bool | None]]:
    """Contact → those of the refusals' columns that speak against contacting them."""
    names = [name for name in REFUSALS if name in people.columns]
    return {
        row["contact_id"]: {name: row[name] is REFUSALS[name] for name in names}
        for row in people.select("contact_id", *names).iter_rows(named=True)
    }
