"""Conversations of a location: one for each contact, with its messages in order of time."""

from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.highlevel.ids import Ids
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms, iso

#: The message types that occur here, with the numbers answers carry beside them.
TYPES: dict[str, int] = {
    "TYPE_CALL": 1,
    "TYPE_SMS": 2,
    "TYPE_EMAIL": 3,
    "TYPE_CAMPAIGN_EMAIL": 5,
    "TYPE_ACTIVITY_CONTACT": 25,
    "TYPE_ACTIVITY_PAYMENT": 27,
    "TYPE_ACTIVITY_OPPORTUNITY": 28,
    "TYPE_ACTIVITY_APPOINTMENT": 31,
    "TYPE_FORM_SUBMISSION": 47,
}
CHANNELS: dict[str, frozenset[str]] = {
    "Call": frozenset(("TYPE_CALL",)),
    "SMS": frozenset(("TYPE_SMS",)),
    "Email": frozenset(("TYPE_EMAIL", "TYPE_CAMPAIGN_EMAIL")),
    "WhatsApp": frozenset(),
    "Instagram": frozenset(),
    "Facebook": frozenset(),
}


@dataclass(slots=True)
class Message:
    """One message, call or activity row; only an e-mail's status ever changes."""

    id: str
    contact_id: str
    conversation_id: str
    type: str
    direction: str
    at: datetime
    updated: datetime
    status: str = "delivered"
    body: str = ""
    subject: str = ""
    source: str = "app"
    user_id: str | None = None
    call_status: str | None = None
    call_seconds: int = 0

    @property
    def activity(self) -> bool:
        """Whether this row only reports what happened elsewhere in the CRM."""
        return self.type.startswith("TYPE_ACTIVITY_")

    def json(self, location_id: str) -> Json:
        """The message as lists and the export show it."""
        shown: Json = {
            "id": self.id,
            "type": TYPES[self.type],
            "messageType": self.type,
            "locationId": location_id,
            "contactId": self.contact_id,
            "conversationId": self.conversation_id,
            "dateAdded": iso(self.at),
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "contentType": "text/html" if self.type in CHANNELS["Email"] else "text/plain",
            "attachments": [],
            "source": self.source,
        }
        if self.user_id is not None:
            shown["userId"] = self.user_id
        if self.call_status is not None:
            shown["meta"] = {
                "callDuration": str(self.call_seconds),
                "callStatus": self.call_status,
            }
        return shown

    def event(self) -> Json:
        """The message as a webhook carries it."""
        short = {"TYPE_CALL": "CALL", "TYPE_SMS": "SMS"}.get(self.type, "Email")
        shown: Json = {
            "contactId": self.contact_id,
            "conversationId": self.conversation_id,
            "messageId": self.id,
            "messageType": short,
            "direction": self.direction,
            "status": self.status,
            "source": self.source,
            "body": self.body,
            "attachments": [],
            "contentType": "text/plain",
            "dateAdded": iso(self.at),
            "conversationProviderId": "",
        }
        if self.user_id is not None:
            shown["userId"] = self.user_id
        if self.call_status is not None:
            shown |= {"callDuration": self.call_seconds, "callStatus": self.call_status}
        if short == "Email":
            shown |= {"emailMessageId": self.id, "threadId": self.conversation_id}
            shown["subject"] = self.subject
        return shown


@dataclass(slots=True)
class Conversation:
    """All messages of one contact, oldest first."""

    id: str
    contact_id: str
    messages: list[Message] = field(default_factory=list)
    unread: int = 0
    starred: bool = False

    @property
    def last(self) -> Message:
        return self.messages[-1]


class Conversations:
    """Writes messages; a listener hears of those that happen while the sandbox runs."""

    def __init__(self, ids: Ids, tell: Callable[[str, Json], None]) -> None:
        self._ids = ids
        self._tell = tell
        self._by_id: dict[str, Conversation] = {}
        self._by_contact: dict[str, Conversation] = {}

    def each(self) -> Iterator[Conversation]:
        return iter(list(self._by_id.values()))

    def get(self, conversation_id: str) -> Conversation | None:
        return self._by_id.get(conversation_id)

    def of(self, contact_id: str) -> Conversation | None:
        return self._by_contact.get(contact_id)

    def messages(self) -> Iterator[Message]:
        """Every message of the location."""
        return (message for talk in self.each() for message in talk.messages)

    def open(self, contact_id: str) -> Conversation:
        """A conversation without messages yet."""
        talk = Conversation(self._ids.draw(), contact_id)
        self._by_id[talk.id] = self._by_contact[contact_id] = talk
        return talk

    def hand_over(self, old_id: str, new_id: str) -> None:
        """One contact's messages are another's from now on, in one conversation."""
        talk = self._by_contact.pop(old_id, None)
        if talk is None:
            return
        kept = self._by_contact.get(new_id)
        if kept is None:
            kept = self._by_contact[new_id] = talk
            talk.contact_id = new_id
        else:
            del self._by_id[talk.id]
            kept.messages = sorted([*kept.messages, *talk.messages], key=lambda known: known.at)
            kept.unread += talk.unread
        for message in kept.messages:
            message.contact_id, message.conversation_id = new_id, kept.id

    def forget(self, contact_id: str) -> None:
        """Remove a deleted contact's conversation."""
        talk = self._by_contact.pop(contact_id, None)
        if talk is not None:
            del self._by_id[talk.id]

    def write(
        self,
        contact_id: str,
        kind: str,
        direction: str,
        at: datetime,
        *,
        status: str = "delivered",
        body: str = "",
        subject: str = "",
        source: str = "app",
        user_id: str | None = None,
        call_status: str | None = None,
        call_seconds: int = 0,
    ) -> Message:
        """Add a message where its time belongs, and tell of it unless it is no message proper."""
        talk = self._by_contact.get(contact_id) or self.open(contact_id)
        message = Message(
            id=self._ids.draw(),
            contact_id=contact_id,
            conversation_id=talk.id,
            type=kind,
            direction=direction,
            at=at,
            updated=at,
            status=status,
            body=body,
            subject=subject,
            source=source,
            user_id=user_id,
            call_status=call_status,
            call_seconds=call_seconds,
        )
        insort(talk.messages, message, key=lambda known: known.at)
        if direction == "inbound":
            talk.unread += 1
        if not message.activity and kind != "TYPE_FORM_SUBMISSION":
            name = "InboundMessage" if direction == "inbound" else "OutboundMessage"
            self._tell(name, message.event())
        return message

    def last_mail(self, contact_id: str, before: datetime) -> Message | None:
        """The last e-mail sent to the contact no later than a moment."""
        talk = self._by_contact.get(contact_id)
        mails = [
            message
            for message in (talk.messages if talk else ())
            if message.type in CHANNELS["Email"]
            and message.direction == "outbound"
            and message.at <= before
        ]
        return mails[-1] if mails else None


def sort_value(talk: Conversation, *, manual: bool) -> int:
    """Epoch milliseconds by which conversations are sorted; 0 without any such message."""
    if not manual:
        return epoch_ms(talk.last.at)
    by_hand = [message.at for message in talk.messages if message.source == "app"]
    return epoch_ms(by_hand[-1]) if by_hand else 0
