"""The same backtest at earlier moments: each learns up to its own day, so that one lucky or odd season shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.reports.backtest.history import History
from app.reports.backtest.tracks import Split, Track, tracks_of
from core.errors import Invalid
from scoring.learn.backtest import Backtest, Method, run_backtest

EPOCH = date(1970, 1, 1)
# The first moment leaves at least so much of the record before the last to learn from.
_LEFT = 0.4


@dataclass(frozen=True, slots=True)
class Origin:
    """What was foretold at one moment of one track, and what came."""

    end: date
    people: int
    came: int
    foretold: float
    methods: tuple[Method, ...]
    measurable: bool

    @property
    def ratio(self) -> float | None:
        """Foretold for each that came; None where nobody did."""
        return self.foretold / self.came if self.came else None


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean, least and most of a figure over the moments at which it can be measured."""

    mean: float
    low: float
    high: float


def earlier_splits(first: date, split: Split, origins: int) -> list[Split]:
    """The splits before the given one, the earliest first.

    They are as far apart as the days foretold, or closer on a short record. Raises Invalid where it is too
    short for so many.
    """
    if origins < 1:
        raise Invalid("--origins must be 1 or more: at how many moments to foretell.")
    if origins == 1:
        return []
    room = int((1 - _LEFT) * (split.end - first).days)
    every = min(split.days, room // (origins - 1))
    if every < 1:
        raise Invalid(
            f"--origins {origins}: the record begins on {first}, too late for so many moments "
            f"before {split.end}."
        )
    return [
        Split(split.end - timedelta(days=every * back), split.days)
        for back in range(origins - 1, 0, -1)
    ]


def foretold_at(
    splits: list[Split], read: Callable[[date], History], tell: Callable[[str], None]
) -> Iterator[tuple[str, Origin]]:
    """Each track's key with what was foretold of it at each moment; a moment at which nobody was known is left out."""
    for split in splits:
        tell(f"Foretelling at {split.end}")
        try:
            tracks = tracks_of(read(split.end), split)
        except Invalid:
            continue
        for track in tracks:
            yield track.key, origin_of(track, split, judged_at(track, split))


def judged_at(track: Track, split: Split) -> Backtest:
    return run_backtest(
        track.record, horizon=float(split.days), today=float((split.end - EPOCH).days)
    )


def origin_of(track: Track, split: Split, result: Backtest) -> Origin:
    return Origin(
        split.end,
        track.people,
        int(result.came.sum()),
        float(result.p_return.sum()),
        result.methods,
        result.measurable,
    )


def spread_of(values: list[float]) -> Spread | None:
    return Spread(sum(values) / len(values), min(values), max(values)) if values else None
