"""Everything we send, checked against the vendor's published OpenAPI files where those are at hand."""

import json
import re
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector.highlevel.provider import HighLevelCrm
from connector.port.fields import PropertyDefinition
from connector.port.writing import ContactWrite
from contact_rules.classifier import classify
from sandbox.hubspot.client import HubSpotClient
from sandbox.server import create_app
from sandbox.serving import eventually
from tests.connector.highlevel.conftest import Open, config
from tests.sandbox.test_highlevel_openapi import FOLDER, Checker

pytestmark = pytest.mark.skipif(
    not (FOLDER / "contacts.json").is_file(),
    reason="the OpenAPI files are not here: set REKINDLE_TEST_OPENAPI to their folder",
)

# The published file has no body for the search; its own guide has.
FREE_BODIES = {("POST", "/contacts/search")}
# Confirmed by the vendor's maintainers and missing from the published file.
UNDOCUMENTED = {("POST", "/locations/{locationId}/customFields"): {"fieldKey", "description"}}


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """Stands in front of a sandbox and notes what reaches it."""

    app: ASGIApp
    sent: list[Sent] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        path = scope["path"]
        if path.startswith("/highlevel/"):
            headers = {k.decode(): v.decode() for k, v in scope["headers"]}
            query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
            method = scope["method"]
            self.sent.append(Sent(method, path.removeprefix("/highlevel"), query, headers, body))
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, again, send)


@pytest.fixture
def recorder() -> Iterator[tuple[Recorder, HubSpotClient]]:
    recording = Recorder(create_app(config()))
    server = uvicorn.Server(uvicorn.Config(recording, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started, "the sandbox")
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    with httpx2.Client(base_url=url, timeout=30) as http:
        yield recording, HubSpotClient(url, http)
    server.should_exit = True
    thread.join()


def documents() -> dict[str, dict[str, Any]]:
    """Path template → the document it stands in."""
    found = {}
    for file in sorted(FOLDER.glob("*.json")):
        document = json.loads(file.read_text())
        found.update(dict.fromkeys(document.get("paths", {}), document))
    return found


def template_of(path: str, method: str, known: dict[str, dict[str, Any]]) -> str | None:
    """The documented template that a path is an instance of; the one with the fewest holes wins."""
    fitting = [
        template
        for template, document in known.items()
        if method.lower() in document["paths"][template]
        and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
    ]
    return min(fitting, key=lambda t: t.count("{"), default=None)


def faults(sent: Sent, known: dict[str, dict[str, Any]]) -> list[str]:
    """What the specification has against a request."""
    template = template_of(sent.path, sent.method, known)
    if template is None:
        return [f"{sent.method} {sent.path} is not documented"]
    document = known[template]
    operation = document["paths"][template][sent.method.lower()]
    where = f"{sent.method} {template}: "
    wrong = []
    for parameter in operation.get("parameters", []):
        name, place = parameter["name"], parameter["in"]
        given: Collection[str] = sent.query if place == "query" else sent.headers
        present = name in given or name.lower() in given
        if place in {"query", "header"} and parameter.get("required") and not present:
            wrong.append(f"{where}{place} {name} is missing")
        allowed = parameter.get("schema", {}).get("enum")
        if place == "header" and name == "Version" and allowed:
            version = sent.headers.get("version")
            if version not in allowed:
                wrong.append(f"{where}Version {version} is not one of {allowed}")
    named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
    wrong += [f"{where}query {n} is not documented" for n in sent.query if n not in named]
    return wrong + [where + fault for fault in _body_faults(sent, template, document, operation)]


def _body_faults(
    sent: Sent, template: str, document: dict[str, Any], operation: dict[str, Any]
) -> list[str]:
    schema = (
        operation.get("requestBody", {})
        .get("content", {})
        .get("application/json", {})
        .get("schema")
    )
    if schema is None or not sent.body or (sent.method, template) in FREE_BODIES:
        return []
    body = json.loads(sent.body)
    checker = Checker(document, sent.method, template)
    checker.check(schema, body)
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    allowed = set(schema.get("properties", {})) | UNDOCUMENTED.get((sent.method, template), set())
    return checker.faults + [f"{name} is not documented" for name in body if name not in allowed]


def use_everything(crm: HighLevelCrm) -> None:
    """Call every capability once."""
    crm.fetch_account()
    definitions = [PropertyDefinition("rekindle_track", "Rekindle track", "text", "a text")]
    crm.provision(definitions)
    contacts: list[str] = []
    for stream in crm.streams():
        for part in crm.bounds(stream).ranges:
            page = crm.fetch_page(stream, part, None)
            contacts += [row["contact_id"] for row in page.contacts]
    few = contacts[:3]
    crm.fetch_contacts(few, closely=True)
    crm.write([ContactWrite(few[0], {"rekindle_track": "lead"}, trace="t")])
    crm.fetch_values(few, ["rekindle_track"])
    workflow = crm.fetch_workflows()[0]
    crm.add_to_workflow(few[0], workflow.workflow_id)
    crm.fetch_members(few, workflow.workflow_id)


def test_everything_we_send_fits_the_published_specification(
    recorder: tuple[Recorder, HubSpotClient], open_account: Open
) -> None:
    recording, lab = recorder
    use_everything(open_account(lab, read_text=lambda text, _contacts: classify(text)))
    known = documents()
    assert len({(s.method, template_of(s.path, s.method, known)) for s in recording.sent}) > 10
    assert sorted({fault for sent in recording.sent for fault in faults(sent, known)}) == []
