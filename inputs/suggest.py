"""Which sources may feed which input: by their names, and by what is in them; the same for files and accounts."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inputs.catalogue import BY_NAME, INPUTS
from inputs.input import Kind
from inputs.names.matching import Match, Named, input_named, is_ours

_ADDRESS = re.compile(r"[^@\s<>;,]+@[^@\s<>;,]+\.[^@\s<>;,]+")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ,].*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})([T ,].*)?"
    r"|(\w+,? )?\d{1,2}\.?[ -]\w{3,10}\.?,?[ -](\d{4}|\d{2})([T ,].*)?"
    r"|(\w+,? )?[^\W\d]{3,10}\.? \d{1,2},? \d{4}([T ,].*)?"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MOST = 0.8
# Where an address stands, it stands at the beginning: looking for one takes the square of a text's length.
_LONGEST = 300
# What a hint about the values allows: a yes or no is no date, whatever it is called.
_FITS: dict[Kind, frozenset[Kind]] = {
    Kind.MOMENT: frozenset({Kind.MOMENT, Kind.TEXT}),
    Kind.MONEY: frozenset({Kind.MONEY, Kind.COUNT, Kind.TEXT}),
    Kind.COUNT: frozenset({Kind.MONEY, Kind.COUNT, Kind.TEXT}),
    Kind.ADDRESS: frozenset({Kind.ADDRESS, Kind.TEXT}),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A column of a file or a property of a CRM, with some of its values, the empty ones left out.

    `kind_hint` is what the CRM says of its values, if it says so; `filled` the share of contacts with one.
    """

    name: str
    label: str = ""
    kind_hint: Kind | None = None
    values: Sequence[str] = ()
    filled: float = 1.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A source for an input, and how it was found. What was found by content a person has to confirm."""

    source: Source
    match: Match


def suggest(
    sources: Sequence[Source], *, now: datetime | None = None
) -> Mapping[str, tuple[Suggestion, ...]]:
    """Input → the sources that may feed it, the surest first; each source for one input at most.

    E-mail addresses are known by themselves. A column of dates whose name says nothing may be the last
    appointment: a guess, and only for dates that are past where `now` is given.
    """
    found: dict[str, list[tuple[Named, Source]]] = {}
    for source in sources:
        named = _named(source) or _by_content(source, now)
        if named is not None:
            found.setdefault(named.input, []).append((named, source))
    return {
        entry.name: tuple(
            Suggestion(source, named.match)
            for named, source in sorted(found[entry.name], key=lambda pair: _rank(pair[0]))
        )
        for entry in INPUTS
        if entry.name in found
    }


def _rank(named: Named) -> tuple[int, int]:
    return (list(Match).index(named.match), named.place)


def _named(source: Source) -> Named | None:
    for name in dict.fromkeys((source.label or source.name, source.name)):
        named = input_named(name)
        if named is not None and _can_be(source, BY_NAME[named.input].kind):
            return named
    return None


def _can_be(source: Source, kind: Kind) -> bool:
    """Whether values such as these may be of a kind; where there are none, they may."""
    if source.kind_hint is not None and source.kind_hint not in _FITS.get(kind, set(Kind)):
        return False
    if kind is Kind.MOMENT or kind in (Kind.MONEY, Kind.COUNT):
        return _share(source, lambda value: any(c.isdigit() for c in value)) != 0.0
    if kind is Kind.ADDRESS:
        return _share(source, lambda value: "@" in value) != 0.0
    return True


def _by_content(source: Source, now: datetime | None) -> Named | None:
    if (_share(source, lambda value: bool(_ADDRESS.search(value[:_LONGEST]))) or 0.0) >= _MOST:
        return Named("email", Match.BY_CONTENT, 0)
    if is_ours(source.label or source.name):
        return None
    if source.kind_hint is Kind.MOMENT or _are_dates(source):
        if now is not None and any(
            int(y) > now.year for v in source.values for y in _YEAR.findall(v)
        ):
            return None
        return Named("last_appointment_at", Match.BY_CONTENT, 0)
    return None


def _are_dates(source: Source) -> bool:
    return (_share(source, lambda value: bool(_DATE.fullmatch(value.strip()))) or 0.0) >= _MOST


def _share(source: Source, holds: Callable[[str], bool]) -> float | None:
    """The share of values of which something holds; None where there are no values."""
    if not source.values:
        return None
    return sum(map(holds, source.values)) / len(source.values)
