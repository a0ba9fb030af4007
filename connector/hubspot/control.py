"""The control plane through HubSpot's official client: property definitions and the account's details.

This is the only file that imports that client. It knows v3 paths alone, so each is pointed at the dated API here.
"""

from collections.abc import Sequence
from typing import Any

from hubspot.crm.properties import ApiClient, BatchApi, Configuration, CoreApi, GroupsApi
from hubspot.crm.properties.exceptions import ApiException
from urllib3.exceptions import HTTPError

from connector.errors import (
    CrmAuthInvalid,
    CrmConflict,
    CrmError,
    CrmInvalid,
    CrmLimitReached,
    CrmUnavailable,
)
from connector.hubspot import paths
from connector.hubspot.answers import listed
from connector.hubspot.http import BURST, HubSpotHttp, read_answer
from connector.hubspot.refusals import classify_parts
from connector.port.fields import PropertyDefinition
from connector.port.provider import AccountAccess
from connector.port.writing import Provisioned
from connector.provisioning import make_each

_TIMEOUT = (10, 30)
_V3_PROPERTIES = "/crm/v3/properties"

GROUP = "rekindle"

# Our kinds of property → HubSpot's (type, fieldType).
_TYPES = {
    "text": ("string", "text"),
    "long_text": ("string", "textarea"),
    "number": ("number", "number"),
    "flag": ("bool", "booleancheckbox"),
    "choice": ("enumeration", "select"),
    "date": ("date", "date"),
    "moment": ("datetime", "date"),
}


class _DatedClient(ApiClient):  # type: ignore[misc]
    """The official client with its v3 property paths sent to the dated API, and a timeout always."""

    def call_api(self, resource_path: str, *args: Any, **kwargs: Any) -> Any:
        if resource_path.startswith(_V3_PROPERTIES):
            resource_path = paths.PROPERTIES + resource_path.removeprefix(_V3_PROPERTIES)
        kwargs["_request_timeout"] = kwargs.get("_request_timeout") or _TIMEOUT
        return super().call_api(resource_path, *args, **kwargs)


