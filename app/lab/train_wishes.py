"""Learns the weights of contact_rules/wish_weights.py from texts of which each says what it wishes; run by hand.

    python -m app.lab.train_wishes tests/data/wishes

Prints how often the weights alone are right about texts that they were not fitted to, then fits them to all.
"""

import sys
import zlib
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from contact_rules import wish_weights
from contact_rules.marked_words import sentences_of
from contact_rules.plain_text import plain
from contact_rules.wishes import ENOUGH, WORTH, by_patterns

Numbers = NDArray[np.float64]
FIT, FOLDS, STEPS, ROUNDS = 40.0, 5, 127, 200


def read(folder: Path) -> list[tuple[str, bool]]:
    """The texts, and whether each is a wish."""
    lines = [
        line for path in sorted(folder.glob("*.tsv")) for line in path.read_text().splitlines()
    ]
    pairs = [line.split("\t", 1) for line in lines]
    return [(text, kind != "none") for kind, text in pairs]


def features(text: str) -> tuple[set[int], ...]:
    sentences = sentences_of(plain(text))
    return wish_weights.features_of(sentences, by_patterns(sentences)[1])


def matrix(texts: Sequence[str]) -> Any:
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        for group in features(text):
            found = sorted(group)
            rows += [row] * len(found)
            columns += found
            values += [1 / max(1, len(found)) ** 0.5] * len(found)
    held = sparse.csr_matrix((values, (rows, columns)), (len(texts), wish_weights.SIZE))
    is_known = np.bincount(held.indices, minlength=wish_weights.SIZE) > 1
    return held @ sparse.diags(is_known.astype(float)).tocsr()


def fit(held: Any, wished: NDArray[np.bool_]) -> Numbers:
    """Weights, and last what counts for every text: logistic, with a penalty on large ones."""
    sign = np.where(wished, 1.0, -1.0)

    def cost(known: Numbers) -> tuple[float, Numbers]:
        weights, always = known[:-1], known[-1]
        margin = sign * (held @ weights + always)
        loss = FIT * np.logaddexp(0, -margin).sum() + weights @ weights / 2
        pull = -FIT * sign / (1 + np.exp(margin))
        return float(loss), np.append(held.T @ pull + weights, pull.sum())

    start = np.zeros(held.shape[1] + 1)
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return np.asarray(found.x)


def packed(known: Numbers) -> bytes:
    step = float(np.abs(known[:-1]).max()) / STEPS
    head = array("i", [round(step * wish_weights.MILLION), round(known[-1] * wish_weights.MILLION)])
    return zlib.compress(head.tobytes() + np.round(known[:-1] / step).astype(np.int8).tobytes(), 9)


def main(folder: Path) -> None:
    told = read(folder)
    held, wished = matrix([text for text, _ in told]), np.array([is_wish for _, is_wish in told])
    fold = np.random.default_rng(7).permutation(len(told)) % FOLDS
    looks = np.zeros(len(told))
    for number in range(FOLDS):
        known = fit(held[fold != number], wished[fold != number])
        looks[fold == number] = held[fold == number] @ known[:-1] + known[-1]
    by_pattern = np.array([is_told(text) for text, _ in told])
    for name, heard in (
        ("weights alone", looks > ENOUGH),
        ("with patterns", looks + WORTH * by_pattern > ENOUGH),
    ):
        both = (heard & wished).sum()
        print(  # noqa: T201
            f"{len(told)} texts, {name}, weights not fitted to them: "
            f"recall {both / wished.sum():.3f}, precision {both / heard.sum():.3f}"
        )
    wish_weights.FILE.write_bytes(packed(fit(held, wished)))


def is_told(text: str) -> bool:
    """Whether a pattern or a lone word tells of a wish."""
    return by_patterns(sentences_of(plain(text)))[0] is not None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
