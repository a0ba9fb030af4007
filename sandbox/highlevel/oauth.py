"""HighLevel's token endpoints: exchange, refresh, an agency's locations and their tokens."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.highlevel.answers import (
    ApiError,
    Json,
    answer,
    bad_request,
    error_body,
    invalid,
    not_found,
    trace_id,
    unauthorized,
)
from sandbox.highlevel.gateway import FORM, GENERAL, PREFIX, V3, check_version, guarded, spend
from sandbox.highlevel.grants import AccessToken, Install
from sandbox.highlevel.platform import HighLevel
from sandbox.times import iso

FIELDS = (
    "client_id",
    "client_secret",
    "grant_type",
    "code",
    "refresh_token",
    "user_type",
    "redirect_uri",
)
MOST = 100  # locations on one page
Work = Callable[[Request, bytes, bool], Response]


class Tokens:
    """Answers the app's own requests about tokens."""

    def __init__(self, highlevel: HighLevel) -> None:
        self._highlevel = highlevel

    def routes(self) -> list[Route]:
        """The dated endpoints, and those of v3 with their kebab-case paths."""
        endpoints: tuple[tuple[str, str, Work, str | None], ...] = (
            ("POST", "/oauth/token", self._token, None),
            ("POST", "/oauth/locationToken", self._mint, GENERAL),
            ("POST", "/oauth/location-token", self._mint, V3),
            ("GET", "/oauth/installedLocations", self._locations, GENERAL),
            ("GET", "/oauth/installed-locations", self._locations, V3),
        )
        return [
            Route(PREFIX + path, self._endpoint(path, work, version), methods=[method])
            for method, path, work, version in endpoints
        ]

    def _endpoint(self, path: str, work: Work, version: str | None) -> Callable[..., object]:
        async def serve(request: Request) -> Response:
            body = await request.body()

            def answered() -> Response:
                if version is not None or "version" in request.headers:
                    check_version(request, GENERAL, V3)
                given = request.headers.get("version", GENERAL)
                if version == V3 and given != V3:
                    raise not_found(f"Cannot {request.method} {path}")
                if version == GENERAL and given == V3:
                    raise bad_request(f"{path} is not available in API version v3")
                return work(request, body, given == V3)

            return await guarded(self._highlevel, path, request, answered)

        return serve

    # Exchange and refresh

    def _token(self, request: Request, body: bytes, v3: bool) -> Response:
        form = _read(request, body, FIELDS, v3=v3)
        known = self._highlevel.app.credentials
        if form.get("client_id") != known.client_id:
            raise _refused(401, "invalid_client", "Invalid client: client is invalid")
        if form.get("client_secret") != known.client_secret:
            raise _refused(401, "invalid_client", "Invalid client: client credentials are invalid")
        if form.get("user_type", "Location") not in {"Location", "Company"}:
            raise invalid("user_type must be one of the following values: Company, Location")
        match form.get("grant_type"):
            case "authorization_code":
                issued = self._exchange(form)
            case "refresh_token":
                issued = self._refresh(form)
            case _:
                raise _refused(400, "unsupported_grant_type", "Unsupported grant type")
        return answer(_cased(issued, v3=v3))

    def _exchange(self, form: Mapping[str, str]) -> Json:
        grant = self._highlevel.grants.take_code(form.get("code", ""))
        if grant is None:
            raise _refused(400, "invalid_grant", "Invalid grant: authorization code is invalid")
        if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
            raise _refused(400, "invalid_grant", "Invalid grant: redirect_uri does not match")
        return self._issued(grant.install, bulk=grant.bulk)

    def _refresh(self, form: Mapping[str, str]) -> Json:
        grants = self._highlevel.grants
        grant = grants.find_refresh(form.get("refresh_token", ""))
        if grant is None:
            raise _refused(400, "invalid_grant", "Invalid refresh token")
        if not grant.install.active:
            raise _refused(400, "invalid_grant", "Location is not active")
        if grant.answer is None:
            # Only the first use rotates; a repeat within the grace gets the very same answer.
            grant.used_at = self._highlevel.wall()
            grant.answer = self._issued(grant.install, bulk=False)
        return grant.answer

    def _issued(self, install: Install, *, bulk: bool, **more: object) -> Json:
        """The token answer; the locations chosen in a bulk installation are not in it."""
        grants = self._highlevel.grants
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
            **more,
        }
        if install.location_id is None:
            shown["installToFutureLocations"] = install.future_locations
        return {name: value for name, value in shown.items() if value is not None}

    # An agency's locations

    def _agency(self, request: Request, scope: str, headers: dict[str, str]) -> AccessToken:
        highlevel = self._highlevel
        token = highlevel.grants.check(request.headers.get("authorization", ""))
        spend(highlevel, token.install, headers)
        if token.install.location_id is not None or scope not in token.scopes:
            raise unauthorized("The token is not authorized for this scope.")
        if highlevel.limits.agency_plan_lacks_oauth:
            raise unauthorized("You do not have access to this feature")
        return token

    def _mint(self, request: Request, body: bytes, v3: bool) -> Response:
        headers: dict[str, str] = {}
        token = self._agency(request, "oauth.write", headers)
        form = _read(request, body, ("companyId", "locationId"), v3=False, json=v3)
        company_id, location_id = form.get("companyId"), form.get("locationId", "")
        if company_id != token.install.company_id:
            raise unauthorized("The token does not have access to this company.")
        install = self._highlevel.grants.live(location_id)
        if install is None or install.company_id != company_id:
            raise bad_request("Location not found or the app is not installed in it")
        app = self._highlevel.app
        names: Json = {"appId": app.credentials.app_id, "versionId": app.version_id}
        issued = self._issued(install, bulk=False, traceId=trace_id(), **names)
        return answer(_cased(issued, v3=v3), headers=headers)

    def _locations(self, request: Request, _body: bytes, v3: bool) -> Response:
        headers: dict[str, str] = {}
        token, query = self._agency(request, "oauth.readonly", headers), request.query_params
        missing = [name for name in ("companyId", "appId") if not query.get(name)]
        if missing:
            raise invalid(*(f"{name} should not be empty" for name in missing))
        app_id = self._highlevel.app.credentials.app_id
        if query["companyId"] != token.install.company_id or query["appId"] != app_id:
            raise unauthorized("The token does not have access to this company.")
        rows = self._rows(token.install.company_id, query)
        future = token.install.future_locations
        first = query.get("pageToken" if v3 else "skip") or "0"
        size = query.get("pageSize" if v3 else "limit") or "20"
        if not first.isdigit() or not size.isdigit() or not 1 <= int(size) <= MOST:
            raise invalid(f"page must be a number of rows from 1 to {MOST}")
        start, end = int(first), int(first) + int(size)
        if not v3:
            page: Json = {"locations": rows[start:end], "count": len(rows)}
            return answer(page | {"installToFutureLocations": future}, headers=headers)
        following = {"nextPageToken": str(end)} if end < len(rows) else {}
        page = {"items": rows[start:end], "pagination": following, "metadata": {}}
        return answer(page | {"installToFutureLocations": future}, headers=headers)

    def _rows(self, company_id: str, query: Mapping[str, str]) -> list[Json]:
        rows = []
        for location in self._highlevel.of_company(company_id):
            install = self._highlevel.grants.live(location.id)
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
                row |= {"versionId": self._highlevel.app.version_id}
            rows.append(row)
        return rows


def _read(
    request: Request, body: bytes, fields: tuple[str, ...], *, v3: bool, json: bool = False
) -> dict[str, str]:
    """The form (or, in v3, JSON) under its snake_case names; raises 415 and 422."""
    kind = request.headers.get("content-type", "")
    if kind.startswith(FORM):
        given = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif (v3 or json) and "json" in kind:
        given = _json(body)
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
