"""The processes of a round: started, killed, started again as a supervisor would, and looked for afterwards."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.processes import die_with_parent

MARK = "REKINDLE_CHAOS_MARK"


@dataclass(slots=True)
class _Kept:
    command: Sequence[str]
    env: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    back_at: float | None = None  # killed by us: when it is to be started again


@dataclass(slots=True)
class Processes:
    """Processes that carry `mark` in their environment, with all that they start.

    Only the main thread starts them: the kernel ends a child with the thread that started it.
    """

    logs: Path
    mark: str
    ended_by_themselves: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _bereaved: list[tuple[float, str, list[int]]] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start a process and keep it running until `stop`."""
        self._kept[name] = _Kept(command, {**env, MARK: self.mark})
        self._launch(name)

    def _launch(self, name: str) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        kept, parent = self._kept[name], os.getpid()
        with (self.logs / f"{name}.log").open("ab") as output:
            kept.process = subprocess.Popen(
                list(kept.command),
                env=dict(kept.env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509  runs before exec only
            )
        kept.back_at = None

    def named(self, kind: str) -> list[str]:
        """The names that begin with `kind`, such as the workers'."""
        return [name for name in self._kept if name.startswith(kind)]

    def kill(self, name: str, *, back_in: float) -> None:
        """Kill -9 a process; it is started again after `back_in` seconds."""
        kept = self._kept[name]
        if kept.process is None or kept.process.poll() is not None:
            return
        heirs = list(_descendants(kept.process.pid))
        kept.process.kill()
        kept.process.wait()
        now = time.monotonic()
        kept.back_at = now + back_in
        self._bereaved.append((now + 5.0, name, heirs))

    def kill_child(self, name: str, *, luck: float) -> bool:
        """Kill -9 one of the processes that `name` has started; False where there is none."""
        process = self._kept[name].process
        heirs = sorted(_descendants(process.pid)) if process is not None else []
        if not heirs:
            return False
        _kill(heirs[int(luck * len(heirs))])
        return True

    def tend(self) -> None:
        """Start again what is due and what ended by itself; note what outlived its parent."""
        now = time.monotonic()
        for name, kept in self._kept.items():
            if kept.process is None or kept.process.poll() is None:
                continue
            if kept.back_at is None:
                self.ended_by_themselves.append(f"{name} (exit code {kept.process.returncode})")
                kept.back_at = now + 1.0
            if now >= kept.back_at:
                self._launch(name)
        for due, name, heirs in [b for b in self._bereaved if b[0] <= now]:
            self._bereaved.remove((due, name, heirs))
            left = [pid for pid in heirs if _carries(pid, self.mark)]
            self.orphans += [f"process {pid} outlived its killed {name}" for pid in left]

    def stop(self) -> None:
        """End them all, the last started first, as a supervisor does."""
        running = [k.process for k in reversed(self._kept.values()) if k.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        for process in running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._kept.clear()

    def remaining(self, *, seconds: float = 5.0) -> list[int]:
        """The processes of this round that are still there after so many seconds; they are ended."""
        until = time.monotonic() + seconds
        while (left := list(_marked(self.mark))) and time.monotonic() < until:
            time.sleep(0.1)
        for pid in left:
            _kill(pid)
        return left


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it went by itself


def _descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids = children.read_text().split()
        except OSError:
            continue  # the thread has ended meanwhile
        for child in map(int, pids):
            yield child
            yield from _descendants(child)


def _marked(mark: str) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        if _carries(int(entry.name), mark):
            yield int(entry.name)


def _carries(pid: int, mark: str) -> bool:
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
