"""What followed which touch: by number, channel, angle, variant and hour; a response is the last touch's before it.

Nobody drew which touch came when, so these shares describe and do not compare; pure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from workflows.enrollment.states import way_of
from workflows.results.comparing import Share, share_of

Touch = Mapping[str, Any]
Key = tuple[str, str]  # contact and programme


@dataclass(frozen=True, slots=True)
class Followed:
    """Touches of one kind, and those of them that a person's first response came after."""

    value: str
    touches: int
    responded: Share


def attribute(
    touches: Iterable[Touch], responded_at: Mapping[Key, datetime | None]
) -> list[tuple[Touch, bool]]:
    """Each touch of somebody whose outcomes are known, and whether their first response is its."""
    by_person: dict[Key, list[Touch]] = defaultdict(list)
    for touch in touches:
        key = (touch["contact_id"], touch["playbook"])
        if key in responded_at:
            by_person[key].append(touch)
    found: list[tuple[Touch, bool]] = []
    for key, mine in by_person.items():
        first = responded_at[key]
        before = [t["asked_at"] for t in mine if first is not None and t["asked_at"] < first]
        last = max(before, default=None)
        found += [(touch, last is not None and touch["asked_at"] == last) for touch in mine]
    return found


def tell(
    attributed: Sequence[tuple[Touch, bool]], value: Callable[[Touch], str]
) -> tuple[Followed, ...]:
    """The touches by what `value` says of each, in its order."""
    counts: dict[str, list[int]] = {}
    for touch, responded in attributed:
        count = counts.setdefault(value(touch), [0, 0])
        count[0] += 1
        count[1] += responded
    return tuple(
        Followed(name, asked, share_of(answered, asked))
        for name, (asked, answered) in sorted(counts.items())
    )


def ways_to_tell(zone: ZoneInfo) -> Mapping[str, Callable[[Touch], str]]:
    """What touches are told apart by; hours are the business's own."""
    return {
        "touch": lambda t: str(t["touch_no"]),
        "channel": lambda t: str(t["channel"]),
        "angle": lambda t: str(t["angle"]),
        "variant": lambda t: str(t["variant"]),
        "way": lambda t: str(way_of(t["variant"])),
        "hour": lambda t: f"{t['asked_at'].astimezone(zone):%H}:00",
    }


@dataclass(frozen=True, slots=True)
class FirstResponses:
    """How long it took until people responded first, in days since their first touch."""

    people: int
    median_days: float | None
    quarter_within: float | None
    three_quarters_within: float | None
    within_7_days: float | None  # the share of them


def first_responses(
    touches: Iterable[Touch], responded_at: Mapping[Key, datetime | None]
) -> FirstResponses:
    began: dict[Key, datetime] = {}
    for touch in touches:
        key = (touch["contact_id"], touch["playbook"])
        began[key] = min(began.get(key, touch["asked_at"]), touch["asked_at"])
    took = [
        (at - began[key]).total_seconds() / 86_400
        for key, at in responded_at.items()
        if at is not None and key in began and at > began[key]
    ]
    if not took:
        return FirstResponses(0, None, None, None, None)
    quarter, middle, three = (float(q) for q in np.quantile(took, (0.25, 0.5, 0.75)))
    return FirstResponses(
        len(took), middle, quarter, three, float(np.mean([days <= 7 for days in took]))
    )


def costs(touches: Iterable[Touch], each: Mapping[str, float]) -> dict[str, tuple[int, float]]:
    """Channel → how many touches, and what they cost together."""
    counts: dict[str, int] = defaultdict(int)
    for touch in touches:
        counts[str(touch["channel"])] += 1
    return {channel: (n, n * each.get(channel, 0.0)) for channel, n in sorted(counts.items())}
