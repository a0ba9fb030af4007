"""Faults that are asked for: which coming requests are refused, lost, slowed down or cut off."""

import re
from dataclasses import dataclass, field

KINDS = ("status", "drop", "delay", "hang", "truncate", "alter")
HANG_MS = 60_000


@dataclass(slots=True)
class Fault:
    """What happens to requests that match; `after` spares the first ones, `times` None never ends.

    With `applied` the request takes effect and only its answer is lost or replaced; a truncated
    or altered answer always has its effect. An altered one is the real one with other fields:
    its `body` says which to `drop` and which to `set`.
    """

    id: int
    method: str
    path: re.Pattern[str]
    kind: str
    status: int
    body: object
    after: int
    times: int | None
    delay_ms: int
    applied: bool
    matched: int = 0
    struck: int = 0

    def json(self) -> dict[str, object]:
        """The fault as the control API shows it."""
        return {
            "id": self.id,
            "method": self.method,
            "path": self.path.pattern,
            "kind": self.kind,
            "status": self.status,
            "body": self.body,
            "after": self.after,
            "times": self.times,
            "delay_ms": self.delay_ms,
            "applied": self.applied,
            "matched": self.matched,
            "struck": self.struck,
        }


@dataclass(slots=True)
class Faults:
    """The faults in force, oldest first."""

    _rows: list[Fault] = field(default_factory=list)
    _next_id: int = 1

    def each(self) -> list[Fault]:
        """Every fault, used up or not."""
        return list(self._rows)

    def add(self, spec: dict[str, object]) -> Fault:
        """Put a fault in force; raises ValueError saying what is wrong with it."""
        fault = _read(spec, self._next_id)
        self._next_id += 1
        self._rows.append(fault)
        return fault

    def clear(self) -> None:
        """Put no fault in force any more."""
        self._rows.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted as used; None when it goes through."""
        for fault in self._rows:
            if fault.method not in {"*", method} or not fault.path.search(path):
                continue
            fault.matched += 1
            used_up = fault.times is not None and fault.struck >= fault.times
            if fault.matched > fault.after and not used_up:
                fault.struck += 1
                return fault
        return None


def _read(spec: dict[str, object], number: int) -> Fault:
    kind = str(spec.get("kind", "status"))
    if kind not in KINDS:
        raise ValueError(f"kind must be one of: {', '.join(KINDS)}")
    try:
        path = re.compile(str(spec.get("path", "")))
    except re.error as error:
        raise ValueError(f"path must be a regular expression: {error}") from error
    if kind == "alter" and not isinstance(spec.get("body"), dict):
        raise ValueError('the body of kind alter must be {"drop": [names], "set": {name: value}}')
    status = _number(spec, "status", 500)
    if not 200 <= status <= 599:
        raise ValueError("status must be between 200 and 599")
    return Fault(
        id=number,
        method=str(spec.get("method", "*")).upper(),
        path=path,
        kind=kind,
        status=status,
        body=spec.get("body"),
        after=_number(spec, "after", 0),
        times=None if spec.get("times") is None else _number(spec, "times", 1),
        delay_ms=_number(spec, "delay_ms", HANG_MS if kind == "hang" else 0),
        applied=spec.get("applied") is True,
    )


def _number(spec: dict[str, object], name: str, default: int) -> int:
    value = spec.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a whole number that is not negative")
    return value
