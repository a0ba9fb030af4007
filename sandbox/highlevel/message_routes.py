"""Conversations opened and messages written over the API."""

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid, not_found
from sandbox.highlevel.automation import obstacle_to
from sandbox.highlevel.conversations import Conversation, Message
from sandbox.highlevel.gateway import Call, Operation
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms, iso

_TALK, _WRITE = "conversations.write", "conversations/message.write"
_TYPES = {"SMS": "TYPE_SMS", "Email": "TYPE_EMAIL"}  # the channels that occur here
SENT = (
    "type",
    "subType",
    "contactId",
    "appointmentId",
    "attachments",
    "emailFrom",
    "emailCc",
    "emailBcc",
    "html",
    "message",
    "subject",
    "replyMessageId",
    "templateId",
    "threadId",
    "scheduledTimestamp",
    "conversationProviderId",
    "emailTo",
    "customSubtypeId",
    "emailReplyMode",
    "fromNumber",
    "toNumber",
    "forward",
    "status",
    "usesNativeSchedulingAi",
    "optimizationPeriod",
)
HEARD = (
    "type",
    "attachments",
    "message",
    "conversationId",
    "contactId",
    "conversationProviderId",
    "html",
    "subject",
    "emailFrom",
    "emailTo",
    "emailCc",
    "emailBcc",
    "emailMessageId",
    "altId",
    "direction",
    "date",
    "call",
)


def operations() -> list[Operation]:
    return [
        Operation("POST", "/conversations/", create, _TALK),
        Operation("PUT", "/conversations/{conversationId}", update, _TALK),
        Operation("POST", "/conversations/messages", send, _WRITE),
        Operation("POST", "/conversations/messages/inbound", hear, _WRITE),
        Operation("GET", "/conversations/messages/{id}", show, "conversations/message.readonly"),
    ]


def create(call: Call) -> Response:
    """Open a conversation with a contact; each has one, so a second is refused."""
    spec = call.spec("locationId", "contactId", required=("locationId", "contactId"))
    location, contact_id = call.own(spec["locationId"]), str(spec["contactId"])
    if location.contacts.get(contact_id) is None:
        raise bad_request(f"Contact with id {contact_id} not found")
    if location.conversations.of(contact_id) is not None:
        raise bad_request("Conversation already exists")
    talk, now = location.conversations.open(contact_id), iso(location.now())
    shown: Json = {
        "id": talk.id,
        "contactId": contact_id,
        "locationId": location.id,
        "deleted": False,
        "dateAdded": now,
        "dateUpdated": now,
        "lastMessageDate": now,
    }
    return answer({"success": True, "conversation": shown}, 201)


def update(call: Call) -> Response:
    spec = call.spec("locationId", "unreadCount", "starred", "feedback", required=("locationId",))
    location = call.own(spec["locationId"])
    talk = location.conversations.get(call.path["conversationId"])
    if talk is None:
        raise bad_request(f"Conversation with id {call.path['conversationId']} not found")
    unread = spec.get("unreadCount", talk.unread)
    if isinstance(unread, bool) or not isinstance(unread, int):
        raise invalid("unreadCount must be a number")
    talk.unread, talk.starred = unread, spec.get("starred", talk.starred) is True
    return answer({"success": True, "conversation": _shown(location.id, talk)})


def _shown(location_id: str, talk: Conversation) -> Json:
    shown: Json = {
        "id": talk.id,
        "locationId": location_id,
        "contactId": talk.contact_id,
        "unreadCount": talk.unread,
        "inbox": True,
        "starred": talk.starred,
        "deleted": False,
    }
    if talk.messages:
        shown |= {
            "lastMessageBody": talk.last.body,
            "lastMessageDate": str(epoch_ms(talk.last.at)),
            "lastMessageType": talk.last.type,
        }
    return shown


def _kind(spec: Json) -> str:
    kind = _TYPES.get(str(spec["type"]))
    if kind is None:
        raise invalid(f"type must be one of the following values: {', '.join(_TYPES)}")
    return kind


def send(call: Call) -> Response:
    """Send a message to a contact; 400 where do-not-disturb stands or there is no address."""
    spec = call.spec(*SENT, required=("type", "contactId"))
    location, kind = call.location, _kind(spec)
    contact = location.contacts.get(str(spec["contactId"]))
    if contact is None:
        raise bad_request(f"Contact with id {spec['contactId']} not found")
    obstacle = obstacle_to(contact, str(spec["type"]))
    if obstacle is not None:
        raise bad_request(f"The message cannot be sent: {obstacle}")
    body = str(spec.get("html") or spec.get("message") or "")
    message = location.conversations.write(
        contact.id, kind, "outbound", location.now(), body=body, source="api"
    )
    known = {"emailMessageId": message.id} if kind == "TYPE_EMAIL" else {}
    told: Json = {"conversationId": message.conversation_id, "messageId": message.id, **known}
    return answer(told | {"msg": "Message queued successfully.", "status": message.status})


def hear(call: Call) -> Response:
    """Add a message that came in by a channel of the app's own."""
    needed = ("type", "conversationId", "contactId")
    spec = call.spec(*HEARD, required=needed)
    location, kind = call.location, _kind(spec)
    talk = location.conversations.get(str(spec["conversationId"]))
    if talk is None or talk.contact_id != spec["contactId"]:
        raise bad_request(f"Conversation with id {spec['conversationId']} not found")
    body = str(spec.get("html") or spec.get("message") or "")
    message = location.conversations.write(
        talk.contact_id, kind, "inbound", location.now(), body=body, source="api"
    )
    told: Json = {"success": True, "conversationId": talk.id, "messageId": message.id}
    more = {"contactId": talk.contact_id, "dateAdded": iso(message.at)}
    return answer(told | {"message": "Message added successfully."} | more)


def show(call: Call) -> Response:
    return answer(_message(call).json(call.location.id))


def _message(call: Call) -> Message:
    for row in call.location.conversations.messages():
        if row.id == call.path["id"]:
            return row
    raise not_found("Message not found")
