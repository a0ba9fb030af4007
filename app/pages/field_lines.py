"""What the page of fields shows of a mapping: each input with its properties, and how these can be read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.templating import share
from connector.port.fields import ContactProperty
from inputs.catalogue import INPUTS
from inputs.input import Group, Input, Kind
from inputs.meanings import meaning_of, meanings_for
from sync.fields.mapping import (
    BY_CONTENT,
    BY_NAME_ALONE,
    EXACT,
    STANDING,
    MappedInput,
    Proposal,
)
from sync.fields.mapping_store import Finding, KnownProperty

_MATCHES = {
    EXACT: ("Exact", "good"),
    BY_NAME_ALONE: ("By name", "good"),
    BY_CONTENT: ("By content", "good"),
}
# What stands in where no property is mapped.
_DERIVED = {
    "timezone": "The state or region, then the number's area code, then the account's own",
    "region": "The number's area code",
}
KINDS = {
    Kind.MOMENT: "dates",
    Kind.MONEY: "amounts",
    Kind.COUNT: "numbers",
    Kind.YES_NO: "yes or no",
    Kind.ADDRESS: "addresses",
}
_SAMPLES, _MOST_WORDS = 2, 12
_OWN_PLACE = frozenset({"contact_id", "inquiry"})


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One property that feeds an input."""

    name: str
    label: str
    fill: str
    width: float  # of the bar, 0 to 100
    samples: tuple[str, ...]
    match: str
    tone: str
    trouble: str  # how many values can't be read; empty where all can
    unread: int
    doubt: str  # what the column leaves open
    style: str  # day, month or nothing, as a person chose


@dataclass(frozen=True, slots=True)
class WordLine:
    """A value and what it means to us, by a person or by our tables."""

    value: str
    chosen: str
    usual: str


@dataclass(frozen=True, slots=True)
class InputLine:
    """One input with everything that feeds it."""

    name: str
    label: str
    feeds: str
    without: str
    sources: tuple[SourceLine, ...]
    offers: tuple[tuple[str, str], ...]  # property and label, by content: for a person to confirm
    derived: str
    words: tuple[WordLine, ...]
    meanings: tuple[str, ...]
    chosen_by: str


@dataclass(frozen=True, slots=True)
class PropertyLine:
    """A property that is not used, and why."""

    name: str
    label: str
    kind: str
    fill: str
    samples: tuple[str, ...]
    why: str
    usable: bool


@dataclass(frozen=True, slots=True)
class MapKnown:
    """Everything the page is made of."""

    properties: Mapping[str, KnownProperty]
    mapping: Mapping[str, MappedInput]
    proposals: Mapping[str, Sequence[Proposal]]
    findings: Mapping[tuple[str, str], Finding]
    texts: Sequence[Mapping[str, Any]]
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)  # samples from the CRM itself


def groups_of(known: MapKnown) -> list[tuple[str, list[InputLine]]]:
    """The inputs under their headings."""
    return [
        (group.value, [_line(entry, known) for entry in INPUTS if _is_shown(entry, group)])
        for group in Group
    ]


def count_lines(groups: Iterable[tuple[str, Sequence[InputLine]]]) -> str:
    """How many inputs are mapped, and how many properties are to be checked."""
    lines = [line for _, found in groups for line in found]
    mapped = sum(bool(line.sources) for line in lines)
    check = sum(s.match == "Check type" for line in lines for s in line.sources)
    offered = sum(bool(line.offers) for line in lines)
    parts = [f"{mapped} mapped"]
    parts += [f"{n} {word}" for n, word in ((check, "to check"), (offered, "to confirm")) if n]
    return " · ".join(parts)


def unused(known: MapKnown, find: str = "") -> list[PropertyLine]:
    """The properties that feed nothing, with the reason; `find` is a part of a name or label."""
    used = {name for mapped in known.mapping.values() for name in mapped.names}
    offered = {p.name: i for i, found in known.proposals.items() for p in found}
    labels = {entry.name: entry.label for entry in INPUTS}
    word = find.strip().lower()
    return [
        PropertyLine(
            name=name,
            label=one.property.label,
            kind=one.property.kind,
            fill=share(_percent(one.filled, one.sampled)),
            samples=_samples(name, known),
            why=_why(one, labels.get(offered.get(name, ""), "")),
            usable=not one.property.unusable,
        )
        for name, one in known.properties.items()
        if name not in used and word in f"{one.property.label} {name}".lower()
    ]


