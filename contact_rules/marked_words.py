"""A sentence in seven languages as marked words, and patterns over them: what readers of wishes and tones ask; pure.

A word is looked up in its language's table (contact_rules/words/<language>.toml) and carries the classes it stands in
there, so that one pattern over classes reads every language. A pattern is written in words with these signs:

    <stop|neg>   any word of one of these classes         ~3   up to three words of any kind
    send|mail    one of these words                       ^ $  the sentence begins or ends here
    kontakt*     a word that begins so                    x?   may be missing
"""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl")
# Above it are letters of one class each.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PICTURES = {
    "\U0001f6d1": " stop ",
    "\u26d4": " stop ",
    "\U0001f6ab": " stop ",
    "\u270b": " stop ",
    "\U0001f595": " fuckoff ",
    "\U0001faa6": " rip ",
    "\u26b0": " rip ",
}
_PICTURE = re.compile("|".join(_PICTURES))
# Short words that elide their vowel stand apart from the next one; elsewhere an apostrophe is no boundary.
_ELISION = re.compile(
    r"\b([cdjlmnstv]|qu|un|all|dell|nell|dall|sull|quell|quest|dov|cos|com|jusqu|lorsqu|puisqu)'(?=[a-z])"
)
_RUN = re.compile(r"([a-z])\1{2,}")
_ENDS = re.compile(r"([.!?;:\n\u2026]+|\s[-\u2013\u2014]+\s)")
_WORD = re.compile(r"[a-z0-9]+|,")
_FULL_STOP = re.compile(
    r"\b(?:dr|mr|mrs|ms|st|hr|fr|sr|sra|dra|mme|art|nr|no|tel|e\.g|i\.e|z\.b|\d{1,2}(?=\. ?[a-z]))\."
)
_TYPO_FROM = 6  # shorter words are too near to others
# Classes whose words are known misspelt as well; of others a near word is too often another one.
_FORGIVING = ("unsub", "stop", "call", "sent", "touch", "remove")


