"""Whose language, number format and time zone is meant: one place says it, every text and every filter asks here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# The product is written in English; a further language is a file <language>.po in this folder.
CATALOGUE = Path(__file__).parent / "catalogue"
SOURCE = "en"
LANGUAGES = (SOURCE, *sorted(path.stem for path in CATALOGUE.glob("*.po")))
_USUAL = "en-US"


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
    return texts_of(viewer().locale.language).gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The text that fits the count, in the viewer's language."""
    return texts_of(viewer().locale.language).ngettext(one, many, count)


def local(at: datetime) -> datetime:
    """The moment on the viewer's clock."""
    return at.astimezone(viewer().zone)


@cache
def texts_of(language: str) -> NullTranslations:
    """The words of a language, ready to be asked for."""
    if language == SOURCE or language not in LANGUAGES:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue_of(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def catalogue_of(language: str) -> Catalog:
    """A language's file as it stands."""
    with (CATALOGUE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


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
