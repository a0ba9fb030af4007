"""The senses of the words of a sentence, by names that seven languages share: what a text is weighed by; pure.

`contact_rules/words/senses.toml` says for each sense which words of a language have it: `word*` is the beginning
of one, and words joined by `_` stand together.
"""

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

_SHORTEST = 3  # no beginning of a word is shorter


class Senses:
    """The senses of the words of one language."""

    def __init__(self) -> None:
        self._words: dict[str, set[str]] = defaultdict(set)
        self._beginnings: dict[str, set[str]] = defaultdict(set)
        self._together: dict[str, list[tuple[list[str], str]]] = defaultdict(list)

    def add(self, sense: str, entries: str) -> None:
        for entry in entries.split():
            if entry.endswith("*"):
                self._beginnings[entry[:-1]].add(sense)
            elif "_" in entry:
                words = entry.strip("_").split("_")
                self._together[words[0]].append((words, sense))
            else:
                self._words[entry].add(sense)

    def of(self, words: Sequence[str]) -> list[set[str]]:
        """The senses of each word; what several say together is told by the last of them."""
        found = [self._of_word(word) for word in words]
        for at, word in enumerate(words):
            for together, sense in self._together.get(word, ()):
                if list(words[at : at + len(together)]) == together:
                    found[at + len(together) - 1].add(sense)
        return found

    def _of_word(self, word: str) -> set[str]:
        found = set(self._words.get(word, ()))
        for size in range(_SHORTEST, len(word) + 1):
            found |= self._beginnings.get(word[:size], frozenset())
        return found


def senses_of(language: str, words: Sequence[str]) -> list[set[str]]:
    """The senses of each of these words of a language."""
    return _tables()[language].of(words)


@lru_cache(maxsize=1)
def _tables() -> dict[str, Senses]:
    file = Path(__file__).parent / "words" / "senses.toml"
    tables: dict[str, Senses] = defaultdict(Senses)
    for sense, languages in tomllib.loads(file.read_text("utf-8")).items():
        for language, entries in languages.items():
            tables[language].add(sense, entries)
    return dict(tables)
