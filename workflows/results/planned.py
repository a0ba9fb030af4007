"""What the guide leads to expect, as ranges to plan with beside an account's own numbers; never a promise; pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planned:
    """A range of the guide: the share of `of` who do `what` within `days`."""

    key: str
    words: str
    low: float
    high: float
    what: str
    of: str  # people or responded
    days: int


RANGES: Sequence[Planned] = (
    Planned("N4", "respond to a well-made plan", 0.15, 0.25, "responded", "people", 90),
    Planned("N5", "respond, to plan with", 0.10, 0.25, "responded", "people", 90),
    Planned("N6", "of those who respond take a step", 0.20, 0.40, "booked", "responded", 90),
    Planned("N7", "respond in 30 days", 0.15, 0.20, "responded", "people", 30),
    Planned("N7", "book in 30 days", 0.05, 0.10, "booked", "people", 30),
    Planned("N7", "buy in 30 days", 0.02, 0.05, "sold", "people", 30),
    Planned("N9", "respond, 75 to 125 of 500", 0.15, 0.25, "responded", "people", 90),
    Planned("N9", "book, 30 to 50 of 500", 0.06, 0.10, "booked", "people", 90),
    Planned("N9", "buy, 15 to 25 of 500", 0.03, 0.05, "sold", "people", 90),
)
