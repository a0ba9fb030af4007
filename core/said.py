"""What is stored or raised in English, said again in the viewer's language: rows, rules and errors know no viewer."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from core.wording import LANGUAGES, SOURCE, catalogue_of, texts_of, viewer

# The values of a message, and how many of its letters besides them tell it from any other text.
_VALUE = re.compile(r"%\((\w+)\)s")
_TELLING = 6
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?)(%?)")
# How sentences that stand in the CRM write days.
_DAY, _DAYS = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4}"), "%b %d, %Y"
# What was said of somebody, with the kind of text that says so and its day.
_NOTED = re.compile(r"(.+) \(([^()]+), ([A-Z][a-z]{2} \d{1,2}, \d{4})\)")
_COUNT = re.compile(r"(\d[\d,]*) ([a-z][a-z ]*)")
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z“\d])")


def said(text: str) -> str:
    """What was written down or raised in the source language, in the viewer's: rows and errors know no viewer.

    A text with values in it is recognised by the message that it was made of; the values are said again as well.
    """
    locale = viewer().locale
    return text if locale.language == SOURCE or not text else _said(text, locale)


@cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """(a piece of it, the message's form, its translation) of each message with values, the most telling first."""
    if language not in LANGUAGES:
        return ()
    found = []
    for message in catalogue_of(language):
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
    if not any(again):
        return _said_listed(text, locale)
    return " ".join(told or part for told, part in zip(again, parts, strict=True))


def _said_listed(text: str, locale: Locale) -> str:
    """What is a list of things that are known, each of them; anything else as it stands."""
    for between in (" · ", ", "):
        things = text.split(between)
        again = [_said(thing, locale) for thing in things] if len(things) > 1 else []
        if again and all(told != thing for told, thing in zip(again, things, strict=True)):
            return between.join(again)
    return text


def _said_whole(text: str, locale: Locale, *, nested: bool) -> str | None:
    """One message in the locale's language; None where the catalogue has none that could have made it."""
    found = texts_of(locale.language).gettext(text)
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
    if not text.strip():
        return text
    if text.startswith(" "):
        return f" {_value(text[1:], locale)}"
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
    large = text[:1].upper() + text[1:]
    again = _said(large, locale) if found == text else found
    return text if again == large else again
