"""What an answer may depend on: every term's key in order, and its words for a person."""

from collections.abc import Mapping, Sequence

from contact_rules.reasons import REASONS
from inputs.catalogue import BY_NAME
from playbooks.choose import INPUT, inputs_of
from playbooks.line import Playbook
from scoring.features.signals import LABELS as SIGNALS

INQUIRIES = ("high", "medium", "low")
#: Columns of which every word is a term of its own: the words and what they say to a person.
WORDS: Mapping[str, Mapping[str, str]] = {
    "inquiry": {
        "high": "Keen when they first asked",
        "medium": "Interested when they first asked",
        "low": "Only looking when they first asked",
    },
    "source": {
        "paid": "Came by an advertisement",
        "referral": "Came by a recommendation",
        "organic": "Found you by themselves",
        "event": "Came by an event",
        "import": "Came with an imported list",
        "direct": "Came directly",
    },
    "pattern": {
        "one_and_done": "In touch for a few days only",
        "heavy_then_stopped": "Often in touch, then suddenly silent",
        "fading": "In touch ever less often",
        "sporadic": "In touch now and then",
    },
    "reason": REASONS,
    "signal": SIGNALS,
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
    "never": "Never did anything yet",
    "repeat": "Bought twice or more",
    "email_only": "Only e-mail may be used",
    "sms_only": "Only texts may be used",
    "tried": "Times we tried before",
    "answered": "Answered us before",
    "hour": "Active at this time of day",
    "reason_new_budget": "Budget or timing, half a year ago",
} | {f"{column}_{word}": label for column, words in WORDS.items() for word, label in words.items()}

# Mapped properties that say something of a person by their value, beside those that playbooks look at.
_TELLING = (
    "bought",
    "asked_for",
    "concern",
    "served_by",
    "facts",
    "satisfaction",
    "last_purchase_amount",
)

#: What only one account knows of its people has a term for each word, and the same words for all of a column.
SPENT = "revenue"


def label_of(key: str) -> str | None:
    """The words of a term for a person; of a trait those of its column, for its word may be a matter of health."""
    column = key.partition("=")[0]
    if column == SPENT:
        return "How much they spent"
    if not column.startswith(INPUT):
        return LABELS.get(key)
    name = column.removeprefix(INPUT)
    known = BY_NAME.get(name)
    return known.label if known else name.replace("_", " ").capitalize()


def inputs_to_read(playbooks: Sequence[Playbook]) -> tuple[str, ...]:
    """The inputs that a score looks at, by these playbooks or by itself."""
    return tuple(dict.fromkeys((*inputs_of(playbooks), *_TELLING)))
