"""Everything that a playbook's conditions may look at: what we make of a contact's history, and inputs; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from contact_rules.reasons import REASONS
from inputs.catalogue import INPUTS
from inputs.input import Group, Kind


class FieldKind(StrEnum):
    """How a field's values are compared."""

    CHOICE = "choice"  # one of our words
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a condition may look at.

    `words` are those of a choice. `late`: it follows from the chance of an answer, which follows from the playbook.
    `is_input`: it is read from a mapped property or column.
    """

    name: str
    label: str
    kind: FieldKind
    words: tuple[str, ...] = ()
    late: bool = False
    is_input: bool = False


BANDS = ("active", "90_179", "180_364", "365_plus", "never", "unmeasurable")
PATTERNS = ("one_and_done", "heavy_then_stopped", "fading", "sporadic", "steady", "never")
SOURCES = ("import", "paid", "referral", "event", "organic", "direct", "other")
SIGNALS = ("came_back", "due", "renewal", "season")
LEVELS = ("high", "medium", "low")
STAGES = ("lead", "opportunity", "customer", "other")
PRIORITIES = ("A", "B", "C", "D")

_CHOICE, _NUMBER, _FLAG = FieldKind.CHOICE, FieldKind.NUMBER, FieldKind.FLAG
_FACTS = (
    Field("band", "Length of the silence, as a band", _CHOICE, BANDS),
    Field("quiet_days", "Days since they last did anything", _NUMBER),
    Field("age_days", "Days since they were added", _NUMBER),
    Field("purchases", "Purchases on record", _NUMBER),
    Field("revenue", "Money spent so far", _NUMBER),
    Field("days_since_purchase", "Days since the last purchase", _NUMBER),
    Field("interest_level", "The deepest thing they asked for", _CHOICE, LEVELS),
    Field("inquiry", "Inquiry level", _CHOICE, LEVELS),
    Field("booked", "Ever had an appointment, kept or not", _FLAG),
    Field("missed", "Had an appointment and never kept one", _FLAG),
    Field("forms", "Forms sent", _NUMBER),
    Field("pattern", "How they went quiet", _CHOICE, PATTERNS),
    Field("reason", "Why they went quiet", _CHOICE, tuple(REASONS)),
    Field("reason_confidence", "How sure the reason is, 0 to 1", _NUMBER),
    Field("source", "How they came", _CHOICE, SOURCES),
    Field("stage", "Journey stage", _CHOICE, STAGES),
    Field("signal", "What makes this a good moment", _CHOICE, SIGNALS),
    Field("dormancy_score", "How sure the silence means something, 0 to 100", _NUMBER),
    Field("p_return", "Chance of coming back by themselves, 0 to 1", _NUMBER),
    Field("likelihood", "Chance of an answer, 0 to 1", _NUMBER, late=True),
    Field("uplift", "What an approach adds to that chance, 0 to 1", _NUMBER, late=True),
    Field("expected_value", "What an approach is expected to bring", _NUMBER, late=True),
    Field("priority", "Priority", _CHOICE, PRIORITIES, late=True),
)

_KINDS = {
    Kind.TEXT: FieldKind.TEXT,
    Kind.TAGS: FieldKind.TEXT,
    Kind.CHOICE: FieldKind.TEXT,
    Kind.MOMENT: FieldKind.MOMENT,
    Kind.MONEY: FieldKind.NUMBER,
    Kind.COUNT: FieldKind.NUMBER,
    Kind.YES_NO: FieldKind.FLAG,
    Kind.MARK: FieldKind.FLAG,
}
# Who somebody is decides nothing here, and may they be contacted is the rule book's question.
_GROUPS = {Group.HAPPENED, Group.BOUGHT, Group.AHEAD, Group.WANTED}
_TAKEN = {field.name for field in _FACTS} | {"lifecycle"}

FIELDS: tuple[Field, ...] = (
    *_FACTS,
    *(
        Field(entry.name, entry.label, _KINDS[entry.kind], is_input=True)
        for entry in INPUTS
        if (entry.group in _GROUPS or entry.name == "tags")
        and entry.kind in _KINDS
        and entry.name not in _TAKEN
    ),
)
BY_NAME: Mapping[str, Field] = MappingProxyType({field.name: field for field in FIELDS})
