"""A backtest as a page: one HTML file without any outside request."""

from app.reports.backtest import sentences
from app.reports.backtest.charts import calibration_chart
from app.reports.backtest.run import Judged, Outcome
from app.templating import environment, share
from scoring.learn.metrics import CalibrationBin


def render_report(outcome: Outcome, *, prepared_for: str) -> str:
    """The report; it holds counts and figures, never an id or an address."""
    return (
        environment()
        .get_template("backtest.html")
        .render(
            outcome=outcome,
            end=sentences.written(outcome.split.end),
            holdout_end=sentences.written(outcome.split.holdout_end),
            days=outcome.split.days,
            prepared_for=prepared_for,
            tracks=[_track(judged, outcome) for judged in outcome.judged],
            columns=sentences.COLUMNS,
            origin_columns=sentences.ORIGIN_COLUMNS,
        )
    )


def _track(judged: Judged, outcome: Outcome) -> dict[str, object]:
    bins, sure = judged.result.calibration, judged.result.measurable
    return {
        "key": judged.track.key,
        "words": judged.words,
        "people": judged.track.people,
        "start": sentences.written(judged.track.start),
        "verdict": judged.verdict,
        "measurable": sure,
        "counts": sentences.counts(judged, outcome),
        "expected": sentences.expected(judged),
        "agreement": sentences.agreement(judged),
        "cold_start": sentences.cold_start(judged),
        "origins": sentences.origins(judged),
        "spread": sentences.spread(judged) or f"Moments: {sentences.NOT_YET}.",
        "groups": sentences.groups(judged),
        "average_log_loss": f"{sentences.average_log_loss(judged):.3f}",
        "base_rate": share(100 * judged.returned / judged.track.people),
        "chart": calibration_chart(bins, sure=sure),
        "tenths": [_tenth(place, part) for place, part in enumerate(bins, start=1)],
        "weights": {way: share(100 * part) for way, part in judged.result.model.told.items()},
    }


def _tenth(place: int, part: CalibrationBin) -> dict[str, object]:
    return {
        "place": place,
        "people": part.people,
        "predicted": share(100 * part.predicted),
        "observed": share(100 * part.observed),
        "interval": f"{100 * part.low:.1f}–{share(100 * part.high)}",
    }
