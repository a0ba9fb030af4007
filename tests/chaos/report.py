"""Tells how the rounds go: one line for each, a progress bar at a terminal, one JSON object for machines."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos.trial import Verdict


class Report:
    """A progress bar on stderr where that is a terminal; results go to stdout."""

    def __init__(self, rounds: int, *, as_json: bool) -> None:
        self._as_json = as_json
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description:<40}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("starting", total=rounds)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def doing(self, what: str) -> None:
        self._progress.update(self._task, description=what)

    def add(self, verdict: Verdict) -> None:
        """One round's line, and what did not hold."""
        self._progress.advance(self._task)
        if self._as_json:
            _write(json.dumps(verdict.to_json()))
            return
        _write(line(verdict))
        for wrong in verdict.wrong:
            _write(f"      {wrong}")
        if not verdict.held:
            plan = verdict.plan
            _write(f"      look into {verdict.folder}")
            _write(f"      again: ./run chaos --round {plan.number} --seed {plan.seed}")

    def end(self, verdicts: Sequence[Verdict]) -> None:
        """How many held, and what went wrong most often."""
        held = sum(v.held for v in verdicts)
        longest = max((v.standstill for v in verdicts), default=0.0)
        if self._as_json:
            _write(
                json.dumps({"rounds": len(verdicts), "held": held, "longest_standstill": longest})
            )
            return
        _write(f"{held} of {len(verdicts)} rounds held; longest standstill {longest:.0f} s")
        for kind, number in classes(verdicts).most_common():
            _write(f"  {number:3} rounds: {kind}")


def line(verdict: Verdict) -> str:
    plan = verdict.plan
    return (
        f"round {plan.number:3}  seed {plan.seed}  {plan.crm:<9}  {plan.database:<10}  "
        f"{verdict.seconds:4.0f} s  longest standstill {verdict.standstill:3.0f} s  "
        f"{'held' if verdict.held else 'FAILED'}  [{'; '.join(verdict.faults)}]"
    )


_CLASSES = (
    ("stood still", "the account stood still"),
    ("given up", "a job was given up"),
    (" times", "somebody was started twice"),
    ("must not be contacted", "somebody was started who must not be contacted"),
    ("never started", "somebody was never started"),
    ("not in the undisturbed", "somebody else was started"),
    ("erased in the CRM", "an erased person was not forgotten"),
    ("values that differ", "values differ from the undisturbed run"),
    (" instead of ", "values differ from the undisturbed run"),
    (" in the CRM in one", "values differ from the undisturbed run"),
    ("ended by itself", "a process ended by itself"),
    ("outlived", "a process outlived its parent"),
    ("still there", "a process was left over"),
    ("integrity", "the database is damaged"),
    ("failed:", "a stage failed"),
)


def classes(verdicts: Sequence[Verdict]) -> Counter[str]:
    """How many rounds each kind of failure was seen in."""
    return Counter(
        kind for verdict in verdicts for kind in {_class_of(wrong) for wrong in verdict.wrong}
    )


def _class_of(wrong: str) -> str:
    if " in " in wrong and wrong.endswith(" times)"):
        return "a personal value or token was seen: " + wrong.rpartition(" (")[0]
    return next((kind for words, kind in _CLASSES if words in wrong), wrong)


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
