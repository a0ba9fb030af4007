"""The CRM's side of a round, one class for each CRM: what its people do there, and what it holds and counts."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from connector.registry import sandbox_variables
from manifest.promise import Promise
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.hubspot.client import HubSpotClient

Values = dict[str, dict[str, str]]
NEWCOMER = {"first": "Quillon", "last": "Testerman", "email": "quillon.testerman@newcomer.example"}


class CrmSide(Protocol):
    """What a round needs of a CRM."""

    provider: str
    account_id: str  # as the product names it
    api_paths: str  # a regular expression for the paths of its API

    def variables(self) -> Mapping[str, str]:
        """The settings that point the product here."""
        ...

    def register(self, promise: Promise) -> None:
        """What a developer does once: tell the platform of the app."""
        ...

    def withdraw(self) -> None:
        """What an admin does before installing again after a failed installation."""
        ...

    def contact_ids(self) -> list[str]: ...

    def values(self) -> Values:
        """Our properties of every live contact."""
        ...

    def personal(self) -> set[str]:
        """Names, addresses and numbers of everybody the account has or had."""
        ...

    def starts(self) -> Counter[str]:
        """How often each contact was started, by the CRM's own count."""
        ...

    def notices_under_way(self) -> int: ...

    def expire_tokens(self) -> None: ...

    def lose_address(self, contact_id: str) -> None:
        """A change by staff: the contact can no longer be reached."""
        ...

    def opt_out(self, contact_id: str) -> None: ...

    def create(self) -> str: ...

    def reply(self, contact_id: str, at: str) -> None: ...

    def delete(self, contact_id: str) -> None: ...

    def erase(self, contact_id: str) -> None:
        """Delete for good; where the CRM knows no such thing, delete."""
        ...


class HubSpotSide:
    provider = "hubspot"
    api_paths = "^/(crm|oauth|account-info|automation|communication-preferences)"

    def __init__(self, lab: HubSpotClient) -> None:
        self._lab = lab
        self.account_id = f"hubspot-{lab.portal}"

    def variables(self) -> Mapping[str, str]:
        return sandbox_variables("hubspot", self._lab.url)

    def register(self, promise: Promise) -> None:
        self._lab.control("hubspot/project", {"documents": dict(promise.documents)})

    def withdraw(self) -> None:
        """HubSpot lets an app be installed over itself."""

    def contact_ids(self) -> list[str]:
        return [str(record["id"]) for record in self._records()]

    def values(self) -> Values:
        return {str(r["id"]): ours(r["properties"]) for r in self._records()}

    def personal(self) -> set[str]:
        rows = [r["properties"] for r in [*self._records(), *self._records(archived=True)]]
        return {
            text
            for row in rows
            for text in (
                *(row.get(name) or "" for name in ("email", "phone", "mobilephone")),
                f"{row.get('firstname') or ''} {row.get('lastname') or ''}",
            )
        }

    def starts(self) -> Counter[str]:
        return _starts(self._lab, str(self._lab.portal))

    def notices_under_way(self) -> int:
        return int(self._lab.control("state")["webhooks"]["pending"])

    def expire_tokens(self) -> None:
        self._lab.control("expire", {})

    def lose_address(self, contact_id: str) -> None:
        self._record(contact_id, {"email": None, "phone": None, "mobilephone": None}, "PATCH")

    def opt_out(self, contact_id: str) -> None:
        self._record(contact_id, {"hs_email_optout": "true", "sms_consent": "false"}, "PATCH")

    def create(self) -> str:
        return self._lab.contact(
            firstname=NEWCOMER["first"], lastname=NEWCOMER["last"], email=NEWCOMER["email"]
        )

    def reply(self, contact_id: str, at: str) -> None:
        room = f"records/{self._lab.portal}"
        mail = {"hs_timestamp": at, "hs_email_direction": "INCOMING_EMAIL"}
        email_id = self._lab.control(f"{room}/emails", mail)["id"]
        self._lab.control(f"{room}/emails/{email_id}/associate/contacts/{contact_id}", {})
        told = {"hs_sales_email_last_replied": at, "hs_lead_status": "CONNECTED"}
        self._record(contact_id, told, "PATCH")

    def delete(self, contact_id: str) -> None:
        self._record(contact_id, None, "DELETE")

    def erase(self, contact_id: str) -> None:
        self._record(f"{contact_id}/erase", {}, "POST")

    def _record(self, path: str, payload: object, method: str) -> None:
        self._lab.control(f"records/{self._lab.portal}/contacts/{path}", payload, method)

    def _records(self, *, archived: bool = False) -> list[dict[str, Any]]:
        path = f"records/{self._lab.portal}/contacts?limit=1000&archived={str(archived).lower()}"
        return list(self._lab.control(path)["results"])


