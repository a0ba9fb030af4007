"""What an admin has filled in on the page of fields, as a mapping."""

from collections.abc import Mapping
from datetime import datetime

from starlette.datastructures import FormData

from connector.port.fields import ContactProperty
from core.errors import Invalid
from inputs.catalogue import INPUTS
from inputs.meanings import meanings_for
from inputs.values.style import Style
from sync.fields.mapping import CHOSEN, FieldMapping, MappedInput, Proposal

_MOST_SOURCES = 8
_STYLES = {"day": Style(day_first=True), "month": Style(day_first=False)}


def read_form(
    form: FormData,
    properties: Mapping[str, ContactProperty],
    settled: FieldMapping,
    *,
    by: str,
    now: datetime,
) -> dict[str, MappedInput]:
    """The whole mapping as the form has it; what differs from what holds carries who chose it and when.

    Raises Invalid for a property that the account does not have or that can't be used.
    """
    mapping = dict(settled)
    for entry in INPUTS:
        if f"source.{entry.name}" not in form:
            continue
        known = settled.get(entry.name, MappedInput(()))
        names = _names(form, entry.name, properties)
        meanings = _meanings(form, entry.name)
        styles = _styles(form, entry.name, names)
        same = (names, meanings, styles) == (known.names, dict(known.meanings), dict(known.styles))
        if same:
            continue
        matches = {one.name: one.match for one in known.sources}
        sources = tuple(Proposal(n, matches.get(n, CHOSEN)) for n in names)
        mapping[entry.name] = MappedInput(sources, meanings, styles, by, now)
    return mapping


def _names(form: FormData, name: str, properties: Mapping[str, ContactProperty]) -> tuple[str, ...]:
    typed = [str(v).strip() for v in form.getlist(f"source.{name}") if str(v).strip()]
    found = dict.fromkeys(_find(text, properties) for text in typed)
    return tuple(found)[:_MOST_SOURCES]


def _find(text: str, properties: Mapping[str, ContactProperty]) -> str:
    """A property by its name or, where only one has it, by its label."""
    named = (
        [text]
        if text in properties
        else [name for name, one in properties.items() if one.label.lower() == text.lower()]
    )
    if len(named) != 1:
        said = "no property" if not named else "more than one property"
        raise Invalid(f"There is {said} “{text[:80]}” in your CRM. Choose one from the list.")
    if why := properties[named[0]].unusable:
        raise Invalid(f"{properties[named[0]].label} can't be used. {why}")
    return named[0]


def _meanings(form: FormData, name: str) -> dict[str, str]:
    """Value → meaning, of the values that a person gave one."""
    may = meanings_for(name)
    values = [str(v) for v in form.getlist(f"value.{name}")]
    chosen = [str(v) for v in form.getlist(f"meaning.{name}")]
    return {v: m for v, m in zip(values, chosen, strict=False) if m in may}


def _styles(form: FormData, name: str, sources: tuple[str, ...]) -> dict[str, Style]:
    given = {source: form.get(f"style.{name}.{source}") for source in sources}
    return {s: _STYLES[str(v)] for s, v in given.items() if str(v) in _STYLES}
