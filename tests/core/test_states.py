"""Every machine's table has a line for each of its states, and checking agrees with it."""

from enum import StrEnum
from typing import Any

import pytest

from core.states import ImpossibleTransition, Machine
from sync.backfill.states import RUNS
from sync.inbox.states import DELIVERIES
from sync.outbox.states import PLANS, WRITES
from tests.pairs import REFUSED, expected
from workflows.enrollment.states import ENROLLMENTS, MERGES
from workflows.status import DECISIONS, Status


@pytest.mark.parametrize(
    "machine",
    [DECISIONS, PLANS, WRITES, ENROLLMENTS, MERGES, RUNS, DELIVERIES],
    ids=lambda m: m.thing,
)
def test_every_state_has_its_line_and_checking_agrees_with_it(machine: Machine[Any]) -> None:
    kind: type[StrEnum] = type(next(iter(machine.table)))
    assert list(machine.table) == list(kind)
    for old in kind:
        for new in kind:
            assert machine.allows(old, new) == (old in machine.before(new))
            if expected(machine, old, new) == REFUSED:
                with pytest.raises(ImpossibleTransition):
                    machine.check(old, new)
            else:
                machine.check(old, new)


def test_a_control_is_never_started_and_nothing_else_is_impossible() -> None:
    refused = [
        (old, new) for old in Status for new in Status if expected(DECISIONS, old, new) == REFUSED
    ]
    assert refused == [(Status.HELD_OUT, Status.STARTED)]
