"""Picks up what a dead worker left: unfinished readings, changed contacts, approved plans, starts that are due."""

from datetime import timedelta

from core.context import Context
from core.db import reading
from core.queue import Lane
from oauth.store import load_abandoned_refreshes, load_installations
from scoring.store import load_accounts_with_news
from sync import outbox, runs
from sync.store import load_accounts_waiting
from workflows import store as ledger

# A notice that waits for so long was missed: its job is usually done within a second.
UNHANDLED = timedelta(seconds=30)


def recover(context: Context) -> None:
    """Ask again for what the database says is not done and nobody alive is doing; twice is one job."""
    alive = context.queue.live_workers()
    with reading(context.engine) as connection:
        unread = runs.load_unfinished(connection)
        unapplied = outbox.load_unapplied(connection, now=context.wall.now())
        due = ledger.load_accounts_due(connection, at=context.clock.now())
        waiting = load_accounts_waiting(connection, since=context.wall.now() - UNHANDLED)
        changed = load_accounts_with_news(connection)
        half_renewed = load_abandoned_refreshes(connection, now=context.wall.now())
        active = {i.account_id for i in load_installations(connection) if i.is_active}
        unbegun = [a for a in active if runs.find_latest(connection, a) is None]
    for account_id, worker, fence in unread:
        if account_id in active and worker not in alive:
            context.queue.enqueue(
                "sync.jobs.backfill", account_id, lane=Lane.INBOUND, attempt=str(fence + 1)
            )
    for plan, begun_by in unapplied:
        if plan.account_id in active and begun_by not in alive:
            attempt = str(plan.fence + 1) if begun_by else ""
            _resume(context, plan, attempt)
    for account_id in half_renewed:
        context.queue.enqueue("sync.jobs.renew_access", account_id, lane=Lane.INBOUND)
    for job, accounts, lane in (
        ("workflows.jobs.provision", unbegun, Lane.INBOUND),
        ("sync.jobs.handle_deliveries", waiting, Lane.INBOUND),
        ("scoring.jobs.score_changed", changed, Lane.SCORING),
        ("workflows.jobs.start_due", due, Lane.OUTREACH),
    ):
        for account_id in active.intersection(accounts):
            context.queue.enqueue(job, account_id, lane=lane)


def _resume(context: Context, plan: outbox.Plan, attempt: str) -> None:
    if plan.kind == "start":
        context.queue.enqueue(
            "workflows.jobs.start_due", plan.account_id, lane=Lane.OUTREACH, attempt=attempt
        )
    else:
        context.queue.enqueue(
            "workflows.jobs.apply_plan",
            plan.account_id,
            plan.plan_id,
            lane=Lane.OUTBOUND,
            attempt=attempt,
        )
