"""The time of an HTTP answer by the clock of the server that gave it."""

from email.utils import parsedate_to_datetime

from core.moments import to_millis


def http_date(value: str | None) -> int | None:
    """Milliseconds since 1970 of a Date header; None where there is none that can be read."""
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else to_millis(moment)
