"""Pages on which a person looks at the records of a portal."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from sandbox.hubspot.control.here import Here, find_kind
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record
from sandbox.kit.pages import render

router = APIRouter(prefix="/control/browse", default_response_class=HTMLResponse)
_TEMPLATES = Path(__file__).parents[1] / "templates"
_PER_PAGE = 50
_TITLES = (
    "dealname",
    "subject",
    "hs_email_subject",
    "hs_meeting_title",
    "hs_call_title",
    "hs_task_subject",
    "hs_note_body",
    "hs_communication_body",
)
_STATES = (
    "hs_email_direction",
    "hs_call_direction",
    "hs_call_status",
    "hs_meeting_outcome",
    "hs_communication_channel_type",
    "dealstage",
    "amount",
    "hs_pipeline_stage",
    "hs_task_status",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a contact's history, as the page shows it."""

    at: str
    kind: str
    id: str
    text: str


@router.get("/{portal}/{kind}")
async def listing(accounts: Here, portal: int, kind: str, after: int = 0) -> HTMLResponse:
    """One page of records."""
    found = find_kind(accounts, portal, kind)
    records = found.records.page(kind, after=after, limit=_PER_PAGE)
    return _page(
        "records.html",
        portal=found,
        kind=kind,
        rows=[(record.id, _title(record)) for record in records],
        total=found.records.count(kind),
        following=records[-1].id if len(records) == _PER_PAGE else None,
    )


@router.get("/{portal}/{kind}/{record_id}")
async def one(accounts: Here, portal: int, kind: str, record_id: str) -> HTMLResponse:
    """One record with what belongs to it, newest first."""
    found = find_kind(accounts, portal, kind)
    record = found.records.get(kind, record_id)
    if record is None:
        raise HTTPException(404, "no such record")
    return _page("record.html", portal=found, record=record, lines=_timeline(found, record))


def _page(name: str, **values: object) -> HTMLResponse:
    return HTMLResponse(render(name, _TEMPLATES, **values))


def _title(record: Record) -> str:
    values = record.properties
    person = " ".join(filter(None, (values.get("firstname"), values.get("lastname"))))
    title = person or next((v for name in _TITLES if (v := values.get(name))), "")
    return title or values.get("email") or "(no name)"


def _timeline(portal: Portal, record: Record) -> list[Line]:
    lines = []
    for kind in KINDS:
        for other_id in portal.records.associated(record.kind, record.id, kind):
            other = portal.records.get(kind, other_id)
            if other is not None:
                lines.append(_line(other))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _line(record: Record) -> Line:
    values = record.properties
    at = values.get("hs_timestamp") or values.get("createdate") or ""
    states = [value for name in _STATES if (value := values.get(name))]
    return Line(at, record.kind, record.id, " · ".join([_title(record), *states]))
