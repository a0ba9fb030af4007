"""HighLevel: answers checked against the vendor's published OpenAPI files, where those are at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.highlevel.accounts import AGENCY, NORTHGATE
from sandbox.highlevel.client import HighLevelClient
from sandbox.highlevel.gateway import GENERAL, TALK
from sandbox.highlevel.platform import PREFIX

_ROOT = Path(__file__).resolve().parents[2]
_USUAL = _ROOT.parent / "shared" / "platforms" / "highlevel-openapi"
FOLDER = Path(os.environ.get("REKINDLE_TEST_OPENAPI") or _USUAL)
pytestmark = pytest.mark.skipif(
    not (FOLDER / "contacts.json").is_file(),
    reason="the OpenAPI files are not here: set REKINDLE_TEST_OPENAPI to their folder",
)

#: Where the published files say one thing and the live service (or their own examples) another.
DEVIATIONS = {
    # Results are objects in the examples, texts in the schema.
    ("POST", "/contacts/bulk/tags/update/{type}", "responses.[]"),
    ("GET", "/invoices/", "invoices.[].invoiceItems.[]"),
    # Stages are objects in the examples, lists in the schema.
    ("GET", "/opportunities/pipelines", "pipelines.[].stages.[]"),
    # Statuses and times are texts in every example, `object` in the schema.
    ("GET", "/payments/transactions", "data.[].status"),
    ("GET", "/calendars/events", "events.[].startTime"),
    ("GET", "/calendars/events", "events.[].endTime"),
    ("GET", "/calendars/events", "events.[].dateAdded"),
    ("GET", "/calendars/events", "events.[].dateUpdated"),
    # The last page's cursor is null, which the schema does not say.
    ("GET", "/conversations/messages/export", "nextCursor"),
    # Messages of a conversation are nested one level deeper in live answers.
    ("GET", "/conversations/{conversationId}/messages", "messages"),
    ("GET", "/conversations/{conversationId}/messages", "lastMessageId"),
    ("GET", "/conversations/{conversationId}/messages", "nextPage"),
}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


class Checker:
    """Compares an answer with a schema: required keys, types, enumerations."""

    def __init__(self, document: dict[str, Any], method: str, path: str) -> None:
        self._schemas = document["components"]["schemas"]
        self._where = (method, path)
        self.faults: list[str] = []
        self.checked = 0

    def check(self, schema: dict[str, Any], value: Any, path: str = "") -> None:
        if "$ref" in schema:
            self.check(self._schemas[schema["$ref"].rsplit("/", 1)[-1]], value, path)
            return
        for part in schema.get("allOf", []):
            self.check(part, value, path)
        if self._excused(path):
            return
        self._check_type(schema, value, path)
        if isinstance(value, dict):
            self._check_object(schema, value, path)
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for entry in value:
                self.check(schema["items"], entry, f"{path}.[]" if path else "[]")

    def _check_object(self, schema: dict[str, Any], value: dict[str, Any], path: str) -> None:
        for name in schema.get("required", []):
            inner = f"{path}.{name}" if path else name
            if name not in value and not self._excused(inner):
                self.faults.append(f"{inner} is missing")
        for name, inner_schema in schema.get("properties", {}).items():
            if name in value:
                self.check(inner_schema, value[name], f"{path}.{name}" if path else name)

    def _check_type(self, schema: dict[str, Any], value: Any, path: str) -> None:
        wanted = schema.get("type")
        if wanted is None or (value is None and schema.get("nullable")):
            return
        self.checked += 1
        wrong = not isinstance(value, _TYPES[wanted]) or (
            isinstance(value, bool) and wanted != "boolean"
        )
        if wrong:
            self.faults.append(f"{path} is {type(value).__name__}, not {wanted}")
        elif "enum" in schema and value not in schema["enum"]:
            self.faults.append(f"{path} is {value!r}, which is not in the enumeration")

    def _excused(self, path: str) -> bool:
        return (*self._where, path) in DEVIATIONS


def operation(file: str, method: str, template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    document = json.loads((FOLDER / f"{file}.json").read_text())
    return document, document["paths"][template][method.lower()]


def verify(file: str, method: str, template: str, status: int, body: Any) -> None:
    """The answer has a documented status and fits its schema."""
    document, known = operation(file, method, template)
    assert str(status) in known["responses"], f"{status} is not documented"
    content = known["responses"][str(status)].get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return
    checker = Checker(document, method, template)
    checker.check(schema, body)
    assert checker.faults == []
    assert checker.checked > 0


def _known_ids(highlevel: HighLevelClient) -> dict[str, str]:
    body = {"locationId": NORTHGATE, "pageLimit": 1, "query": ""}
    rows = highlevel.control(f"records/{NORTHGATE}/appointments")["results"]
    contact_id = rows[0]["contactId"]
    found = highlevel.api("POST", "/contacts/search", body)
    assert found.status_code == 200
    talk = highlevel.api(
        "GET",
        "/conversations/search",
        version=TALK,
        locationId=NORTHGATE,
        contactId=contact_id,
    ).json()["conversations"][0]
    field = highlevel.control(f"records/{NORTHGATE}/customFields")["results"][0]
    deal = highlevel.control(f"records/{NORTHGATE}/opportunities")["results"][0]
    return {
        "contactId": contact_id,
        "conversationId": talk["id"],
        "locationId": NORTHGATE,
        "calendarId": rows[0]["calendarId"],
        "fieldId": field["id"],
        "opportunityId": deal["id"],
        "userId": highlevel.describe()["users"][0]["id"],
        "workflowId": highlevel.workflow("Win back quiet contacts"),
    }


_SALES = {"altId": NORTHGATE, "altType": "location", "limit": "100"}
READS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("contacts", "/contacts/{contactId}", {}),
    ("contacts", "/contacts/{contactId}/appointments", {}),
    ("contacts", "/contacts/{contactId}/notes", {}),
    ("contacts", "/contacts/{contactId}/tasks", {}),
    ("locations", "/locations/{locationId}", {}),
    ("locations", "/locations/{locationId}/tags", {}),
    ("locations", "/locations/{locationId}/customFields", {"model": "all"}),
    ("workflows", "/workflows/", {"locationId": NORTHGATE}),
    ("users", "/users/search", {"companyId": AGENCY}),
    ("users", "/users/{userId}", {}),
    ("conversations", "/conversations/search", {"locationId": NORTHGATE, "limit": "100"}),
    ("conversations", "/conversations/{conversationId}", {}),
    ("conversations", "/conversations/{conversationId}/messages", {}),
    ("conversations", "/conversations/messages/export", {"locationId": NORTHGATE, "limit": "500"}),
    ("calendars", "/calendars/", {"locationId": NORTHGATE}),
    ("opportunities", "/opportunities/search", {"location_id": NORTHGATE, "limit": "100"}),
    ("opportunities", "/opportunities/pipelines", {"locationId": NORTHGATE}),
    ("opportunities", "/opportunities/lost-reason", {"locationId": NORTHGATE}),
    ("payments", "/payments/transactions", _SALES),
    ("payments", "/payments/orders", _SALES),
    ("payments", "/payments/subscriptions", _SALES),
    ("invoices", "/invoices/", {**_SALES, "offset": "0"}),
)


@pytest.mark.parametrize(("file", "template", "params"), READS, ids=[row[1] for row in READS])
def test_reads_fit_their_schemas(
    highlevel: HighLevelClient, file: str, template: str, params: dict[str, str]
) -> None:
    path = template.format(**_known_ids(highlevel))
    version = TALK if file in {"conversations", "calendars"} else GENERAL
    reply = highlevel.api("GET", path, version=version, **params)
    verify(file, "GET", template, reply.status_code, reply.json())


def test_events_fit_their_schema(highlevel: HighLevelClient) -> None:
    known = {"locationId": NORTHGATE, "calendarId": _known_ids(highlevel)["calendarId"]}
    window = {"startTime": "0", "endTime": "1800000000000"}
    reply = highlevel.api("GET", "/calendars/events", version=TALK, **known, **window)
    assert reply.json()["events"]
    verify("calendars", "GET", "/calendars/events", reply.status_code, reply.json())


def test_writes_fit_their_schemas(highlevel: HighLevelClient) -> None:
    ids = _known_ids(highlevel)
    tags = {"tags": ["openapi"]}
    everyone = {**tags, "contacts": [ids["contactId"], "nobody"], "locationId": NORTHGATE}
    task = {"title": "Call", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
    for method, template, body in (
        ("PUT", "/contacts/{contactId}", {"city": "Madison"}),
        ("POST", "/contacts/{contactId}/tags", tags),
        ("DELETE", "/contacts/{contactId}/tags", tags),
        ("POST", "/contacts/{contactId}/notes", {"body": "Quiet"}),
        ("POST", "/contacts/{contactId}/tasks", task),
        ("POST", "/contacts/{contactId}/workflow/{workflowId}", {}),
        ("DELETE", "/contacts/{contactId}/workflow/{workflowId}", {}),
        ("POST", "/contacts/bulk/tags/update/{type}", everyone),
    ):
        path = template.format(**ids, type="add")
        reply = highlevel.api(method, path, body)
        verify("contacts", method, template, reply.status_code, reply.json())


def test_fields_and_tags_fit_their_schemas(highlevel: HighLevelClient) -> None:
    fields, one = (
        "/locations/{locationId}/customFields",
        "/locations/{locationId}/customFields/{id}",
    )
    spec = {"name": "Checked", "dataType": "NUMERICAL", "model": "contact"}
    made = highlevel.api("POST", fields.format(locationId=NORTHGATE), spec)
    verify("locations", "POST", fields, made.status_code, made.json())
    path = one.format(locationId=NORTHGATE, id=made.json()["customField"]["id"])
    for method, body in (("GET", None), ("PUT", {"name": "Checked again"}), ("DELETE", {})):
        reply = highlevel.api(method, path, body)
        verify("locations", method, one, reply.status_code, reply.json())
    tags = "/locations/{locationId}/tags"
    tag = highlevel.api("POST", tags.format(locationId=NORTHGATE), {"name": "Checked"})
    verify("locations", "POST", tags, tag.status_code, tag.json())
    last = "/locations/{locationId}/tags/{tagId}"
    path = last.format(locationId=NORTHGATE, tagId=tag.json()["tag"]["id"])
    gone = highlevel.api("DELETE", path, {})
    verify("locations", "DELETE", last, gone.status_code, gone.json())


def test_the_opportunity_search_fits_its_schema(highlevel: HighLevelClient) -> None:
    details = dict.fromkeys(("notes", "tasks", "calendarEvents", "unReadConversations"), False)
    body = {"locationId": NORTHGATE, "query": "", "limit": 100, "page": 1, "searchAfter": []}
    reply = highlevel.api("POST", "/opportunities/search", {**body, "additionalDetails": details})
    verify("opportunities", "POST", "/opportunities/search", reply.status_code, reply.json())


def test_oauth_answers_fit_their_schemas(highlevel: HighLevelClient) -> None:
    highlevel.token()
    issued = highlevel.control("token", {"company": AGENCY})
    state = highlevel.control("state")["app"]
    headers = {"Authorization": f"Bearer {issued['access_token']}", "Version": GENERAL}
    http = highlevel.lab.http
    form = {
        "client_id": "66f0a1b2c3d4e5f601234567-m1demo00",
        "client_secret": "sandbox-highlevel-secret-not-for-production",
        "grant_type": "refresh_token",
        "refresh_token": issued["refresh_token"],
    }
    token = http.post(f"{PREFIX}/oauth/token", data=form)
    verify("oauth", "POST", "/oauth/token", token.status_code, token.json())
    wanted = {"companyId": AGENCY, "locationId": NORTHGATE}
    minted = http.post(f"{PREFIX}/oauth/locationToken", data=wanted, headers=headers)
    verify("oauth", "POST", "/oauth/locationToken", minted.status_code, minted.json())
    asked = {"companyId": AGENCY, "appId": state["app_id"]}
    rows = http.get(f"{PREFIX}/oauth/installedLocations", params=asked, headers=headers)
    verify("oauth", "GET", "/oauth/installedLocations", rows.status_code, rows.json())
    template = "/marketplace/app/{appId}/installations"
    path = template.format(appId=state["app_id"])
    details = highlevel.api("GET", path)
    verify("marketplace", "GET", template, details.status_code, details.json())
    gone = highlevel.api("DELETE", path, {"locationId": NORTHGATE})
    verify("marketplace", "DELETE", template, gone.status_code, gone.json())
