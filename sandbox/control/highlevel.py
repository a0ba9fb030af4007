"""Steering the pretend HighLevel: its app, tokens, limits, locations, workflows."""

from dataclasses import asdict

from fastapi import APIRouter, HTTPException

from sandbox.assembly import Sandbox
from sandbox.control.routes import Answer, Payload
from sandbox.highlevel.engine import Engine
from sandbox.highlevel.grants import Install
from sandbox.highlevel.location import Location
from sandbox.highlevel.signing import encrypt_context, public_key_pem
from sandbox.workflow_spec import SpecError


class HighLevelControl:
    """Steers one sandbox's HighLevel; wrong requests get a 400 or 404 that says what to do."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._highlevel = sandbox.highlevel

    def router(self) -> APIRouter:
        """The routes under /control/highlevel that concern it as a whole."""
        router = APIRouter(prefix="/control/highlevel")
        for method, path, handler in (
            ("GET", "/state", self.state),
            ("POST", "/project", self.register),
            ("POST", "/token", self.token),
            ("GET", "/limits", self.limits),
            ("POST", "/limits", self.change_limits),
            ("POST", "/expire", self.expire),
            ("POST", "/add-location", self.add_location),
            ("POST", "/install", self.install),
            ("POST", "/uninstall", self.uninstall),
            ("GET", "/webhook-key", self.webhook_key),
            ("POST", "/webhook", self.send_event),
            ("POST", "/odd", self.spoil),
            ("POST", "/user-context", self.user_context),
            ("GET", "/workflows", self.workflows),
            ("POST", "/workflows", self.create_workflow),
            ("GET", "/workflows/{workflow_id}/enrollments", self.enrollments),
        ):
            router.add_api_route(path, handler, methods=[method])
        return router

    async def state(self) -> Answer:
        """The app as registered, the companies, and what became of its webhooks."""
        app, delivery = self._highlevel.app, self._highlevel.delivery
        return {
            "app": _app(self._sandbox),
            "companies": [
                {
                    "id": company.id,
                    "name": company.name,
                    "installed": self._highlevel.grants.live(company.id) is not None,
                    "locations": [row.id for row in self._highlevel.of_company(company.id)],
                }
                for company in self._highlevel.companies.values()
            ],
            "webhooks": {
                "target": app.webhook_target,
                "pending": delivery.pending(),
                **asdict(delivery.tally),
            },
        }

    async def register(self, project: Payload) -> Answer:
        """Set the app's webhook target, scopes, redirect addresses or events."""
        try:
            self._highlevel.app = self._highlevel.app.register(project)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return _app(self._sandbox)

    async def token(self, wanted: Payload) -> Answer:
        """Install the app as if an admin had agreed, and hand out tokens: location or company."""
        install = self._install(wanted)
        access, refresh = self._highlevel.grants.issue(install, install.scopes)
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": int(self._highlevel.limits.access_token_seconds),
            "userType": install.user_type,
            "companyId": install.company_id,
            "locationId": install.location_id,
            "scopes": list(install.scopes),
        }

    async def install(self, wanted: Payload) -> Answer:
        """Install the app without any redirect, as an agency may for its locations."""
        install = self._install(wanted)
        return {"installed": True, "userType": install.user_type, "id": install.resource}

    def _install(self, wanted: dict[str, object]) -> Install:
        company_id, location_id = self._target(wanted, default=True)
        given = wanted.get("scopes")
        scopes = tuple(map(str, given)) if isinstance(given, list) else self._highlevel.app.scopes
        company = self._highlevel.companies[company_id]
        return self._highlevel.install(
            company_id,
            location_id,
            scopes,
            user_id=company.owner_id,
            future_locations=wanted.get("future") is True,
        )

    def _target(
        self, wanted: dict[str, object], *, default: bool = False
    ) -> tuple[str, str | None]:
        """The company and location that are meant; without either, the first location."""
        if "company" in wanted:
            company_id = str(wanted["company"])
            if company_id not in self._highlevel.companies:
                known = ", ".join(self._highlevel.companies)
                raise HTTPException(404, f"no such company; there are: {known}")
            return company_id, None
        if "location" not in wanted and not default:
            raise HTTPException(400, 'name a {"location"} or a {"company"}')
        location = find_location(self._sandbox, wanted.get("location"))
        return location.company_id, location.id

    async def limits(self) -> Answer:
        """The limits in force."""
        return asdict(self._highlevel.limits)

    async def change_limits(self, wanted: Payload) -> Answer:
        """Change some limits and forget the requests counted so far."""
        try:
            self._highlevel.limits.change(wanted)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        self._highlevel.window.clear()
        self._highlevel.spent.clear()
        return asdict(self._highlevel.limits)

    async def expire(self, wanted: Payload) -> Answer:
        """Let access tokens expire now: a location's, a company's, or all."""
        if not wanted:
            return {"expired": self._highlevel.grants.expire()}
        company_id, location_id = self._target(wanted)
        return {"expired": self._highlevel.grants.expire(location_id or company_id)}

    async def add_location(self, wanted: Payload) -> Answer:
        """A new location in an agency, with people; the app comes along if the agency wished so."""
        company_id, _ = self._target({"company": wanted.get("company", "")})
        name, contacts = wanted.get("name"), wanted.get("contacts", 0)
        if not isinstance(name, str) or not isinstance(contacts, int) or contacts < 0:
            raise HTTPException(400, 'a location needs a "name", and "contacts" is a number')
        location = self._sandbox.opening.add(company_id, name, contacts)
        installed = self._highlevel.grants.live(location.id) is not None
        return {"id": location.id, "company": company_id, "installed": installed}

    async def uninstall(self, wanted: Payload) -> Answer:
        """Take the app out of a location, or of a company with all its locations."""
        company_id, location_id = self._target(wanted)
        return {"uninstalled": self._highlevel.uninstall(company_id, location_id)}

    async def webhook_key(self) -> Answer:
        """The public key that checks `X-GHL-Signature`."""
        return {"pem": public_key_pem()}

    async def send_event(self, wanted: Payload) -> Answer:
        """Send any event, signed as all apps' are: another app's, an old one, one of an odd shape."""
        self._highlevel.delivery.send(wanted.get("event"))
        return {"sent": True}

    async def spoil(self, wanted: Payload) -> Answer:
        """Let a contact's answers carry values of odd shapes: `{"location", "contact", "values"}`."""
        location = find_location(self._sandbox, wanted.get("location"))
        contact = location.contacts.get(str(wanted.get("contact")))
        values = wanted.get("values")
        if contact is None or not isinstance(values, dict):
            raise HTTPException(400, 'name a "contact" and its "values"')
        contact.odd = {str(name): value for name, value in values.items()}
        return {"odd": sorted(contact.odd)}

    async def user_context(self, wanted: Payload) -> Answer:
        """What a custom page would get on REQUEST_USER_DATA: encrypted with the shared secret.

        `{"location", "user", "role", "agency": true, "key"}`, all of which may be left out.
        """
        location = find_location(self._sandbox, wanted.get("location"))
        agency = wanted.get("agency") is True
        staff = [*self._highlevel.agency_users.values()] if agency else [*location.users]
        staff = [user for user in staff if wanted.get("user", user.id) == user.id]
        if not staff:
            raise HTTPException(404, "no such user")
        user = staff[0]
        context: dict[str, object] = {
            "userId": user.id,
            "companyId": location.company_id,
            "role": str(wanted.get("role", user.role)),
            "type": "agency" if agency else "location",
            "activeLocation": location.id,
            "userName": f"{user.first_name} {user.last_name}",
            "email": user.email,
            "isAgencyOwner": agency,
            "versionId": self._highlevel.app.version_id,
        }
        key = str(wanted.get("key", self._highlevel.app.credentials.sso_key))
        return {"payload": encrypt_context(context, key)}

    async def workflows(self, location: str | None = None) -> Answer:
        """A location's own workflows."""
        return {"workflows": list(self._engine(location).workflows())}

    async def create_workflow(self, spec: Payload, location: str | None = None) -> Answer:
        """Make a workflow, as the customer would in HighLevel's editor."""
        try:
            return self._engine(location).create_workflow(spec)
        except SpecError as error:
            raise HTTPException(400, str(error)) from error

    async def enrollments(self, workflow_id: str, location: str | None = None) -> Answer:
        """Who entered a workflow, and how far they came."""
        return {"enrollments": list(self._engine(location).enrollments(workflow_id))}

    def _engine(self, location: str | None) -> Engine:
        engine = find_location(self._sandbox, location).engine
        if engine is None:
            raise HTTPException(404, "this location has no workflows")
        return engine


def _app(sandbox: Sandbox) -> Answer:
    app = sandbox.highlevel.app
    return {
        "name": app.name,
        "app_id": app.credentials.app_id,
        "version_id": app.version_id,
        "scopes": list(app.scopes),
        "redirect_urls": list(app.redirect_urls),
        "webhook_target": app.webhook_target,
        "events": sorted(app.events),
    }


def find_location(sandbox: Sandbox, wanted: object) -> Location:
    """The location with that id, or the first one when none is named; raises 404."""
    locations = sandbox.highlevel.locations
    if wanted is None:
        return next(iter(locations.values()))
    found = locations.get(str(wanted))
    if found is None:
        raise HTTPException(404, f"no such location; there are: {', '.join(locations)}")
    return found
