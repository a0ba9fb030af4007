"""How much a short text looks like a wish not to be contacted: a sum of weights over its words; pure.

It hears what the patterns of contact_rules/wishes.py do not know, and doubts what they take for a wish. The weights
are learnt from the texts in tests/data/wishes by `python -m app.lab.train_wishes`; one byte each, by a hash of the word
or of the piece of it.
"""

import itertools
import zlib
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import sqrt
from pathlib import Path

SIZE = 1 << 16
FILE = Path(__file__).parent / "words" / "weights.bin"
# The first numbers of the file: what a step of a weight is worth, and what counts for every text; in millionths.
HEAD = 2
MILLION = 1_000_000
_PIECES = (3, 4, 5)


def features_of(words: Sequence[str], marks: Iterable[Sequence[str]]) -> set[int]:
    """What counts of a text: its words and pairs of words, pieces of them, and the classes that they stand in.

    `words` has a full stop after each sentence; `marks` are the letters of each word for each likely language.
    """
    told = {f"w{word}" for word in words}
    ends = ["^", *words, "$"]
    told.update(f"b{one} {other}" for one, other in itertools.pairwise(ends))
    joined = f" {' '.join(words)} "
    for size in _PIECES:
        told.update(f"c{joined[at : at + size]}" for at in range(len(joined) - size + 1))
    for letters in marks:
        told.update(f"k{one}" for each in letters for one in each)
        for name, distance in (("kk", 1), ("ks", 2)):
            pairs = zip(letters, letters[distance:], strict=False)
            told.update(f"{name}{a}{b}" for one, other in pairs for a in one for b in other)
    return {zlib.crc32(feature.encode()) % SIZE for feature in told}


def score(features: set[int]) -> float:
    """Above nothing the text looks more like a wish than like none."""
    weights, step, always = _weights()
    if not features:
        return always
    return step * sum(weights[one] for one in features) / sqrt(len(features)) + always


@lru_cache(maxsize=1)
def _weights() -> "tuple[array[int], float, float]":
    held = FILE.read_bytes()
    head = array("i")
    head.frombytes(held[: HEAD * head.itemsize])
    weights = array("b")
    weights.frombytes(held[HEAD * head.itemsize :])
    return weights, head[0] / MILLION, head[1] / MILLION
