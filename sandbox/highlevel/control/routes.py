"""Steering the pretend HighLevel as a whole: its app, tokens, limits, agencies and locations."""

from dataclasses import asdict

from fastapi import APIRouter, HTTPException, Request

from sandbox.highlevel.accounts import NORTHGATE, Accounts
from sandbox.highlevel.app import HighLevelApp
from sandbox.highlevel.control.here import Here, find_location
from sandbox.highlevel.grants import Install
from sandbox.highlevel.signing import encrypt_context, public_key_pem
from sandbox.kit.control import Answer, Payload
from sandbox.kit.files import HistoryError, text_lines

router = APIRouter(prefix="/control/highlevel")


@router.get("/state")
async def state(accounts: Here) -> Answer:
    """The app as registered, the companies, and what became of its webhooks."""
    highlevel = accounts.highlevel
    delivery = highlevel.delivery
    return {
        "app": _shown(highlevel.app),
        "companies": [
            {
                "id": company.id,
                "name": company.name,
                "installed": highlevel.grants.live(company.id) is not None,
                "locations": [row.id for row in highlevel.of_company(company.id)],
            }
            for company in highlevel.companies.values()
        ],
        "webhooks": {
            "target": delivery.target(),
            "pending": delivery.pending(),
            **asdict(delivery.tally),
        },
    }


@router.post("/project")
async def register(accounts: Here, project: Payload) -> Answer:
    """Set the app's webhook target, scopes, redirect addresses or events."""
    highlevel = accounts.highlevel
    try:
        highlevel.app = highlevel.app.register(project)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    return _shown(highlevel.app)


@router.post("/load/contacts")
async def load_contacts(accounts: Here, request: Request, location: str = NORTHGATE) -> Answer:
    """Load contacts from a CSV."""
    found = find_location(accounts, location)
    try:
        return accounts.load_contacts(found.id, text_lines(await request.body())).json()
    except HistoryError as error:
        raise HTTPException(400, str(error)) from error


@router.post("/token")
async def token(accounts: Here, wanted: Payload) -> Answer:
    """Install the app as if an admin had agreed, and hand out tokens: location or company."""
    highlevel, made = accounts.highlevel, _install(accounts, wanted)
    access, refresh = highlevel.grants.issue(made, made.scopes)
    return {
        "access_token": access,
        "refresh_token": refresh,
        "expires_in": int(highlevel.limits.access_token_seconds),
        "userType": made.user_type,
        "companyId": made.company_id,
        "locationId": made.location_id,
        "scopes": list(made.scopes),
    }


@router.post("/install")
async def install(accounts: Here, wanted: Payload) -> Answer:
    """Install the app without any redirect, as an agency may for its locations."""
    made = _install(accounts, wanted)
    return {"installed": True, "userType": made.user_type, "id": made.account}


@router.get("/limits")
async def limits(accounts: Here) -> Answer:
    """The limits in force."""
    return asdict(accounts.highlevel.limits)


@router.post("/limits")
async def change_limits(accounts: Here, wanted: Payload) -> Answer:
    """Change some limits and forget the requests counted so far."""
    highlevel = accounts.highlevel
    try:
        highlevel.limits.change(wanted)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    highlevel.window.clear()
    highlevel.spent.clear()
    return asdict(highlevel.limits)


@router.post("/expire")
async def expire(accounts: Here, wanted: Payload) -> Answer:
    """Let access tokens expire now: a location's, a company's, or all."""
    grants = accounts.highlevel.grants
    if not wanted:
        return {"expired": grants.expire()}
    company_id, location_id = _target(accounts, wanted)
    return {"expired": grants.expire(location_id or company_id)}


@router.post("/add-location")
async def add_location(accounts: Here, wanted: Payload) -> Answer:
    """A new location in an agency, with people; the app comes along if the agency wished so."""
    company_id, _ = _target(accounts, {"company": wanted.get("company", "")})
    name, contacts = wanted.get("name"), wanted.get("contacts", 0)
    if not isinstance(name, str) or not isinstance(contacts, int) or contacts < 0:
        raise HTTPException(400, 'a location needs a "name", and "contacts" is a number')
    location = accounts.add(company_id, name, contacts)
    installed = accounts.highlevel.grants.live(location.id) is not None
    return {"id": location.id, "company": company_id, "installed": installed}


@router.post("/uninstall")
async def uninstall(accounts: Here, wanted: Payload) -> Answer:
    """Take the app out of a location, or of a company with all its locations."""
    company_id, location_id = _target(accounts, wanted)
    return {"uninstalled": accounts.highlevel.uninstall(company_id, location_id)}


@router.get("/webhook-key")
async def webhook_key() -> Answer:
    """The public key that checks `X-GHL-Signature`."""
    return {"pem": public_key_pem()}


@router.post("/webhook")
async def send_event(accounts: Here, wanted: Payload) -> Answer:
    """Send any event, signed as all apps' are: another app's, an old one, one of an odd shape."""
    accounts.highlevel.delivery.publish(wanted.get("event"))
    return {"sent": True}


@router.post("/odd")
async def spoil(accounts: Here, wanted: Payload) -> Answer:
    """Let a contact's answers carry values of odd shapes: `{"location", "contact", "values"}`."""
    location = find_location(accounts, wanted.get("location"))
    contact = location.contacts.get(str(wanted.get("contact")))
    values = wanted.get("values")
    if contact is None or not isinstance(values, dict):
        raise HTTPException(400, 'name a "contact" and its "values"')
    contact.odd = {str(name): value for name, value in values.items()}
    return {"odd": sorted(contact.odd)}


@router.post("/user-context")
async def user_context(accounts: Here, wanted: Payload) -> Answer:
    """What a custom page would get on REQUEST_USER_DATA: encrypted with the shared secret.

    `{"location", "user", "role", "agency": true, "key"}`, all of which may be left out.
    """
    highlevel, location = accounts.highlevel, find_location(accounts, wanted.get("location"))
    agency = wanted.get("agency") is True
    staff = [*highlevel.agency_users.values()] if agency else [*location.users]
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
        "versionId": highlevel.app.version_id,
    }
    key = str(wanted.get("key", highlevel.app.credentials.sso_key))
    return {"payload": encrypt_context(context, key)}


def _install(accounts: Accounts, wanted: dict[str, object]) -> Install:
    highlevel = accounts.highlevel
    company_id, location_id = _target(accounts, wanted, default=True)
    given = wanted.get("scopes")
    scopes = tuple(map(str, given)) if isinstance(given, list) else highlevel.app.scopes
    return highlevel.install(
        company_id,
        location_id,
        scopes,
        user_id=highlevel.companies[company_id].owner_id,
        future_locations=wanted.get("future") is True,
    )


def _target(
    accounts: Accounts, wanted: dict[str, object], *, default: bool = False
) -> tuple[str, str | None]:
    """The company and location that are meant; without either, the first location."""
    companies = accounts.highlevel.companies
    if "company" in wanted:
        company_id = str(wanted["company"])
        if company_id not in companies:
            raise HTTPException(404, f"no such company; there are: {', '.join(companies)}")
        return company_id, None
    if "location" not in wanted and not default:
        raise HTTPException(400, 'name a {"location"} or a {"company"}')
    location = find_location(accounts, wanted.get("location"))
    return location.company_id, location.id


def _shown(app: HighLevelApp) -> Answer:
    return {
        "name": app.name,
        "app_id": app.credentials.app_id,
        "version_id": app.version_id,
        "scopes": list(app.scopes),
        "redirect_urls": list(app.redirect_urls),
        "webhook_target": app.webhook_target,
        "events": sorted(app.events),
    }
