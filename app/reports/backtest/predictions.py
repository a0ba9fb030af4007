"""The predictions as a file: one row for each person known by the end of the calibration."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from app.reports.backtest.run import Judged


def predictions(judged: Sequence[Judged]) -> pl.DataFrame:
    """Columns customer_id (as in the files), p_return, expected_purchases; in the files' order."""
    return (
        pl.concat(
            pl.DataFrame(
                {
                    "customer_id": one.track.ids,
                    "p_return": one.result.p_return,
                    "expected_purchases": one.result.expected,
                    "place": one.track.place,
                }
            )
            for one in judged
        )
        .sort("place")
        .drop("place")
    )


def write_predictions(judged: Sequence[Judged], path: Path) -> None:
    """Write them with every digit; raises OSError where the place can't be written."""
    path.write_text(predictions(judged).write_csv(), encoding="utf-8")
