"""Which columns of a contacts file feed which inputs: a known export's own, names in any language, and wishes."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import BinaryIO

import polars as pl

from app.reports.reading.mapping import (
    NOTHING_KNOWN,
    FileMapping,
    Unused,
    as_option,
    fields_help,
)
from app.reports.reading.reader import LINE, BadRows, Layout, read
from connector.export import IGNORED, recognise
from core.errors import Invalid
from inputs.catalogue import BY_NAME
from inputs.evidence import READ
from inputs.input import Input, Kind
from inputs.names.matching import Match, input_named, is_ours
from inputs.suggest import Source, suggest
from inputs.values.column import read_column
from inputs.values.style import hints_for

Ask = Callable[[Sequence[str], dict[str, str]], dict[str, str]]

# So many bytes of a file are looked at to see what its columns hold.
_SEEN_BYTES = 1 << 18
_SEEN_VALUES = 200
_OURS = "it tells what the business did, or what was done to the record"
_ONE_ALONE = frozenset({Kind.ID})


def map_contacts(
    sources: Sequence[Source],
    wishes: Mapping[str, str],
    ask: Ask | None,
    *,
    as_of: datetime | None = None,
) -> FileMapping:
    """The meaning of a contacts file; `ask` is called for an unknown one if somebody is there.

    Raises Invalid where nothing can be made of it, saying which columns and fields there are.
    """
    headers = [source.name for source in sources]
    known = recognise(headers)
    found, guesses = _found(sources, known.inputs if known else {}, wishes, as_of)
    if known is None and ask is not None:
        asked = ask(headers, {field: columns[0] for field, columns in found.items() if columns})
        wishes = {**wishes, **{column: field for field, column in asked.items()}}
        found, guesses = _found(sources, {}, wishes, as_of)
    mapping = _mapped(known.label if known else "Contact list", sources, found, wishes, guesses)
    if not mapping.columns:
        dates = " and ".join(f"“{column}” holds dates" for column in guesses[:3])
        hint = f"{dates}: {as_option(guesses[0], 'last_appointment_at')}. " if guesses else ""
        raise Invalid(
            f"No column of the contacts file is recognised. {hint}Say what they mean with "
            f'--map "Column=field". Columns: {", ".join(headers)}. {fields_help()}'
        )
    return mapping


def _found(
    sources: Sequence[Source],
    own: Mapping[str, str],
    wishes: Mapping[str, str],
    as_of: datetime | None,
) -> tuple[dict[str, list[str]], list[str]]:
    """Field → its columns: the export's own before those known by name; and columns of dates of no known name."""
    found: dict[str, list[str]] = {}
    for source in sources:
        field = wishes.get(source.name) or own.get(source.name)
        if field in BY_NAME or field == IGNORED:
            found.setdefault(str(field), []).append(source.name)
    rest = [source for source in sources if source.name not in {**own, **wishes}]
    guesses: list[str] = []
    for field, suggestions in suggest(rest, now=as_of).items():
        for suggestion in suggestions:
            if suggestion.match is not Match.BY_CONTENT:
                found.setdefault(field, []).append(suggestion.source.name)
            elif BY_NAME[field].kind is Kind.MOMENT:
                guesses.append(suggestion.source.name)
            elif field not in found:
                found[field] = [suggestion.source.name]
    return found, guesses


def sources_in(layout: Layout, stream: BinaryIO) -> list[Source]:
    """The columns of a file with some of the values at its beginning."""
    beginning = io.BytesIO(stream.read(_SEEN_BYTES))
    places = {header: f"column {place}" for place, header in enumerate(layout.headers)}
    seen = read(layout, beginning, places, BadRows()).frame.drop(LINE)
    return [
        Source(header, values=tuple(seen[place].drop_nulls().head(_SEEN_VALUES)))
        for header, place in places.items()
    ]


def _mapped(
    label: str,
    sources: Sequence[Source],
    found: Mapping[str, list[str]],
    wishes: Mapping[str, str],
    guesses: Sequence[str],
) -> FileMapping:
    """The columns that are used, and why each other one is not."""
    values = {source.name: source.values for source in sources if source.name not in wishes}
    why = {column: "left out by --map" for column, field in wishes.items() if field == IGNORED}
    columns: dict[str, str] = {}
    further: dict[str, str] = {}
    for field, named in found.items():
        wished = [column for column in named if wishes.get(column) == field]
        for column in named:
            if wished and column not in wished:
                why[column] = f"--map names “{wished[0]}” for {field}"
            else:
                why = _objection(field, column, values.get(column, ())) | why
        fit = [column for column in named if column not in why]
        if field in BY_NAME and BY_NAME[field].kind in _ONE_ALONE:
            why |= {c: f"“{fit[0]}” is used as {BY_NAME[field].label.lower()}" for c in fit[1:]}
            fit = fit[:1]
        if fit:
            columns[field] = fit[0]
        further |= {f"{field}+{place}": column for place, column in enumerate(fit[1:], start=1)}
    for column in guesses:
        option = as_option(column, "last_appointment_at")
        why[column] = (
            f"it holds dates, but its name doesn't say of what: {option}, if they came then"
        )
    used = {*columns.values(), *further.values()}
    unused = tuple(
        Unused(source.name, why.get(source.name) or _nothing_known(source))
        for source in sources
        if source.name not in used
    )
    return FileMapping(label, columns, further, unused, tuple(guesses))


def _objection(field: str, column: str, values: Sequence[str]) -> dict[str, str]:
    """Why a column can't feed the input it is named like; nothing where it can."""
    if field == IGNORED:
        return {column: _OURS}
    entry = BY_NAME[field]
    if entry.is_predictor:
        return {
            column: f"{entry.label.lower()}: a file doesn't say when a value was filled in, so nothing "
            "shows that it was there before the outcome"
        }
    if field not in READ:
        return {
            column: f"{entry.label.lower()}: an audit doesn't need it, a connected account does"
        }
    if entry.kind is Kind.MOMENT and values and not _reads(entry, values):
        return {column: _not_such(entry)}
    return {}


def _not_such(entry: Input) -> str:
    what = {Kind.MOMENT: "a date", Kind.ADDRESS: "an address"}.get(entry.kind, "a number")
    return f"called like {entry.label.lower()}, but none of its values is {what}"


def _reads(entry: Input, values: Sequence[str]) -> bool:
    text = pl.Series(values, dtype=pl.String)
    found = read_column(entry.kind, text, hints=hints_for(entry.name))
    return bool(found.values.is_not_null().any())


def _nothing_known(source: Source) -> str:
    if not source.values:
        return "it is empty, as far as it was looked at"
    if is_ours(source.name):
        return _OURS
    named = input_named(source.name)
    if named is not None:
        return _not_such(BY_NAME[named.input])
    return NOTHING_KNOWN
