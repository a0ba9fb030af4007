"""People of like prospects as strata in which the arms are compared; small strata are taken together; pure."""

from collections.abc import Hashable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

# People of each arm that a stratum needs to be compared by itself.
LEAST = 5


def pool(
    groups: Sequence[Hashable],
    keys: Sequence[tuple[str, ...]],
    held: NDArray[np.bool_],
    *,
    least: int = LEAST,
) -> NDArray[np.int64]:
    """The stratum of each person, 0 to the last, -1 where their group has one arm alone.

    Only people of one group are ever compared: everybody in it had the same chance to be left alone. Within it cells
    of one key stand in the order of their keys, and each stratum takes cells until it has `least` of both arms; what
    is left over at the end goes with the last.
    """
    order = sorted(range(len(keys)), key=lambda i: (str(groups[i]), keys[i]))
    stratum = np.full(len(keys), -1, dtype=np.int64)
    following = 0
    for _, members in groupby(order, key=lambda i: str(groups[i])):
        parts = _parts(list(members), keys, held, least)
        for part in parts:
            stratum[part] = following
            following += 1
    return stratum


def _parts(
    members: list[int], keys: Sequence[tuple[str, ...]], held: NDArray[np.bool_], least: int
) -> list[list[int]]:
    parts: list[list[int]] = []
    current: list[int] = []
    for _, cell in groupby(members, key=lambda i: keys[i]):
        current += cell
        controls = int(held[current].sum())
        if min(controls, len(current) - controls) >= least:
            parts.append(current)
            current = []
    if current and parts:
        parts[-1] += current
    elif current and 0 < int(held[current].sum()) < len(current):
        parts.append(current)
    return parts
