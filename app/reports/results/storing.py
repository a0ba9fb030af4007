"""An account's results as they are stored for its pages: the same figures that the command tells."""

import io

import orjson

from app.reports.results.assemble import assemble_each
from app.reports.results.loading import load
from app.reports.results.tables import to_json, write_csv
from core.context import Context
from workflows.results import store
from workflows.results.measuring import HORIZONS


def store_results(here: Context, account_id: str) -> None:
    """Work out the results of an account and store them at each number of days."""
    known = load(here, account_id)
    told = []
    for days, found in assemble_each(known, HORIZONS).items():
        sheet = io.StringIO()
        write_csv(found, sheet)
        figures = orjson.dumps(to_json(found)).decode()
        told.append({"days": days, "figures": figures, "sheet": sheet.getvalue()})
    with here.engine.begin() as tx:
        store.record_told(tx, account_id, told, as_of=known.as_of)
