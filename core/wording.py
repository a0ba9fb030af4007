"""Whose language, number format and time zone is meant: one place says it, every text and every filter asks here."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

# The product is written in English; a further language is a file <language>.po in this folder.
CATALOGUE = Path(__file__).parent / "catalogue"
SOURCE = "en"
LANGUAGES = (SOURCE, *sorted(path.stem for path in CATALOGUE.glob("*.po")))
_USUAL = "en-US"
# The values of a message, and how many of its letters besides them tell it from any other text.
_VALUE = re.compile(r"%\((\w+)\)s")
_TELLING = 6
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?)(%?)")
# How sentences that stand in the CRM write days.
_DAY, _DAYS = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4}"), "%b %d, %Y"
# What was said of somebody, with the kind of text that says so and its day.
_NOTED = re.compile(r"(.+) \(([^()]+), ([A-Z][a-z]{2} \d{1,2}, \d{4})\)")
_COUNT = re.compile(r"(\d[\d,]*) ([a-z]+)")
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z“\d])")


@dataclass(slots=True)
class Viewer:
    """Who looks: the locale writes numbers and dates, and its language chooses the words."""

    locale: Locale
    zone: tzinfo = UTC


_viewer: ContextVar[Viewer | None] = ContextVar("viewer", default=None)
_NOBODY = Viewer(Locale.parse(_USUAL, sep="-"))


def viewer() -> Viewer:
    """Whoever looks at what is being written; American English and UTC where nobody is known."""
    return _viewer.get() or _NOBODY


@contextmanager
def shown_to(accepted: str, zone: tzinfo = UTC) -> Iterator[Viewer]:
    """What is written within is for whoever accepts these languages, told as a browser's Accept-Language."""
    held = _viewer.set(Viewer(_locale_of(accepted), zone))
    try:
        yield viewer()
    finally:
        _viewer.reset(held)


def show_as(language: str, zone: str) -> None:
    """Take the account's own language and time zone, where it says one that we know, for the rest of this request."""
    found = _viewer.get()
    if found is None:
        return
    spoken = language.partition("-")[0]
    if spoken in LANGUAGES and spoken != found.locale.language:
        found.locale = _locale_of(language)
    try:
        found.zone = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        found.zone = UTC


def name_of(language: str) -> str:
    """What a language is called in itself."""
    return str(Locale(language).get_display_name(language)).capitalize()


def gettext(text: str) -> str:
    """The text in the viewer's language; as it stands where that language has none."""
    return _texts(viewer().locale.language).gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The text that fits the count, in the viewer's language."""
    return _texts(viewer().locale.language).ngettext(one, many, count)


def said(text: str) -> str:
    """What was written down or raised in the source language, in the viewer's: rows and errors know no viewer.

    A text with values in it is recognised by the message that it was made of; the values are said again as well.
    """
    locale = viewer().locale
    return text if locale.language == SOURCE or not text else _said(text, locale)


def local(at: datetime) -> datetime:
    """The moment on the viewer's clock."""
    return at.astimezone(viewer().zone)


@cache
def _texts(language: str) -> NullTranslations:
    if language == SOURCE or language not in LANGUAGES:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _catalogue(language: str) -> Catalog:
    with (CATALOGUE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """(a piece of it, the message's form, its translation) of each message with values, the most telling first."""
    if language not in LANGUAGES:
        return ()
    found = []
    for message in _catalogue(language):
        if isinstance(message.id, str) and message.string and _VALUE.search(message.id):
            # Every second piece is the name of a value.
            pieces = [
                piece if place % 2 else piece.replace("%%", "%")
                for place, piece in enumerate(_VALUE.split(message.id))
            ]
            fixed = sum(len(piece) for piece in pieces[::2])
            if fixed >= _TELLING:
                longest = max(pieces[::2], key=len)
                form = re.compile(_form(pieces), re.DOTALL)
                found.append((fixed, longest, form, str(message.string)))
    found.sort(key=lambda one: -one[0])
    return tuple(one[1:] for one in found)


def _form(pieces: Sequence[str]) -> str:
    """What a message of these pieces looks like once it is filled in; every second one is the name of a value."""
    form, named = [re.escape(pieces[0])], set[str]()
    for name, before, after in zip(pieces[1::2], pieces[::2], pieces[2::2], strict=False):
        # What follows a word without a space may be left out.
        least = "*" if before[-1:].isalpha() else "+"
        form.append(f"(?P={name})" if name in named else f"(?P<{name}>.{least}?)")
        form.append(re.escape(after))
        named.add(name)
    return "".join(form)


@lru_cache(maxsize=10_000)
def _said(text: str, locale: Locale) -> str:
    """As one message; else each of its sentences as one; else as a message that others were put into."""
    whole = _said_whole(text, locale, nested=False)
    if whole is not None:
        return whole
    if match := _COUNT.fullmatch(text):
        return f"{_value(match[1], locale)} {_value(match[2], locale)}"
    if match := _NOTED.fullmatch(text):
        told, where, day = (_value(one, locale) for one in match.groups())
        return f"{told} ({where}, {day})"
    parts = _SENTENCES.split(text)
    again = [_said_whole(part, locale, nested=False) for part in parts]
    if None in again and (nested := _said_whole(text, locale, nested=True)) is not None:
        return nested
    return " ".join(told or part for told, part in zip(again, parts, strict=True))


def _said_whole(text: str, locale: Locale, *, nested: bool) -> str | None:
    """One message in the locale's language; None where the catalogue has none that could have made it."""
    found = _texts(locale.language).gettext(text)
    if found != text:
        return found
    for piece, form, translation in _patterns(locale.language):
        if piece in text and (match := form.fullmatch(text)):
            values = match.groupdict()
            holds_others = any(map(_SENTENCES.search, values.values()))
            if holds_others == nested and (not nested or _SENTENCES.search(piece)):
                return translation % {name: _value(one, locale) for name, one in values.items()}
    return None


def _value(text: str, locale: Locale) -> str:
    if not text:
        return ""
    if match := _NUMBER.fullmatch(text):
        digits = match[1].replace(",", "")
        places = len(digits.partition(".")[2])
        pattern = f"#,##0.{'0' * places}" if places else "#,##0"
        unit = "\xa0%" if match[2] else ""
        return f"{format_decimal(Decimal(digits), pattern, locale=locale)}{unit}"
    if _DAY.fullmatch(text):
        day = datetime.strptime(text, _DAYS).replace(tzinfo=UTC)
        return format_date(day, "medium", locale=locale)
    found = _said(text, locale)
    # Within a sentence a label begins with a small letter.
    return _said(text[:1].upper() + text[1:], locale) if found == text else found


def _locale_of(accepted: str) -> Locale:
    """The first accepted locale whose language we speak; what a browser sends may be anything."""
    for tag in _by_wish(accepted[:200]):
        try:
            found = Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
        if found is not None and found.language in LANGUAGES:
            return _NOBODY.locale if tag.lower() == SOURCE else found
    return _NOBODY.locale


def _by_wish(accepted: str) -> list[str]:
    """The tags of an Accept-Language, the most wanted first."""
    wished = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wished.append((-float(weight or 1), place, tag.strip()))
        except ValueError:
            continue
    return [tag for weight, _, tag in sorted(wished) if tag and weight < 0]
