"""A week on an account's own clock, from Monday to Sunday; pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """From the first moment of `monday` to the first of the next, as moments in UTC."""

    monday: date
    since: datetime
    until: datetime
    next_until: datetime

    @property
    def key(self) -> str:
        return self.monday.isoformat()

    def has(self, moment: datetime | None) -> bool:
        return moment is not None and self.since <= moment < self.until


def last_week(at: datetime, zone: str) -> Week:
    """The last week that was over at a moment."""
    local = ZoneInfo(zone or "UTC")
    today = at.astimezone(local).date()
    monday = today - timedelta(days=today.weekday()) - _WEEK

    def begins(day: date) -> datetime:
        return datetime.combine(day, time(0), local).astimezone(UTC)

    return Week(monday, *(begins(monday + weeks * _WEEK) for weeks in (0, 1, 2)))
