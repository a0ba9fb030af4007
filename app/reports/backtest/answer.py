"""The one object of `rekindle backtest --json`: numbers of six digits, null where not measurable."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from statistics import fmean

from app.reports.backtest.origins import Origin, spread_of
from app.reports.backtest.run import Judged, Outcome
from app.reports.reading.activities import listed
from scoring.learn.backtest import ENOUGH, Method
from scoring.learn.metrics import Quality

FIGURES = ("auc", "log_loss", "brier", "ece", "top_decile_lift")


def to_json(outcome: Outcome) -> dict[str, object]:
    """Customers at the top (leads where there are no customers), every track under `tracks`."""
    tracks = {judged.track.key: _track(judged, outcome) for judged in outcome.judged}
    return next(iter(tracks.values())) | {
        "tracks": tracks,
        "first_seen_later": outcome.first_seen_later,
        "mapping": {
            kind: {"label": mapping.label, "columns": mapping.columns}
            for kind, mapping in outcome.mappings.items()
        },
        "warnings": list(outcome.warnings),
        "unused": [
            {"file": kind, "column": entry.column, "reason": entry.reason}
            for kind, mapping in outcome.mappings.items()
            for entry in mapping.unused
        ],
        "other_activities": listed(outcome.others),
        "bad_rows": [asdict(row) for row in outcome.bad_rows.kept],
        "bad_rows_total": outcome.bad_rows.total,
    }


def figures(quality: Quality) -> dict[str, float | None]:
    """What a method was worth on these people; None where too few came or stayed away."""
    known = is_measurable(quality)
    return {name: _rounded(getattr(quality, name)) if known else None for name in FIGURES}


def is_measurable(quality: Quality) -> bool:
    return ENOUGH <= quality.positive <= quality.people - ENOUGH


def _track(judged: Judged, outcome: Outcome) -> dict[str, object]:
    track, result, split = judged.track, judged.result, outcome.split
    answer: dict[str, object] = {
        "track": track.key,
        "customers": track.people,
        "calibration_start": track.start.isoformat(),
        "calibration_end": split.end.isoformat(),
        "holdout_days": split.days,
        "returned": judged.returned,
        "base_rate": _rounded(judged.returned / track.people),
        "measurable": result.measurable,
        "verdict": judged.verdict.sentence,
        "methods": {method.key: _method(method) for method in result.methods},
        "calibration": [
            {
                "customers": part.people,
                "predicted": _rounded(part.predicted),
                "observed": _rounded(part.observed),
                "low": _rounded(part.low),
                "high": _rounded(part.high),
            }
            for part in result.calibration
        ],
        "expected_purchases": {
            "predicted": _rounded(float(result.expected.sum())),
            "observed": int(result.counts.sum()),
        },
        "blend": {
            "shares": {way: _rounded(share) for way, share in result.model.told.items()},
            "shift": _rounded(result.model.shift),
            "season": result.model.pace.is_seasonal,
        },
    }
    if judged.origins:
        answer["origins"] = [_origin(origin) for origin in judged.origins]
        answer["spread"] = _spread(judged.origins)
    if result.cold_start:
        losses = result.cold_start.log_losses
        known = result.measurable
        answer["cold_start"] = {
            "customers": result.cold_start.people,
            "draws": len(losses),
            "log_loss_mean": _rounded(fmean(losses)) if known else None,
            "log_loss_worst": _rounded(max(losses)) if known else None,
        }
    return answer


def _origin(origin: Origin) -> dict[str, object]:
    return {
        "calibration_end": origin.end.isoformat(),
        "customers": origin.people,
        "returned": origin.came,
        "foretold": _rounded(origin.foretold),
        "methods": {method.key: figures(method.all) for method in origin.methods},
    }


def _spread(origins: Sequence[Origin]) -> dict[str, object]:
    """The mean, least and most over the moments that can be measured, of each figure of each method."""
    known = [origin for origin in origins if origin.measurable]
    keys = [method.key for method in origins[-1].methods]

    def over(values: Iterable[float | None]) -> dict[str, float | None] | None:
        found = spread_of([value for value in values if value is not None])
        return {name: _rounded(value) for name, value in asdict(found).items()} if found else None

    return {
        "measurable": len(known),
        "foretold_over_returned": over(origin.ratio for origin in known),
        "methods": {
            key: {
                name: over(figures(origin.methods[i].all)[name] for origin in known)
                for name in FIGURES
            }
            for i, key in enumerate(keys)
        },
    }


def _method(method: Method) -> dict[str, object]:
    quiet = {"customers": method.quiet.people, "returned": method.quiet.positive}
    return {**figures(method.all), "quiet_90": quiet | figures(method.quiet)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
