"""The pages on which a person watches the sandbox and lets time pass."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.assembly import Sandbox
from sandbox.control.routes import Control, find_portal
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record
from sandbox.templates import TEMPLATES

_PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
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


class Pages:
    """Plain pages over one sandbox."""

    def __init__(self, sandbox: Sandbox, control: Control) -> None:
        """Show this sandbox; time passes through the control."""
        self._sandbox, self._control = sandbox, control

    def router(self) -> APIRouter:
        """The pages under /control."""
        router = APIRouter(prefix="/control", default_response_class=HTMLResponse)
        router.add_api_route("/", self.home, methods=["GET"])
        router.add_api_route("/", self.advance, methods=["POST"])
        router.add_api_route("/browse/{portal}/{kind}", self.listing, methods=["GET"])
        router.add_api_route("/browse/{portal}/{kind}/{record_id}", self.record, methods=["GET"])
        return router

    async def home(self) -> HTMLResponse:
        """The accounts, and buttons that let time pass."""
        return _page("control.html", state=await self._control.state(), kinds=KINDS)

    async def advance(self, request: Request) -> RedirectResponse:
        """Let the days in the query pass and show the home page again."""
        days = request.query_params.get("days", "")
        if not days.isdigit():
            raise HTTPException(400, "days must be a number")
        await self._control.advance({"days": int(days)})
        return RedirectResponse("/control/", 303)

    async def listing(self, portal: int, kind: str, after: int = 0) -> HTMLResponse:
        """One page of records."""
        room = self._room(portal, kind)
        found = room.records.page(kind, after=after, limit=_PER_PAGE)
        following = found[-1].id if len(found) == _PER_PAGE else None
        rows = [(record.id, _title(record)) for record in found]
        return _page(
            "records.html",
            portal=room,
            kind=kind,
            rows=rows,
            total=room.records.count(kind),
            following=following,
        )

    async def record(self, portal: int, kind: str, record_id: str) -> HTMLResponse:
        """One record with what belongs to it, newest first."""
        room = self._room(portal, kind)
        record = room.records.get(kind, record_id)
        if record is None:
            raise HTTPException(404, "no such record")
        return _page("record.html", portal=room, record=record, lines=_timeline(room, record))

    def _room(self, portal: int, kind: str) -> Portal:
        if kind not in KINDS:
            raise HTTPException(404, f"no such kind of record; there are: {', '.join(KINDS)}")
        return find_portal(self._sandbox.hubspot.portals, portal)


def _page(name: str, **values: object) -> HTMLResponse:
    return HTMLResponse(_PAGES.get_template(name).render(**values))


def _title(record: Record) -> str:
    values = record.properties
    person = " ".join(filter(None, (values.get("firstname"), values.get("lastname"))))
    title = person or next((v for name in _TITLES if (v := values.get(name))), "")
    return title or values.get("email") or "(no name)"


def _timeline(room: Portal, record: Record) -> list[Line]:
    lines = []
    for kind in KINDS:
        for other_id in room.records.associated(record.kind, record.id, kind):
            other = room.records.get(kind, other_id)
            if other is not None:
                lines.append(_line(other))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _line(record: Record) -> Line:
    values = record.properties
    at = values.get("hs_timestamp") or values.get("createdate") or ""
    states = [value for name in _STATES if (value := values.get(name))]
    return Line(at, record.kind, record.id, " · ".join([_title(record), *states]))
