"""The concrete time that an opener offers: on a working day, within the account's hours, some days ahead; pure."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Time for an answer before the day that is offered.
LEAD_DAYS = 3
_WORKDAYS = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """A day of the week and an hour; `day` where it is a certain one."""

    weekday: int
    hour: int
    day: date | None = None


@lru_cache(maxsize=4096)
def _slots(hours: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Weekdays and hours that may be offered: whole hours, the last an hour before the end, and no lunch time."""
    opens, closes = hours
    usable = [h for h in range(opens, closes) if h not in {12, 13}] or [opens]
    return tuple((day, hour) for day in range(_WORKDAYS) for hour in usable)


def offer_time(
    contact_id: str,
    *,
    hours: tuple[int, int],
    zone: str,
    at: datetime | None = None,
    touch_no: int = 1,
) -> Offer:
    """A time for this contact and touch, always the same; with `at` the next such day that leaves time to answer."""
    slots = _slots(hours)
    weekday, hour = slots[_draw(f"{contact_id}/{touch_no}") % len(slots)]
    if at is None:
        return Offer(weekday, hour)
    return Offer(weekday, hour, _next(_local_day(at, zone), weekday))


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


@lru_cache(maxsize=4096)
def _local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _next(today: date, weekday: int) -> date:
    earliest = today + timedelta(days=LEAD_DAYS)
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)
