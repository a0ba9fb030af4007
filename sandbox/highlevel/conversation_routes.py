"""Conversations over the API: search, one conversation's messages, and the export of all."""

import base64
from collections.abc import Iterator

import orjson
from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid
from sandbox.highlevel.conversations import CHANNELS, Conversation, Message, sort_value
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms, read_moment

_TALKS, _MESSAGES = "conversations.readonly", "conversations/message.readonly"


def operations() -> list[Operation]:
    return [
        Operation("GET", "/conversations/search", search, _TALKS),
        Operation("GET", "/conversations/messages/export", export, _MESSAGES),
        Operation("GET", "/conversations/{conversationId}", show, _TALKS),
        Operation("GET", "/conversations/{conversationId}/messages", messages, _MESSAGES),
    ]


# Conversations


def search(call: Call) -> Response:
    """One row for each contact with messages, by the date of the last one."""
    location = call.own(call.asked("locationId", required=True))
    manual = call.asked("sortBy") == "last_manual_message_date"
    descending = (call.asked("sort") or "desc") == "desc"
    rows = [(sort_value(talk, manual=manual), talk) for talk in _matching(call, location)]
    rows.sort(key=lambda row: (row[0], row[1].id), reverse=descending)
    after, total = _milliseconds(call, "startAfterDate"), len(rows)
    if after is not None:
        rows = [row for row in rows if (row[0] < after if descending else row[0] > after)]
    page = rows[: call.count("limit", 20, 100)]
    shown = [_conversation(location, talk, value) for value, talk in page]
    return answer({"conversations": shown, "total": total})


def _matching(call: Call, location: Location) -> Iterator[Conversation]:
    start, end = _milliseconds(call, "startDate"), _milliseconds(call, "endDate")
    asked = {name: call.asked(name) for name in ("contactId", "id", "lastMessageType")}
    direction, action = call.asked("lastMessageDirection"), call.asked("lastMessageAction")
    for talk in location.conversations.each():
        if not talk.messages:
            continue
        last, at = talk.last, epoch_ms(talk.last.at)
        known = {"contactId": talk.contact_id, "id": talk.id, "lastMessageType": last.type}
        if any(asked[name] not in {None, value} for name, value in known.items()):
            continue
        if direction not in {None, last.direction} or action not in {None, _action(last)}:
            continue
        if (start is not None and at < start) or (end is not None and at > end):
            continue
        yield talk


def _action(message: Message) -> str:
    return "manual" if message.source == "app" else "automated"


def _milliseconds(call: Call, name: str) -> int | None:
    text = call.asked(name)
    if text is None:
        return None
    text = text.removesuffix(".0")
    if not text.isdigit():
        raise invalid(f"{name} must be a number")
    return int(text)


def _conversation(location: Location, talk: Conversation, value: int) -> Json:
    contact, last = location.contacts.get(talk.contact_id), talk.last
    details = contact.details if contact else {}
    name = contact.name if contact else ""
    return {
        "id": talk.id,
        "contactId": talk.contact_id,
        "locationId": location.id,
        "lastMessageBody": last.body,
        "lastMessageType": last.type,
        "lastMessageDate": epoch_ms(last.at),
        "type": "TYPE_PHONE",
        "unreadCount": talk.unread,
        "fullName": name,
        "contactName": name,
        "email": details.get("email") or "",
        "phone": details.get("phone") or "",
        "sort": [value],
    }


def _talk(call: Call) -> Conversation:
    talk = call.location.conversations.get(call.path["conversationId"])
    if talk is None:
        raise bad_request(f"Conversation with id {call.path['conversationId']} not found")
    return talk


def show(call: Call) -> Response:
    talk = _talk(call)
    shown: Json = {
        "id": talk.id,
        "contactId": talk.contact_id,
        "locationId": call.location.id,
        "deleted": False,
        "inbox": True,
        "type": 1,
        "unreadCount": talk.unread,
        "starred": talk.starred,
    }
    return answer(shown)


# Messages


def messages(call: Call) -> Response:
    """Newest first; nested in the dated versions, as the live service does it, and flat in version 3."""
    talk, types = _talk(call), call.asked("type")
    rows = list(reversed(talk.messages))
    if types is not None:
        rows = [row for row in rows if row.type in types.split(",")]
    last = call.asked("lastMessageId")
    if last is not None:
        places = [place for place, row in enumerate(rows) if row.id == last]
        if not places:
            raise bad_request("lastMessageId is not a message of this conversation")
        rows = rows[places[0] + 1 :]
    limit = call.count("limit", 20, 100)
    page = rows[:limit]
    inner: Json = {
        "lastMessageId": page[-1].id if page else "",
        "nextPage": len(rows) > limit,
        "messages": [row.json(call.location.id) for row in page],
    }
    return answer(inner if call.v3 else {"messages": inner})


def export(call: Call) -> Response:
    """All messages of a location; those by e-mail only when that channel is asked for."""
    location = call.own(call.asked("locationId", required=True))
    limit = call.count("limit", 100, 500, least=10)
    field = call.asked("sortBy") or "createdAt"
    if field not in {"createdAt", "updatedAt"}:
        raise invalid("sortBy must be one of the following values: createdAt, updatedAt")
    descending = (call.asked("sortOrder") or "desc") == "desc"
    rows = [(_at(row, field), row.id, row) for row in _exported(call, location, field)]
    rows.sort(key=lambda row: row[:2], reverse=descending)
    total, cursor = len(rows), call.asked("cursor")
    if cursor is not None:
        after = _read_cursor(cursor)
        rows = [row for row in rows if (row[:2] < after if descending else row[:2] > after)]
    page = rows[:limit]
    told: Json = {"messages": [row.json(location.id) for _, _, row in page], "total": total}
    if len(rows) > limit:
        told["nextCursor"] = _cursor(page[-1][:2])
    return answer(told)


def _exported(call: Call, location: Location, field: str) -> Iterator[Message]:
    channel = call.asked("channel")
    if channel is not None and channel not in CHANNELS:
        words = ", ".join(CHANNELS)
        raise invalid(f"channel must be one of the following values: {words}")
    start, end = _moment(call, "startDate"), _moment(call, "endDate")
    contact_id, talk_id = call.asked("contactId"), call.asked("conversationId")
    for row in location.conversations.messages():
        at = _at(row, field)
        wanted = (
            row.type not in CHANNELS["Email"] if channel is None else row.type in CHANNELS[channel]
        )
        if not wanted or contact_id not in {None, row.contact_id}:
            continue
        if talk_id not in {None, row.conversation_id}:
            continue
        if (start is None or at >= start) and (end is None or at <= end):
            yield row


def _at(row: Message, field: str) -> int:
    return epoch_ms(row.at if field == "createdAt" else row.updated)


def _moment(call: Call, name: str) -> int | None:
    text = call.asked(name)
    if text is None:
        return None
    try:
        return epoch_ms(read_moment(text))
    except ValueError as error:
        raise invalid(f"{name} must be a valid ISO 8601 date string") from error


def _cursor(key: tuple[int, str]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def _read_cursor(text: str) -> tuple[int, str]:
    try:
        at, message_id = orjson.loads(base64.urlsafe_b64decode(text))
        return int(at), str(message_id)
    except (TypeError, ValueError) as error:
        raise bad_request("cursor is invalid") from error
