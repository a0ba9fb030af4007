"""Picks up what a dead worker left: unfinished readings, approved plans, starts that are due."""

from datetime import timedelta

from core.context import Context
from core.db import reading
from core.queue import Lane
from sync import outbox, runs
from workflows import store as ledger


def recover(context: Context, *, silent_for: timedelta) -> None:
    """Ask for the jobs again that the database says are not done; asking twice is one job."""
    now = context.wall.now()
    with reading(context.engine) as connection:
        unread = runs.load_unfinished(connection, silent_since=now - silent_for)
        unapplied = outbox.load_unapplied(connection)
        due = ledger.load_accounts_due(connection, at=context.clock.now())
    for account_id in unread:
        context.queue.enqueue("sync.jobs.backfill", account_id, lane=Lane.INBOUND)
    for account_id, plan_id in unapplied:
        context.queue.enqueue("workflows.jobs.apply_plan", account_id, plan_id, lane=Lane.OUTBOUND)
    for account_id in due:
        context.queue.enqueue("workflows.jobs.start_due", account_id, lane=Lane.OUTREACH)
