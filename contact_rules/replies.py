"""How somebody means what they answer: yes, no, or neither clearly; in seven languages, by phrases; pure (S19)."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from contact_rules.marked_words import (
    Language,
    Pattern,
    compile_pattern,
    languages,
    likely,
    sentences_of,
    without,
)
from contact_rules.plain_text import plain
from contact_rules.tones import Tone
from core.by_digest import by_digest

_LONGEST = 2_000  # who says yes or no says so soon
_YES = frozenset({"\U0001f44d", "\u2705", "\U0001f642", "\U0001f60a", "\u2764", "\U0001f44c"})
_NO = frozenset({"\U0001f44e", "\u274c", "\U0001f621", "\U0001f620"})


@by_digest(1 << 13)
def find_tone(text: str) -> Tone | None:
    """How an answer is meant; None of a text that says nothing. A wish not to be contacted is asked for elsewhere."""
    said = plain(text[:_LONGEST])
    sentences = sentences_of(said)
    if not sentences:
        return _of_pictures(said)
    found = {_in_language(language, said) for language in likely(sentences)}
    # A no outweighs a yes: nobody is approached again for a kind word beside it. Who asks something beside a no wants
    # an answer, and a person gives it.
    if Tone.NEGATIVE in found:
        return Tone.UNCLEAR if "?" in said else Tone.NEGATIVE
    if Tone.POSITIVE in found:
        return Tone.POSITIVE
    return _of_pictures(said) or Tone.UNCLEAR


def _in_language(language: Language, said: str) -> Tone:
    patterns = _tables()[language.name]
    is_positive = False
    for sentence in sentences_of(said):
        marked, present = language.marked(sentence.words)
        harmless = [p for p in patterns["harmless"] if p.may_be_in(present)]
        meant = without(marked, harmless)
        if _met(patterns["negative"], meant, present):
            return Tone.NEGATIVE
        is_positive = is_positive or _met(patterns["positive"], marked, present)
    return Tone.POSITIVE if is_positive else Tone.UNCLEAR


def _met(patterns: Sequence[Pattern], marked: str, present: set[str]) -> bool:
    return any(p.may_be_in(present) and p.regex.search(marked) for p in patterns)


def _of_pictures(said: str) -> Tone | None:
    signs = set(said)
    if signs & _NO:
        return Tone.NEGATIVE
    return Tone.POSITIVE if signs & _YES else None


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Sequence[Pattern]]]:
    """Language → what says yes, what says no, and what is harmless."""
    table = tomllib.loads((Path(__file__).parent / "words" / "tones.toml").read_text("utf-8"))
    return {
        language.name: {
            name: tuple(compile_pattern(one, language.letters) for one in written)
            for name, written in table[language.name].items()
        }
        for language in languages()
    }
