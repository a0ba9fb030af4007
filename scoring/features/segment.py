"""The segments every business has, as data, and the planning values that go with them."""

from dataclasses import dataclass

from scoring.features.recency import D90, D180, D365, NEVER

LEAD, CUSTOMER = "lead", "customer"


@dataclass(frozen=True, slots=True)
class Segment:
    """One row of the segments table; `response` is the planning value of replies to a good plan.

    The responses stay within the published planning range of 10 to 25 in 100 for dormant people
    (N5); never engaged people are treated as cold outreach, below 10 in 100 (N4).
    """

    key: str
    track: str
    label: str
    definition: str
    response: float | None = None


SEGMENTS = (
    Segment(
        "high_intent_lead", LEAD, "Asked for a conversation", "Met or talked, never bought", 0.22
    ),
    Segment(
        "inquired_lead", LEAD, "Inquired, never met", "Sent a form or replied, no meeting", 0.20
    ),
    Segment("low_intent_lead", LEAD, "Looked around only", "Visited or clicked, never asked", 0.14),
    Segment("never_engaged", LEAD, "Never engaged", "In the CRM, no activity on record", 0.05),
    Segment(
        "repeat_customer_lapsed", CUSTOMER, "Repeat customers, lapsed", "Bought twice or more", 0.25
    ),
    Segment(
        "one_time_customer_lapsed", CUSTOMER, "One-time customers, lapsed", "Bought once", 0.18
    ),
    Segment("recent_lead", LEAD, "Active leads", "Heard from or added within 90 days"),
    Segment("recent_customer", CUSTOMER, "Active customers", "Heard from within 90 days"),
    Segment("unmeasurable", LEAD, "Unmeasurable", "Silence can't be told from missing records"),
)
BY_KEY = {segment.key: segment for segment in SEGMENTS}
DORMANT_SEGMENTS = tuple(segment for segment in SEGMENTS if segment.response is not None)

# The longer the silence, the fewer reply; bounded so that the planning range of N5 still holds.
BAND_FACTOR = {D90: 1.0, D180: 0.85, D365: 0.72, NEVER: 1.0}
