"""The CPU time of processes with everything they started, as the kernel counts it (Linux only)."""

import os
from collections.abc import Iterable
from pathlib import Path

from core.errors import Invalid

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of these processes and their descendants, also of those that have ended.

    A process that has ended and was waited for is counted in its parent's time, so nothing is lost or
    counted twice between two calls.
    """
    times, children = _read_all()
    waiting, total = list(roots), 0
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0)
        waiting += children.get(pid, [])
    return total / _TICKS


def _read_all() -> tuple[dict[int, int], dict[int, list[int]]]:
    """Ticks by process, and each process's children."""
    times: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    if not Path("/proc/self/stat").exists():
        raise Invalid("CPU time is read from /proc, which only Linux has.")
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "stat").read_text()
        except OSError:
            continue  # it ended while we looked
        # The name in brackets may hold anything; what follows its last bracket are fields 3, 4, ...
        fields = text.rpartition(")")[2].split()
        pid, parent = int(entry.name), int(fields[1])
        times[pid] = sum(map(int, fields[11:15]))  # fields 14-17: own and reaped, user and system
        children.setdefault(parent, []).append(pid)
    return times, children
