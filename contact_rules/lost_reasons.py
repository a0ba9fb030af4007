"""What a lost-reason field says in our words: a table of the values people put into such lists, and no guess."""

import re

from contact_rules.classifier import classify
from contact_rules.reasons import (
    BUDGET_OR_TIMING,
    COMPETITOR,
    DISTRACTION,
    MOVED,
    REASONS,
    SERVICE_ISSUE,
    Heard,
)

EXACT = 0.9
BY_WORDS = 0.7

# Lower case, with spaces in place of everything that is no letter or digit.
_VALUES: dict[str, str] = {
    COMPETITOR: (
        "competition, competitors, lost to competitor, lost to competition, lost to a competitor, went elsewhere, "
        "gone elsewhere, chose competitor, chose a competitor, chose another provider, went with competitor, "
        "went with a competitor, went with another provider, went with someone else, bought elsewhere, "
        "bought from competitor, other provider, another provider, different provider, other vendor, another vendor, "
        "selected competitor, selected another vendor, better offer, better offer elsewhere, accepted another offer"
    ),
    BUDGET_OR_TIMING: (
        "budget, timing, price, pricing, cost, costs, money, too expensive, expensive, price too high, too costly, "
        "cost too high, no budget, lack of budget, no money, budget constraints, budget cut, budget cuts, "
        "can t afford, cannot afford, affordability, financial, financial reasons, financing, insurance, "
        "insurance not accepted, not covered by insurance, bad timing, wrong timing, wrong time, not now, "
        "not the right time, no time frame, not ready, not ready yet, on hold, project on hold, postponed, "
        "delayed, priorities, other priorities, not a priority, budget or timing, budget timing, price budget, "
        "hiring freeze, lost funding, no funding, lack of funding, funding"
    ),
    SERVICE_ISSUE: (
        "service, service issues, service problem, bad service, poor service, bad experience, poor experience, "
        "negative experience, customer service, complaint, complaints, dissatisfied, unhappy, not satisfied, "
        "unhappy with service, unhappy with results, quality, quality issue, quality issues, poor quality, "
        "product issue, support issue, refund, refunded, long wait, wait time"
    ),
    DISTRACTION: (
        "busy, too busy, distracted, forgot, forgotten, no time, lack of time, lost track, other commitments, "
        "life got in the way"
    ),
    MOVED: (
        "moved away, relocated, relocation, out of area, out of the area, moved out of area, moved out of state, "
        "left the area, needs changed, need changed, change of needs, changed needs, no longer needed, no need, "
        "no longer needs, no longer need, not needed anymore, requirements changed, change in requirements, "
        "project cancelled, project canceled, solved internally, in house solution, built in house, "
        "left company, left the company, changed jobs, out of business, business closed, sold business, sold house"
    ),
}
_MEANINGS = {
    value.strip(): reason
    for reason, values in _VALUES.items()
    for value in [*values.split(","), reason.replace("_", " "), REASONS[reason].lower()]
}
_NO_LETTERS = re.compile(r"[^a-z0-9]+")


def read_field(value: str | None) -> Heard | None:
    """The reason that a picklist's value or a short text names; None where it names none, or several.

    Lists that allow several choices write them with semicolons between.
    """
    found = {heard.reason: heard for part in (value or "").split(";") if (heard := _read(part))}
    return next(iter(found.values())) if len(found) == 1 else None


def _read(value: str) -> Heard | None:
    reason = _MEANINGS.get(_NO_LETTERS.sub(" ", value.lower()).strip())
    if reason is not None:
        return Heard(reason, EXACT)
    said = classify(value)
    return None if said is None else Heard(said.reason, min(said.confidence, BY_WORDS))
