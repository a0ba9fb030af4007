"""The app's own installation over the API: who installed it, and taking it out again."""

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, forbidden
from sandbox.highlevel.gateway import Call, Operation
from sandbox.kit.answers import Json

_PATH = "/marketplace/app/{appId}/installations"


def operations() -> list[Operation]:
    return [
        Operation("GET", _PATH, installer, "marketplace-installer-details.readonly", agency=True),
        Operation("DELETE", _PATH, uninstall, "oauth.write", agency=True),
    ]


def _check_app(call: Call) -> None:
    if call.path["appId"] != call.highlevel.app.credentials.app_id:
        raise forbidden("The token does not have access to this app.")


def installer(call: Call) -> Response:
    _check_app(call)
    install = call.install
    company = call.highlevel.companies[install.company_id]
    details: Json = {
        "companyId": company.id,
        "locationId": install.location_id,
        "companyName": company.name,
        "companyEmail": company.email,
        "relationshipNumber": "0-000-001",
        "userId": install.user_id,
        "isWhitelabelCompany": company.domain is not None,
    }
    if company.domain is not None:
        logo = f"https://{company.domain}/logo.png"
        details["whitelabelDetails"] = {"domain": company.domain, "logoUrl": logo}
    known = {name: value for name, value in details.items() if value is not None}
    return answer({"installationDetails": known})


def uninstall(call: Call) -> Response:
    """Take the app out of the token's location, or of what its agency names."""
    _check_app(call)
    spec, install = call.spec("companyId", "locationId", "reason"), call.install
    location_id = spec.get("locationId") or install.location_id
    if location_id is not None:
        call.own(location_id)
    elif spec.get("companyId") != install.company_id:
        raise bad_request("companyId or locationId should not be empty")
    target = None if location_id is None else str(location_id)
    ended = call.highlevel.uninstall(install.company_id, target)
    return answer({"success": bool(ended)})
