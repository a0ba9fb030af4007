"""By which channels and at which moments a touch may go out, as the rule book allows; pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contact_rules.channels import Channel
from contact_rules.local_time import find_zones
from contact_rules.person import Person, Policy
from contact_rules.verdict import Allow, may_contact
from scoring.features.hours import HOUR_BLOCKS, block_of

# How long a touch may wait for its hour.
WAITS = timedelta(days=2)
# Nobody's next touch comes more than seven whole days after the one before (S14).
LONGEST_GAP = timedelta(days=8)
# Messages of one part of the day are spread over so much of it.
_SPREAD = timedelta(hours=2)


def find_zone(person: Person, policy: Policy) -> str:
    """The zone that a person's part of the day is told by: the first of those they may be in."""
    return find_zones(
        timezone=person.timezone,
        region=person.region,
        phone=person.phone,
        tenant=policy.tenant_zone,
    )[0]


def find_options(
    person: Person,
    channels: Sequence[Channel],
    *,
    at: datetime,
    until: datetime,
    luck: float,
    policy: Policy,
) -> list[tuple[Channel, datetime]]:
    """Each channel at each moment, now or later, of which the rule book says that it may be used."""
    moments = [at, *_later(at, until, ZoneInfo(find_zone(person, policy)), luck)]
    return [
        (channel, moment)
        for moment in moments
        for channel in channels
        if isinstance(may_contact(person, channel, moment, policy), Allow)
    ]


def _later(at: datetime, until: datetime, zone: ZoneInfo, luck: float) -> Iterator[datetime]:
    """A moment in each part of the days to come: not all messages of one go out at its first minute."""
    day = at.astimezone(zone).date()
    while True:
        for begins, _ in HOUR_BLOCKS:
            local = datetime(day.year, day.month, day.day, begins, tzinfo=zone)
            moment = local.astimezone(at.tzinfo) + timedelta(
                minutes=int(luck * _SPREAD / timedelta(minutes=1))
            )
            if moment >= until:
                return
            if local > at:
                yield moment
        day += timedelta(days=1)


def part_of(at: datetime, zone: str) -> tuple[str, str]:
    """The part of the day and the day of the week of a moment, as choices are learnt by them."""
    local = at.astimezone(ZoneInfo(zone))
    return str(HOUR_BLOCKS[block_of(local.hour)][0]), str(local.weekday())
