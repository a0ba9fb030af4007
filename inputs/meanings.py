"""What the values of a choice mean in our words: stages, tags, sources, satisfaction, marketing status; no guess."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from inputs.catalogue import BY_NAME
from inputs.input import Kind

NO_MEANING: Mapping[str, str] = {}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[\W_]+")
_APART = re.compile(r"[;,|\n]")


@dataclass(frozen=True, slots=True)
class _Rule:
    meaning: str
    whole: frozenset[str]
    within: re.Pattern[str]


def meanings_for(name: str) -> tuple[str, ...]:
    """The meanings that values of an input may have; none for an input that is no choice."""
    return tuple(dict.fromkeys(rule.meaning for rule in _rules().get(name, ())))


def meaning_of(name: str, value: str) -> str | None:
    """What a value of an input means, or None where no table says."""
    said = _plain(value)
    for rule in _rules().get(name, ()):
        if said in rule.whole or rule.within.search(said):
            return rule.meaning
    return None


def meanings_of(
    name: str, values: Iterable[str], chosen: Mapping[str, str] = NO_MEANING
) -> dict[str, str]:
    """Value → meaning, for the values that have one; what a person chose for a value counts before the tables."""
    found = {value: chosen.get(value) or meaning_of(name, value) for value in values}
    return {value: meaning for value, meaning in found.items() if meaning}


def is_marketable(values: Iterable[str]) -> bool | None:
    """Whether a marketing status lets marketing e-mail be sent: one that does not outweighs one that does."""
    meant = {_marketing(value) for value in values} - {None}
    return None if not meant else meant == {"marketable"}


@lru_cache(maxsize=256)
def _marketing(value: str) -> str | None:
    return meaning_of("marketing_status", value)


def parts_of(name: str, value: str) -> list[str]:
    """The single words of a cell: a cell of tags holds several, any other one."""
    if BY_NAME[name].kind is not Kind.TAGS:
        return [value]
    return [part.strip() for part in _APART.split(value) if part.strip()]


def _plain(value: str) -> str:
    bare = unicodedata.normalize("NFKD", _HUMP.sub(" ", value))
    letters = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    return " ".join(_NO_WORD.sub(" ", letters).split())


@lru_cache(maxsize=1)
def _rules() -> dict[str, tuple[_Rule, ...]]:
    path = Path(__file__).with_suffix(".toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: tuple(map(_rule, rules)) for name, rules in tables.items()}


def _rule(entry: Mapping[str, object]) -> _Rule:
    whole, within = (_words(entry.get(key)) for key in ("whole", "within"))
    # Without words nothing may match, not even an empty text.
    pattern = rf"\b(?:{'|'.join(map(re.escape, within))})\b" if within else r"(?!)"
    return _Rule(str(entry["meaning"]), frozenset(whole), re.compile(pattern))


def _words(listed: object) -> list[str]:
    return [_plain(str(word)) for word in listed] if isinstance(listed, list) else []
