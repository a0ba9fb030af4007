"""Writes what happens to people as HubSpot would hold it: engagements, deals, tickets, roll-ups."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sandbox.hubspot.conversations import Conversations
from sandbox.hubspot.custom_properties import (
    LEAD_QUALITY,
    QUANTITY,
    SMS_CONSENT,
    SMS_LAST_REPLY,
)
from sandbox.hubspot.records import Change, Records
from sandbox.hubspot.rollups import Rollup, money
from sandbox.kit.moments import iso
from sandbox.world.events import Event, Kind, Sentiment

Listener = Callable[[str, Event], None]
Properties = dict[str, str | None]

REPLY_TEXTS = {
    Sentiment.POSITIVE: "Yes, I would like to know more. When could I come in?",
    Sentiment.NEUTRAL: "Thank you for the note. What would it cost?",
    Sentiment.NEGATIVE: "Thank you, but I am not interested at the moment.",
    None: "Thank you, I have a question about my appointment.",
}
_SUBJECTS = {True: "Re: your hearing", False: "Following up on your visit"}  # came in, went out
_QUALITIES = {
    Sentiment.POSITIVE: "hot",
    Sentiment.NEUTRAL: "warm",
    Sentiment.NEGATIVE: "cold",
}
_MEETING_OUTCOMES = {
    Kind.MEETING_COMPLETED: "COMPLETED",
    Kind.MEETING_NO_SHOW: "NO_SHOW",
    Kind.MEETING_CANCELLED: "CANCELLED",
    Kind.MEETING_BOOKED: "SCHEDULED",
}
# Call outcomes are identified by HubSpot's fixed ids: connected, no answer.
_CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
_NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
MEETING_LENGTH = timedelta(minutes=45)


class Timeline:
    """The one place through which events become records of a portal."""

    def __init__(self, records: Records, conversations: Conversations | None = None) -> None:
        self.records = records
        self.conversations = conversations or Conversations(records)
        self._rollups: dict[str, Rollup] = {}
        self._meetings: dict[tuple[str, datetime], str] = {}
        self._listeners: list[Listener] = []

    def follow(self) -> None:
        """From now on hear of merges; while a portal is being filled there are none to hear of."""
        self.records.on_change(self._note_merge)

    def on_event(self, listener: Listener) -> None:
        """Call the listener with contact id and event after each event that was logged live."""
        self._listeners.append(listener)

    def live(self, contact_id: str) -> str | None:
        """The contact's id today: itself, who it was merged into, or None when it is gone."""
        seen: str | None = contact_id
        while seen is not None:
            record = self.records.get("contacts", seen)
            if record is not None:
                return None if record.archived else seen
            seen = self.records.merged_into("contacts", seen)
        return None

    def rollup(self, contact_id: str) -> Rollup:
        return self._rollups.setdefault(contact_id, Rollup())

    def show(self, contact_id: str) -> None:
        """Bring the contact's calculated properties up to date."""
        changes = self.rollup(contact_id).take_changes()
        if changes:
            self.records.set_rollup(contact_id, changes)

    def log(
        self, contact_id: str, event: Event, *, form: str = "", marketing: bool = False
    ) -> str | None:
        """Write an event that happens now; returns the contact that has it, if any is left."""
        target = self.live(contact_id)
        if target is None:
            return None
        self.write(target, event, form=form, marketing=marketing)
        if event.kind is Kind.PURCHASE:
            staff: Properties = {"lifecyclestage": "customer", LEAD_QUALITY: "won"}
            self.records.update("contacts", target, staff)
        self.show(target)
        for listener in self._listeners:
            listener(target, event)
        return target

    def write(
        self,
        contact_id: str,
        event: Event,
        *,
        form: str = "",
        marketing: bool = False,
        at: datetime | None = None,
    ) -> None:
        """Write one event's records and count it, without showing the roll-ups or telling anyone.

        `at` is when the CRM learnt of it, if that was later than the event itself.
        """
        self.rollup(contact_id).add(event, form=form, marketing=marketing)
        when = at or event.at
        match event.kind:
            case Kind.EMAIL_IN | Kind.EMAIL_OUT:
                self._email(contact_id, event, when)
            case Kind.SMS_IN | Kind.SMS_OUT:
                self._text(contact_id, event, when)
            case Kind.CALL_IN | Kind.CALL_ANSWERED | Kind.CALL_MISSED:
                self._call(contact_id, event, when)
            case (
                Kind.MEETING_COMPLETED
                | Kind.MEETING_NO_SHOW
                | Kind.MEETING_CANCELLED
                | Kind.MEETING_BOOKED
            ):
                self._meeting(contact_id, event, when)
            case Kind.PURCHASE:
                self._sale(contact_id, event, when)
            case Kind.TICKET:
                self._ticket(contact_id, event, when)
            case Kind.OPT_OUT | Kind.COMPLAINT | Kind.BOUNCE | Kind.SMS_STOP:
                self._refusal(contact_id, event, when)
            case _:
                pass

    def deal(
        self,
        contact_id: str,
        *,
        name: str,
        stage: str,
        amount: float,
        created: datetime,
        closes: datetime,
        known: datetime,
        quantity: str | None = None,
        lost_reason: str | None = None,
    ) -> str:
        """Write a deal with its contact; `known` is when the CRM got it."""
        won, lost = stage == "closedwon", stage == "closedlost"
        properties: Properties = {
            "dealname": name,
            "pipeline": "default",
            "dealstage": stage,
            "amount": money(amount),
            "closedate": iso(closes),
            "createdate": iso(created),
            "hs_is_closed_won": "true" if won else "false",
            "hs_is_closed_lost": "true" if lost else "false",
            "hs_is_closed": "true" if won or lost else "false",
            "closed_lost_reason": lost_reason,
            QUANTITY: quantity,
        }
        deal_id = self.records.create("deals", properties, at=known)
        self.records.associate("deals", deal_id, "contacts", contact_id)
        return deal_id

    def task(self, contact_id: str, *, subject: str, due: datetime, kind: str = "CALL") -> str:
        """Write a task for the contact's owner."""
        return self._engagement(
            "tasks",
            contact_id,
            {
                "hs_timestamp": iso(due),
                "hs_task_subject": subject,
                "hs_task_status": "NOT_STARTED",
                "hs_task_type": kind,
                "hs_task_priority": "NONE",
            },
            None,
        )

    def note(self, contact_id: str, text: str, at: datetime) -> str:
        """Write a note that staff left."""
        self.rollup(contact_id).add(Event(-1, Kind.NOTE, at))
        return self._engagement(
            "notes", contact_id, {"hs_timestamp": iso(at), "hs_note_body": text}, at
        )

    def _engagement(
        self, kind: str, contact_id: str, properties: Mapping[str, str | None], at: datetime | None
    ) -> str:
        contact = self.records.get("contacts", contact_id)
        owner = contact.properties.get("hubspot_owner_id") if contact else None
        record_id = self.records.create(kind, {**properties, "hubspot_owner_id": owner}, at=at)
        self.records.associate(kind, record_id, "contacts", contact_id)
        return record_id

    def _email(self, contact_id: str, event: Event, when: datetime) -> None:
        came = event.kind is Kind.EMAIL_IN
        properties: Properties = {
            "hs_timestamp": iso(event.at),
            "hs_email_direction": "INCOMING_EMAIL" if came else "EMAIL",
            "hs_email_status": "SENT",
            "hs_email_subject": event.title or _SUBJECTS[came],
            "hs_email_text": event.text
            or (REPLY_TEXTS[event.sentiment] if came else "How are you getting on?"),
        }
        self._engagement("emails", contact_id, properties, when)
        self._judge(contact_id, event)

    def _text(self, contact_id: str, event: Event, when: datetime) -> None:
        """What the account sends is logged with the contact; what comes in is in the conversation alone."""
        came = event.kind is Kind.SMS_IN
        text = event.text or (REPLY_TEXTS[event.sentiment] if came else "A short hello.")
        self.conversations.write(contact_id, text, event.at, incoming=came)
        if not came:
            properties: Properties = {
                "hs_timestamp": iso(event.at),
                "hs_communication_channel_type": "SMS",
                "hs_communication_logged_from": "CRM",
                "hs_communication_body": text,
            }
            self._engagement("communications", contact_id, properties, when)
        else:
            self.records.update("contacts", contact_id, {SMS_LAST_REPLY: iso(event.at)}, at=when)
        self._judge(contact_id, event)

    def _call(self, contact_id: str, event: Event, when: datetime) -> None:
        answered = event.kind is not Kind.CALL_MISSED
        seconds = 45 + event.at.second * 7 + event.at.minute * 3
        properties: Properties = {
            "hs_timestamp": iso(event.at),
            "hs_call_direction": "INBOUND" if event.kind is Kind.CALL_IN else "OUTBOUND",
            "hs_call_status": "COMPLETED" if answered else "NO_ANSWER",
            "hs_call_duration": str(seconds * 1000) if answered else "0",
            "hs_call_disposition": _CONNECTED if answered else _NO_ANSWER,
            "hs_call_title": "Call",
        }
        self._engagement("calls", contact_id, properties, when)
        self._judge(contact_id, event)

    def _meeting(self, contact_id: str, event: Event, when: datetime) -> None:
        starts = event.starts_at or event.at
        outcome = _MEETING_OUTCOMES[event.kind]
        known = self._meetings.pop((contact_id, starts), None)
        if known is not None and self.records.get("meetings", known) is not None:
            self.records.update("meetings", known, {"hs_meeting_outcome": outcome}, at=when)
        else:
            properties: Properties = {
                "hs_timestamp": iso(starts),
                "hs_meeting_title": "Hearing consultation",
                "hs_meeting_start_time": iso(starts),
                "hs_meeting_end_time": iso(starts + MEETING_LENGTH),
                "hs_meeting_outcome": outcome,
            }
            known = self._engagement("meetings", contact_id, properties, when)
        if event.kind is Kind.MEETING_BOOKED:
            self._meetings[(contact_id, starts)] = known
            self.records.set_rollup(contact_id, {"notes_next_activity_date": iso(starts)})
        elif event.starts_at is not None:
            self.records.set_rollup(contact_id, {"notes_next_activity_date": None})

    def _sale(self, contact_id: str, event: Event, when: datetime) -> None:
        amount = event.amount or 0.0
        self.deal(
            contact_id,
            name="Hearing aids" if amount > 500 else "Accessories",
            stage="closedwon",
            amount=amount,
            created=event.at,
            closes=event.at,
            known=when,
        )

    def _ticket(self, contact_id: str, event: Event, when: datetime) -> None:
        properties: Properties = {
            "subject": "Whistling and poor fit",
            "hs_pipeline": "0",
            "hs_pipeline_stage": "1",
            "hs_ticket_priority": "MEDIUM",
            "createdate": iso(event.at),
            "hs_is_closed": "false",
        }
        self._engagement("tickets", contact_id, properties, when)

    def _refusal(self, contact_id: str, event: Event, when: datetime) -> None:
        change: Properties
        match event.kind:
            case Kind.OPT_OUT:
                change = {"hs_email_optout": "true"}
            case Kind.COMPLAINT:
                change = {"hs_email_optout": "true", "hs_email_is_ineligible": "true"}
            case Kind.SMS_STOP:
                if event.text is not None:
                    self.conversations.write(contact_id, event.text, event.at, incoming=True)
                change = {SMS_CONSENT: "false", SMS_LAST_REPLY: iso(event.at)}
            case _:
                change = {"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}
        self.records.update("contacts", contact_id, change, at=when, source="EMAIL")

    def _judge(self, contact_id: str, event: Event) -> None:
        """Staff rate a lead once they have read its answer."""
        if event.sentiment is None:
            return
        change: Properties = {
            LEAD_QUALITY: _QUALITIES[event.sentiment],
            "hs_lead_status": "CONNECTED",
        }
        self.records.update("contacts", contact_id, change, at=event.at)

    def _note_merge(self, change: Change) -> None:
        if change.event != "merge" or change.kind != "contacts":
            return
        primary = str(change.extra.get("primaryObjectId"))
        if primary in self._rollups:
            self._rollups[change.record_id] = self._rollups.pop(primary)
        merged = change.extra.get("mergedObjectIds")
        for old in merged if isinstance(merged, list) else []:
            other = self._rollups.pop(str(old), None)
            if other is not None:
                self.rollup(change.record_id).absorb(other)
        self.show(change.record_id)
