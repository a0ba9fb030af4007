"""Local time: in which zones a person may be, and when a touch may reach them; the only file that knows zones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as phone_zones

from core.moments import EPOCH

# Zones of the US, for a person of whom nothing is known: a touch must be decent in all of them.
US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)

_E, _C, _M, _P = US_ZONES[0], US_ZONES[1], US_ZONES[2], US_ZONES[4]


def _states(names: str, *zones: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names.split(), zones)


# State → its zones; a state in two zones has both.
STATE_ZONES: dict[str, tuple[str, ...]] = {
    **_states("CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV", _E),
    **_states("AL AR IA IL LA MN MO MS OK WI", _C),
    **_states("CO MT NM UT WY", _M),
    **_states("CA NV WA", _P),
    **_states("FL IN KY MI TN", _E, _C),
    **_states("KS ND NE SD TX", _C, _M),
    **_states("ID OR", _M, _P),
    **_states("AZ", "America/Phoenix"),
    **_states("AK", "America/Anchorage"),
    **_states("HI", "Pacific/Honolulu"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """Opening hours of a weekday; `opens` is included, `closes` is not."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Windows for Monday to Saturday and for Sunday, and states where they are narrower."""

    weekday: Window = Window(time(9), time(20))
    sunday: Window = Window(time(12), time(20))
    states: tuple[tuple[str, Window, Window], ...] = (
        # State telemarketing hours tighter than the default; reviewed 2026-11-22 (D4).
        ("KY", Window(time(10), time(20)), Window(time(12), time(20))),
        ("RI", Window(time(9), time(18)), Window(time(12), time(17))),
    )

    def window(self, weekday: int, state: str | None) -> Window:
        for name, week, sunday in self.states:
            if name == state:
                return sunday if weekday == 6 else week
        return self.sunday if weekday == 6 else self.weekday


def find_zones(
    *,
    timezone: str | None,
    region: str | None,
    phone: str | None,
    tenant: str | None,
) -> tuple[str, ...]:
    """Where a person may be (D4): their own zone, else state and area code together, else the business's.

    Address and area code that disagree give both; nothing at all gives every US zone.
    """
    own = _known(timezone)
    if own is not None:
        return (own,)
    state = STATE_ZONES.get((region or "").strip().upper(), ())
    by_phone = _phone_zones(phone)
    if by_phone and state and set(by_phone) & set(state):
        return tuple(z for z in state if z in by_phone)
    if by_phone or state:
        return tuple(dict.fromkeys([*state, *by_phone]))
    tenant_zone = _known(tenant)
    return (tenant_zone,) if tenant_zone else US_ZONES


def next_open(
    at: datetime, zones: Sequence[str], *, hours: QuietHours, state: str | None = None
) -> datetime:
    """The first moment from `at` on (UTC, whole minutes after it) that is decent in all zones.

    Raises ValueError where no such moment comes within two weeks.
    """
    moment = at
    for _ in range(200):
        later = max(_opening(moment, zone, hours, state) for zone in zones)
        if later == moment:
            return moment
        moment = later
        if moment - at > timedelta(days=14):
            break
    raise ValueError("the time zones leave no hour in common")


def _opening(at: datetime, zone: str, hours: QuietHours, state: str | None) -> datetime:
    """The first moment from `at` on inside a window of one zone; wall-clock arithmetic, so DST-safe."""
    place = ZoneInfo(zone)
    local = at.astimezone(place)
    for ahead in range(8):
        day = (local + timedelta(days=ahead)).date()
        window = hours.window(day.weekday(), state)
        opens = datetime.combine(day, window.opens, tzinfo=place)
        closes = datetime.combine(day, window.closes, tzinfo=place)
        if at < opens.astimezone(EPOCH.tzinfo):
            return opens.astimezone(EPOCH.tzinfo)
        if at < closes.astimezone(EPOCH.tzinfo):
            return at
    raise ValueError("a week without an open hour")


@lru_cache(maxsize=4096)
def _known(name: str | None) -> str | None:
    """A zone's IANA name; some CRMs write `us_slash_eastern` for US/Eastern."""
    if not name:
        return None
    candidates = (name, name.replace("_slash_", "/"))
    for candidate in candidates:
        tidy = "/".join(
            "_".join(word[:1].upper() + word[1:] for word in part.split("_"))
            for part in candidate.split("/")
        )
        for spelling in (candidate, tidy, tidy.replace("Us/", "US/")):
            try:
                ZoneInfo(spelling)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
            return spelling
    return None


@lru_cache(maxsize=4096)
def _phone_zones(phone: str | None) -> tuple[str, ...]:
    if not phone:
        return ()
    try:
        number = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return ()
    zones = phone_zones.time_zones_for_number(number)
    known = tuple(z for z in zones if _known(z))
    # A toll-free number has the zones of a whole country and says nothing about its owner.
    return known if 0 < len(known) <= 3 else ()
