"""Local time: in which zones a person may be, and when a touch may reach them; the only file that knows zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from contact_rules.canada import zones_of_province
from contact_rules.us_states import (
    ANCHORAGE,
    CHICAGO,
    DENVER,
    HONOLULU,
    LOS_ANGELES,
    NEW_YORK,
    PHOENIX,
    STATE_ZONES,
    find_state,
)
from core.moments import EPOCH

# Zones of the US, for a person of whom nothing is known: a touch must be decent in all of them.
US_ZONES = (NEW_YORK, CHICAGO, DENVER, PHOENIX, LOS_ANGELES, ANCHORAGE, HONOLULU)


@dataclass(frozen=True, slots=True)
class Window:
    """Opening hours of a weekday; `opens` is included, `closes` is not."""

    opens: time
    closes: time

    @property
    def is_closed(self) -> bool:
        return self.opens >= self.closes

    def within(self, other: "Window") -> "Window":
        """What both windows leave; closed where they have nothing in common."""
        return Window(max(self.opens, other.opens), min(self.closes, other.closes))


USUAL, USUAL_SUNDAY = Window(time(9), time(20)), Window(time(12), time(20))
# Telemarketing hours, which no account widens (D4): of the whole country ...
_FEDERAL = Window(time(8), time(21))
_TO_EIGHT, _FROM_NINE = Window(time(8), time(20)), Window(time(9), time(21))
# ... and by state, Monday to Friday, Saturday and Sunday, where they are narrower; reviewed 2026-11-22.
STATE_LAWS: Mapping[str, tuple[Window, Window, Window]] = {
    **dict.fromkeys(("FL", "OK", "MD", "NJ", "MS", "AL", "LA", "MA"), (_TO_EIGHT,) * 3),
    **dict.fromkeys(("CA", "IL", "MI", "MN"), (_FROM_NINE,) * 3),
    "CT": (USUAL,) * 3,
    "TX": (_FROM_NINE, _FROM_NINE, Window(time(12), time(21))),
    "KY": (Window(time(10), time(21)),) * 3,
    "RI": (Window(time(9), time(18)), Window(time(10), time(17)), Window(time(10), time(17))),
}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """An account's windows for Monday to Saturday and for Sunday; the law of a person's state narrows them."""

    weekday: Window = USUAL
    sunday: Window = USUAL_SUNDAY

    def window(self, weekday: int, state: str | None) -> Window:
        """The window of a weekday (Monday is 0) in a state; who may be in any state gets the usual hours at most."""
        is_sunday = weekday == 6
        own = self.sunday if is_sunday else self.weekday
        if state is None:
            return own.within(USUAL_SUNDAY if is_sunday else USUAL)
        week, saturday, sunday = STATE_LAWS.get(state, (_FEDERAL,) * 3)
        return own.within({5: saturday, 6: sunday}.get(weekday, week))


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
    state = STATE_ZONES.get(find_state(region) or "") or zones_of_province(region)
    by_phone = _phone_zones(phone, "US" if _runs_like_the_us(_known(tenant)) else None)
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
    return _next_open(at, tuple(zones), hours, state)


# Thousands of people in a few zones are asked about at one moment.
@lru_cache(maxsize=4096)
def _next_open(
    at: datetime, zones: tuple[str, ...], hours: QuietHours, state: str | None
) -> datetime:
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
        if window.is_closed:
            continue
        opens = datetime.combine(day, window.opens, tzinfo=place)
        closes = datetime.combine(day, window.closes, tzinfo=place)
        if at < opens.astimezone(EPOCH.tzinfo):
            return opens.astimezone(EPOCH.tzinfo)
        if at < closes.astimezone(EPOCH.tzinfo):
            return at
    raise ValueError("a week without an open hour")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name; UTC where there is none of it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def is_zone(name: str) -> bool:
    """Whether there is a time zone of exactly this name."""
    return _names().get(name.casefold()) == name


def zone_names() -> list[str]:
    """The time zones named for a place, for people to choose from."""
    return sorted(
        n for n in _names().values() if "/" in n and not n.startswith(("Etc/", "SystemV/"))
    )


@lru_cache(maxsize=1024)
def _known(name: str | None) -> str | None:
    """A zone's IANA name, whatever its case; some CRMs write `us_slash_eastern` for US/Eastern."""
    word = (name or "").strip().casefold().replace("_slash_", "/")
    return _names().get(word.replace("_hyphen_", "-").replace("_plus_", "+"))


@lru_cache(maxsize=64)
def _runs_like_the_us(zone: str | None) -> bool:
    """Whether a business's clock runs like one in the US, winter and summer, so that its numbers may be US ones."""

    def offsets(name: str) -> tuple[timedelta | None, ...]:
        return tuple(datetime(2026, m, 15, tzinfo=ZoneInfo(name)).utcoffset() for m in (1, 7))

    return zone is None or offsets(zone) in {offsets(name) for name in US_ZONES}


# Reading a number is dear, and a first pass over an account asks about each twice.
@lru_cache(maxsize=1 << 18)
def _phone_zones(phone: str | None, country: str | None) -> tuple[str, ...]:
    """Zones of a number; `country` is where one without a country code belongs, None if that is unknown."""
    # Its tables are large: loaded with the first number, not with the process.
    import phonenumbers  # noqa: PLC0415
    from phonenumbers import timezone as phone_zones  # noqa: PLC0415

    try:
        number = phonenumbers.parse(phone or "", country)
    except phonenumbers.NumberParseException:
        return ()
    if not phonenumbers.is_valid_number(number):
        return ()
    known = tuple(z for z in phone_zones.time_zones_for_number(number) if _known(z))
    # A toll-free +1 number has the zones of half a continent and says nothing about its owner; a mobile
    # of any other country has all of that country's, and a touch must be decent in each.
    return known if number.country_code != 1 or len(known) <= 3 else ()