def bare(text: str) -> str:
    """Lower case without accents, curly apostrophes and pictures."""
    told = _PICTURE.sub(lambda found: _PICTURES[found[0]], text)
    told = told.replace("\u2019", "'").replace("`", "'").replace("\u00b4", "'")
    apart = unicodedata.normalize("NFKD", told.casefold())
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return plain.replace("\u00df", "ss").replace("\u00f8", "o").replace("\u0153", "oe")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thought: its words, and whether it asks."""

    words: tuple[str, ...]
    asks: bool


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text, in plain words."""
    told = _FULL_STOP.sub(lambda found: found[0][:-1], bare(text))
    told = _RUN.sub(r"\1", _ELISION.sub(r"\1 ", told)).replace("'", "")
    parts = _ENDS.split(told)
    found = []
    for said, end in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if words := tuple(_WORD.findall(said)):
            found.append(Sentence(words, "?" in end))
    return found


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern as an expression, with what must be there for it to be met at all."""

    source: str
    needs: tuple[frozenset[str], ...]

    @cached_property
    def regex(self) -> re.Pattern[str]:
        # There are thousands, of which a process needs few.
        return re.compile(self.source)

    def may_be_in(self, present: frozenset[str] | set[str]) -> bool:
        # A loop of its own: this is asked hundreds of times for each text.
        for need in self.needs:  # noqa: SIM110
            if present.isdisjoint(need):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Meant:
    """A sentence as marked words, the words and classes in it, and the patterns that may be met there."""

    marked: str
    present: set[str]
    possible: set[Pattern]


@dataclass
class Language:
    """The words of one language by class, what cancels a reading, and its own patterns by what they mean."""

    name: str
    classes: Mapping[str, Sequence[str]]
    letters: Mapping[str, str]
    patterns: Mapping[str, Sequence[Pattern]]
    cancels: Sequence[Pattern]
    common: frozenset[str]
    vocabulary: frozenset[str]
    asking: frozenset[str]  # a question that begins so asks for something else
    polite: frozenset[str]  # one that begins so asks for what it names
    _of_word: dict[str, str] = field(default_factory=dict)
    _joined: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    _stems: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, entries in self.classes.items():
            letter = self.letters[name]
            for entry in entries:
                *before, last = entry.split()
                if before:
                    key = (*before, last)
                    self._joined.setdefault(key[0], []).append((key, letter))
                elif last.endswith("*"):
                    self._stems[last[:-1]] = self._stems.get(last[:-1], "") + letter
                else:
                    self._of_word[last] = self._of_word.get(last, "") + letter

    def possible(self, present: set[str]) -> set[Pattern]:
        """Its patterns that may be met where these words and classes are; few of many."""
        asked = (self._by_sign.get(sign, ()) for sign in ("", *present))
        return {pattern for found in asked for pattern in found if pattern.may_be_in(present)}

    @cached_property
    def _by_sign(self) -> dict[str, list[Pattern]]:
        """The patterns by each sign of which they need one; those that need none under no sign."""
        found: dict[str, list[Pattern]] = {}
        for pattern in (*itertools.chain(*self.patterns.values()), *self.cancels):
            for sign in pattern.needs[0] if pattern.needs else ("",):
                found.setdefault(sign, []).append(pattern)
        return found

    def knows(self, word: str) -> bool:
        return word in self.vocabulary or word in self._of_word

    def marks_of(self, word: str) -> str:
        """The letters of the classes that a word stands in."""
        found = self._of_word.get(word, "")
        if self._stems:
            for size in range(4, len(word) + 1):
                found += self._stems.get(word[:size], "")
        return found

    def marked(self, words: Sequence[str]) -> tuple[str, set[str]]:
        """The sentence as marked words, and the words and classes that are in it.

        What several words say together is marked at the last of them.
        """
        spelt = [self.spelt(word) for word in words]
        marks = [self.marks_of(word) for word in spelt]
        for at, word in enumerate(spelt):
            for key, letter in self._joined.get(word, ()):
                if tuple(spelt[at : at + len(key)]) == key:
                    marks[at + len(key) - 1] += letter
        present = set(spelt).union(*marks)
        return "".join(f" {word}/{mark}" for word, mark in zip(spelt, marks, strict=True)), present

    def meant(self, sentence: Sentence) -> "Meant":
        """The sentence in this language, less what means nothing there."""
        marked, present = self.marked(sentence.words)
        possible = self.possible(present)
        marked = without(marked, (pattern for pattern in self.cancels if pattern in possible))
        return Meant(marked, present, possible)

    def spelt(self, word: str) -> str:
        """The word that was meant: a long one that differs by one letter from a word that means something."""
        if len(word) < _TYPO_FROM or word in self.vocabulary or self.marks_of(word):
            return word
        found = (self._near.get(one) for one in _shorter(word))
        return next((near for near in found if near and _is_slip(word, near)), word)

    @cached_property
    def _near(self) -> dict[str, str]:
        found: dict[str, str] = {}
        forgiving = {self.letters[name] for name in _FORGIVING}
        for word, marks in sorted(self._of_word.items()):
            if len(word) >= _TYPO_FROM and forgiving.intersection(marks):
                for one in _shorter(word):
                    found.setdefault(one, word)
        return found


def _is_slip(word: str, meant: str) -> bool:
    """Whether one letter is missing, too much or another, or two neighbours have changed places."""
    if len(word) != len(meant):
        return True
    at = [i for i, (one, other) in enumerate(zip(word, meant, strict=True)) if one != other]
    return len(at) == 1 or (len(at) == 2 and at[1] == at[0] + 1)


def _shorter(word: str) -> Iterator[str]:
    """The word, and each that it becomes without one of its letters but the first."""
    yield word
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]


def compile_pattern(written: str, letters: Mapping[str, str]) -> Pattern:
    """A pattern as it stands in a table, ready to be asked."""
    parts, needs = [], []
    for sign in written.split():
        optional = sign.endswith("?")
        part, need = _part(sign.removesuffix("?"), letters)
        parts.append(f"(?:{part})?" if optional else part)
        if need and not optional:
            needs.append(need)
    return Pattern("".join(parts), tuple(sorted(needs, key=len)))


def _part(sign: str, letters: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    if sign == "^":
        return "^", frozenset()
    if sign == "$":
        return "$", frozenset()
    if sign.startswith("~"):
        return rf"(?: \S+){{0,{int(sign[1:])}}}", frozenset()
    if sign.startswith("<"):
        named = sign.strip("<>").split("|")
        marks = "".join(letters[name] for name in named if name in letters)
        words = [name for name in named if name not in letters]
        of_class = rf" [^ /]+/[A-Za-z]*[{marks}][A-Za-z]*"
        regex, need = _words(words) if words else ("", frozenset[str]())
        return (f"(?:{of_class}|{regex})" if words else of_class), need | frozenset(marks)
    return _words(sign.split("|"))


def _words(words: Sequence[str]) -> tuple[str, frozenset[str]]:
    """One of these words; what must be there is known where none is the beginning of one alone."""
    exact = frozenset(w for w in words if not w.endswith("*"))
    regex = "|".join(f"{w[:-1]}[a-z0-9_]*" if w.endswith("*") else w for w in words)
    return rf" (?:{regex})/[A-Za-z]*", exact if len(exact) == len(words) else frozenset()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "words" / f"{name}.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def languages() -> tuple[Language, ...]:
    """Every language with its own patterns and those that all share."""
    shared = _read("shared")
    letters = dict(zip(shared["classes"], _LETTERS, strict=False))
    common = {
        name: tuple(compile_pattern(one, letters) for one in written)
        for name, written in shared["patterns"].items()
    }
    return tuple(_language(name, letters, common, shared["cancels"]) for name in LANGUAGES)


def _language(
    name: str,
    letters: Mapping[str, str],
    shared: Mapping[str, Sequence[Pattern]],
    cancelling: Sequence[str],
) -> Language:
    told = _read(name)
    classes = {one: _entries(words) for one, words in told["classes"].items()}
    own = told.get("patterns", {})
    patterns = {
        one: (*shared.get(one, ()), *(compile_pattern(p, letters) for p in own.get(one, ())))
        for one in dict.fromkeys([*shared, *own])
    }
    common = frozenset(told["common"].split())
    written = " ".join([*(p for ps in own.values() for p in ps), *told["cancels"]])
    vocabulary = common | set(re.findall(r"[a-z0-9]+", written))
    cancels = tuple(compile_pattern(p, letters) for p in (*told["cancels"], *cancelling))
    return Language(
        name=name,
        classes=classes,
        letters=letters,
        patterns=patterns,
        cancels=cancels,
        common=common,
        vocabulary=frozenset(vocabulary),
        asking=frozenset(told["asking"].split()),
        polite=frozenset(told["polite"].split()),
    )


def _entries(words: str | Iterable[str]) -> list[str]:
    """A class is written as words; after the first comma its entries may be several words each."""
    single, *joined = [words] if isinstance(words, str) else [*words]
    first, *several = single.split(", ")
    return [*first.split(), *several, *(entry for more in joined for entry in more.split(", "))]


def likely(sentences: Sequence[Sentence]) -> list[Language]:
    """The languages that a text may be in: those of whose words it holds about as many as of any other's."""
    words = {word for sentence in sentences for word in sentence.words}
    votes = [(sum(language.knows(word) for word in words), language) for language in languages()]
    most = max(count for count, _ in votes)
    return [language for count, language in votes if count and count >= most * 0.7]


def without(marked: str, patterns: Iterable[Pattern]) -> str:
    """The sentence with each word that a pattern covers made into one that means nothing."""
    for pattern in patterns:
        marked = pattern.regex.sub(lambda found: " _/" * found[0].count(" "), marked)
    return marked
