"""Every pair of a machine's states, and what asking for it must lead to."""

from typing import Any

import pytest

from core.states import Machine, S

MOVES, STAYS, REFUSED = "moves", "stays", "refused"


def expected(machine: Machine[S], old: S, new: S) -> str:
    if new in machine.table[old]:
        return MOVES
    return STAYS if old == new else REFUSED


def every_pair(machine: Machine[Any]) -> pytest.MarkDecorator:
    """A parametrization by `old`, `new` and `leads`, which is what asking for `new` leads to."""
    pairs = [
        (old, new, expected(machine, old, new)) for old in machine.table for new in machine.table
    ]
    return pytest.mark.parametrize(
        ("old", "new", "leads"), pairs, ids=[f"{old}-{new}" for old, new, _ in pairs]
    )
