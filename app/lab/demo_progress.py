"""The demonstration's progress on stderr: a bar for people, a line for each stage in a log."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bars

from core.clock import stopwatch


class Progress:
    """Stages one after another, each timed; the current one may count."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._shown = console.is_terminal
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not self._shown,
        )
        self._total = stopwatch()
        self._since = stopwatch()
        self._seconds: dict[str, float] = {}
        self._name = ""
        self._words = ""
        self._counted = ""
        self._task = self._bars.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stage(self, name: str, words: str) -> None:
        """End the current stage and begin one; `words` is what a person reads."""
        self._end()
        self._name, self._words, self._counted = name, words, ""
        self._since = stopwatch()
        # A task anew: one that is reset keeps the last stage's total.
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(words, total=None)
        if not self._shown:
            sys.stderr.write(f"{words} ...\n")
            sys.stderr.flush()

    def count(self, done: int, total: int | None) -> None:
        self._counted = f" ({done:,} of {total:,})" if total else f" ({done:,})"
        self._bars.update(self._task, completed=done, total=total)

    def where(self) -> str:
        """Where it stands, for a message: `while reading contacts (1,200 of 2,357)`."""
        return f"while {self._words[:1].lower()}{self._words[1:]}{self._counted}"

    def finish(self) -> dict[str, float]:
        """Seconds by stage, and in all."""
        self._end()
        self.stop()
        return {**self._seconds, "total": round(self._total(), 3)}

    def stop(self) -> None:
        self._bars.stop()

    def _end(self) -> None:
        if self._name:
            self._seconds[self._name] = round(self._seconds.get(self._name, 0.0) + self._since(), 3)
            self._name = ""
