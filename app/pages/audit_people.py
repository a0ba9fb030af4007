"""The people behind a number of the audit: a list with names, and all of it as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from app.pages.layout import draw
from app.pages.session import Account
from core.context import Context
from core.db import reading
from core.errors import NotFound
from core.routing import Here
from core.said import said
from core.wording import gettext
from oauth.store import Installation
from scoring import store as scores
from sync.mirror.store import load_full_names
from workflows.decisions.decide import DORMANT
from workflows.properties import BANDS, TRACKS, segment_label

SHOWN, AT_ONCE = 50, 1_000
COLUMNS = (
    *("contact_id", "name", "segment", "track", "last_heard_from", "quiet_days"),
    *("priority", "channels", "record"),
)

routes = APIRouter(prefix="/admin")


@routes.get("/audit/people")
def people(
    request: Request,
    here: Here,
    installation: Account,
    segment: str = "",
    band: str = "",
    track: str = "",
    after: str = "",
) -> Response:
    group = _group(segment, band, track)
    with reading(here.engine) as connection:
        found = scores.load_group(
            connection, installation.account_id, **group, after=after, limit=SHOWN + 1
        )
        count = scores.count_group(connection, installation.account_id, **group)
    rows = _named(here, installation, found[:SHOWN])
    return draw(
        "audit_people.html",
        request,
        here,
        installation,
        active="audit",
        title=label_of(segment, band, track),
        rows=rows,
        count=count,
        next_after=rows[-1]["contact_id"] if len(found) > SHOWN else None,
        query={"segment": segment, "band": band, "track": track},
    )


@routes.get("/audit/people.csv")
def export(
    here: Here, installation: Account, segment: str = "", band: str = "", track: str = ""
) -> Response:
    group = _group(segment, band, track)
    return StreamingResponse(
        _lines(here, installation, group),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="people.csv"'},
    )


def label_of(segment: str, band: str, track: str) -> str:
    """What a group is called."""
    chosen = [segment_label(segment) if segment else "", BANDS.get(band, ""), TRACKS.get(track, "")]
    return ", ".join(map(said, filter(None, chosen))) or gettext("All contacts")


def _group(segment: str, band: str, track: str) -> dict[str, Any]:
    """Whom the audit counts so: those of a segment who are dormant, or everybody of a band."""
    if (band and band not in BANDS) or (track and track not in TRACKS):
        raise NotFound("There is no such number in the audit.")
    bands = [band] if band else [*DORMANT] if segment else []
    return {"segment": segment, "bands": bands, "track": track}


def _lines(here: Context, installation: Installation, group: dict[str, Any]) -> Iterator[str]:
    """The file, some people at a time."""
    after: str | None = ""
    head = True
    while after is not None:
        with reading(here.engine) as connection:
            found = scores.load_group(
                connection, installation.account_id, **group, after=after, limit=AT_ONCE
            )
        file = io.StringIO()
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if head:
            writer.writeheader()
            head = False
        writer.writerows(map(_safe, _named(here, installation, found)))
        yield file.getvalue()
        after = found[-1]["contact_id"] if len(found) == AT_ONCE else None


def _named(
    here: Context, installation: Installation, found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    ids = [row["contact_id"] for row in found]
    with reading(here.engine) as connection:
        names = load_full_names(connection, installation.account_id, ids)
    return [
        {
            "contact_id": row["contact_id"],
            "name": names.get(row["contact_id"], row["contact_id"]),
            "segment": segment_label(row["segment"]),
            "track": TRACKS.get(row["track"], row["track"]),
            "last_heard_from": BANDS.get(row["band"], row["band"]),
            "quiet_days": row["quiet_days"],
            "priority": row["priority"] or "",
            "channels": row["channels"],
            "record": installation.record_url.replace("{contact_id}", row["contact_id"]),
        }
        for row in found
    ]


def _safe(row: dict[str, Any]) -> dict[str, Any]:
    """No cell that a spreadsheet would take for a formula: a name may begin with anything."""
    return {
        key: f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
        for key, value in row.items()
    }
