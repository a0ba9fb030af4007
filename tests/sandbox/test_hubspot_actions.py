"""Workflow actions of the app's own: called and signed, at once or later answered, never waited for in vain (S1)."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.hubspot.client import HubSpotClient
from sandbox.hubspot.config import HubSpotCredentials
from sandbox.hubspot.signatures import sign_v3
from sandbox.serving import eventually
from tests.listening import Posted, listening

SECRET = HubSpotCredentials().client_secret
CALLBACKS = "/automation/actions/callbacks/2026-09"


@dataclass
class Ours:
    """The app's action endpoint: keeps what it got, and answers with the outputs in their order."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@pytest.fixture
def ours() -> Iterator[Ours]:
    box = Ours()

    def answer(posted: Posted) -> tuple[int, bytes]:
        status, outputs = box.answers[min(len(box.calls), len(box.answers) - 1)]
        box.headers.append(dict(posted.headers))
        box.bodies.append(posted.body)
        box.calls.append(json.loads(posted.body))
        return status, json.dumps({"outputFields": outputs}).encode()

    with listening(answer) as origin:
        box.url = f"{origin}/actions/score"
        yield box


@dataclass
class Office:
    """A workflow that asks the app for a segment and writes by it what kind of contact this is."""

    lab: HubSpotClient
    ours: Ours
    workflow: str

    def enter(self) -> str:
        contact = self.lab.contact(firstname="Asked", email="asked@example.com")
        self.lab.control(
            f"records/{self.lab.portal}/contacts/{contact}", {"jobtitle": "go"}, "PATCH"
        )
        self.lab.control("advance", {"minutes": 5})
        eventually(lambda: len(self.ours.calls) > 0, "the call")
        return contact

    def enrollment(self) -> dict[str, Any]:
        path = f"workflows/{self.workflow}/enrollments?portal={self.lab.portal}"
        (found,) = self.lab.control(path)["enrollments"]
        return dict(found)

    def results(self) -> list[tuple[str, str]]:
        return [(a["step"], a["result"]) for a in self.enrollment()["actions"]]

    def has_heard(self) -> bool:
        return bool(self.enrollment()["actions"])


@pytest.fixture
def office(empty_lab: HubSpotClient, ours: Ours) -> Office:
    action = {
        "uid": "score_action",
        "type": "workflow-action",
        "config": {"actionUrl": ours.url, "objectRequestOptions": {"properties": ["email"]}},
    }
    empty_lab.control("hubspot/project", {"documents": {"workflow-action": action}})
    spec = {
        "name": "By segment",
        "trigger": {"property": "jobtitle", "when": "changed"},
        "steps": [
            {"do": "action", "uid": "score_action", "inputs": {"max_age_days": "30"}},
            {
                "do": "branch",
                "property": "output:segment",
                "equals": "at_risk",
                "then": [{"do": "set", "property": "company", "value": "at risk"}],
                "else": [{"do": "set", "property": "company", "value": "well"}],
            },
        ],
    }
    made = empty_lab.control("workflows", {**spec, "portal": empty_lab.portal})
    return Office(empty_lab, ours, str(made["id"]))


def test_a_call_is_signed_and_its_outputs_choose_the_way(office: Office, ours: Ours) -> None:
    ours.answers = [(200, {"segment": "at_risk", "hs_execution_state": "SUCCESS"})]
    contact = office.enter()
    (call,) = ours.calls
    assert call["origin"]["portalId"] == office.lab.portal
    assert call["object"]["objectId"] == int(contact)
    assert call["object"]["properties"] == {"email": "asked@example.com"}
    assert call["inputFields"] == {"max_age_days": "30"}
    assert call["context"] == {"source": "WORKFLOWS", "workflowId": int(office.workflow)}
    headers, body = ours.headers[0], ours.bodies[0]
    plain = (SECRET + "POST" + ours.url).encode() + body
    assert headers["x-hubspot-signature"] == hashlib.sha256(plain).hexdigest()
    stamp = headers["x-hubspot-request-timestamp"]
    signed = sign_v3(SECRET, "POST", ours.url, body=body, timestamp=stamp)
    assert headers["x-hubspot-signature-v3"] == signed
    eventually(office.has_heard, "the answer")
    office.lab.control("advance", {"minutes": 1})
    assert office.lab.stored(contact)["company"] == "at risk"
    assert office.enrollment()["state"] == "completed"


@pytest.mark.parametrize("many", [False, True])
def test_a_blocked_call_goes_on_when_it_is_completed(
    office: Office, ours: Ours, *, many: bool
) -> None:
    ours.answers = [(200, {"hs_execution_state": "BLOCK", "hs_expiration_duration": "P1D"})]
    contact = office.enter()
    callback = ours.calls[0]["callbackId"]
    office.lab.control("advance", {"hours": 6})
    assert office.results() == []
    word = {
        "outputFields": {"segment": "active", "hs_execution_state": "SUCCESS"},
        "typedOutputs": {},
    }
    path, body = f"{CALLBACKS}/{callback}/complete", dict[str, Any](word)
    if many:
        path, body = f"{CALLBACKS}/complete", {"inputs": [{"callbackId": callback, **word}]}
    # The app's own answer may still be under way to the workflow.
    eventually(
        lambda: office.lab.api("POST", path, body).status_code == 204 and office.has_heard(),
        "somebody who waits",
    )
    office.lab.control("advance", {"minutes": 1})
    assert office.lab.stored(contact)["company"] == "well"
    if not many:
        assert office.lab.api("POST", path, body).status_code == 404, "nobody waits any more"


def test_nobody_waits_beyond_the_time_that_was_named(office: Office, ours: Ours) -> None:
    ours.answers = [(200, {"hs_execution_state": "ASYNC", "hs_expiration_duration": "PT2H"})]
    contact = office.enter()
    # The answer may still be under way: time runs only when it has come.
    for _ in range(50):
        office.lab.control("advance", {"hours": 3})
        if office.has_heard():
            break
    assert office.results()[0] == ("action score_action", "FAIL_CONTINUE: expired")
    office.lab.control("advance", {"minutes": 1})
    assert office.lab.stored(contact)["company"] == "well"


def test_a_stumbling_app_is_asked_again_and_a_refusal_is_final(office: Office, ours: Ours) -> None:
    ours.answers = [(503, {}), (429, {}), (404, {})]
    office.enter()
    eventually(office.has_heard, "the last answer")
    assert len(ours.calls) == 3
    assert office.results() == [("action score_action", "FAIL_CONTINUE: 404")]


def test_completing_needs_its_scope(office: Office, ours: Ours) -> None:
    ours.answers = [(200, {"hs_execution_state": "BLOCK"})]
    office.enter()
    path = f"{CALLBACKS}/{ours.calls[0]['callbackId']}/complete"
    token = office.lab.token(["oauth"])
    refused = office.lab.api("POST", path, {"outputFields": {}, "typedOutputs": {}}, token=token)
    assert refused.status_code == 403
