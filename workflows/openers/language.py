"""What openers say in each language, and how each writes dates and hours; read once from the packaged texts."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from importlib import resources
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from workflows.openers.offering import Offer

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
# What a text of the packages may be filled with.
SLOTS = frozenset(
    {
        *(
            "name",
            "practice",
            "place",
            "month",
            "asked_for",
            "bought",
            "concern",
            "served_by",
            "offer",
        ),
        *("who", "sender", "news", "link", "phone", "ends", "about", "reason", "said"),
    }
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001


@dataclass(frozen=True)
class Language:
    """One language: its texts by section and name, such as `anchor.form`."""

    code: str
    texts: Mapping[str, str]
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    dates: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.texts[key]

    def get(self, key: str) -> str | None:
        return self.texts.get(key)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the texts as it is written there."""
        return frozenset(w for text in self.texts.values() for w in WORD.findall(bare(text)))

    def month_of(self, day: date) -> str:
        """A month with its year, as it stands after a word that governs it."""
        return self._dated("month_year", day)

    def in_month(self, day: date) -> str:
        """The same as an answer to when."""
        return self._dated("in_month", day)

    def full(self, day: date) -> str:
        return self._dated("full", day)

    def offered(self, offer: Offer) -> str:
        """A time that is offered, in words."""
        return _offered(self.code, offer)

    def _dated(self, form: str, day: date) -> str:
        return self.dates[form].format(month=self.months[day.month - 1], year=day.year, day=day.day)

    def words_of(self, offer: Offer) -> str:
        half = "AM" if offer.hour < 12 else "PM"
        hour = (offer.hour - 1) % 12 + 1 if self.dates["clock"] == "12" else offer.hour
        said = {
            "time": self.dates["time"].format(hour=hour, half=half),
            "weekday": self.weekdays[offer.weekday],
        }
        if offer.day is None:
            return self.dates["standing"].format(**said)
        said["month"] = self.months[offer.day.month - 1]
        return self.dates["offer"].format(**said, day=offer.day.day)


def bare(text: str) -> str:
    """A text without its slots."""
    return "".join(literal for literal, *_ in Formatter().parse(text))


def language_of(code: str) -> Language:
    """The language of a setting such as pt-BR; English where there are no texts in it."""
    short = code.partition("-")[0].lower()
    return load_language(short if short in LANGUAGES else "en")


@cache
def load_language(code: str) -> Language:
    """Raises ValueError where a text has a slot that nothing fills."""
    source = resources.files("workflows.openers") / "texts" / f"{code}.toml"
    read = tomllib.loads(source.read_text(encoding="utf-8"))
    dates = read.pop("dates")
    texts = {"why.news": "{news}", **dict(_flat(read))}
    # Who writes, and from where (D9).
    texts["closing.usual"] += "\n{practice}"
    texts["closing.place"] = texts["closing.usual"] + "\n{place}"
    for key, text in texts.items():
        odd = {name for _, name, *_ in Formatter().parse(text) if name is not None} - SLOTS
        if odd:
            raise ValueError(f"{code} {key}: no slot {sorted(odd)}")
    months, weekdays = tuple(dates.pop("months")), tuple(dates.pop("weekdays"))
    return Language(code, texts, months, weekdays, dates)


def _flat(table: Mapping[str, Any], before: str = "") -> "list[tuple[str, str]]":
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{before}{name}"
        found += [(key, value)] if isinstance(value, str) else _flat(value, f"{key}.")
    return found


@lru_cache(maxsize=1 << 14)
def _offered(code: str, offer: Offer) -> str:
    return load_language(code).words_of(offer)


@lru_cache(maxsize=1 << 14)
def local_day(at: datetime, zone: str) -> date:
    """The day of a moment where the business is."""
    return at.astimezone(ZoneInfo(zone)).date()
