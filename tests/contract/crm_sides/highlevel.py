"""HighLevel's side: the sandbox, steered through its control API."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.lab.browser import read_forms
from app.virtual_time import HttpClock
from connector.port.records import Stream
from connector.registry import sandbox_variables
from manifest.promise import Promise
from sandbox.conduct import Conduct
from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import AGENCY, NORTHGATE, PIONEER, SOLSTICE
from sandbox.highlevel.config import HighLevelLimits, HighLevelOptions
from sandbox.hubspot.client import HubSpotClient, serving_hubspot
from sandbox.serving import eventually
from tests.contract.crm_side import BadValue, Post, TaskSeen
from tests.contract.mailbox import Mailbox, open_mailbox
from tests.shapes.highlevel import PRESENT, published
from tests.shapes.highlevel_deviations import unexplained
from tests.shapes.recording_highlevel import Recorder


class HighLevelSide:
    provider = "highlevel"
    account = NORTHGATE
    agency = AGENCY
    agency_accounts = (NORTHGATE, SOLSTICE, PIONEER)
    token_lifetime = 86_399.0
    tells_uninstalls = True
    bad_value = BadValue("rekindle_dormancy_score", "seven")
    missing_id = "zzzzzzzzzzzzzzzzzzzz"

    def __init__(
        self, lab: HubSpotClient, mailbox: Mailbox, recorder: Recorder | None = None
    ) -> None:
        self._recorder = recorder
        self._documents = published() if PRESENT else None
        self._lab = lab
        self._mailbox = mailbox
        self._switched_off: list[str] = []
        self.public_url = mailbox.url
        self.url = lab.url
        self.variables = sandbox_variables("highlevel", lab.url)
        self.clock = HttpClock(f"{lab.url}/control/clock")

    def renew(self) -> None:
        for location in self._lab.control("state")["locations"]:
            if location["installed"]:
                self.uninstall(location["id"])
        self.uninstall_agency()
        self._lab.control(
            "highlevel/limits", {"refresh_grace_seconds": 30, "custom_fields": 10_000}
        )
        self._lab.control("counters", method="DELETE")
        self._lab.control("faults", method="DELETE")
        self.posts()

    def register(self, promise: Promise) -> None:
        project = {
            "webhook_target": promise.webhook_target,
            "redirect_urls": list(promise.redirect_urls),
            "scopes": [*promise.required_scopes, *promise.optional_scopes],
        }
        self._lab.control("highlevel/project", project)

    def consent(self, address: str, decision: str = "grant") -> str:
        choice = {"installer": "location", "location": [self.account], "decision": decision}
        return self._choose(address, choice)

    def consent_agency(self, address: str) -> str:
        choice = {
            "installer": "agency",
            "company": AGENCY,
            "location": list(self.agency_accounts),
            "future": "true",
            "decision": "grant",
        }
        return self._choose(address, choice)

    def _choose(self, address: str, choice: dict[str, Any]) -> str:
        page = self._lab.http.get(address)
        assert page.status_code == 200, page.text
        form = next(
            f for f in read_forms(page.text) if f.fields.get("installer") == choice["installer"]
        )
        answer = self._lab.http.post(str(page.url.join(form.action)), data=choice)
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])

    def context_of(self, account: str, user: str) -> str:
        """What the CRM tells a page in its frame of a user, sealed; it calls everybody an admin."""
        said = self._lab.control(
            "highlevel/user-context", {"location": account, "user": user, "role": "admin"}
        )
        return str(said["payload"])

    def contact_ids(self, account: str) -> set[str]:
        return {str(record["id"]) for record in self._records(account, "contacts")}

    def count(self, account: str, stream: Stream) -> int | None:
        match stream:
            case Stream.CONTACTS:
                return len(self._records(account, "contacts"))
            case Stream.MEETINGS:
                return len(self._records(account, "appointments"))
            case _:
                return None

    def texts(self, account: str) -> list[str]:
        return [str(row["body"]) for row in self._records(account, "messages") if row.get("body")]

    def add_contact(self, account: str) -> str:
        values = {"firstName": "New", "phone": "+12125550100"}
        return str(self._lab.control(f"highlevel/records/{account}/contacts", values)["id"])

    def change_email(self, account: str, contact_id: str, email: str) -> None:
        self._record(account, contact_id, {"email": email}, "PATCH")

    def delete_contact(self, account: str, contact_id: str) -> None:
        self._record(account, contact_id, None, "DELETE")

    def merge_duplicates(self, kept: str, other: str) -> None:
        self._lab.control(f"highlevel/records/{self.account}/contacts/{kept}/merge/{other}", {})

    def happen(self, account: str, contact_id: str, kind: str, text: str = "") -> None:
        wanted = {"kind": kind, "text": text}
        self._lab.control(f"highlevel/happen/{account}/{contact_id}", wanted)

    @property
    def users(self) -> tuple[str, ...]:
        places = self._lab.control("state")["locations"]
        found = next(p for p in places if p["id"] == self.account)
        return tuple(str(user["id"]) for user in found["users"])

    def tasks(self, account: str, contact_id: str) -> list[TaskSeen]:
        return [
            TaskSeen(
                t["title"],
                t.get("body", ""),
                t.get("assignedTo", ""),
                datetime.fromisoformat(t["dueDate"]),
                t["completed"],
            )
            for t in self._person(account, contact_id)["tasks"]
        ]

    def lists(self, account: str, contact_id: str) -> set[str]:
        return {name.lower() for name in self._person(account, contact_id)["lists"]}

    def complete(self, account: str, contact_id: str) -> None:
        self._lab.control(f"highlevel/contacts/{account}/{contact_id}/complete", {})

    def write(self, account: str, contact_id: str, text: str) -> None:
        wanted = {"contactId": contact_id, "body": text, "messageType": "TYPE_SMS"}
        self._lab.control(f"highlevel/records/{account}/messages", wanted)

    def is_inside(self, account: str, contact_id: str) -> bool:
        entered = self._person(account, contact_id)["enrollments"]
        return any(e["state"] == "active" for e in entered)

    def _person(self, account: str, contact_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._lab.control(f"highlevel/contacts/{account}/{contact_id}")
        return found

    def switch_workflows(self, account: str, *, on: bool) -> None:
        """On are those again that were before they were switched off."""
        path = "highlevel/workflows"
        if not on:
            found = self._lab.control(f"{path}?location={account}")["workflows"]
            self._switched_off = [w["id"] for w in found if w["status"] == "published"]
        for workflow_id in self._switched_off:
            self._lab.control(f"{path}/{workflow_id}/switch?location={account}", {"on": on})

    def note(self, account: str, contact_id: str, text: str, *, told: bool = True) -> None:
        body = {"contactId": contact_id, "body": text, "untold": not told}
        self._lab.control(f"highlevel/records/{account}/notes", body)

    def values(self, account: str, contact_id: str) -> Mapping[str, str]:
        held = self._record(account, contact_id, None, "GET")["custom"]
        ours = {key.removeprefix("contact."): value for key, value in held.items()}
        return {k: str(v) for k, v in ours.items() if k.startswith("rekindle_")}

    def count_writes(self, account: str) -> Mapping[str, int]:
        return dict(self._lab.control("counters")["writes"].get(account, {}).get("contacts", {}))

    def count_entries(self, account: str) -> Mapping[str, int]:
        entered: Counter[str] = Counter()
        listed = self._lab.control(f"highlevel/workflows?location={account}")["workflows"]
        for workflow in listed:
            path = f"highlevel/workflows/{workflow['id']}/enrollments?location={account}"
            entered.update(str(e["contactId"]) for e in self._lab.control(path)["enrollments"])
        return entered

    def advance(self, until: datetime) -> None:
        self._lab.control("advance", {"to": until.isoformat()})

    def posts(self) -> Sequence[Post]:
        eventually(self._has_sent_all, "every webhook is delivered")
        return self._mailbox.take()

    def _has_sent_all(self) -> bool:
        return bool(self._lab.control("highlevel/state")["webhooks"]["pending"] == 0)

    def bulk_only(self, account: str) -> set[str]:
        sent = [m for m in self._records(account, "messages") if m["direction"] == "outbound"]
        by_hand = {m["contactId"] for m in sent if m["source"] == "app"}
        return {m["contactId"] for m in sent if m["source"] == "bulk_actions"} - by_hand

    def stumble(self, status: int, times: int) -> None:
        fault = {"path": "/contacts/|/conversations/", "status": status, "times": times}
        self._lab.control("faults", fault)

    def forbid(self, stream: Stream) -> None:
        path = "/contacts/" if stream is Stream.CONTACTS else "/opportunities/|/payments/"
        self._lab.control("faults", {"path": path, "status": 403})

    def allow_properties(self, more: int) -> None:
        used = len(self._records(self.account, "customFields"))
        self._lab.control("highlevel/limits", {"custom_fields": used + more})

    def odd_posts(self, account: str, contact_id: str) -> Sequence[Post]:
        event = {"type": "ContactUpdate", "locationId": account, "id": contact_id}
        for sent in (None, {**event, "id": 7, "email": "someone@example.com"}, event):
            self._lab.control("highlevel/webhook", {"event": sent})
        return self.posts()

    def tell_uninstall(self, account: str, *, at: datetime, ours: bool = True) -> Sequence[Post]:
        app_id = self._lab.control("highlevel/state")["app"]["app_id"]
        event = {
            "type": "UNINSTALL",
            "appId": app_id if ours else "65000000000000000000000a",
            "locationId": account,
            "timestamp": at.isoformat(),
            "webhookId": f"{account}-{at.timestamp()}-{ours}",
        }
        self._lab.control("highlevel/webhook", {"event": event})
        return self.posts()

    def answer_tokens(
        self, content: object, *, status: int = 200, times: int | None = None
    ) -> None:
        fault = {"path": "/oauth/token$", "status": status, "body": content, "times": times}
        self._lab.control("faults", fault)

    def alter_tokens(self, *, drop: Sequence[str]) -> None:
        body = {"drop": list(drop)}
        self._lab.control("faults", {"kind": "alter", "path": "/oauth/token$", "body": body})

    def describe(self, said: Mapping[str, object] | None) -> None:
        path = "/highlevel/locations/[^/]+$"
        if said is None:
            self._lab.control("faults", {"path": path, "status": 503})
            return
        body = {"set": {"location": dict(said)}}
        self._lab.control("faults", {"kind": "alter", "path": path, "body": body})

    def rename(self, account: str, contact_id: str, first_name: str) -> None:
        wanted = {"location": account, "contact": contact_id, "values": {"firstName": first_name}}
        self._lab.http.post(
            "/control/highlevel/odd",
            content=json.dumps(wanted),
            headers={"Content-Type": "application/json"},
        ).raise_for_status()

    def break_off(self, kind: str) -> None:
        fault = {"path": "^/highlevel/(?!oauth)", "kind": kind, "times": 1_000}
        self._lab.control("faults", fault)

    def mend(self) -> None:
        self._lab.control("faults", method="DELETE")

    def expire(self, account: str) -> None:
        self._lab.control("highlevel/expire", {"location": account})

    def count_refreshes(self) -> int:
        requests = self._lab.control("counters")["requests"]
        answered = [r for r in requests if r["path"].endswith("/token") and r["status"] == 200]
        # The first one was the install's.
        return sum(int(r["count"]) for r in answered) - 1

    def end_grace(self) -> None:
        self._lab.control("highlevel/limits", {"refresh_grace_seconds": 0})

    def uninstall(self, account: str) -> None:
        self._lab.control("highlevel/uninstall", {"location": account})

    def uninstall_agency(self) -> None:
        self._lab.control("highlevel/uninstall", {"company": AGENCY})

    def take_violations(self) -> list[str]:
        documents, recorder = self._documents, self._recorder
        if documents is None or recorder is None:
            return []
        found = [v for one in recorder.take() for v in documents.violations(one)]
        return [str(violation) for violation in unexplained(found)]

    def add_account(self) -> str:
        wanted = {"company": AGENCY, "name": "Later Wellness", "contacts": 5}
        return str(self._lab.control("highlevel/add-location", wanted)["id"])

    def _record(self, account: str, contact_id: str, payload: object, method: str) -> Any:
        path = f"highlevel/records/{account}/contacts/{contact_id}"
        return self._lab.control(path, payload, method)

    def _records(self, account: str, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        total = 1
        while len(found) < total:
            path = f"highlevel/records/{account}/{kind}?limit=1000&offset={len(found)}"
            page = self._lab.control(path)
            found, total = found + page["results"], page["total"]
        return found


@contextmanager
def open_side(
    conduct: Conduct = Conduct(),  # noqa: B008  frozen
    contacts: int = 75,
) -> Iterator[HighLevelSide]:
    limits = HighLevelLimits(
        requests=100_000,
        search_lag_min_seconds=0,
        search_lag_max_seconds=0,
        webhook_duplicate_rate=0,
        webhook_reorder_rate=0,
        webhook_wrong_type_rate=0,
    )
    config = SandboxConfig(
        crms=("highlevel",),
        options=(HighLevelOptions(contacts=contacts, limits=limits),),
        conduct=conduct,
    )
    recorder = Recorder()
    with open_mailbox() as mailbox, serving_hubspot(config, recorder.around) as lab:
        yield HighLevelSide(lab, mailbox, recorder)
