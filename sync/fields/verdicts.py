"""Which of an account's fields may be used: none that could have been filled in after the outcome.

A field that staff fill in once a deal is decided knows the answer already. Scored with it, the past
looks excellent and the next contact does not. So a field is used only where the CRM's own times show
that it was there first. Nothing overrides a refusal.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from connector.port.fields import FieldDefinition, FieldValue
from sync.fields.levels import is_blank, plain, read_levels

INQUIRY = "inquiry"

# What an admin wants of a field.
USE, LEAVE = "use", "leave"

# Of values on contacts whose deal was decided: more than so many set or changed since is a pattern.
MOST_AFTER = 0.05
# An inquiry is what somebody said at first: what is set long after says how things went.
AT_FIRST_MS = 30 * 86_400_000
MOST_LATER = 0.10
# Fewer prove nothing either way.
LEAST_VALUES = 30
LEAST_DECIDED = 20
LEAST_FILL = 0.05
# A field with more values that are no level means something else.
LEAST_READABLE = 0.9
# An example is shown only if so many share it: then it names nobody.
SHARED_BY = 3
EXAMPLES = 3
MOST_CANDIDATES = 25


class Reason(StrEnum):
    """Why a field may not be used."""

    OUTCOME_NAME = "outcome_name"
    NO_TIMES = "no_times"
    AFTER_OUTCOME = "after_outcome"
    NOT_A_LEVEL = "not_a_level"
    SET_LATER = "set_later"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Sample:
    """Contacts that fields are judged on; all times in ms.

    `created` is contact → when it was added, `decided` contact → when its first deal was won or lost.
    `all_decided` and `all_others` are how many there are of both kinds in the whole account.
    """

    created: Mapping[str, int | None]
    decided: Mapping[str, int]
    all_decided: int
    all_others: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Contacts, counted: looked at, with a value, of these with a decided deal, set since, set late, read."""

    sampled: int = 0
    sampled_decided: int = 0
    filled: int = 0
    decided: int = 0
    after: int = 0
    later: int = 0
    readable: int = 0
    fill: float | None = None  # share of the account's contacts with a value; None: not known
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """What was found of one field; `levels` is its values in our words, where they have any."""

    name: str
    label: str
    is_usual: bool
    reason: Reason | None
    evidence: Evidence
    levels: Mapping[str, str]

    @property
    def accepted(self) -> bool:
        return self.reason is None


# Fields that say how far a sale has come, or what another tool makes of it.
_OUTCOMES = re.compile(
    r"life ?cycle|\b(lead|deal|sales?|pipeline|opportunity|customer|buyer|contact) ?(stage|status)\b"
    r"|\b(stage|status|outcome|disposition|won|lost|closed|mql|sql)\b"
    r"|scor(e|es|ing)\b|predict|probab|likelihood|propensity"
)
# Fields that may be about somebody's interest.
_INTERESTS = re.compile(
    r"inquir|enquir|interest|intent|urgen|temperature|readiness|\bheat\b"
    r"|\blead ?(quality|rating|grade|level|priority|score)\b"
)
_RANKINGS = re.compile(r"\b(priority|rank|ranking|tier|class|order)\b")


def is_outcome(field: FieldDefinition) -> bool:
    """Whether a field's name says that it is about the outcome."""
    return _is_named(field, _OUTCOMES)


def choose_candidates(fields: Iterable[FieldDefinition]) -> list[FieldDefinition]:
    """The fields that may say how interested somebody was: by their name, or by their choices."""
    found = [f for f in fields if f.feeds == INQUIRY or _is_named(f, _INTERESTS) or _has_levels(f)]
    return found[:MOST_CANDIDATES]


def _is_named(field: FieldDefinition, words: re.Pattern[str]) -> bool:
    return any(words.search(plain(text)) for text in (field.name, field.label))


def _has_levels(field: FieldDefinition) -> bool:
    return len(set(_levels(field, ()).values())) >= 2


def _levels(field: FieldDefinition, written: Iterable[str]) -> dict[str, str]:
    """The field's values in our words; what people see of a choice says more than how it is stored."""
    labels = {value: value for value in written} | {o.value: o.label for o in field.options}
    return read_levels(labels, is_ranking=_is_named(field, _RANKINGS))


