"""How a track's people and what they do are called in sentences."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Nouns and verbs: 684 of 2,357 customers came back; the score tells who comes back."""

    label: str
    one: str
    many: str
    came: str
    comes: str
    come: str
    event_days: str


WORDS = {
    "customer": Words(
        "Customers",
        "customer",
        "customers",
        "came back",
        "comes back",
        "come back",
        "days with a purchase",
    ),
    "lead": Words(
        "Leads",
        "lead",
        "leads",
        "got in touch",
        "gets in touch",
        "get in touch",
        "days with a sign of life",
    ),
}
