"""HubSpot's side: the sandbox, steered through its control API."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from app.lab.browser import read_forms
from app.virtual_time import HttpClock
from connector.port.records import Stream
from connector.registry import sandbox_variables
from manifest.promise import Promise
from sandbox.conduct import Conduct
from sandbox.config import SandboxConfig
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from sandbox.serving import eventually
from tests.contract.crm_side import BadValue, Post, TaskSeen
from tests.contract.mailbox import Mailbox, open_mailbox
from tests.shapes.hubspot import published
from tests.shapes.recording_hubspot import Recorder

_KINDS = {stream: stream.value for stream in Stream} | {Stream.MESSAGES: "communications"}


class HubSpotSide:
    provider = "hubspot"
    token_lifetime = 1_800.0
    tells_uninstalls = False
    bad_value = BadValue("rekindle_track", "no such choice")
    missing_id = "987654321987"

    def __init__(
        self, lab: HubSpotClient, mailbox: Mailbox, recorder: Recorder | None = None
    ) -> None:
        self._lab = lab
        self._mailbox = mailbox
        self._recorder = recorder
        self._falsified = False
        self._switched_off: list[str] = []
        self.account = str(lab.portal)
        self.public_url = mailbox.url
        self.url = lab.url
        self.variables = sandbox_variables("hubspot", lab.url)
        self.clock = HttpClock(f"{lab.url}/control/clock")

    def renew(self) -> None:
        self._lab.control("uninstall", {"portal": self._lab.portal})
        self._lab.control("counters", method="DELETE")
        self._lab.control("faults", method="DELETE")
        self._lab.control("limits", {"custom_properties": 1_000})
        self.posts()
        self._falsified = False
        if self._recorder is not None:
            self._recorder.take()

    def take_violations(self) -> list[str]:
        shapes = published()
        if shapes is None or self._recorder is None:
            return []
        said = self._recorder.take()
        found = [text for e in said for text in shapes.of_request(e)]
        if not self._falsified:
            found += [text for e in said for text in shapes.of_answer(e)]
        return list(dict.fromkeys(found))

    def register(self, promise: Promise) -> None:
        self._lab.control("hubspot/project", {"documents": dict(promise.documents)})

    def consent(self, address: str, decision: str = "grant") -> str:
        page = self._lab.http.get(address)
        assert page.status_code == 200, page.text
        form = read_forms(page.text)[0]
        answer = self._lab.http.post(
            str(page.url.join(form.action)), data={**form.fields, "decision": decision}
        )
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])

    def contact_ids(self, account: str) -> set[str]:
        return {str(record["id"]) for record in self._records(account, "contacts")}

    def _records(self, account: str, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self._lab.control(f"records/{account}/{kind}?limit=1000&after={after}")
            found += page["results"]
            after = page["after"]
        return found

    def count(self, account: str, stream: Stream) -> int | None:
        if stream is Stream.CONVERSATIONS:
            return None  # a page of threads tells of messages
        return int(self._lab.describe(int(account))["counts"].get(_KINDS[stream], 0))

    def texts(self, account: str) -> list[str]:
        said = {"notes": "hs_note_body", "emails": "hs_email_text"}
        threads = self._lab.control(f"conversations/{account}")["threads"]
        return [
            *(
                str(record["properties"][name])
                for kind, name in said.items()
                for record in self._records(account, kind)
                if record["properties"].get(name)
            ),
            *(m["text"] for thread in threads for m in thread["messages"] if m["incoming"]),
        ]

    def add_contact(self, account: str) -> str:
        return self._lab.contact(firstname="New", phone="+12125550100")

    def change_email(self, account: str, contact_id: str, email: str) -> None:
        self._record(account, contact_id, {"email": email}, "PATCH")

    def delete_contact(self, account: str, contact_id: str) -> None:
        self._record(account, contact_id, None, "DELETE")

    def merge(self, account: str, primary: str, other: str) -> str:
        path = f"records/{account}/contacts/{primary}/merge/{other}"
        return str(self._lab.control(path, {})["id"])

    def happen(self, account: str, contact_id: str, kind: str, text: str = "") -> None:
        self._lab.control(f"happen/{account}/{contact_id}", {"kind": kind, "text": text})

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(str(owner["id"]) for owner in self._lab.describe()["owners"])

    def tasks(self, account: str, contact_id: str) -> list[TaskSeen]:
        return [
            TaskSeen(
                t["hs_task_subject"],
                t.get("hs_task_body", ""),
                t.get("hubspot_owner_id", ""),
                datetime.fromisoformat(t["hs_timestamp"]),
                t["hs_task_status"] == "COMPLETED",
            )
            for t in self._person(account, contact_id)["tasks"]
        ]

    def lists(self, account: str, contact_id: str) -> set[str]:
        return {name.lower() for name in self._person(account, contact_id)["lists"]}

    def complete(self, account: str, contact_id: str) -> None:
        self._lab.control(f"contacts/{account}/{contact_id}/complete", {})

    def change(self, account: str, contact_id: str, values: Mapping[str, str]) -> None:
        """Staff change values of a contact by hand."""
        self._record(account, contact_id, dict(values), "PATCH")

    def count_starts(self, programme_id: str) -> dict[str, int]:
        """Contact → how often it was to begin in a workflow or sequence."""
        starts = self._lab.control("counters")["starts"][self.account]
        return {str(i): int(n) for i, n in starts.get(programme_id, {}).items()}

    def write(self, account: str, contact_id: str, text: str) -> None:
        wanted = {"text": text, "channel": "SMS"}
        self._lab.control(f"conversations/{account}/{contact_id}", wanted)

    def is_inside(self, account: str, contact_id: str) -> bool:
        entered = self._person(account, contact_id)["enrollments"]
        return any(e["state"] == "active" for e in entered)

    def _person(self, account: str, contact_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._lab.control(f"contacts/{account}/{contact_id}")
        return found

    def switch_workflows(self, account: str, *, on: bool) -> None:
        """On are those again that were before they were switched off."""
        if not on:
            found = self._lab.control(f"workflows?portal={account}")["workflows"]
            self._switched_off = [w["id"] for w in found if w["enabled"]]
        for workflow_id in self._switched_off:
            self._lab.control(f"workflows/{workflow_id}/switch?portal={account}", {"on": on})

    def note(self, account: str, contact_id: str, text: str, *, told: bool = True) -> None:
        del told  # of notes HubSpot sends no notices
        token = self._lab.token(
            ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"]
        )
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
        now = self.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {
            "properties": {"hs_timestamp": now, "hs_note_body": text},
            "associations": [{"to": {"id": contact_id}, "types": [kind]}],
        }
        made = self._lab.api("POST", "/crm/objects/2026-09/notes", body, token=token)
        made.raise_for_status()
        # HubSpot moves this time by itself with each activity that is logged.
        self._record(account, contact_id, {"notes_last_updated": now}, "PATCH")

    def values(self, account: str, contact_id: str) -> Mapping[str, str]:
        held = self._record(account, contact_id, None, "GET")["properties"]
        return {k: v for k, v in held.items() if k.startswith("rekindle_")}

    def count_writes(self, account: str) -> Mapping[str, int]:
        return dict(self._lab.control("counters")["writes"].get(account, {}).get("contacts", {}))

    def count_entries(self, account: str) -> Mapping[str, int]:
        entered: Counter[str] = Counter()
        for workflow in self._lab.control(f"workflows?portal={account}")["workflows"]:
            path = f"workflows/{workflow['id']}/enrollments?portal={account}"
            entered.update(str(e["contactId"]) for e in self._lab.control(path)["enrollments"])
        return entered

    def advance(self, until: datetime) -> None:
        self._lab.control("advance", {"to": until.isoformat()})

    def posts(self) -> Sequence[Post]:
        eventually(self._has_sent_all, "every webhook is delivered")
        return self._mailbox.take()

    def _has_sent_all(self) -> bool:
        return bool(self._lab.control("state")["webhooks"]["pending"] == 0)

    def stumble(self, status: int, times: int) -> None:
        fault = {"method": "GET", "path": "/objects/", "status": status, "times": times}
        self._lab.control("faults", fault)

    def forbid(self, stream: Stream) -> None:
        path = f"/objects/[^/]+/{_KINDS[stream]}"
        self._lab.control("faults", {"path": path, "status": 403})

    def allow_properties(self, more: int) -> None:
        path = "/crm/limits/2026-09/custom-properties"
        kinds = self._lab.api("GET", path).json()["byObjectType"]
        used = next(kind["usage"] for kind in kinds if kind["objectTypeId"] == "0-1")
        self._lab.control("limits", {"custom_properties": used + more})

    def odd_posts(self, account: str, contact_id: str) -> Sequence[Post]:
        event = {
            "eventId": 1,
            "subscriptionId": 7,
            "portalId": int(account),
            "occurredAt": int(datetime.now(UTC).timestamp() * 1000),
            "subscriptionType": "object.propertyChange",
            "objectId": int(contact_id),
            "objectTypeId": "0-1",
            "propertyName": "email",
            "propertyValue": "someone@example.com",
        }
        odd = [None, {**event, "occurredAt": "soon"}]
        self._lab.control("hubspot/webhook", {"events": [*odd, event]})
        return self.posts()

    def answer_tokens(
        self, content: object, *, status: int = 200, times: int | None = None
    ) -> None:
        self._falsified = True
        fault = {"path": "/oauth/[^/]+/token$", "status": status, "body": content, "times": times}
        self._lab.control("faults", fault)

    def alter_tokens(self, *, drop: Sequence[str]) -> None:
        body = {"drop": list(drop)}
        self._lab.control("faults", {"kind": "alter", "path": "/oauth/[^/]+/token$", "body": body})

    def describe(self, said: Mapping[str, object] | None) -> None:
        path = "/account-info/"
        self._falsified = True
        if said is None:
            self._lab.control("faults", {"path": path, "status": 503})
            return
        names = {"name": "companyName", "timezone": "timeZone", "currency": "companyCurrency"}
        body = {"set": {names[name]: value for name, value in said.items()}}
        self._lab.control("faults", {"kind": "alter", "path": path, "body": body})

    def rename(self, account: str, contact_id: str, first_name: str) -> None:
        self._lab.http.request(
            "PATCH",
            f"/control/records/{account}/contacts/{contact_id}",
            content=json.dumps({"firstname": first_name}),
            headers={"Content-Type": "application/json"},
        ).raise_for_status()

    def break_off(self, kind: str) -> None:
        fault = {
            "path": "^/(crm|account-info|automation|communication-preferences|conversations)",
            "kind": kind,
            "times": 1_000,
        }
        self._lab.control("faults", fault)

    def mend(self) -> None:
        self._lab.control("faults", method="DELETE")

    def expire(self, account: str) -> None:
        self._lab.control("expire", {"portal": int(account)})

    def count_refreshes(self) -> int:
        requests = self._lab.control("counters")["requests"]
        answered = [r for r in requests if r["path"].endswith("/token") and r["status"] == 200]
        # The first one was the install's.
        return sum(int(r["count"]) for r in answered) - 1

    def uninstall(self, account: str) -> None:
        self._lab.control("uninstall", {"portal": int(account)})

    def _record(self, account: str, contact_id: str, payload: object, method: str) -> Any:
        return self._lab.control(f"records/{account}/contacts/{contact_id}", payload, method)


@contextmanager
def open_side(
    conduct: Conduct = Conduct(),  # noqa: B008  frozen
    contacts: int = 90,
) -> Iterator[HubSpotSide]:
    config = SandboxConfig(
        contacts=contacts, crms=("hubspot",), options=(easy_hubspot(),), conduct=conduct
    )
    recorder = Recorder()
    with open_mailbox() as mailbox, serving_hubspot(config, recorder.around) as lab:
        yield HubSpotSide(lab, mailbox, recorder)
