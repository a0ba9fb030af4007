"""Writes what happens to people as HighLevel would hold it: messages, appointments, sales, DND."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.highlevel.contacts import Contact, Revision
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json
from sandbox.world.events import Event, Kind, Sentiment

Listener = Callable[[str, Event], None]

REPLY_TEXTS = {
    Sentiment.POSITIVE: "Yes, please. When could I come in?",
    Sentiment.NEUTRAL: "Thanks. What would it cost?",
    Sentiment.NEGATIVE: "Thanks, but I am not interested at the moment.",
    None: "Hello, I have a question.",
}
_CALLS = {
    Kind.CALL_IN: ("inbound", "completed", 240),
    Kind.CALL_ANSWERED: ("outbound", "completed", 180),
    Kind.CALL_MISSED: ("outbound", "no-answer", 0),
}
_MESSAGES = {
    Kind.EMAIL_IN: ("TYPE_EMAIL", "inbound"),
    Kind.EMAIL_OUT: ("TYPE_EMAIL", "outbound"),
    Kind.SMS_IN: ("TYPE_SMS", "inbound"),
    Kind.SMS_OUT: ("TYPE_SMS", "outbound"),
}
_OUTCOMES = {
    Kind.MEETING_COMPLETED: "showed",
    Kind.MEETING_NO_SHOW: "noshow",
    Kind.MEETING_CANCELLED: "cancelled",
}
_REFUSALS = {
    Kind.BOUNCE: ("Email", "permanent", "INVALID_EMAIL", "The address does not exist"),
    Kind.OPT_OUT: ("Email", "active", "OPTED_OUT", "Unsubscribed"),
    Kind.COMPLAINT: ("Email", "permanent", "SPAM_COMPLAINT", "Reported as spam"),
    Kind.SMS_STOP: ("SMS", "active", "OPTED_OUT", "Texted STOP"),
}
_MARKS = {Kind.OPEN: "lastEmailOpenedDate", Kind.CLICK: "lastEmailClickedDate"}
_STATUSES = {Kind.OPEN: "opened", Kind.CLICK: "clicked"}
LEAD_QUALITY = "lead_quality"  # filled in after the outcome is known: it must not be learnt from
QUALITIES = ("Won", "Hot", "Warm", "Cold")
_RATINGS: dict[Sentiment | None, str] = dict(zip(Sentiment, QUALITIES[1:], strict=True))
INVOICED = 500.0  # sales from here on are invoiced, smaller ones are orders


_SITE = "https://www.northgate-wellness.example"
_PAGES = ("/", "/services", "/prices", "/about", "/book", "/offers", "/contact")
_REFERRERS = (None, "https://www.google.com/", "https://m.facebook.com/", "https://www.bing.com/")


def session_of(event: Event) -> Json:
    """Where a web session came from, as HighLevel keeps it: without the time of it."""
    turn = int(event.at.timestamp()) // 60
    referrer = _REFERRERS[turn % len(_REFERRERS)]
    found: Json = {
        "url": f"{_SITE}{_PAGES[turn % len(_PAGES)]}",
        "referrer": referrer,
        "medium": "form" if event.kind is Kind.FORM else "site",
        "userAgent": "Mozilla/5.0",
        "ip": "203.0.113.7",
    }
    if turn % 3 == 0:
        found["gclid"] = f"EAIaIQ{turn:x}"
    return {name: value for name, value in found.items() if value is not None}


class Journal:
    """The one place through which events become records of a location."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self._listeners: list[Listener] = []

    def on_event(self, listener: Listener) -> None:
        """Call the listener with contact id and event after each event that was logged live."""
        self._listeners.append(listener)

    def log(self, contact_id: str, event: Event, *, source: str = "app", form: str = "") -> None:
        """Write an event that happens now, unless the contact is gone."""
        contact = self.location.contacts.get(contact_id)
        if contact is None:
            return
        self.write(contact, event, source=source, form=form)
        if event.kind in {Kind.VISIT, Kind.FORM}:
            tell = self.location.limits.visits_tell
            self.location.contacts.attribute(contact, session_of(event), at=event.at, tell=tell)
        for listener in self._listeners:
            listener(contact_id, event)

    def write(self, contact: Contact, event: Event, *, source: str = "app", form: str = "") -> None:
        """Write one event's records without telling any listener."""
        location, at = self.location, event.at
        # A texted STOP is a message that came in, whatever it says of its writer's will.
        if event.human or event.kind is Kind.SMS_STOP:
            location.contacts.mark(contact, "lastActivity", at)
        match event.kind:
            case Kind.EMAIL_IN | Kind.EMAIL_OUT | Kind.SMS_IN | Kind.SMS_OUT:
                self._message(contact, event, source)
            case Kind.CALL_IN | Kind.CALL_ANSWERED | Kind.CALL_MISSED:
                self._call(contact, event)
            case Kind.FORM:
                location.conversations.write(
                    contact.id, "TYPE_FORM_SUBMISSION", "inbound", at, body=form, source="app"
                )
            case Kind.MEETING_BOOKED:
                self._book(contact, event.starts_at or at, at, event.person)
            case Kind.MEETING_COMPLETED | Kind.MEETING_NO_SHOW | Kind.MEETING_CANCELLED:
                self._attend(contact, event)
            case Kind.PURCHASE:
                self._sell(contact, event)
            case Kind.OPEN | Kind.CLICK:
                self._engage(contact, event)
            case Kind.BOUNCE | Kind.OPT_OUT | Kind.COMPLAINT | Kind.SMS_STOP:
                self._refuse(contact, event)
            case Kind.TICKET:
                tags = list(dict.fromkeys((*contact.tags, "service issue")))
                location.contacts.revise(contact, Revision(tags=tags))
            case _:
                pass  # of a visit there is no record but where the last session came from

    def _message(self, contact: Contact, event: Event, source: str) -> None:
        kind, direction = _MESSAGES[event.kind]
        usual = REPLY_TEXTS[event.sentiment] if direction == "inbound" else "Message"
        self.location.conversations.write(
            contact.id,
            kind,
            direction,
            event.at,
            body=event.text or usual,
            source=source,
            subject=event.title or "",
        )
        self._rate(contact, event)

    def _rate(self, contact: Contact, event: Event) -> None:
        """Staff rate a lead once they have read or heard its answer, or sold something."""
        rating = QUALITIES[0] if event.kind is Kind.PURCHASE else _RATINGS.get(event.sentiment)
        known = self.location.fields.find(LEAD_QUALITY) if rating is not None else None
        if known is not None and contact.custom.get(known.id) != rating:
            self.location.contacts.revise(contact, Revision(custom={known.id: rating}))

    def _call(self, contact: Contact, event: Event) -> None:
        direction, status, seconds = _CALLS[event.kind]
        self.location.conversations.write(
            contact.id,
            "TYPE_CALL",
            direction,
            event.at,
            status="connected" if status == "completed" else "failed",
            call_status=status,
            call_seconds=seconds,
            user_id=contact.details.get("assignedTo"),
        )
        self._rate(contact, event)

    def _book(self, contact: Contact, starts: datetime, at: datetime, turn: int) -> None:
        title = f"{contact.name or 'Guest'}: consultation"
        self.location.appointments.book(contact.id, starts, at=at, title=title, turn=max(turn, 0))
        if starts > at:
            self.location.contacts.mark(contact, "lastAppointment", starts)
        self._activity(contact, "TYPE_ACTIVITY_APPOINTMENT", "Appointment booked", at)

    def _attend(self, contact: Contact, event: Event) -> None:
        """Note how an appointment went; staff forget to say of two in five that they were kept."""
        appointments, starts = self.location.appointments, event.starts_at or event.at
        if appointments.at(contact.id, starts) is None:
            booked = max(contact.added, event.at - timedelta(days=1 + event.at.minute % 6))
            self._book(contact, starts, min(booked, event.at), event.person)
        row = appointments.at(contact.id, starts)
        forgotten = event.kind is Kind.MEETING_COMPLETED and event.person % 5 >= 3
        if row is not None and not forgotten:
            appointments.set_status(row, _OUTCOMES[event.kind], event.at)

    def _sell(self, contact: Contact, event: Event) -> None:
        amount, location = event.amount or 0.0, self.location
        location.contacts.announce_write(contact.id)
        location.sales.record(contact, amount, event.at, invoice=amount >= INVOICED)
        self._activity(contact, "TYPE_ACTIVITY_PAYMENT", "Payment received", event.at)
        for row in location.opportunities.of(contact.id):
            if row.status == "open":
                location.opportunities.close(row, "won", at=event.at, value=amount)
                break
        if "customer" not in contact.tags:
            location.contacts.revise(contact, Revision(tags=[*contact.tags, "customer"]))
        self._rate(contact, event)

    def _engage(self, contact: Contact, event: Event) -> None:
        self.location.contacts.mark(contact, _MARKS[event.kind], event.at)
        mail = self.location.conversations.last_mail(contact.id, event.at)
        if mail is not None and mail.status != "clicked":
            mail.status, mail.updated = _STATUSES[event.kind], event.at

    def _refuse(self, contact: Contact, event: Event) -> None:
        """A refusal by one channel; a texted STOP is also a message."""
        channel, status, code, words = _REFUSALS[event.kind]
        if event.kind is Kind.SMS_STOP:
            self.location.conversations.write(
                contact.id, "TYPE_SMS", "inbound", event.at, body=event.text or "STOP"
            )
        if event.kind is Kind.BOUNCE:
            contact.valid_email = False
            mail = self.location.conversations.last_mail(contact.id, event.at)
            if mail is not None:
                mail.status, mail.updated = "failed", event.at
        setting = {"status": status, "message": words, "code": code}
        self.location.contacts.revise(contact, Revision(dnd_settings={channel: setting}))

    def _activity(self, contact: Contact, kind: str, words: str, at: datetime) -> None:
        self.location.conversations.write(
            contact.id, kind, "outbound", at, body=words, source="workflow"
        )