class Control:
    """Property definitions of one account."""

    def __init__(self, api_url: str, access: AccountAccess, http: HubSpotHttp) -> None:
        self._access = access
        self._http = http
        self._configuration = Configuration(host=api_url)
        self._configuration.access_token = access.token()
        self._client = _DatedClient(self._configuration)
        self._properties = CoreApi(self._client)
        self._batches = BatchApi(self._client)
        self._groups = GroupsApi(self._client)

    def properties(self) -> list[dict[str, Any]]:
        """The contact properties that exist, without the hidden ones of others, as HubSpot defines them."""
        return _named(self._call(self._properties.get_all, "contacts"))

    def provision(self, definitions: Sequence[PropertyDefinition]) -> Provisioned:
        """Make the group and what is missing; add options that are new; never take one away."""
        self._ensure_group()
        existing = {str(p["name"]): p for p in self.properties()}
        made = self._create_together([d for d in definitions if d.name not in existing])

        def ensure(definition: PropertyDefinition) -> int:
            if definition.name in made:
                return 1
            present = existing.get(definition.name)
            if present is None:
                return self._create(definition)
            self._add_options(definition, present)
            return 0

        # Those that are there first: a limit keeps only new ones from being made.
        there = made | existing.keys()
        return make_each(sorted(definitions, key=lambda d: d.name not in there), ensure)

    def close(self) -> None:
        self._client.close()

    def _ensure_group(self) -> None:
        groups = self._call(self._groups.get_all, "contacts")
        if any(g["name"] == GROUP for g in _named(groups)):
            return
        try:
            self._call(
                self._groups.create,
                "contacts",
                {"name": GROUP, "label": "Rekindle", "displayOrder": -1},
            )
        except CrmConflict:
            return  # another worker was first

    def _create_together(self, missing: Sequence[PropertyDefinition]) -> set[str]:
        """Make many with one request; answers whom it made: of any other one its own request says what is wrong."""
        if len(missing) < 2:
            return set()
        inputs = [_wire(definition) for definition in missing]
        try:
            answer = self._call(self._batches.create, "contacts", {"inputs": inputs})
        except (CrmConflict, CrmInvalid):
            return set()
        return {str(entry["name"]) for entry in _named(answer)}

    def _create(self, definition: PropertyDefinition) -> int:
        try:
            # Posting an archived property's name restores it (seen live 2026-09-29).
            self._call(self._properties.create, "contacts", _wire(definition))
        except CrmConflict:
            return 0
        except CrmInvalid as error:
            limit = self._limit_reached(error)
            if limit is None:
                raise
            raise CrmLimitReached(
                f"The account has reached its limit of {limit}: delete some that nobody uses, "
                f"or move to a larger plan. {error.message}",
                limit=limit,
            ) from error
        return 1

    def _limit_reached(self, refused: CrmInvalid) -> str | None:
        """Which limit the account has come to, as its own numbers say, or else the refusal's code."""
        try:
            kinds = listed(self._http.get(paths.PROPERTY_LIMITS), "byObjectType")
        except CrmError:
            kinds = []
        for kind in kinds:
            most, used = kind.get("limit"), kind.get("usage")
            if (
                kind.get("objectTypeId") == "0-1"
                and isinstance(most, int)
                and isinstance(used, int)
            ):
                return f"{most:,} custom contact properties" if used >= most else None
        return "custom contact properties" if "LIMIT" in refused.message else None

    def _add_options(self, definition: PropertyDefinition, present: dict[str, Any]) -> None:
        # A PATCH of options replaces the whole list, and removing one breaks workflows: keep and append.
        options = listed(present, "options")
        have = {o.get("value") for o in options}
        new = [o for o in _options(definition) if o["value"] not in have]
        if new:
            kept = [
                {k: o[k] for k in ("label", "value", "displayOrder", "hidden") if k in o}
                for o in options
            ]
            self._call(
                self._properties.update, "contacts", definition.name, {"options": [*kept, *new]}
            )

    def _call(self, method: Any, *args: Any) -> Any:
        """Call the official client without its models, which lag behind the API, and classify what fails."""
        try:
            return self._once(method, *args)
        except CrmAuthInvalid:
            self._configuration.access_token = self._access.renew(self._configuration.access_token)
            return self._once(method, *args)

    def _once(self, method: Any, *args: Any) -> Any:
        self._access.budget.take(BURST)
        try:
            body = method(*args, _preload_content=False).data  # read here: it may break off midway
        except ApiException as error:
            raise _classified(error) from None
        except HTTPError as error:
            raise CrmUnavailable(
                f"HubSpot could not be reached ({type(error).__name__})."
            ) from None
        return read_answer(body) if body else {}


def _named(answer: Any) -> list[dict[str, Any]]:
    return [entry for entry in listed(answer) if isinstance(entry.get("name"), str)]


def _classified(error: Any) -> CrmError:
    raw = error.body.encode() if isinstance(error.body, str) else error.body or b""
    return classify_parts(int(error.status or 0), raw, dict(error.headers or {}))


def _options(definition: PropertyDefinition) -> list[dict[str, Any]]:
    if definition.kind == "flag":
        pairs = [("true", "Yes"), ("false", "No")]
    else:
        pairs = [(o.value, o.label) for o in definition.options]
    return [
        {"label": label, "value": value, "displayOrder": i, "hidden": False}
        for i, (value, label) in enumerate(pairs)
    ]


def _wire(definition: PropertyDefinition) -> dict[str, Any]:
    kind, field = _TYPES[definition.kind]
    body: dict[str, Any] = {
        "name": definition.name,
        "label": definition.label,
        "type": kind,
        "fieldType": field,
        "groupName": GROUP,
        "description": definition.description,
        "formField": False,
    }
    options = _options(definition)
    return {**body, "options": options} if options else body
