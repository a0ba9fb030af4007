"""Where the dots, whiskers and ticks of the calibration chart go; the macro in charts.html draws them.

Both axes have the same scale, in percent of the chart's width and in pixels of its height, so that
what was predicted right lies on the diagonal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.learn.metrics import CalibrationBin

HEIGHT = 300
# Largest share on the axes, and its steps.
_SCALES = ((0.05, 0.01), (0.1, 0.02), (0.2, 0.05), (0.4, 0.1), (0.6, 0.1), (0.8, 0.2), (1.0, 0.2))


@dataclass(frozen=True, slots=True)
class Dot:
    """A tenth: its dot at (x %, y px), and its whisker from `low` to `high` px."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of both axes: x in percent, y in px."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class CalibrationChart:
    """Everything the macro draws; not `sure` is drawn hollow and dashed."""

    height: int
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    sure: bool


def calibration_chart(bins: Sequence[CalibrationBin], *, sure: bool) -> CalibrationChart:
    """Lay out predicted (across) against observed (up)."""
    most = max(max(part.high, part.predicted) for part in bins)
    top, step = next(((t, s) for t, s in _SCALES if most <= t), _SCALES[-1])
    ticks = tuple(
        Tick(f"{100 * value:.0f}%", 100 * value / top, _up(value, top))
        for value in (i * step for i in range(round(top / step) + 1))
    )
    dots = tuple(
        Dot(
            100 * part.predicted / top,
            _up(part.observed, top),
            _up(part.low, top),
            _up(part.high, top),
        )
        for part in bins
    )
    return CalibrationChart(HEIGHT, dots, ticks, sure)


def _up(value: float, top: float) -> float:
    return HEIGHT * (1.0 - value / top)
