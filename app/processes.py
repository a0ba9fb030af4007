"""Child processes that never outlive us, whichever way we end."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# A line of a log, as people or programs read it, that tells that all went as it should.
_ORDINARY = re.compile(r"\[(info|debug) *\]|\"level\": ?\"(info|debug)\"")
# Our own command line, for a child process that runs one of its commands.
REKINDLE = (sys.executable, "-c", "from app.cli.main import main; main()")


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel to kill this process when its parent goes (Linux only, elsewhere nothing)."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)  # it went before we asked


class Children:
    """Processes started together and stopped together, last first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._commands: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {}

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start a process whose output goes to `<name>.log`."""
        self._logs.mkdir(parents=True, exist_ok=True)
        parent = os.getpid()
        with (self._logs / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  our own commands
                list(command),
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509  runs before exec only
            )
        self._running.append((name, process))
        self._commands[name] = (command, env)

    def restart(self, name: str) -> None:
        """Start a process again that has ended by itself."""
        self._running = [(n, p) for n, p in self._running if n != name]
        self.start(name, *self._commands[name])

    def ended(self) -> str | None:
        """The name of a process that ended by itself, if any."""
        return next((name for name, p in self._running if p.poll() is not None), None)

    def cpu_seconds(self, name: str) -> float:
        """What a process and those it started have used so far (Linux only, elsewhere nothing)."""
        session = next(p.pid for n, p in self._running if n == name)
        used = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended
            if int(fields[3]) == session:
                used += int(fields[11]) + int(fields[12])
        return used / os.sysconf("SC_CLK_TCK")

    def pid(self, name: str) -> int:
        """The number of a process that was started under that name."""
        return next(p.pid for n, p in self._running if n == name)

    def last_words(self, name: str, lines: int = 15) -> str:
        """What a process has said last that was out of the ordinary."""
        path = self._logs / f"{name}.log"
        if not path.exists():
            return ""
        said = path.read_text(errors="replace").splitlines()
        return "\n".join([line for line in said if not _ORDINARY.search(line)][-lines:])

    def stop(self) -> None:
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
        for _, process in reversed(self._running):
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)
        self._running.clear()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
