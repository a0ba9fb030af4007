"""The weekly report: the stored figures of a week as a page and as a PDF, the latest week first."""

import re
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.pages.layout import draw
from app.pages.session import Account
from app.reports.weekly.pdf import draw_pdf
from app.reports.weekly.words import Report, report_of, title_of
from core.context import Context
from core.db import reading
from core.errors import Invalid, NotFound
from core.routing import Here
from workflows.results import weekly
from workflows.results.weekly import Row
from workflows.results.weekly_states import TaskState

routes = APIRouter(prefix="/admin")

SHOWN = 26
_WEEK = re.compile(r"\d{4}-\d{2}-\d{2}")
Asked = Annotated[str, Query(max_length=10)]


@dataclass(frozen=True, slots=True)
class _Found:
    row: Row
    report: Report


@routes.get("/weekly")
def show(request: Request, here: Here, installation: Account, week: Asked = "") -> Response:
    found = _find(here, installation.account_id, week)
    if found is None and week:
        raise NotFound("There is no report of this week.")
    with reading(here.engine) as connection:
        weeks = weekly.load_weeks(connection, installation.account_id, limit=SHOWN)
    return draw(
        "weekly.html",
        request,
        here,
        installation,
        active="weekly",
        found=found,
        weeks=[(key, title_of(key)) for key in weeks],
        is_made=found is not None and found.row["task_state"] == TaskState.MADE,
    )


@routes.get("/weekly.pdf")
def download(request: Request, here: Here, installation: Account, week: Asked = "") -> Response:
    found = _find(here, installation.account_id, week)
    if found is None:
        raise NotFound("There is no report of this week.")
    name = f"week-{found.row['week']}.pdf"
    return Response(
        draw_pdf(found.report, prepared_for=request.state.account_name),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _find(here: Context, account_id: str, week: str) -> _Found | None:
    """The report of a week, or the latest, beside the week before it."""
    if week and not _WEEK.fullmatch(week):
        raise Invalid("A week is named by its Monday, such as 2026-11-23.")
    with reading(here.engine) as connection:
        row = weekly.find(connection, account_id, week or None)
        if row is None:
            return None
        before = weekly.find_before(connection, account_id, row["week"])
    earlier = None if before is None else orjson.loads(before["figures"])
    return _Found(row, report_of(row["week"], orjson.loads(row["figures"]), earlier))
