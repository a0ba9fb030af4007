"""`rekindle backtest`: would the score have been right? On screen, as JSON, CSV and a report."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.reading import ColumnMap, KindMap, Styles

DEFAULT_REPORT = Path("rekindle-backtest.html")

Activities = Annotated[
    Path | None,
    typer.Option(help="Activities of leads: contact id or email, date, type, direction, outcome."),
]
FitCustomers = Annotated[
    int | None,
    typer.Option(metavar="N", help="Also measure a cold start: models that know only N of them."),
]
Origins = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Do the same at N moments, the last of them --calibration-end, and show the spread.",
    ),
]
Out = Annotated[
    Path | None, typer.Option(help="Where the predictions go: a CSV, one row per customer.")
]


def backtest(
    purchases_csv: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PURCHASES.csv]", help="Purchases: customer_id or email, date, amount."
        ),
    ] = None,
    *,
    calibration_end: Annotated[
        str,
        typer.Option(
            metavar="DATE", help="The last day to learn from, e.g. 2025-12-31; it is included."
        ),
    ],
    holdout_days: Annotated[
        int, typer.Option(metavar="N", help="How many days after it the predictions are for.")
    ],
    activities: Activities = None,
    out: Out = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; a report only with --report.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help=f"Where the report goes (default: {DEFAULT_REPORT}).")
    ] = None,
    fit_customers: FitCustomers = None,
    draws: Annotated[
        int, typer.Option(metavar="K", help="From how many random draws of N customers.")
    ] = 10,
    origins: Origins = 1,
    column_map: ColumnMap = None,
    kind_map: KindMap = None,
    styles: Styles = None,
) -> None:
    """Test the score on a history you have: learn up to a day, predict, compare with what came."""
    # Loads polars: only when it is asked for.
    from app.reports.backtest.session import Request, perform  # noqa: PLC0415

    perform(
        Request(
            purchases=purchases_csv,
            activities=activities,
            calibration_end=calibration_end,
            holdout_days=holdout_days,
            out=out,
            as_json=as_json,
            report=report or (None if as_json else DEFAULT_REPORT),
            fit_customers=fit_customers,
            draws=draws,
            origins=origins,
            column_map=tuple(column_map or ()),
            kind_map=tuple(kind_map or ()),
            styles=tuple(styles or ()),
        )
    )
