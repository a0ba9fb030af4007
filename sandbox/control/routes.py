"""The control API: how a test or a person steers the sandbox."""

import asyncio
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, HTTPException

from sandbox.assembly import Sandbox
from sandbox.highlevel.engine import Engine
from sandbox.hubspot.engines import Engines
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.rules import read_rules

Payload = Annotated[dict[str, object], Body(default_factory=dict)]
Answer = dict[str, object]
AnyEngine = Engine | Engines


class Control:
    """Steers one sandbox; wrong requests get a 400 or 404 that says what to do."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Steer this sandbox."""
        self._sandbox = sandbox
        self._hubspot = sandbox.hubspot
        self._moving = asyncio.Lock()

    def router(self) -> APIRouter:
        """The routes under /control that concern the sandbox as a whole."""
        router = APIRouter(prefix="/control")
        for method, path, handler in (
            ("GET", "/state", self.state),
            ("GET", "/clock", self.clock),
            ("POST", "/advance", self.advance),
            ("GET", "/counters", self.counters),
            ("DELETE", "/counters", self.reset_counters),
            ("GET", "/limits", self.limits),
            ("POST", "/limits", self.change_limits),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/token", self.token),
            ("POST", "/expire", self.expire),
            ("POST", "/uninstall", self.uninstall),
            ("POST", "/project", self.upload_project),
            ("POST", "/hubspot/project", self.upload_project),
            ("POST", "/rules", self.change_rules),
            ("POST", "/hubspot/webhook", self.send_events),
        ):
            router.add_api_route(path, handler, methods=[method])
        return router

    async def state(self) -> Answer:
        """Who is here: the instance, the time, every account with its counts."""
        delivery = self._hubspot.delivery
        return {
            "instance": self._sandbox.instance,
            "now": _shown(self._sandbox.stage.now()),
            "seed": self._sandbox.config.seed,
            "loaded": [report.json() for report in self._sandbox.loaded],
            "portals": [self._describe(portal) for portal in self._hubspot.portals.values()],
            "locations": self._locations(),
            "webhooks": {
                "target": self._hubspot.app.target_url,
                "pending": delivery.pending(),
                **asdict(delivery.tally),
            },
        }

    def _describe(self, portal: Portal) -> Answer:
        install = self._hubspot.grants.installs.get(portal.id)
        return {
            "portal": portal.id,
            "name": portal.account.name,
            "installed": install is not None and install.active,
            "scopes": sorted(self._hubspot.granted(portal.id)),
            "counts": portal.records.counts(),
            "owners": [asdict(owner) for owner in portal.owners],
        }

    def _locations(self) -> list[Answer]:
        highlevel = self._sandbox.highlevel
        return [
            {
                "id": location.id,
                "name": location.profile.name,
                "company": location.company_id,
                "installed": (install := highlevel.grants.live(location.id)) is not None,
                "scopes": sorted(install.scopes) if install is not None else [],
                "counts": location.counts(),
                "users": [user.json() for user in location.users],
            }
            for location in highlevel.locations.values()
        ]

    async def clock(self) -> Answer:
        """The virtual time."""
        return {"now": _shown(self._sandbox.stage.now())}

    async def advance(self, wanted: Payload) -> Answer:
        """Move the virtual time forward by days, hours or minutes, or to a moment."""
        stage = self._sandbox.stage
        async with self._moving:
            until, done = _until(stage.now(), wanted), 0
            if until < stage.now():
                raise HTTPException(400, "the sandbox's clock cannot run backwards")
            while stage.now() < until:
                # One day at a time, so that requests are answered in between.
                done += stage.advance_to(min(until, stage.now() + timedelta(days=1)))
                await asyncio.sleep(0)
        return {"now": _shown(stage.now()), "actions": done}

    async def counters(self) -> Answer:
        """What has been asked and written so far.

        `starts` says how often each contact was to enter each workflow or sequence: account → programme →
        contact → count. It hides no double: also counted is a start whose contact was in already.
        """
        enrolled = {str(p.id): p.workflow_enrollments() for p in self._hubspot.portals.values()}
        highlevel = self._sandbox.highlevel
        for location in highlevel.locations.values():
            if location.engine is not None:
                rows = location.engine.workflows()
                enrolled[location.id] = {str(w["id"]): int(str(w["enrolled"])) for w in rows}
        return self._hubspot.counters.json() | {
            "starts": {
                account: nested_starts(engine.starts()) for account, engine in self._engines()
            },
            "webhooks": asdict(self._hubspot.delivery.tally),
            "highlevel_webhooks": asdict(highlevel.delivery.tally),
            "workflow_enrollments": enrolled,
        }

    async def reset_counters(self) -> Answer:
        """Begin counting again."""
        self._hubspot.counters.reset()
        for _, engine in self._engines():
            engine.starts().clear()
        self._hubspot.delivery.reset_tally()
        self._sandbox.highlevel.delivery.reset_tally()
        return await self.counters()

    def _engines(self) -> list[tuple[str, AnyEngine]]:
        """Every account that has workflows."""
        portals = self._hubspot.portals.values()
        locations = self._sandbox.highlevel.locations.values()
        return [
            *((str(p.id), p.engines) for p in portals if p.engines is not None),
            *((x.id, x.engine) for x in locations if x.engine is not None),
        ]

    async def limits(self) -> Answer:
        """The limits in force."""
        return asdict(self._hubspot.limits)

    async def change_limits(self, wanted: Payload) -> Answer:
        """Change some limits and forget the requests counted so far."""
        try:
            self._hubspot.limits.change(wanted)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        self._hubspot.window.clear()
        return asdict(self._hubspot.limits)

    async def faults(self) -> Answer:
        """The faults in force."""
        return {"faults": [fault.json() for fault in self._hubspot.faults.each()]}

    async def add_fault(self, wanted: Payload) -> Answer:
        """Put a fault in force."""
        try:
            return self._hubspot.faults.add(wanted).json()
        except ValueError as error:
            raise HTTPException(400, str(error)) from error

    async def clear_faults(self) -> Answer:
        """Lift every fault."""
        self._hubspot.faults.clear()
        return {"faults": []}

    async def token(self, wanted: Payload) -> Answer:
        """Install the app in an account as if its admin had agreed, and hand out tokens."""
        portal = find_portal(self._hubspot.portals, wanted.get("portal"))
        app, admin = self._hubspot.app, portal.owners[0]
        scopes = wanted.get("scopes")
        asked = tuple(map(str, scopes)) if isinstance(scopes, list) else tuple(app.declared)
        granted = tuple(sorted(portal.grants(asked)))
        install = self._hubspot.grants.install(
            portal.id, granted, user_id=admin.user_id, user_email=admin.email
        )
        return {
            "access_token": self._hubspot.grants.issue_access(install, granted),
            "refresh_token": self._hubspot.grants.issue_refresh(install, granted),
            "expires_in": int(self._hubspot.limits.access_token_seconds),
            "hub_id": portal.id,
            "scopes": list(granted),
        }

    async def expire(self, wanted: Payload) -> Answer:
        """Let an account's access tokens expire now."""
        portal = find_portal(self._hubspot.portals, wanted.get("portal"))
        return {"expired": self._hubspot.grants.expire(portal.id)}

    async def uninstall(self, wanted: Payload) -> Answer:
        """Uninstall the app as an admin does in the account's settings; nobody is told."""
        portal = find_portal(self._hubspot.portals, wanted.get("portal"))
        return {"uninstalled": self._hubspot.grants.uninstall(portal.id)}

    async def upload_project(self, project: Payload) -> Answer:
        """Take the app's own project documents, as `hs project upload` would."""
        documents = project.get("documents", project)
        if not isinstance(documents, dict):
            raise HTTPException(400, '"documents" must be an object of the project\'s documents')
        try:
            app = self._hubspot.app = self._hubspot.app.upload(documents)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return {
            "name": app.name,
            "required": list(app.required),
            "conditional": list(app.conditional),
            "optional": list(app.optional),
            "redirect_urls": list(app.redirect_urls),
            "target_url": app.target_url,
            "subscriptions": [asdict(subscription) for subscription in app.subscriptions],
        }

    async def send_events(self, wanted: Payload) -> Answer:
        """Send one delivery of any `events`, signed as always: odd ones, or many at once."""
        events = wanted.get("events")
        if not isinstance(events, list):
            raise HTTPException(400, '"events" must be a list')
        self._hubspot.delivery.send(events)
        return {"sent": len(events)}

    async def change_rules(self, wanted: Payload) -> Answer:
        """Replace an account's rules about required properties."""
        portal = find_portal(self._hubspot.portals, wanted.get("portal"))
        try:
            portal.rules = read_rules(wanted)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return asdict(portal.rules)


