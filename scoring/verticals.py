"""What is believed of a line of business before an account has outcomes of its own, as its playbooks say."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import Invalid
from playbooks.library import GENERAL as GENERAL_KEY
from playbooks.library import find_line, packaged
from playbooks.line import Cycle, Line, Playbook, Season, Value


@dataclass(frozen=True, slots=True)
class Vertical:
    """Planning values of a line of business; an account's own outcomes replace them.

    `response` scales the planning values of the segments every business has (N4-N5: 10 to 25 in 100),
    `booked`, `shown` and `sold` are shares of those before them, `cycle` (days) is when customers
    come due again, where they do. `playbooks` are in the order in which they are asked, its own first.
    """

    key: str
    response: float
    booked: float
    shown: float
    sold: float
    cycle: Cycle | None
    value: Value | None
    playbooks: tuple[Playbook, ...]
    own: int  # so many of the playbooks are this line of business's own
    seasons: tuple[Season, ...] = ()


def vertical_of(line: Line, general: Line | None = None) -> Vertical:
    """A line of business as scoring counts with it; whoever is in none of its segments falls to `general`."""
    general = general or find_line(GENERAL_KEY)
    planning = line.planning
    own = line.playbooks
    fallback = () if line.line == GENERAL_KEY else general.playbooks
    return Vertical(
        key=line.line,
        response=planning.response,
        booked=planning.booked,
        shown=planning.shown,
        sold=planning.sold,
        cycle=line.cycle,
        value=planning.value,
        playbooks=(*own, *fallback),
        own=0 if line.line == GENERAL_KEY else len(own),
        seasons=line.seasons,
    )


VERTICALS: Mapping[str, Vertical] = {key: vertical_of(line) for key, line in packaged().items()}
GENERAL = VERTICALS[GENERAL_KEY]


def find_vertical(key: str) -> Vertical:
    """The vertical of that name; raises Invalid naming those there are."""
    found = VERTICALS.get(key)
    if found is None:
        raise Invalid(f"There is no vertical {key!r}; choose one of {', '.join(VERTICALS)}.")
    return found