def _why(one: KnownProperty, offered: str) -> str:
    if one.property.unusable:
        return one.property.unusable
    if one.property.read_as:
        return "Another property was chosen instead, or it is judged below."
    if offered:
        return f"Its values could be “{offered}”, which another property feeds or nobody has confirmed."
    if one.sampled and not one.filled:
        return "Empty for all contacts looked into."
    return "Neither its name nor its values say which field it belongs to."


def _is_shown(entry: Input, group: Group) -> bool:
    return entry.group is group and entry.name not in _OWN_PLACE


def _line(entry: Input, known: MapKnown) -> InputLine:
    mapped = known.mapping.get(entry.name)
    sources = mapped.sources if mapped else ()
    offers = () if sources else tuple(known.proposals.get(entry.name, ()))
    return InputLine(
        name=entry.name,
        label=entry.label,
        feeds=entry.feeds,
        without=entry.without,
        sources=tuple(_source(entry, one, mapped, known) for one in sources if mapped),
        offers=tuple((one.name, _label(one.name, known)) for one in offers),
        derived="" if sources else _DERIVED.get(entry.name, ""),
        words=_words(entry, mapped, known),
        meanings=meanings_for(entry.name),
        chosen_by=mapped.chosen_by if mapped else "",
    )


def _source(entry: Input, one: Proposal, mapped: MappedInput | None, known: MapKnown) -> SourceLine:
    finding = known.findings.get((entry.name, one.name))
    held = known.properties.get(one.name)
    filled = _percent(held.filled, held.sampled) if held else None
    if finding is not None:
        filled = _percent(finding.filled, finding.contacts)
    match, tone = _MATCHES.get(one.match, ("Chosen", "good"))
    unread = finding.unread if finding else 0
    if unread:
        match, tone = "Check type", "warn"
    if held is None:
        match, tone = "Not in your CRM", "bad"
    style = mapped.styles.get(one.name) if mapped else None
    day_first = style.day_first if style else None
    return SourceLine(
        name=one.name,
        label=_label(one.name, known),
        fill=share(filled),
        width=filled or 0.0,
        samples=_samples(one.name, known),
        match=match,
        tone=tone,
        trouble=_trouble(entry, finding),
        unread=unread,
        doubt="; ".join(str(d["text"]) for d in finding.doubts) if finding else "",
        style="" if day_first is None else "day" if day_first else "month",
    )


def _trouble(entry: Input, finding: Finding | None) -> str:
    if finding is None or not finding.unread:
        return ""
    read = finding.filled - finding.unread
    kind = KINDS.get(entry.kind, "values we know")
    return f"{read:,} of {finding.filled:,} values read as {kind}; {finding.unread:,} can't."


def _words(entry: Input, mapped: MappedInput | None, known: MapKnown) -> tuple[WordLine, ...]:
    """The commonest values of a choice, each with its meaning; none where the adapter reads them itself."""
    if mapped is None or entry.kind is not Kind.CHOICE or entry.name in STANDING:
        return ()
    if not meanings_for(entry.name):
        return ()
    own = [n for n in mapped.names if not _reads_itself(known.properties.get(n), entry.name)]
    counted = Counter(str(text) for row in known.texts for name in own if (text := row.get(name)))
    values = dict.fromkeys([*mapped.meanings, *(v for v, _ in counted.most_common(_MOST_WORDS))])
    return tuple(
        WordLine(v, mapped.meanings.get(v, ""), meaning_of(entry.name, v) or "") for v in values
    )


def _reads_itself(one: KnownProperty | None, name: str) -> bool:
    return one is not None and name in one.property.read_as


def _samples(name: str, known: MapKnown) -> tuple[str, ...]:
    """Two different real values: of the mirror, or else as the CRM was asked for them just now."""
    held = [str(text) for row in known.texts if (text := row.get(name))]
    found = held or list(known.asked.get(name, ()))
    labels = _labels(known.properties[name].property) if name in known.properties else {}
    return tuple(dict.fromkeys(labels.get(v, v)[:60] for v in found))[:_SAMPLES]


def _labels(one: ContactProperty) -> dict[str, str]:
    return {option.value: option.label for option in one.options}


def _label(name: str, known: MapKnown) -> str:
    held = known.properties.get(name)
    return held.property.label if held else name


def _percent(count: int, whole: int) -> float | None:
    return 100 * count / whole if whole else None