def nested_starts(counted: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Starts as programme -> contact -> count."""
    tree: dict[str, dict[str, int]] = {}
    for (programme_id, contact_id), count in counted.items():
        tree.setdefault(programme_id, {})[contact_id] = count
    return tree


def find_portal(portals: dict[int, Portal], wanted: object) -> Portal:
    """The account with that id, or the first one when none is named; raises 404."""
    if wanted is None:
        return next(iter(portals.values()))
    if str(wanted).isdigit() and int(str(wanted)) in portals:
        return portals[int(str(wanted))]
    raise HTTPException(404, f"no such portal; there are: {', '.join(map(str, portals))}")


def _until(now: datetime, wanted: dict[str, object]) -> datetime:
    if isinstance(wanted.get("to"), str):
        try:
            moment = datetime.fromisoformat(str(wanted["to"]))
        except ValueError as error:
            raise HTTPException(400, '"to" must be an ISO moment') from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    step = timedelta()
    for unit in ("days", "hours", "minutes"):
        amount = wanted.get(unit, 0)
        if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
            raise HTTPException(400, f'"{unit}" must be a number that is not negative')
        step += timedelta(**{unit: amount})
    if not step:
        raise HTTPException(400, 'say how far: {"days": 1}, {"hours": 1}, {"minutes": 1} or {"to"}')
    return now + step


def _shown(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
