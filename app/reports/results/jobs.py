"""The job that works out an account's results and stores them, so that a page need only show them."""

from core.context import current


def tell_results(account_id: str) -> None:
    """Store what outreach brought, at each number of days, as JSON and as a table."""
    # Columns are loaded with the work, not with the process.
    from app.reports.results.storing import store_results  # noqa: PLC0415

    store_results(current(), account_id)
