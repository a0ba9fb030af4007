"""Loading histories from CSV, and looking at the customer's own workflows."""

import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request

from sandbox.assembly import Sandbox, load_contact_lines, load_purchase_lines
from sandbox.clock import VirtualClock
from sandbox.control.routes import Answer, Payload, find_portal
from sandbox.hubspot.engines import Engines
from sandbox.hubspot.history import HistoryError, LoadReport
from sandbox.workflow_spec import SpecError

Loader = Callable[[Sandbox, int, Iterable[str]], LoadReport]


class Loading:
    """Takes raw CSV bodies and workflow descriptions."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Load into this sandbox."""
        self._sandbox = sandbox

    def router(self) -> APIRouter:
        """The routes under /control/load and /control/workflows."""
        router = APIRouter(prefix="/control")
        for method, path, handler in (
            ("POST", "/load/purchases", self.purchases),
            ("POST", "/load/contacts", self.contacts),
            ("GET", "/workflows", self.workflows),
            ("POST", "/workflows", self.create_workflow),
            ("GET", "/workflows/{workflow_id}/enrollments", self.enrollments),
        ):
            router.add_api_route(path, handler, methods=[method])
        return router

    async def purchases(
        self, request: Request, portal: int | None = None, as_of: str | None = None
    ) -> Answer:
        """Load purchases; `as_of` is the moment the account's time stands at afterwards."""
        if as_of is not None:
            self._begin_at(as_of)
        return await self._load(request, portal, load_purchase_lines)

    async def contacts(self, request: Request, portal: int | None = None) -> Answer:
        """Load a contact export."""
        return await self._load(request, portal, load_contact_lines)

    async def _load(self, request: Request, portal: int | None, load: Loader) -> Answer:
        room = find_portal(self._sandbox.hubspot.portals, portal)
        text = (await request.body()).decode("utf-8-sig", "replace")
        try:
            report = load(self._sandbox, room.id, io.StringIO(text, newline=""))
        except HistoryError as error:
            raise HTTPException(400, str(error)) from error
        return report.json()

    def _begin_at(self, text: str) -> None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise HTTPException(400, "as_of must be an ISO date or moment") from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        stage = self._sandbox.stage
        if moment >= stage.now():
            stage.advance_to(moment)
            return
        portals = self._sandbox.hubspot.portals.values()
        if len(stage.agenda) or any(any(room.records.counts().values()) for room in portals):
            raise HTTPException(
                400,
                "this sandbox has people already, and time cannot run backwards: start an "
                "empty one (--contacts 0) or load with an as_of that is not past",
            )
        # Nothing has ever happened here, so that time may as well begin earlier.
        stage.clock = VirtualClock(moment)

    async def workflows(self, portal: int | None = None) -> Answer:
        """The account's own workflows."""
        return {"workflows": list(self._engines(portal).workflows())}

    async def create_workflow(self, spec: Payload, portal: int | None = None) -> Answer:
        """Make a workflow, as the customer would in HubSpot's editor."""
        try:
            return self._engines(portal).create_workflow(spec)
        except SpecError as error:
            raise HTTPException(400, str(error)) from error

    async def enrollments(self, workflow_id: str, portal: int | None = None) -> Answer:
        """Who entered a workflow (or sequence), and how far they came."""
        return {"enrollments": list(self._engines(portal).enrollments(workflow_id))}

    def _engines(self, portal: int | None) -> Engines:
        room = find_portal(self._sandbox.hubspot.portals, portal)
        if room.engines is None:
            raise HTTPException(404, "this account's tier has no workflows")
        return room.engines
