"""`rekindle audit`: who has gone quiet in a contact export, on screen, as JSON and as a report."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.reading import ColumnMap, KindMap, Styles

DEFAULT_REPORT = Path("rekindle-audit.html")


def audit(
    contacts_csv: Annotated[
        Path, typer.Argument(metavar="CONTACTS.csv", help="A contact export of your CRM.")
    ],
    *,
    activities: Annotated[
        Path | None,
        typer.Option(help="Activities: contact id or email, date, type, direction, outcome."),
    ] = None,
    purchases: Annotated[
        Path | None, typer.Option(help="Purchases: customer_id or email, date, quantity, amount.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Look at the data as of the start of this day, UTC (default: now)."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=f"Where the report goes (default: {DEFAULT_REPORT}).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; a report only with --out.")
    ] = False,
    column_map: ColumnMap = None,
    kind_map: KindMap = None,
    styles: Styles = None,
    currency: Annotated[
        str | None,
        typer.Option(help="Currency of the amounts (default: the one they name, or else USD)."),
    ] = None,
    typical_sale: Annotated[
        float | None, typer.Option(min=0, help="A typical sale, where none is on record.")
    ] = None,
    prepared_for: Annotated[str, typer.Option(help="The name on the report.")] = "",
) -> None:
    """Find the dormant contacts in a CSV export: how many, how long, and what they may be worth."""
    # Loads polars, which must not be in a process that forks jobs: only when it is asked for.
    from app.reports.audit.session import Request, perform  # noqa: PLC0415

    perform(
        Request(
            contacts_csv,
            activities=activities,
            purchases=purchases,
            as_of=as_of,
            out=out or (None if as_json else DEFAULT_REPORT),
            as_json=as_json,
            column_map=tuple(column_map or ()),
            kind_map=tuple(kind_map or ()),
            styles=tuple(styles or ()),
            currency=currency,
            typical_sale=typical_sale,
            prepared_for=prepared_for or contacts_csv.stem,
        )
    )
