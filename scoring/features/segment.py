"""The segments of an account, as its playbooks have them, and the planning values that go with them."""

from dataclasses import dataclass, replace

from playbooks.line import Playbook, Value
from playbooks.line import Segment as Group
from scoring.features.recency import D90, D180, D365, NEVER
from scoring.verticals import GENERAL, Vertical

LEAD, CUSTOMER = "lead", "customer"


@dataclass(frozen=True, slots=True)
class Segment:
    """One row of the segments table; `response` is the planning value of replies to a good plan.

    The responses stay within the published planning range of 10 to 25 in 100 for dormant people
    (N5); never engaged people are treated as cold outreach, below 10 in 100 (N4). `buys` is the share of
    those who respond that buys, `value` what a sale brings until sales are on record.
    """

    key: str
    track: str
    label: str
    definition: str
    response: float | None = None
    playbook: str | None = None
    buys: float | None = None
    value: Value | None = None


#: Who is in no playbook: nothing is to be done about them.
STANDING = (
    Segment("recent_lead", LEAD, "Active leads", "Heard from or added within 90 days"),
    Segment("recent_customer", CUSTOMER, "Active customers", "Heard from within 90 days"),
    Segment("unmeasurable", LEAD, "Unmeasurable", "Silence can't be told from missing records"),
)


def segments_of(vertical: Vertical) -> tuple[Segment, ...]:
    """Every segment of a line of business: its own, those every business has, and who is in no playbook."""
    found = [
        _segment(vertical, playbook, group, is_own=place < vertical.own)
        for place, playbook in enumerate(vertical.playbooks)
        for group in playbook.segments
    ]
    # Who came back just now is worth something, whatever their segment.
    buys = vertical.booked * vertical.shown * vertical.sold
    return (*found, *(replace(one, buys=buys, value=vertical.value) for one in STANDING))


def _segment(vertical: Vertical, playbook: Playbook, group: Group, *, is_own: bool) -> Segment:
    priors = group.priors
    booked = vertical.booked if priors.book is None else priors.book
    shown = vertical.shown if priors.show is None else priors.show
    sold = vertical.sold if priors.sale is None else priors.sale
    return Segment(
        key=group.key,
        track=playbook.track.value,
        label=group.label,
        definition=group.definition,
        # What a line of business says of its own segments it says of them as they are.
        response=priors.respond if is_own else priors.respond * vertical.response,
        playbook=playbook.key,
        buys=booked * shown * sold,
        value=group.value or vertical.value,
    )


SEGMENTS = segments_of(GENERAL)
BY_KEY = {segment.key: segment for segment in SEGMENTS}

# The longer the silence, the fewer reply; bounded so that the planning range of N5 still holds.
BAND_FACTOR = {D90: 1.0, D180: 0.95, D365: 0.85, NEVER: 1.0}
