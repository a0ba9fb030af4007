"""Where the marks of the results page go: bars from zero, and intervals on an axis that they share; pure.

Positions are percentages of a chart's width, so that marks stretch while text keeps its size.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# How many steps an axis has at most.
_STEPS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from `low` to `high`, with a tick at every step; zero is always on it."""

    low: float
    high: float
    ticks: Sequence[float]

    def at(self, value: float) -> float:
        """The place of a value; what lies outside stands at the edge."""
        inside = min(max(value, self.low), self.high)
        return 100 * (inside - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Whisker:
    """A value with its interval; `sure` where chance alone would not bring it about."""

    at: float
    low: float
    high: float
    sure: bool


def axis(values: Iterable[float]) -> Axis:
    """The smallest scale of round steps that holds these values and zero."""
    known = [v for v in values if math.isfinite(v)]
    least, most = min([*known, 0.0]), max([*known, 0.0])
    width = (most - least) or 1.0
    size = 10.0 ** math.floor(math.log10(width / _STEPS))
    step = next(size * n for n in (1, 2, 5, 10) if width / (size * n) <= _STEPS)
    first, last = math.floor(least / step), math.ceil(most / step)
    last = max(last, first + 1)
    ticks = [n * step for n in range(first, last + 1)]
    return Axis(ticks[0], ticks[-1], ticks)


def whisker(scale: Axis, told: Mapping[str, Any]) -> Whisker | None:
    """The mark of a lift or of a share as JSON tells it; None where nothing is known."""
    if told["value"] is None:
        return None
    at, low, high = (scale.at(told[name]) for name in ("value", "low", "high"))
    return Whisker(at, low, high, sure=told.get("verdict", "measured") == "measured")


def widths(values: Sequence[float | None]) -> list[float]:
    """How wide bars are that begin at zero, the largest nearly as wide as the chart."""
    largest = max((v for v in values if v), default=0.0)
    return [98 * (v or 0.0) / largest if largest else 0.0 for v in values]


def nearly(count: int) -> int:
    """A count with two figures that say something: of people needed nobody knows more."""
    return int(float(f"{count:.2g}"))
