"""Which properties of a CRM feed which input: what a person chose, else what is clear from the names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from connector.port.fields import ContactProperty
from core.moments import from_millis, to_millis
from inputs.catalogue import BY_NAME
from inputs.values.style import Style

# How a property came to feed an input.
EXACT, BY_NAME_ALONE, BY_CONTENT, CHOSEN = "exact", "by_name", "by_content", "chosen"
# Used without having been chosen by a person.
_SURE = frozenset({EXACT, BY_NAME_ALONE})
_NONE: Mapping[str, Any] = MappingProxyType({})


# What the adapters themselves make columns of: other sources of these change the contact itself, and whether it may
# be contacted.
STANDING = frozenset(
    {
        *("first_name", "last_name", "email", "phone", "mobile", "timezone", "region", "owner_id"),
        *("source", "reason", "do_not_contact", "email_opt_out", "email_consent", "email_bounced"),
        "email_kind_opt_out",
        *("marketing_status", "sms_consent", "sms_opt_out", "call_opt_out", "tags"),
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A property that may feed an input, and by what it was recognised."""

    name: str
    match: str


@dataclass(frozen=True, slots=True)
class MappedInput:
    """The properties that feed an input, in order: of each contact the first with a value that can be read counts.

    `meanings` is value → what it means in our words, `styles` property → how its values are written, where a
    person said so. `chosen_by` is empty where nobody has chosen.
    """

    sources: tuple[Proposal, ...]
    meanings: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, Style] = field(default_factory=dict)
    chosen_by: str = ""
    chosen_at: datetime | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(source.name for source in self.sources)

    def to_json(self) -> dict[str, Any]:
        return {
            "sources": [[s.name, s.match] for s in self.sources],
            "meanings": dict(self.meanings),
            "styles": {name: style.to_json() for name, style in self.styles.items()},
            "chosen_by": self.chosen_by,
            "chosen_at": None if self.chosen_at is None else to_millis(self.chosen_at),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "MappedInput":
        at = stored.get("chosen_at")
        return cls(
            tuple(Proposal(name, match) for name, match in stored["sources"]),
            stored.get("meanings") or {},
            {n: Style.from_json(s) for n, s in (stored.get("styles") or {}).items()},
            stored.get("chosen_by") or "",
            None if at is None else from_millis(at),
        )


FieldMapping = Mapping[str, MappedInput]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read: input → properties, what feeds each input, how values were found to be written."""

    sources: Mapping[str, Sequence[str]]
    settled: FieldMapping
    properties: Mapping[str, ContactProperty]
    styles: Mapping[tuple[str, str], Style]

    @property
    def names(self) -> tuple[str, ...]:
        """The properties to read, each once."""
        return tuple(dict.fromkeys(name for found in self.sources.values() for name in found))

    def undecided(self) -> "Wanted":
        """The same with each column left to say by itself how it is written, where no person has."""
        return replace(self, styles={})


def propose(
    properties: Iterable[ContactProperty], suggested: Mapping[str, Sequence[Proposal]] = _NONE
) -> dict[str, tuple[Proposal, ...]]:
    """Input → the properties that may feed it, the surest first.

    What the CRM itself keeps for an input comes before a name, and a name before what is in a property. A
    property is proposed for one input alone, and never where the CRM keeps one of its own for the input.
    """
    found: dict[str, list[Proposal]] = {}
    taken: set[str] = set()
    for one in properties:
        own = (*one.read_as, *((one.means,) if one.means else ()))
        for name in own if not one.unusable else ():
            if _is_open(name):
                found.setdefault(name, []).append(Proposal(one.name, EXACT))
                taken.add(one.name)
    kept_by_crm = set(found)
    for match in (EXACT, BY_NAME_ALONE, BY_CONTENT):
        for name, proposals in suggested.items():
            for may in proposals:
                held = may.name in taken or name in kept_by_crm or not _is_open(name)
                if may.match != match or held:
                    continue
                found.setdefault(name, []).append(may)
                taken.add(may.name)
    return {name: tuple(proposals) for name, proposals in found.items()}


def settle(
    chosen: FieldMapping, proposals: Mapping[str, Sequence[Proposal]]
) -> dict[str, MappedInput]:
    """What feeds each input now: what a person chose, else the proposals that are sure.

    What a person gave to one input feeds no other by itself.
    """
    spoken_for = {name for mapped in chosen.values() for name in mapped.names}
    settled = {}
    for name, proposed in proposals.items():
        if name in chosen or not _is_open(name):
            continue
        sure = tuple(one for one in proposed if one.match in _SURE and one.name not in spoken_for)
        if sure:
            settled[name] = MappedInput(sure)
    return {**settled, **{n: m for n, m in chosen.items() if _is_open(n)}}


def _is_open(name: str) -> bool:
    """Whether an input may be mapped here: an account has its own ids, and what is judged has a place of its own."""
    return name in BY_NAME and name != "contact_id" and not BY_NAME[name].is_predictor


def sources_to_read(
    settled: FieldMapping, properties: Mapping[str, ContactProperty]
) -> dict[str, tuple[str, ...]]:
    """Input → the properties that an adapter is to read for it, where it would not do so by itself."""
    return {
        name: mapped.names
        for name, mapped in settled.items()
        if mapped.chosen_by or any(not _is_native(name, s, properties) for s in mapped.names)
    }


def further_sources(
    settled: FieldMapping, properties: Mapping[str, ContactProperty]
) -> dict[str, tuple[str, ...]]:
    """Input → the properties whose values are made into evidence here, because no adapter does it by itself."""
    found = {
        name: tuple(s for s in mapped.names if not _is_native(name, s, properties))
        for name, mapped in settled.items()
        if name not in STANDING
    }
    return {name: sources for name, sources in found.items() if sources}


def _is_native(name: str, source: str, properties: Mapping[str, ContactProperty]) -> bool:
    known = properties.get(source)
    return known is not None and name in known.read_as


def names_of(sources: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """All properties in a mapping of inputs, each once."""
    return tuple(dict.fromkeys(name for found in sources.values() for name in found))


def lacking(sources: Mapping[str, Iterable[str]], mirrored: Iterable[str]) -> tuple[str, ...]:
    """The properties that are wanted and that the mirror lacks."""
    known = set(mirrored)
    return tuple(name for name in names_of(sources) if name not in known)


def changed_inputs(before: FieldMapping, after: FieldMapping) -> frozenset[str]:
    """Inputs that other properties feed than before, or the same in another order."""
    names = before.keys() | after.keys()
    fed = {
        n: (before[n].names if n in before else (), after[n].names if n in after else ())
        for n in names
    }
    return frozenset(n for n, (old, new) in fed.items() if old != new)