def judge_field(
    field: FieldDefinition, values: Sequence[FieldValue] | None, sample: Sample
) -> FieldVerdict:
    """Whether a field may be used as the inquiry level; `values` is None where the CRM tells no times."""
    held = [
        _without_blank(field, v)
        for v in values or ()
        if v.name == field.name and v.contact_id in sample.created
    ]
    people = {v.contact_id for v in held if v.value}
    changes = [v for v in held if v.contact_id in people]
    levels = _levels(field, (v.value for v in changes))
    evidence = _count(changes, levels, people, sample)
    if is_outcome(field):
        reason: Reason | None = Reason.OUTCOME_NAME
    elif values is None:
        reason, evidence = Reason.NO_TIMES, Evidence()
    else:
        reason = _weigh(evidence)
    is_usual = field.feeds == INQUIRY
    return FieldVerdict(field.name, field.label, is_usual, reason, evidence, levels)


def _without_blank(field: FieldDefinition, value: FieldValue) -> FieldValue:
    """A value that says that nothing is known, as it is stored or as people see it, is none."""
    seen = next((o.label for o in field.options if o.value == value.value), value.value)
    return replace(value, value="") if is_blank(seen) or is_blank(value.value) else value


def _count(
    changes: Sequence[FieldValue],
    levels: Mapping[str, str],
    people: set[str],
    sample: Sample,
) -> Evidence:
    """A change back to nothing is a change: a field that is emptied after a sale knows of the sale."""
    last: dict[str, int] = {}
    for change in changes:
        last[change.contact_id] = max(change.set_at, last.get(change.contact_id, change.set_at))
    decided = people & sample.decided.keys()
    written = {(c.contact_id, c.value) for c in changes if c.value}
    read = {contact for contact, value in written if value in levels}
    odd = {contact for contact, value in written if value not in levels}
    shared = Counter(sorted(value for _, value in written))
    return Evidence(
        sampled=len(sample.created),
        sampled_decided=len(sample.decided),
        filled=len(people),
        decided=len(decided),
        after=sum(last[c] >= sample.decided[c] for c in decided),
        later=sum(_is_later(last[c], sample.created[c]) for c in people),
        readable=len(read - odd),
        fill=_fill(people, sample),
        examples=tuple(v for v, n in shared.most_common(EXAMPLES) if n >= SHARED_BY),
    )


def _is_later(at: int, created: int | None) -> bool:
    return created is not None and at - created > AT_FIRST_MS


def _fill(people: set[str], sample: Sample) -> float | None:
    """Contacts with a decided deal are sampled more often than others: each kind counts for its own."""
    sizes = (sample.all_decided, sample.all_others)
    decided = len(sample.decided)
    drawn = (decided, len(sample.created) - decided)
    filled = (len(people & sample.decided.keys()), len(people - sample.decided.keys()))
    if not sum(sizes):
        return None
    estimated = sum(n * f / d for n, f, d in zip(sizes, filled, drawn, strict=True) if d)
    return min(1.0, estimated / sum(sizes))


def _weigh(evidence: Evidence) -> Reason | None:
    """The first thing that speaks against a field; one contact alone never does."""
    if evidence.after > max(1, MOST_AFTER * evidence.decided):
        return Reason.AFTER_OUTCOME
    if evidence.readable < LEAST_READABLE * evidence.filled:
        return Reason.NOT_A_LEVEL
    if evidence.later > max(1, MOST_LATER * evidence.filled):
        return Reason.SET_LATER
    enough = evidence.filled >= LEAST_VALUES and evidence.decided >= LEAST_DECIDED
    if not enough or (evidence.fill or 0.0) < LEAST_FILL:
        return Reason.TOO_FEW
    return None


def decide_in_use(verdicts: Sequence[FieldVerdict], wishes: Mapping[str, str]) -> str | None:
    """The field to read: the one an admin chose if it may be used, else the first usual one.

    `wishes` is field → use or leave. Who chose none wants none, and nothing stands in for a choice
    that is refused.
    """
    for verdict in verdicts:
        wanted = wishes.get(verdict.name) == USE if wishes else verdict.is_usual
        if wanted and verdict.accepted:
            return verdict.name
    return None
