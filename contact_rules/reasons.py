"""Why somebody went quiet: a closed set of words with their labels, and how sure a source is of one."""

from dataclasses import dataclass

COMPETITOR = "competitor"
BUDGET_OR_TIMING = "budget_or_timing"
SERVICE_ISSUE = "service_issue"
DISTRACTION = "distraction"
MOVED = "moved"

# Not knowing is no reason: it is None everywhere, and "unknown" only where a person reads it.
REASONS = {
    COMPETITOR: "Went with a competitor",
    BUDGET_OR_TIMING: "Budget or timing",
    SERVICE_ISSUE: "Service issue",
    DISTRACTION: "Busy or distracted",
    MOVED: "Moved away or needs changed",
}
UNKNOWN_LABEL = "Unknown"

# What is less sure than this is not said at all.
LEAST_CONFIDENCE = 0.5

BY_MODEL = "llm"
# Somebody of the team said so, of this very contact.
BY_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Heard:
    """A reason that a text or a field gives; `by` is set where a language model said so."""

    reason: str
    confidence: float
    by: str | None = None
