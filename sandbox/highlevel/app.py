"""The one marketplace app that is registered here, as its portal page would show it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sandbox.highlevel.config import HIGHLEVEL_SCOPES, HighLevelCredentials
from sandbox.kit.consent import is_allowed_redirect

#: The scope without which an event is not offered to an app.
EVENT_SCOPES: dict[str, str] = {
    "ContactCreate": "contacts.readonly",
    "ContactUpdate": "contacts.readonly",
    "ContactDelete": "contacts.readonly",
    "ContactTagUpdate": "contacts.readonly",
    "ContactDndUpdate": "contacts.readonly",
    "NoteCreate": "contacts.readonly",
    "NoteUpdate": "contacts.readonly",
    "TaskCreate": "contacts.readonly",
    "TaskComplete": "contacts.readonly",
    "InboundMessage": "conversations/message.readonly",
    "OutboundMessage": "conversations/message.readonly",
    "OpportunityCreate": "opportunities.readonly",
    "OpportunityUpdate": "opportunities.readonly",
    "OpportunityDelete": "opportunities.readonly",
    "OpportunityStatusUpdate": "opportunities.readonly",
    "OpportunityMonetaryValueUpdate": "opportunities.readonly",
    "AppointmentCreate": "calendars/events.readonly",
    "AppointmentUpdate": "calendars/events.readonly",
    "AppointmentDelete": "calendars/events.readonly",
    "OrderCreate": "payments/orders.readonly",
    "InvoicePaid": "invoices.readonly",
}
LIFECYCLE = frozenset(("INSTALL", "UNINSTALL"))


@dataclass(frozen=True, slots=True)
class HighLevelApp:
    """What the portal knows of the app; without a webhook target nobody is told anything."""

    credentials: HighLevelCredentials
    name: str = "Rekindle"
    version_id: str = "66f0a1b2c3d4e5f601234568"
    scopes: tuple[str, ...] = HIGHLEVEL_SCOPES
    redirect_urls: tuple[str, ...] = ()
    webhook_target: str | None = None
    events: frozenset[str] = frozenset(EVENT_SCOPES)

    def allows_redirect(self, uri: str) -> bool:
        """Whether the address is registered, or is on the developer's own machine."""
        return is_allowed_redirect(uri, self.redirect_urls, ("http", "https"))

    def hears(self, event: str, granted: frozenset[str]) -> bool:
        """Whether an installation with these scopes is told of the event."""
        if event in LIFECYCLE:
            return True
        return event in self.events and EVENT_SCOPES[event] in granted

    def register(self, project: Mapping[str, object]) -> "HighLevelApp":
        """The app with other addresses, scopes or events; raises ValueError."""
        changed = self
        if "webhook_target" in project:
            target = project["webhook_target"]
            if target is not None and not _is_address(target):
                raise ValueError("webhook_target must be an http(s) address or null")
            changed = replace(changed, webhook_target=None if target is None else str(target))
        if "scopes" in project:
            changed = replace(changed, scopes=_texts(project["scopes"], "scopes"))
        if "redirect_urls" in project:
            urls = _texts(project["redirect_urls"], "redirect_urls")
            changed = replace(changed, redirect_urls=urls)
        if "events" in project:
            events = frozenset(_texts(project["events"], "events"))
            if not events <= set(EVENT_SCOPES):
                raise ValueError(f"events must be among: {', '.join(EVENT_SCOPES)}")
            changed = replace(changed, events=events)
        return changed


def _is_address(value: object) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in {"http", "https"}


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f"{where} must be a list of texts")
    return tuple(value)
