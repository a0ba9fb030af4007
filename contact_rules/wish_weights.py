"""How much a short text looks like a wish not to be contacted: a sum of weights over what is in it; pure.

It hears what the patterns of contact_rules/wishes.py do not know, and doubts what they take for a wish. The weights
are learnt from the texts in tests/data/wishes by `python -m app.lab.train_wishes`; one byte each, by a hash of the
word, of the piece of it, or of the words or senses that stand near each other. Most are nothing: what stood in one
text alone tells nothing, and so does what stood in none.
"""

import itertools
import zlib
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import sqrt
from pathlib import Path

from contact_rules.marked_words import Language, Sentence
from contact_rules.senses import senses_of

SIZE = 1 << 21
FILE = Path(__file__).parent / "words" / "weights.bin"
# The first numbers of the file: what a step of a weight is worth, and what counts for every text; in millionths.
HEAD = 2
MILLION = 1_000_000
_PIECES = (3, 4, 5)
# So many letters say of most words which one it is, whatever its ending.
_BEGINNINGS = (3, 4, 5, 6)
# Words that belong together may have others between them.
_APART = (2, 3, 4)

Group = set[int]


def features_of(
    sentences: Sequence[Sentence], told: Sequence[tuple[Language, Sequence[str]]]
) -> tuple[Group, ...]:
    """What counts of a text, in groups that count alike however much each holds.

    `told` has for each likely language the sentences as marked words, less what means nothing (`Language.meant`).
    """
    words = [word for one in sentences for word in (*one.words, "?" if one.asks else ".")]
    ends = ["^", *words, "$"]
    joined = f" {' '.join(words)} ".encode()
    pieces = {
        zlib.crc32(joined[at : at + size]) % SIZE
        for size in _PIECES
        for at in range(len(joined) - size + 1)
    }
    codes = [_code(word) for word in ends]
    whole = {*codes, *((one * 31 + other * 7) % SIZE for one, other in itertools.pairwise(codes))}
    beginnings = {
        _code(f"p{word[:size]}") for word in words for size in _BEGINNINGS if len(word) >= size
    }
    apart = {
        (one * 53 + other * 19 + 5) % SIZE
        for far in _APART
        for one, other in zip(codes, codes[far:], strict=False)
    }
    near: Group = set()
    together: Group = set()
    for language, marked in told:
        meant = _meant(language, sentences, marked)
        near.update(*meant)
        for one, other in itertools.pairwise(meant):
            near.update([(a * 37 + b * 11 + 1) % SIZE for a in one for b in other])
        for one, other in zip(meant, meant[2:], strict=False):
            near.update([(a * 41 + b * 13 + 2) % SIZE for a in one for b in other])
        every = sorted(set().union(*meant))
        together.update([(a * 17 + b * 5 + 3) % SIZE for a, b in itertools.combinations(every, 2)])
    return pieces, whole, beginnings, apart, near, together


def _meant(
    language: Language, sentences: Sequence[Sentence], marked: Sequence[str]
) -> list[Iterable[int]]:
    """The senses and classes of each word that has any, and how each sentence ends."""
    found: list[Iterable[int]] = [[_code("m^")]]
    for sentence, marks in zip(sentences, marked, strict=True):
        senses = senses_of(language.name, sentence.words)
        for meant, one in zip(senses, marks.split(), strict=True):
            classes = one.partition("/")[2]
            if meant or classes:
                named = {*(f"m{name}" for name in meant), *(f"k{letter}" for letter in classes)}
                found.append([_code(name) for name in named])
        found.append([_code("m?" if sentence.asks else "m.")])
    return found


@lru_cache(maxsize=10_000)
def _code(told: str) -> int:
    return zlib.crc32(told.encode()) % SIZE


def score(groups: Sequence[Group]) -> float:
    """Above nothing the text looks more like a wish than like none."""
    weights, step, always = _weights()
    found = sum(sum(weights[one] for one in group) / sqrt(len(group)) for group in groups if group)
    return step * found + always


@lru_cache(maxsize=1)
def _weights() -> "tuple[array[int], float, float]":
    held = zlib.decompress(FILE.read_bytes())
    head = array("i")
    head.frombytes(held[: HEAD * head.itemsize])
    weights = array("b")
    weights.frombytes(held[HEAD * head.itemsize :])
    return weights, head[0] / MILLION, head[1] / MILLION
