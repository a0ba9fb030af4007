"""The job of the weekly report: ids in, nothing out, safe to run twice."""

from core.context import current


def tell_week(account_id: str) -> None:
    """Make the report of the last week that was over, and the task that somebody wants of it."""
    from app.reports.weekly.making import tell  # noqa: PLC0415  columns are loaded with the work

    tell(current(), account_id)
