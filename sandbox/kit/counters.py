"""Counts what is asked of the sandbox, so that a test can prove that nothing was done twice."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Counts since the start or the last reset."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    inputs: Counter[str] = field(default_factory=Counter)
    writes: Counter[tuple[int | str, str, str]] = field(default_factory=Counter)
    idle_writes: Counter[tuple[int | str, str, str]] = field(default_factory=Counter)
    enrolled: Counter[tuple[int | str, str, str]] = field(default_factory=Counter)

    def reset(self) -> None:
        for counter in (self.requests, self.inputs, self.writes, self.idle_writes, self.enrolled):
            counter.clear()

    def wrote(self, account: int | str, kind: str, record_id: str, *, changed: bool) -> None:
        """Count one write of one record through the API, and whether it changed any value."""
        key = (account, kind, record_id)
        self.writes[key] += 1
        if not changed:
            self.idle_writes[key] += 1

    def json(self) -> dict[str, object]:
        """The counts as the control API shows them; status 0 means that no answer was sent."""
        requests = [
            {"method": method, "path": path, "status": status, "count": count}
            for (method, path, status), count in sorted(self.requests.items())
        ]
        return {
            "requests": requests,
            "batch_inputs": dict(self.inputs),
            "writes": nested(self.writes),
            "writes_without_change": nested(self.idle_writes),
            "sequence_enrollments": nested(self.enrolled),
        }


def nested(counter: Counter[tuple[int | str, str, str]]) -> dict[str, dict[str, dict[str, int]]]:
    """Counts as account -> kind -> id -> count."""
    tree: dict[str, dict[str, dict[str, int]]] = {}
    for (account, kind, record_id), count in counter.items():
        tree.setdefault(str(account), {}).setdefault(kind, {})[record_id] = count
    return tree
