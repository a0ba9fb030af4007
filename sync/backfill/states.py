"""What becomes of a run, which is one reading of a whole account."""

from enum import StrEnum

from core.states import Machine


class RunState(StrEnum):
    """A run whose worker died, or met a passing trouble, is still running: the next worker goes on."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


_S = RunState

RUNS = Machine(
    "run",
    {
        # Running again: a page was stored, or another worker goes on.
        _S.RUNNING: frozenset({_S.RUNNING, _S.DONE, _S.FAILED}),
        # Ends: the next reading is a run of its own.
        _S.DONE: frozenset(),
        _S.FAILED: frozenset(),
    },
)
