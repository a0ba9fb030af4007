"""What people of one account want to be sent by e-mail: by kind of subscription, and all of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.hubspot.answers import invalid, not_found
from sandbox.hubspot.records import Record, Records
from sandbox.hubspot.subscriptions import SUBSCRIPTIONS, Subscription
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

OPT_OUT = "hs_email_optout"
STATES = frozenset(("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"))
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Status:
    """One person's wish about one kind; `basis` is the legal basis they were asked on, if told."""

    state: str
    at: datetime
    source: str
    basis: str | None = None
    explanation: str | None = None


@dataclass(slots=True)
class Preferences:
    """Statuses by address; an opt-out stands on the contact, where the whole account sees it."""

    records: Records
    now: Callable[[], datetime]
    _told: dict[tuple[str, int], Status] = field(default_factory=dict)

    def kind(self, subscription_id: object) -> Subscription:
        """One kind of subscription; raises 404."""
        for kind in SUBSCRIPTIONS:
            if str(kind.id) == str(subscription_id):
                return kind
        raise not_found(f"Subscription {subscription_id} does not exist")

    def status(self, address: str, kind: Subscription) -> Status:
        """What is known of an address and a kind of subscription."""
        contact = self._contact(address)
        told = self._told.get((address.lower(), kind.id))
        for name in (OPT_OUT, kind.opt_out_name):
            if contact is not None and contact.properties.get(name) == "true":
                at = contact.versions(name)[0].at
                by_property = Status("UNSUBSCRIBED", at, "Unsubscribed by the recipient")
                return told if told and told.state == "UNSUBSCRIBED" else by_property
        return told or Status("NOT_SPECIFIED", _NEVER, "Not specified")

    def opted_out(self, address: str) -> Status:
        """Whether an address wants no e-mail at all."""
        contact = self._contact(address)
        if contact is None or contact.properties.get(OPT_OUT) != "true":
            return Status("NOT_SPECIFIED", _NEVER, "Not specified")
        return Status("UNSUBSCRIBED", contact.versions(OPT_OUT)[0].at, "Unsubscribed from all")

    def tell(self, address: str, kind: Subscription, status: Status, source_id: str) -> Status:
        """Set a status; raises 400 for somebody who has opted out by themselves and is to be subscribed."""
        if status.state not in STATES:
            raise invalid(f"{status.state[:40]} is not a status of a subscription")
        contact = self._contact(address)
        if status.state == "SUBSCRIBED" and self.status(address, kind).state == "UNSUBSCRIBED":
            raise invalid(
                f"{kind.name}: the recipient has opted out and cannot be subscribed by the API.",
                subCategory="SubscriptionError.RECIPIENT_OPTED_OUT",
            )
        self._told[(address.lower(), kind.id)] = status
        if contact is not None and status.state == "UNSUBSCRIBED":
            self._mark(contact, kind.opt_out_name, source_id)
        return status

    def opt_out(self, address: str, source_id: str) -> None:
        """No e-mail of any kind from now on."""
        contact = self._contact(address)
        if contact is not None:
            self._mark(contact, OPT_OUT, source_id)
        at = self.now()
        for kind in SUBSCRIPTIONS:
            key = (address.lower(), kind.id)
            self._told[key] = Status("UNSUBSCRIBED", at, "Unsubscribed from all by the API")

    def _contact(self, address: str) -> Record | None:
        record_id = self.records.by_email(address)
        return None if record_id is None else self.records.get("contacts", record_id)

    def _mark(self, contact: Record, name: str, source_id: str) -> None:
        self.records.update(
            "contacts", contact.id, {name: "true"}, source="INTEGRATION", source_id=source_id
        )


def definition(kind: Subscription, opened: datetime) -> Json:
    """A kind of subscription as HubSpot shows it."""
    return {
        "id": str(kind.id),
        "name": kind.name,
        "description": kind.description,
        "purpose": kind.purpose,
        "communicationMethod": kind.method,
        "isActive": kind.active,
        "isDefault": kind.default,
        "isInternal": kind.internal,
        "createdAt": iso(opened),
        "updatedAt": iso(opened),
    }
