"""Loading histories from CSV, and looking at the customer's own workflows."""

import io
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request

from sandbox.clock import VirtualClock
from sandbox.hubspot.accounts import Accounts
from sandbox.hubspot.control.here import Here, find_portal
from sandbox.hubspot.engines import Engines
from sandbox.kit.control import Answer, Payload
from sandbox.kit.files import HistoryError, text_lines
from sandbox.kit.workflow_spec import SpecError

router = APIRouter(prefix="/control")


@router.post("/load/purchases")
async def load_purchases(
    accounts: Here, request: Request, portal: int | None = None, as_of: str | None = None
) -> Answer:
    """Load purchases; `as_of` is the moment the account's time stands at afterwards."""
    if as_of is not None:
        _begin_at(accounts, as_of)
    found, lines = find_portal(accounts, portal), await _lines(request)
    try:
        return accounts.load_purchases(found.id, lines).json()
    except HistoryError as error:
        raise HTTPException(400, str(error)) from error


@router.post("/load/contacts")
async def load_contacts(accounts: Here, request: Request, portal: int | None = None) -> Answer:
    """Load a contact export."""
    found, lines = find_portal(accounts, portal), await _lines(request)
    try:
        return accounts.load_contacts(found.id, lines).json()
    except HistoryError as error:
        raise HTTPException(400, str(error)) from error


@router.get("/workflows")
async def workflows(accounts: Here, portal: int | None = None) -> Answer:
    """The account's own workflows."""
    return {"workflows": list(_engines(accounts, portal).workflows())}


@router.post("/workflows")
async def create_workflow(accounts: Here, spec: Payload, portal: int | None = None) -> Answer:
    """Make a workflow, as the customer would in HubSpot's editor."""
    try:
        return _engines(accounts, portal).create_workflow(spec)
    except SpecError as error:
        raise HTTPException(400, str(error)) from error


@router.post("/workflows/{workflow_id}/switch")
async def switch(
    accounts: Here, workflow_id: str, wanted: Payload, portal: int | None = None
) -> Answer:
    """Switch a workflow on or off, as the customer would: `on`."""
    try:
        return _engines(accounts, portal).switch(workflow_id, on=wanted.get("on") is True)
    except KeyError as error:
        raise HTTPException(404, "no such workflow") from error


@router.get("/workflows/{workflow_id}/enrollments")
async def enrollments(accounts: Here, workflow_id: str, portal: int | None = None) -> Answer:
    """Who entered a workflow (or sequence), and how far they came."""
    return {"enrollments": list(_engines(accounts, portal).enrollments(workflow_id))}


async def _lines(request: Request) -> io.StringIO:
    return text_lines(await request.body())


def _begin_at(accounts: Accounts, text: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(400, "as_of must be an ISO date or moment") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    time = accounts.environment.time
    if moment >= time.now():
        time.advance_to(moment)
        return
    portals = accounts.hubspot.portals.values()
    if len(time.agenda) or any(any(portal.records.counts().values()) for portal in portals):
        raise HTTPException(
            400,
            "this sandbox has people already, and time cannot run backwards: start an "
            "empty one (--contacts 0) or load with an as_of that is not past",
        )
    # Nothing has ever happened here, so that time may as well begin earlier.
    time.clock = VirtualClock(moment)


def _engines(accounts: Accounts, portal: int | None) -> Engines:
    engines = find_portal(accounts, portal).engines
    if engines is None:
        raise HTTPException(404, "this account's tier has no workflows")
    return engines