class HighLevelSide:
    provider = "highlevel"
    account_id = f"highlevel-{NORTHGATE}"
    api_paths = "^/highlevel/"

    def __init__(self, lab: HubSpotClient) -> None:
        self._lab = lab

    def variables(self) -> Mapping[str, str]:
        return sandbox_variables("highlevel", self._lab.url)

    def register(self, promise: Promise) -> None:
        project = {
            "webhook_target": promise.webhook_target,
            "redirect_urls": list(promise.redirect_urls),
            "scopes": [*promise.required_scopes, *promise.optional_scopes],
        }
        self._lab.control("highlevel/project", project)

    def withdraw(self) -> None:
        """A location that has the app is not offered again."""
        self._lab.control("highlevel/uninstall", {"location": NORTHGATE})

    def contact_ids(self) -> list[str]:
        return [str(row["id"]) for row in self._rows("contacts")]

    def values(self) -> Values:
        keys = {f["id"]: f["fieldKey"].removeprefix("contact.") for f in self._rows("customFields")}
        return {
            str(row["id"]): ours({keys[f["id"]]: _text(f["value"]) for f in row["customFields"]})
            for row in self._rows("contacts")
        }

    def personal(self) -> set[str]:
        return {
            text
            for row in self._rows("contacts")
            for text in (
                *(row.get(name) or "" for name in ("email", "phone")),
                f"{row.get('firstName') or ''} {row.get('lastName') or ''}",
            )
        }

    def starts(self) -> Counter[str]:
        return _starts(self._lab, NORTHGATE)

    def notices_under_way(self) -> int:
        return int(self._lab.control("highlevel/state")["webhooks"]["pending"])

    def expire_tokens(self) -> None:
        self._lab.control("highlevel/expire", {})

    def lose_address(self, contact_id: str) -> None:
        self._record(contact_id, {"email": None, "phone": None}, "PATCH")

    def opt_out(self, contact_id: str) -> None:
        self._record(contact_id, {"dnd": True}, "PATCH")

    def create(self) -> str:
        values = {
            "firstName": NEWCOMER["first"],
            "lastName": NEWCOMER["last"],
            "email": NEWCOMER["email"],
        }
        path = f"highlevel/records/{NORTHGATE}/contacts"
        return str(self._lab.control(path, values)["id"])

    def reply(self, contact_id: str, at: str) -> None:
        message = {
            "contactId": contact_id,
            "messageType": "TYPE_EMAIL",
            "direction": "inbound",
            "at": at,
            "body": "Yes, when could I come in?",
        }
        self._lab.control(f"highlevel/records/{NORTHGATE}/messages", message)

    def delete(self, contact_id: str) -> None:
        self._record(contact_id, None, "DELETE")

    def erase(self, contact_id: str) -> None:
        self.delete(contact_id)

    def _record(self, contact_id: str, payload: object, method: str) -> None:
        path = f"highlevel/records/{NORTHGATE}/contacts/{contact_id}"
        self._lab.control(path, payload, method)

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        return list(
            self._lab.control(f"highlevel/records/{NORTHGATE}/{kind}?limit=1000")["results"]
        )


STREETS: dict[str, Callable[[HubSpotClient], CrmSide]] = {
    "hubspot": HubSpotSide,
    "highlevel": HighLevelSide,
}


def _starts(lab: HubSpotClient, account: str) -> Counter[str]:
    """Starts of each contact in any workflow; the sandbox also counts those that change nothing."""
    counted: Counter[str] = Counter()
    for of_workflow in lab.control("counters")["starts"].get(account, {}).values():
        counted.update(of_workflow)
    return counted


def ours(properties: Mapping[str, str | None]) -> dict[str, str]:
    """Our own properties that hold a value."""
    return {k: v for k, v in properties.items() if k.startswith("rekindle_") and v}


def _text(value: object) -> str:
    return "" if value is None else str(value)
