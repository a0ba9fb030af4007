"""Workers that start at once: a process that has loaded the product and forks one whenever it is told to.

`python -m tests.chaos.forking` reads lines: for each it forks a worker that works until nothing is due, tells its pid,
and then how it ended.
"""

import os
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from app.compose import compose, environment
from app.processes import die_with_parent
from app.worker import serve
from core.clock import pause
from core.queue import Lane

KILLED = -9
# What jobs load when they first need it.
_JOBS = ("sync.jobs", "scoring.jobs", "workflows.jobs", "scoring.score", "scoring.learn.learnt")
_LONGEST_PAUSE = 0.02  # the sandbox shows at once what it has done


@dataclass(slots=True)
class Workers:
    """One worker at a time, forked from a process that has everything loaded."""

    _process: "subprocess.Popen[str]"

    def start(self) -> int:
        """Fork a worker; answers its pid."""
        assert self._process.stdin is not None
        self._process.stdin.write("work\n")
        self._process.stdin.flush()
        return self._hear()

    def wait(self) -> int:
        """How the worker ended: 0, or minus the signal."""
        return self._hear()

    def _hear(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that forks workers has ended")
        return int(line)


@contextmanager
def opened_workers(env: Mapping[str, str], log: Path) -> Iterator[Workers]:
    """Workers with these variables, until the block ends."""
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.forking"],
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  runs before exec only
        ) as process,
    ):
        try:
            yield Workers(process)
        finally:
            process.kill()


def main() -> None:
    for name in _JOBS:
        import_module(name)
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a worker prints is no word of ours
    for _line in sys.stdin:
        pid = os.fork()
        if not pid:
            _work()
        print(pid, file=told, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=told, flush=True)


def _work() -> None:
    code = 1
    try:
        die_with_parent()
        context = replace(compose(environment()), pause=_briefly)
        serve(context, tuple(Lane), burst=True)
        code = 0
    except Exception:  # noqa: BLE001  whoever waits sees the exit code, and the log says why
        traceback.print_exc()
    finally:
        os._exit(code)


def _briefly(seconds: float) -> None:
    pause(min(seconds, _LONGEST_PAUSE))


if __name__ == "__main__":
    main()
