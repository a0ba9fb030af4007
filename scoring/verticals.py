"""What is believed of a line of business before an account has outcomes of its own, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import Invalid
from scoring.models.renewal import Cycle

DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Vertical:
    """Planning values of a line of business; an account's own outcomes replace them.

    `response` scales the planning values of the segments (`segment.py`, N4-N5: 10 to 25 in 100),
    `booked`, `shown` and `sold` are shares of those before them, `cycle` (days) is when customers
    come due again, where they do.
    """

    key: str
    response: float = 1.0
    booked: float = 0.30
    shown: float = 1.0
    sold: float = 0.50
    cycle: Cycle | None = None


def _months(least: float, due: float, most: float) -> Cycle:
    return Cycle(least * DAYS_A_MONTH, due * DAYS_A_MONTH, most * DAYS_A_MONTH)


# General: of those who respond 20-40 % take a step (N6) and half of these buy (N9, which holds those
# who do not show up). Audiology: the playbooks A1-A3 and the life of a device (N12). Dental: recall
# every six months, of which published programmes recover 8-15 %. The others are judgement.
VERTICALS: Mapping[str, Vertical] = {
    vertical.key: vertical
    for vertical in (
        Vertical("general"),
        Vertical("audiology", 1.0, 0.40, 0.80, 0.50, _months(36, 60, 84)),
        Vertical("dental", 0.70, 0.40, 0.80, 0.60, _months(5, 6, 18)),
        Vertical("med_spa", 0.80, 0.35, 0.80, 0.60, _months(3, 4, 12)),
        Vertical("home_services", 0.70, 0.35, 0.90, 0.50, _months(10, 12, 24)),
        Vertical("real_estate", 0.50, 0.25, 0.90, 0.15),
        Vertical("b2b", 0.60, 0.25, 0.80, 0.25),
        Vertical("fitness", 0.80, 0.30, 0.80, 0.50),
        Vertical("retail", 0.60, 0.50, 1.0, 0.70),
    )
}
GENERAL = VERTICALS["general"]


def find_vertical(key: str) -> Vertical:
    """The vertical of that name; raises Invalid naming those there are."""
    found = VERTICALS.get(key)
    if found is None:
        raise Invalid(f"There is no vertical {key!r}; choose one of {', '.join(VERTICALS)}.")
    return found
