"""Steering the pretend HubSpot as a whole: its app, tokens, limits and rules."""

from dataclasses import asdict

from fastapi import APIRouter, HTTPException

from sandbox.hubspot.control.here import Here, find_portal
from sandbox.hubspot.rules import read_rules
from sandbox.kit.control import Answer, Payload

router = APIRouter(prefix="/control")


@router.get("/limits")
async def limits(accounts: Here) -> Answer:
    """The limits in force."""
    return asdict(accounts.hubspot.limits)


@router.post("/limits")
async def change_limits(accounts: Here, wanted: Payload) -> Answer:
    """Change some limits and forget the requests counted so far."""
    hubspot = accounts.hubspot
    try:
        hubspot.limits.change(wanted)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    hubspot.window.clear()
    return asdict(hubspot.limits)


@router.post("/token")
async def token(accounts: Here, wanted: Payload) -> Answer:
    """Install the app in an account as if its admin had agreed, and hand out tokens."""
    hubspot, portal = accounts.hubspot, find_portal(accounts, wanted.get("portal"))
    grants, admin = hubspot.grants, portal.owners[0]
    scopes = wanted.get("scopes")
    asked = tuple(map(str, scopes)) if isinstance(scopes, list) else tuple(hubspot.app.declared)
    granted = tuple(sorted(portal.grants(asked)))
    install = grants.install(portal.id, granted, user_id=admin.user_id, user_email=admin.email)
    return {
        "access_token": grants.issue(install, granted),
        "refresh_token": grants.issue_refresh(install, granted),
        "expires_in": int(hubspot.limits.access_token_seconds),
        "hub_id": portal.id,
        "scopes": list(granted),
    }


@router.post("/expire")
async def expire(accounts: Here, wanted: Payload) -> Answer:
    """Let an account's access tokens expire now."""
    portal = find_portal(accounts, wanted.get("portal"))
    return {"expired": accounts.hubspot.grants.expire(portal.id)}


@router.post("/uninstall")
async def uninstall(accounts: Here, wanted: Payload) -> Answer:
    """Uninstall the app as an admin does in the account's settings; nobody is told."""
    portal = find_portal(accounts, wanted.get("portal"))
    return {"uninstalled": accounts.hubspot.grants.uninstall(portal.id)}


@router.post("/project")
@router.post("/hubspot/project")
async def upload_project(accounts: Here, project: Payload) -> Answer:
    """Take the app's own project documents, as `hs project upload` would."""
    documents = project.get("documents", project)
    if not isinstance(documents, dict):
        raise HTTPException(400, '"documents" must be an object of the project\'s documents')
    hubspot = accounts.hubspot
    try:
        app = hubspot.app = hubspot.app.upload(documents)
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


@router.post("/hubspot/webhook")
async def send_events(accounts: Here, wanted: Payload) -> Answer:
    """Send one delivery of any `events`, signed as always: odd ones, or many at once."""
    events = wanted.get("events")
    if not isinstance(events, list):
        raise HTTPException(400, '"events" must be a list')
    accounts.hubspot.delivery.send(events)
    return {"sent": len(events)}


@router.post("/currencies")
async def change_currencies(accounts: Here, wanted: Payload) -> Answer:
    """What a unit of each other currency is worth in an account's own: `rates`."""
    currencies, rates = find_portal(accounts, wanted.get("portal")).currencies, wanted.get("rates")
    if not isinstance(rates, dict):
        raise HTTPException(400, '"rates" must be an object')
    currencies.rates = {str(code): float(rate) for code, rate in rates.items()}
    return currencies.json()


@router.post("/rules")
async def change_rules(accounts: Here, wanted: Payload) -> Answer:
    """Replace an account's rules about required properties."""
    portal = find_portal(accounts, wanted.get("portal"))
    try:
        portal.rules = read_rules(wanted)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    return asdict(portal.rules)
