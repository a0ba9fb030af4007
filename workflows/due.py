"""When an answer is to be answered: so many minutes of the business's own working hours later; pure."""

from datetime import datetime, time, timedelta

from contact_rules.local_time import zone_of

OPENS, CLOSES = time(9), time(18)
_WEEKEND = (5, 6)


def due_at(at: datetime, minutes: int, zone: str) -> datetime:
    """The moment when that many working minutes have passed since `at`; Monday to Friday, nine to six."""
    place = zone_of(zone)
    day, left = at.astimezone(place), timedelta(minutes=minutes)
    while True:
        opens = day.replace(hour=OPENS.hour, minute=0, second=0, microsecond=0)
        closes = day.replace(hour=CLOSES.hour, minute=0, second=0, microsecond=0)
        begins = max(day, opens)
        if day.weekday() not in _WEEKEND and begins < closes:
            # Counted in the zone's own hours: no clock is put forward while a business is open.
            free = closes - begins
            if left <= free:
                return (begins + left).astimezone(at.tzinfo)
            left -= free
        day = opens + timedelta(days=1)
