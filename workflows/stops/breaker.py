"""When a programme stops by itself: too many opt-outs, errors or complaints for chance to explain; pure (D6)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A limit is judged from so many sends on: of fewer nobody can tell.
LEAST_SENDS = 200
# Nineteen times of twenty the true share lies between the two ends of the interval.
_Z = 1.959964
WINDOWS = (timedelta(days=1), timedelta(days=7))
LONGEST = max(WINDOWS)


class Harm(StrEnum):
    """What a send may bring about that it should not."""

    OPT_OUT = "opt_out"
    ERROR = "error"
    COMPLAINT = "complaint"


# Below where mail providers and CRMs suspend a sender: 1 %, 5 % and .1 %.
LIMITS: Mapping[Harm, float] = {Harm.OPT_OUT: 0.008, Harm.ERROR: 0.04, Harm.COMPLAINT: 0.0008}
_WORDS = {
    Harm.OPT_OUT: "opted out",
    Harm.ERROR: "could not be reached",
    Harm.COMPLAINT: "complained",
}
_CHANNELS = {"email": "e-mails", "sms": "texts", "call": "calls"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One send, and what harm came of it."""

    programme: str
    channel: str
    at: datetime
    harms: frozenset[Harm] = frozenset()


@dataclass(frozen=True, slots=True)
class Trip:
    """A programme that is to stop, and by what."""

    programme: str
    channel: str
    harm: Harm
    sends: int
    harmed: int
    days: int

    @property
    def says(self) -> str:
        """Why, in words for an admin."""
        span = "the last day" if self.days == 1 else f"the last {self.days} days"
        return (
            f"Of {self.sends:,} {_CHANNELS.get(self.channel, self.channel)} of {span}, {self.harmed:,} "
            f"{_WORDS[self.harm]} ({self.harmed / self.sends:.2%}): that is more than {LIMITS[self.harm]:.2%} "
            "even with chance allowed for."
        )


def wilson_low(harmed: int, sends: int, z: float = _Z) -> float:
    """The lower end of Wilson's interval for a share."""
    if not sends:
        return 0.0
    share, spread = harmed / sends, z * z / sends
    centre = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / sends + spread / (4 * sends))
    return max(0.0, (centre - half) / (1 + spread))


def is_too_much(harm: Harm, harmed: int, sends: int) -> bool:
    return sends >= LEAST_SENDS and wilson_low(harmed, sends) >= LIMITS[harm]


def find_trips(
    sent: Iterable[Sent], *, at: datetime, counted_from: Mapping[str, datetime]
) -> list[Trip]:
    """The programmes that are to stop, each once: by channel, of the last day and of the last seven.

    `counted_from` is programme → since when its sends count, where a person has let it go on.
    """
    found: dict[str, Trip] = {}
    groups: dict[tuple[str, str], list[Sent]] = {}
    for one in sent:
        since = counted_from.get(one.programme)
        if one.at <= at and (since is None or one.at > since):
            groups.setdefault((one.programme, one.channel), []).append(one)
    for (programme, channel), all_sent in sorted(groups.items()):
        for window in WINDOWS:
            within = [one for one in all_sent if at - one.at < window]
            for harm in Harm:
                harmed = sum(harm in one.harms for one in within)
                if programme not in found and is_too_much(harm, harmed, len(within)):
                    days = window.days
                    found[programme] = Trip(programme, channel, harm, len(within), harmed, days)
    return list(found.values())


def is_near(sent: Iterable[Sent], *, at: datetime, share: float = 0.5) -> bool:
    """Whether any harm of the last seven days is above half its limit: then nothing grows."""
    groups: dict[tuple[str, str], list[Sent]] = {}
    for one in sent:
        if timedelta() <= at - one.at < LONGEST:
            groups.setdefault((one.programme, one.channel), []).append(one)
    return any(
        sum(harm in one.harms for one in group) > max(1.0, share * LIMITS[harm] * len(group))
        for group in groups.values()
        for harm in Harm
    )
