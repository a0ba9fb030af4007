"""What the screen and the report say of a backtest: its sentences, and its figures as written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import fmean

import numpy as np

from app.reports.backtest.answer import figures, is_measurable
from app.reports.backtest.origins import spread_of
from app.reports.backtest.run import Judged, Outcome
from app.templating import DASH, day, people, share
from scoring.learn.backtest import ENOUGH, Method
from scoring.learn.metrics import Quality

NOT_YET = "not yet measurable"
ORIGIN_COLUMNS = ("Learnt up to", "Foretold", "Came", "Log-loss", "Best other")
COLUMNS = ("AUC", "Log-loss", "Brier", "Calibration error", "Top-tenth lift")


@dataclass(frozen=True, slots=True)
class Row:
    """One method and its figures as text, in the order of COLUMNS."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """People that all methods are judged on, with a row for each method if that can be measured."""

    label: str
    note: str
    measurable: bool
    rows: tuple[Row, ...]


def written(value: date) -> str:
    """A day in words, as on every page."""
    return day(datetime(value.year, value.month, value.day, tzinfo=UTC))


def counts(judged: Judged, outcome: Outcome) -> str:
    """How many were known, and how many came back."""
    words, known = judged.words, judged.track.people
    return (
        f"{people(known, words.one, words.many)} {'was' if known == 1 else 'were'} known by "
        f"{written(outcome.split.end)}; {judged.returned:,} of them "
        f"({share(100 * judged.returned / known)}) {words.came} within "
        f"{people(outcome.split.days, 'day', 'days')}."
    )


def expected(judged: Judged) -> str:
    """Expected against actual days with events, in all."""
    predicted, observed = judged.result.expected.sum(), judged.result.counts.sum()
    return (
        f"It expected {predicted:,.0f} {judged.words.event_days} in all; there were {observed:,}."
    )


def agreement(judged: Judged) -> str:
    """In how many of the tenths the prediction held."""
    bins = judged.result.calibration
    inside = sum(part.low <= part.predicted <= part.high for part in bins)
    return (
        f"In {inside} of {len(bins)} groups the predicted share lies within the 95% interval "
        f"of the share that {judged.words.came}."
    )


def cold_start(judged: Judged) -> str | None:
    """What models of a few people were worth; None if nobody asked."""
    cold, score = judged.result.cold_start, judged.result.methods[0]
    if cold is None:
        return None
    words = judged.words
    whom = f"{cold.people:,} of the {people(judged.track.people, words.one, words.many)}"
    if not judged.result.measurable:
        return f"Cold start with {whom}: {NOT_YET}."
    draws, mean, worst = len(cold.log_losses), fmean(cold.log_losses), max(cold.log_losses)
    spread = f" on average over {draws:,} draws and {worst:.3f} at worst" if draws > 1 else ""
    return (
        f"Cold start: models that knew only {whom} had a log-loss of {mean:.3f}{spread}; the one "
        f"that knew all, {score.all.log_loss or 0:.3f}."
    )


def origins(judged: Judged) -> tuple[tuple[str, ...], ...]:
    """A row for each moment: its day, the shares foretold and come, our log-loss and that of the best other."""
    rows = []
    for origin in judged.origins:
        ours, *others = (method.all.log_loss for method in origin.methods)
        known = origin.measurable
        best = min((loss for loss in others if loss is not None), default=None)
        rows.append(
            (
                written(origin.end),
                share(100 * origin.foretold / origin.people),
                share(100 * origin.came / origin.people),
                _three(ours if known else None),
                _three(best if known else None),
            )
        )
    return tuple(rows)


def spread(judged: Judged) -> str | None:
    """How much the moments differ; None where there is one alone or none can be measured."""
    known = [origin for origin in judged.origins if origin.measurable]
    ratios = spread_of([origin.ratio for origin in known if origin.ratio is not None])
    losses = spread_of([origin.methods[0].all.log_loss or 0.0 for origin in known])
    if ratios is None or losses is None:
        return None
    return (
        f"At {len(known):,} of {len(judged.origins):,} moments it can be measured: log-loss {losses.mean:.3f} on "
        f"average, from {losses.low:.3f} to {losses.high:.3f}; for each who {judged.words.came} "
        f"{ratios.low:.2f} to {ratios.high:.2f} were foretold."
    )


def average_log_loss(judged: Judged) -> float:
    """The log-loss of giving everybody the share that came: the least without any ranking."""
    rate = np.clip(judged.returned / judged.track.people, 1e-6, 1 - 1e-6)
    return float(-(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))


def groups(judged: Judged) -> tuple[Group, ...]:
    """All, and those who had been quiet for 90 days or more."""
    methods = judged.result.methods
    return (
        _group("All", methods, lambda m: m.all, judged),
        _group("Quiet for 90 days or more", methods, lambda m: m.quiet, judged),
    )


def _group(
    label: str, methods: tuple[Method, ...], part: Callable[[Method], Quality], judged: Judged
) -> Group:
    first, words = part(methods[0]), judged.words
    known = is_measurable(first)
    note = f"{people(first.people, words.one, words.many)}, {first.positive:,} {words.came}"
    if not known:
        note += f"; {NOT_YET}, it takes {ENOUGH} who did and {ENOUGH} who did not"
    rows = tuple(Row(m.label, _cells(part(m))) for m in methods) if known else ()
    return Group(label, note, known, rows)


def _cells(quality: Quality) -> tuple[str, ...]:
    known = figures(quality)
    error = known["ece"]
    return (
        _three(known["auc"]),
        _three(known["log_loss"]),
        _three(known["brier"]),
        DASH if error is None else f"{100 * error:.1f} pts",
        DASH if known["top_decile_lift"] is None else f"{known['top_decile_lift']:.1f}×",
    )


def _three(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"
