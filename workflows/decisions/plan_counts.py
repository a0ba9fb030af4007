"""What a large plan changes, counted once it is recorded: a page that shows it reads no rows."""

from core.context import Context
from core.db import reading
from sync.outbox import diff
from sync.outbox.plans import Plan
from workflows.decisions import store as decisions


def count_plan(here: Context, account_id: str, plan: Plan | None) -> None:
    """Count what a large plan changes, for whoever looks at it."""
    if plan is None or plan.planned <= diff.COUNTED_AT_ONCE:
        return
    with reading(here.engine) as connection:
        segments = [key for key in decisions.count_segments(connection, account_id) if key]
    groups = {key: decisions.contacts_of(account_id, [key]) for key in segments}
    diff.store_counted(here.engine, plan.plan_id, groups)
