"""Which input a name speaks of, in any of the languages: a column's, a property's, or its label."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from inputs.catalogue import BY_NAME, INPUTS
from inputs.input import Kind

Words = tuple[str, ...]

LANGUAGES = ("english", "german", "french", "spanish", "portuguese", "italian", "dutch")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NUMBER_SIGN = re.compile(r"#|№|\bn\s?\.?\s?[º°]\.?", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")
_DIGITS_AFTER = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_FOLDER = Path(__file__).parent
_WORDS = tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))
_SMALL, _OF_DATES, _WHOSE = (frozenset(_WORDS[key].split()) for key in ("small", "dates", "whose"))
_SAME = {short: word for word, shorts in _WORDS["same"].items() for short in shorts.split()}


class Match(StrEnum):
    """How a source was found to be an input's, the surest first."""

    EXACT = "exact"  # called so
    BY_NAME = "by_name"  # called so, but for a word
    BY_CONTENT = "by_content"  # nothing in its name: its values look so


@dataclass(frozen=True, slots=True)
class Named:
    """What a name speaks of; `place` is how usual the name is, 0 the most usual."""

    input: str
    match: Match
    place: int


def words_of(name: str) -> Words:
    """A name as plain words: no case, accents, punctuation, invisible characters or small words."""
    seen = "".join(c for c in name if unicodedata.category(c) != "Cf")
    spaced = _HUMP.sub(" ", _NUMBER_SIGN.sub(" number ", seen))
    bare = unicodedata.normalize("NFKD", spaced)
    letters = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    found = " ".join(_SAME.get(word, word) for word in _NO_WORD.sub(" ", letters).split())
    joined = re.sub(r"(?<=\S )no\b", "number", re.sub(r"\be (?=mail)", "e", found)).split()
    return tuple(word for word in joined if word not in _SMALL)


def input_named(name: str) -> Named | None:
    """The input that a name speaks of, or None: first as it stands, then without whose it is."""
    if name in BY_NAME:
        return Named(name, Match.EXACT, 0)
    words = words_of(name)
    found = _look_up(words)
    if found is not None:
        return Named(found[0], Match.EXACT, found[1])
    for loosened in _loosened(words):
        found = _look_up(loosened)
        if found is not None:
            return Named(found[0], Match.BY_NAME, found[1])
    return None


def is_ours(name: str) -> bool:
    """Whether a name tells of what the business did, or of what was done to the record."""
    undated = [word for word in words_of(name) if word not in _OF_DATES]
    return " ".join(sorted(undated)) in _ours()


@lru_cache(maxsize=1)
def _ours() -> frozenset[str]:
    spelt = (words_of(name) for name in _WORDS["ours"])
    return frozenset(" ".join(sorted(w for w in words if w not in _OF_DATES)) for words in spelt)


def _loosened(words: Words) -> Iterator[Words]:
    apart = tuple(_DIGITS_AFTER.sub(" ", " ".join(words)).split())
    bare = tuple(word for word in apart if not (word.isdigit() and len(word) == 1))
    yield bare
    nobody = tuple(word for word in bare if word not in _WHOSE)
    yield nobody
    yield tuple(re.sub(r"([aou])e", r"\1", word) for word in nobody)


def _look_up(words: Words) -> tuple[str, int] | None:
    table = _table()
    undated = tuple(word for word in words if word not in _OF_DATES)
    for key in _keys(words, others=True):
        if key in table.others:
            return table.others[key]
    for key in _keys(undated, others=False):
        if key in table.moments:
            return table.moments[key]
    return None


def _keys(words: Words, *, others: bool) -> Iterator[str]:
    """Its words in any order, and all of it in one word: a "lastvisit" is a last visit."""
    if words:
        yield " ".join(sorted(words))
        whole = "".join(words)
        yield whole if others else whole.removesuffix("date").removesuffix("datum")


@dataclass(frozen=True, slots=True)
class _Table:
    """Key → (input, place): of moments without the words that say date, and of everything else."""

    moments: dict[str, tuple[str, int]]
    others: dict[str, tuple[str, int]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    table = _Table({}, {})
    for name, spelling, place in spellings():
        words = words_of(spelling)
        if BY_NAME[name].kind is Kind.MOMENT:
            _add(table.moments, tuple(w for w in words if w not in _OF_DATES), (name, place))
        else:
            _add(table.others, words, (name, place))
    return table


def _add(to: dict[str, tuple[str, int]], words: Words, found: tuple[str, int]) -> None:
    for key in (" ".join(sorted(words)), "".join(words)):
        to.setdefault(key, found)


def spellings() -> Iterator[tuple[str, str, int]]:
    """(input, one of its names, how usual that is): its label, then each language's."""
    yield from ((entry.name, entry.label, 0) for entry in INPUTS)
    for language in LANGUAGES:
        text = (_FOLDER / f"{language}.toml").read_text(encoding="utf-8")
        for name, names in tomllib.loads(text).items():
            yield from ((name, spelling, place) for place, spelling in enumerate(names))
