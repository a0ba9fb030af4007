"""What people write back, in the tenant's language, and what they find in a message that was written to them."""

import tomllib
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from sandbox.world.events import Sentiment
from sandbox.world.latents import REASONS, SERVICE

_TABLES = tomllib.loads(Path(__file__).with_name("answers.toml").read_text(encoding="utf-8"))
LANGUAGES = tuple(_TABLES)


class Meaning(StrEnum):
    """What somebody means by a message."""

    POSITIVE = "positive"
    UNCLEAR = "unclear"
    NEGATIVE = "negative"
    STOP_WORD = "stop_word"  # which carriers and CRMs act on by themselves
    STOP = "stop"  # the same in a person's own words
    LEAVE_ALONE = "leave_alone"
    WRONG_PERSON = "wrong_person"
    DECEASED = "deceased"  # by a relative


#: Whoever means one of these is not to be written to again, whether or not a CRM understands it.
WISHES = frozenset(Meaning) - {Meaning.POSITIVE, Meaning.UNCLEAR, Meaning.NEGATIVE}

OF_SENTIMENT = MappingProxyType(
    {
        Sentiment.POSITIVE: Meaning.POSITIVE,
        Sentiment.NEUTRAL: Meaning.UNCLEAR,
        Sentiment.NEGATIVE: Meaning.NEGATIVE,
    }
)


def words(language: str, meaning: Meaning, luck: float) -> str:
    """One of the ways to say it; `luck` is uniform."""
    choices: list[str] = _TABLES[language][meaning.value]
    return choices[min(int(luck * len(choices)), len(choices) - 1)]


def meaning_of(language: str, text: str) -> Meaning | None:
    """What one of these people meant by a text; None for a text that is none of theirs."""
    return next((m for m in Meaning if text in _TABLES[language][m.value]), None)


def addressed_in(language: str, text: str) -> str | None:
    """The reason for silence that a message speaks to, as its reader takes it: an apology, or none."""
    said = text.lower()
    apologies: list[str] = _TABLES[language]["apology"]
    return REASONS[SERVICE] if any(part in said for part in apologies) else None
