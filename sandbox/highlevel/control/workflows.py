"""Looking at the workflows of a location, and making new ones as its staff would."""

from fastapi import APIRouter, HTTPException

from sandbox.highlevel.accounts import Accounts
from sandbox.highlevel.control.here import Here, find_location
from sandbox.highlevel.engine import Engine
from sandbox.kit.control import Answer, Payload
from sandbox.kit.workflow_spec import SpecError

router = APIRouter(prefix="/control/highlevel/workflows")


@router.get("")
async def workflows(accounts: Here, location: str | None = None) -> Answer:
    """A location's own workflows."""
    return {"workflows": list(_engine(accounts, location).workflows())}


@router.post("")
async def create_workflow(accounts: Here, spec: Payload, location: str | None = None) -> Answer:
    """Make a workflow, as the customer would in HighLevel's editor."""
    try:
        return _engine(accounts, location).create_workflow(spec)
    except SpecError as error:
        raise HTTPException(400, str(error)) from error


@router.post("/{workflow_id}/switch")
async def switch(
    accounts: Here, workflow_id: str, wanted: Payload, location: str | None = None
) -> Answer:
    """Switch a workflow on or off, as the customer would: `on`."""
    try:
        return _engine(accounts, location).switch(workflow_id, on=wanted.get("on") is True)
    except KeyError as error:
        raise HTTPException(404, "no such workflow") from error


@router.get("/{workflow_id}/enrollments")
async def enrollments(accounts: Here, workflow_id: str, location: str | None = None) -> Answer:
    """Who entered a workflow, and how far they came."""
    return {"enrollments": list(_engine(accounts, location).enrollments(workflow_id))}


def _engine(accounts: Accounts, location: str | None) -> Engine:
    engine = find_location(accounts, location).engine
    if engine is None:
        raise HTTPException(404, "this location has no workflows")
    return engine
