"""What an answer may depend on: every term's key in order, and its words for a person."""

from contact_rules.reasons import REASONS
from scoring.features.signals import SIGNALS

INQUIRIES = ("high", "medium", "low")

#: Columns of which every word is a term of its own: their words for a person, and those of the column.
WORDS = {
    "inquiry": ("Inquiry level", INQUIRIES),
    "source": ("Came by", ("paid", "referral", "organic", "event", "import", "direct")),
    "pattern": ("Pattern", ("one_and_done", "heavy_then_stopped", "fading", "sporadic")),
    "reason": ("Reason", tuple(REASONS)),
    "signal": ("Signal", SIGNALS),
}
#: Every term in order, and its words for a person.
LABELS = {
    "customer": "Bought before",
    "gap": "Length of the silence",
    "rate": "How often they used to be in touch",
    "rate_squared": "How often they used to be in touch",
    "span": "How long they were in touch",
    "age": "How long they have been known",
    "returning": "Chance of coming back anyway",
    "returning_squared": "Chance of coming back anyway",
    "rate_returning": "Rhythm and chance of coming back",
    "forms": "Forms sent",
    "written": "Messages written",
    "visits": "Visits and clicks",
    "deep": "Talked, met or bought",
    "missed": "Booked a meeting that did not take place",
    "never": "Never engaged",
    "repeat": "Bought twice or more",
    "email_only": "Only e-mail may be used",
    "sms_only": "Only texts may be used",
    "tried": "Times we tried before",
    "answered": "Answered us before",
    "hour": "Active at this time of day",
    "reason_new_budget": "Budget or timing, half a year ago",
} | {
    f"{column}_{word}": f"{label}: {word.replace('_', ' ')}"
    for column, (label, words) in WORDS.items()
    for word in words
}
