"""HighLevel's token endpoints: exchange, refresh, an agency's locations and their tokens."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.highlevel.answers import (
    answer,
    bad_request,
    error_body,
    invalid,
    not_found,
    trace_id,
    unauthorized,
)
from sandbox.highlevel.gateway import FORM, V3, check_version, spend
from sandbox.highlevel.grants import HighLevelToken, Install, check_bearer
from sandbox.highlevel.platform import HighLevel
from sandbox.kit.answers import ApiError, Json
from sandbox.kit.gateway import Headers, Work
from sandbox.kit.moments import iso

FIELDS = (
    "client_id",
    "client_secret",
    "grant_type",
    "code",
    "refresh_token",
    "user_type",
    "redirect_uri",
)
# What a minted answer has of a token's, beside the app and its version.
MINTED = (
    "access_token",
    "refresh_token",
    "token_type",
    "expires_in",
    "scope",
    "locationId",
    "planId",
    "userId",
)
MOST = 100  # locations on one page


@dataclass(frozen=True, slots=True)
class TokenCall:
    """One request to a token endpoint; `headers` go with its answer."""

    request: Request
    body: bytes
    headers: Headers
    v3: bool


Endpoint = Callable[[HighLevel, TokenCall], Response]


def routes(highlevel: HighLevel) -> list[Route]:
    """The dated endpoints, and those of v3 with their kebab-case paths."""
    endpoints: tuple[tuple[str, str, Endpoint], ...] = (
        ("POST", "/oauth/token", _token),
        ("POST", "/oauth/locationToken", _mint),
        ("POST", "/oauth/location-token", _mint),
        ("GET", "/oauth/installedLocations", _locations),
        ("GET", "/oauth/installed-locations", _locations),
    )
    return [
        highlevel.gateway.route(method, path, _work(highlevel, path, endpoint))
        for method, path, endpoint in endpoints
    ]


def _work(highlevel: HighLevel, path: str, endpoint: Endpoint) -> Work:
    def work(request: Request, body: bytes, headers: Headers) -> Response:
        # The token endpoint alone may be asked without a version.
        free = path == "/oauth/token" and "version" not in request.headers
        v3 = not free and check_version(request) == V3
        if "-" in path and not v3:
            raise not_found(f"Cannot {request.method} {path}")
        return endpoint(highlevel, TokenCall(request, body, headers, v3))

    return work


def _token(highlevel: HighLevel, call: TokenCall) -> Response:
    form = _read(call, FIELDS, v3=call.v3)
    known = highlevel.app.credentials
    if form.get("client_id") != known.client_id:
        raise _refused(401, "invalid_client", "Invalid client: client is invalid")
    if form.get("client_secret") != known.client_secret:
        raise _refused(401, "invalid_client", "Invalid client: client credentials are invalid")
    if form.get("user_type", "Location") not in {"Location", "Company"}:
        raise invalid("user_type must be one of the following values: Company, Location")
    match form.get("grant_type"):
        case "authorization_code":
            issued = _exchange(highlevel, form)
        case "refresh_token":
            issued = _refresh(highlevel, form)
        case _:
            raise _refused(400, "unsupported_grant_type", "Unsupported grant type")
    return answer(_cased(issued, v3=call.v3))


def _exchange(highlevel: HighLevel, form: Mapping[str, str]) -> Json:
    grant = highlevel.grants.take_code(form.get("code", ""))
    if grant is None:
        raise _refused(400, "invalid_grant", "Invalid grant: authorization code is invalid")
    if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        raise _refused(400, "invalid_grant", "Invalid grant: redirect_uri does not match")
    return _issued(highlevel, grant.install, bulk=grant.install.location_id is None)


def _refresh(highlevel: HighLevel, form: Mapping[str, str]) -> Json:
    grants = highlevel.grants
    grant = grants.find_refresh(form.get("refresh_token", ""))
    if grant is None:
        raise _refused(400, "invalid_grant", "Invalid refresh token")
    if not grant.install.active:
        raise _refused(400, "invalid_grant", "Location is not active")
    if grant.answer is None:
        # Only the first use rotates; a repeat within the grace gets the very same answer.
        grant.used_at = highlevel.wall()
        grant.answer = _issued(highlevel, grant.install, bulk=False)
    return grant.answer


def _issued(highlevel: HighLevel, install: Install, *, bulk: bool) -> Json:
    """The token answer; the locations chosen in a bulk installation are not in it."""
    grants = highlevel.grants
    access, refresh = grants.issue(install, install.scopes)
    shown: Json = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": int(grants.limits.access_token_seconds),
        "refresh_token": refresh,
        "scope": " ".join(install.scopes),
        "userType": install.user_type,
        "companyId": install.company_id,
        "locationId": install.location_id,
        "userId": install.user_id,
        "planId": "66f0a1b2c3d4e5f601234599",
        "isBulkInstallation": bulk,
        "refreshTokenId": trace_id(),
    }
    if install.location_id is None:
        shown["installToFutureLocations"] = install.future_locations
    return {name: value for name, value in shown.items() if value is not None}


def _agency(highlevel: HighLevel, call: TokenCall, scope: str) -> HighLevelToken:
    """The token of an agency that may do this; raises 401."""
    token = check_bearer(highlevel.grants, call.request.headers.get("authorization", ""))
    spend(highlevel, token.install, call.headers)
    if token.install.location_id is not None or scope not in token.scopes:
        raise unauthorized("The token is not authorized for this scope.")
    if highlevel.limits.agency_plan_lacks_oauth:
        raise unauthorized("You do not have access to this feature")
    return token


def _mint(highlevel: HighLevel, call: TokenCall) -> Response:
    token = _agency(highlevel, call, "oauth.write")
    form = _read(call, ("companyId", "locationId"), v3=False, json=call.v3)
    company_id, location_id = form.get("companyId"), form.get("locationId", "")
    if company_id != token.install.company_id:
        raise unauthorized("The token does not have access to this company.")
    install = highlevel.grants.live(location_id)
    if install is None or install.company_id != company_id:
        raise bad_request("Location not found or the app is not installed in it")
    app = highlevel.app
    whole = _issued(highlevel, install, bulk=False)
    issued: Json = {name: whole[name] for name in MINTED}
    issued |= {"appId": app.credentials.app_id, "versionId": app.version_id}
    return answer(_cased(issued, v3=call.v3))


def _locations(highlevel: HighLevel, call: TokenCall) -> Response:
    token, query = _agency(highlevel, call, "oauth.readonly"), call.request.query_params
    missing = [name for name in ("companyId", "appId") if not query.get(name)]
    if missing:
        raise invalid(*(f"{name} should not be empty" for name in missing))
    app_id = highlevel.app.credentials.app_id
    if query["companyId"] != token.install.company_id or query["appId"] != app_id:
        raise unauthorized("The token does not have access to this company.")
    rows = _rows(highlevel, token.install.company_id, query)
    future = token.install.future_locations
    first = query.get("pageToken" if call.v3 else "skip") or "0"
    size = query.get("pageSize" if call.v3 else "limit") or "20"
    if not first.isdigit() or not size.isdigit() or not 1 <= int(size) <= MOST:
        raise invalid(f"page must be a number of rows from 1 to {MOST}")
    start, end = int(first), int(first) + int(size)
    if not call.v3:
        page: Json = {"locations": rows[start:end], "count": len(rows)}
        return answer(page | {"installToFutureLocations": future})
    shown = rows[start:end]
    pages: Json = {"hasNextPage": end < len(rows), "hasPrevPage": start > 0}
    pages |= {"currentPageSize": len(shown)}
    if end < len(rows):
        pages["nextPageToken"] = str(end)
    page = {"items": shown, "pagination": pages, "metadata": {}}
    return answer(page | {"installToFutureLocations": future})


def _rows(highlevel: HighLevel, company_id: str, query: Mapping[str, str]) -> list[Json]:
    rows = []
    for location in highlevel.of_company(company_id):
        install = highlevel.grants.live(location.id)
        wanted = query.get("isInstalled")
        if wanted is not None and (wanted == "true") != (install is not None):
            continue
        if query.get("locationId", location.id) != location.id:
            continue
        if query.get("query", "").lower() not in location.profile.name.lower():
            continue
        row: Json = {"_id": location.id, "name": location.profile.name}
        row |= {"address": "1 Main Street", "isInstalled": install is not None}
        if install is not None:
            row |= {"installedAt": iso(install.at)}
            row |= {"versionId": highlevel.app.version_id}
        rows.append(row)
    return rows


def _read(
    call: TokenCall, fields: tuple[str, ...], *, v3: bool, json: bool = False
) -> dict[str, str]:
    """The form (or, in v3, JSON) under its snake_case names; raises 415 and 422."""
    kind = call.request.headers.get("content-type", "")
    if kind.startswith(FORM):
        given = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    elif (v3 or json) and "json" in kind:
        given = _json(call.body)
    else:
        raise ApiError(415, error_body(415, "Unsupported Media Type"))
    names = {_camel(name) if v3 else name: name for name in fields}
    wrong = [f"property {name} should not exist" for name in given if name not in names]
    if wrong:
        raise invalid(*wrong)
    return {names[name]: value for name, value in given.items()}


def _json(body: bytes) -> dict[str, str]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request("Unexpected token in JSON") from error
    if not isinstance(found, dict):
        raise invalid("request body must be an object")
    return {str(name): str(value) for name, value in found.items()}


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found.group(1).upper(), name)


def _cased(issued: Json, *, v3: bool) -> Json:
    return {_camel(name): value for name, value in issued.items()} if v3 else issued


def _refused(status: int, error: str, description: str) -> ApiError:
    body = error_body(status, description)
    return ApiError(status, body | {"error": error, "error_description": description})
