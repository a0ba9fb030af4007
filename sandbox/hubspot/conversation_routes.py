"""The endpoints for conversations: threads and their messages, inboxes, channels, people who wrote."""

from datetime import UTC, datetime

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid, not_found
from sandbox.hubspot.conversations import (
    ACCOUNT_OF,
    CHANNELS,
    INBOX,
    SMS,
    WHATSAPP,
    Message,
    Thread,
)
from sandbox.hubspot.gateway import VERSIONS, Call, Operation
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms, iso, read_moment

_READ = ("conversations.read",)
_OPENED = iso(datetime(2024, 1, 1, tzinfo=UTC))
_SHORT_CODE = "+12125550142"  # the account's own number
_BY_TIME = "latestMessageTimestamp"
PAGE = 500


def operations() -> list[Operation]:
    """Everything under /conversations/conversations, whose name really stands there twice."""

    def at(rest: str) -> tuple[str, ...]:
        return tuple(f"/conversations/conversations/{version}{rest}" for version in VERSIONS)

    message = "/threads/{id}/messages/{message}"
    return [
        Operation("GET", at("/threads"), list_threads, _READ),
        Operation("GET", at("/threads/{id}"), get_thread, _READ),
        Operation("GET", at("/threads/{id}/messages"), list_messages, _READ),
        Operation("GET", at(message), get_message, _READ),
        Operation("GET", at(f"{message}/original-content"), get_original, _READ),
        Operation("GET", at("/inboxes"), list_inboxes, _READ),
        Operation("GET", at("/inboxes/{id}"), get_inbox, _READ),
        Operation("GET", at("/channels"), list_channels, _READ),
        Operation("GET", at("/channels/{id}"), get_channel, _READ),
        Operation("GET", at("/channel-accounts"), list_accounts, _READ),
        Operation("GET", at("/channel-accounts/{id}"), get_account, _READ),
        Operation("GET", at("/actors/{id}"), get_actor, _READ),
        Operation("POST", at("/actors/batch/read"), read_actors, _READ),
    ]


def list_threads(call: Call) -> Response:
    """Threads by id, or by the time of their last message from some moment on."""
    limit, query = call.count("limit", 100, PAGE), call.query
    contact, since = query.get("associatedContactId"), query.get(f"{_BY_TIME}After")
    by_time = query.get("sort") == _BY_TIME
    if by_time and since is None:
        raise invalid(f"sort by {_BY_TIME} needs {_BY_TIME}After")
    if query.get("threadStatus") is not None and contact is None:
        raise invalid("threadStatus needs associatedContactId")
    rows = [
        (_place(thread, by_time=by_time), owner, thread)
        for owner, thread in call.portal.conversations.each()
        if _asked(call, owner, thread, since)
    ]
    rows.sort(key=lambda row: row[0])
    after = _cursor(query.get("after"))
    rest = [row for row in rows if after is None or row[0] > after]
    payload: Json = {"results": [thread.json(owner) for _, owner, thread in rest[:limit]]}
    if len(rest) > limit:
        payload["paging"] = {"next": {"after": "-".join(map(str, rest[limit - 1][0]))}}
    return answer(payload)


def _asked(call: Call, owner: str, thread: Thread, since: str | None) -> bool:
    if not call.portal.records.is_live("contacts", owner):
        return False  # the thread has gone with the person into the bin
    contact, status = call.query.get("associatedContactId"), call.query.get("threadStatus")
    if contact is not None:
        wanted = call.portal.records.survivor("contacts", contact)
        if owner != wanted:
            return False
    if status is not None and status != ("OPEN" if thread.closed_at is None else "CLOSED"):
        return False
    if since is None:
        return True
    latest = thread.latest()
    try:
        return latest is not None and latest > read_moment(since)
    except ValueError as error:
        raise invalid(f"{_BY_TIME}After must be a moment") from error


def _place(thread: Thread, *, by_time: bool) -> tuple[int, int]:
    latest = thread.latest() if by_time else None
    return (epoch_ms(latest) if latest else 0, int(thread.id))


def _cursor(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, _, second = text.partition("-")
    if not first.isdigit() or not second.isdigit():
        raise invalid("after must be a cursor from an earlier answer")
    return int(first), int(second)


def get_thread(call: Call) -> Response:
    """One thread."""
    thread = _thread(call)
    return answer(thread.json(call.portal.conversations.owner(thread)))


def list_messages(call: Call) -> Response:
    """A thread's messages, the newest first unless asked otherwise."""
    thread, limit = _thread(call), call.count("limit", 100, PAGE)
    forwards = call.query.get("sort") == "createdAt"
    ordered = sorted(thread.messages, key=lambda m: (m.at, m.number), reverse=not forwards)
    start = _offset(call)
    page = ordered[start : start + limit]
    payload: Json = {"results": [_message(call, thread, message) for message in page]}
    if len(ordered) > start + limit:
        payload["paging"] = {"next": {"after": str(start + limit)}}
    return answer(payload)


def get_message(call: Call) -> Response:
    """One message."""
    thread = _thread(call)
    return answer(_message(call, thread, _find(call, thread)))


def get_original(call: Call) -> Response:
    """A message's text before anything was cut."""
    return answer({"text": _find(call, _thread(call)).text})


def list_inboxes(call: Call) -> Response:
    """The account's only inbox."""
    del call
    return answer({"total": 1, "results": [_inbox()]})


def get_inbox(call: Call) -> Response:
    """One inbox."""
    if call.path["id"] != INBOX:
        raise not_found()
    return answer(_inbox())


def list_channels(call: Call) -> Response:
    """The channels by which people can write."""
    del call
    found = [{"id": number, "name": name} for number, name in CHANNELS.items()]
    return answer({"total": len(found), "results": found})


def get_channel(call: Call) -> Response:
    """One channel."""
    name = CHANNELS.get(call.path["id"])
    if name is None:
        raise not_found()
    return answer({"id": call.path["id"], "name": name})


def list_accounts(call: Call) -> Response:
    """The account's own end of each channel."""
    wanted = set(call.words("channelId"))
    found = [_account(channel) for channel in CHANNELS if not wanted or channel in wanted]
    return answer({"total": len(found), "results": found})


def get_account(call: Call) -> Response:
    """One end of a channel."""
    for channel, number in ACCOUNT_OF.items():
        if number == call.path["id"]:
            return answer(_account(channel))
    raise not_found()


def get_actor(call: Call) -> Response:
    """Who wrote: `A-` and a user's id, or `V-` and a contact's."""
    actor = _actor(call, call.path["id"])
    if actor is None:
        raise not_found()
    return answer(actor)


def read_actors(call: Call) -> Response:
    """Several of them; those that are nobody are left out."""
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list):
        raise invalid("Invalid input JSON: Some required fields were not set: [inputs]")
    found = [actor for name in inputs if (actor := _actor(call, str(name))) is not None]
    at = iso(call.portal.now())
    batch = {"status": "COMPLETE", "requestedAt": at, "startedAt": at, "completedAt": at}
    return answer({**batch, "results": found})


def _thread(call: Call) -> Thread:
    thread = call.portal.conversations.get(call.path["id"])
    if thread is None:
        raise not_found(f"Thread with id {call.path['id']} does not exist")
    return thread


def _find(call: Call, thread: Thread) -> Message:
    for message in thread.messages:
        if message.id == call.path["message"]:
            return message
    raise not_found()


def _offset(call: Call) -> int:
    text = call.query.get("after") or "0"
    if not text.isdigit():
        raise invalid("after must be a cursor from an earlier answer")
    return int(text)


def _message(call: Call, thread: Thread, message: Message) -> Json:
    contact_id, staff = call.portal.conversations.owner(thread), call.portal.owners[0].user_id
    letter, client = message.author
    known = {"A": str(staff), "V": contact_id}
    author: Json = {"actorId": f"{letter}-{known.get(letter, '1')}"}
    other: Json = {"actorId": f"A-{staff}" if message.incoming else f"V-{contact_id}"}
    contact = call.portal.records.get("contacts", contact_id)
    phone = contact.properties.get("phone") if contact else None
    ends = (phone, _SHORT_CODE) if message.incoming else (_SHORT_CODE, phone)
    for end, number in zip((author, other), ends, strict=True):
        end["deliveryIdentifier"] = _identifier(thread.channel, number)
    return {
        "type": message.kind,
        "id": message.id,
        "conversationsThreadId": thread.id,
        "createdAt": iso(message.at),
        "createdBy": author["actorId"],
        "client": {"clientType": client},
        "senders": [author],
        "recipients": [other],
        "archived": False,
        "text": message.text,
        "attachments": [],
        "truncationStatus": "NOT_TRUNCATED",
        "status": {"statusType": "RECEIVED" if message.incoming else "SENT"},
        "direction": "INCOMING" if message.incoming else "OUTGOING",
        "channelId": thread.channel,
        "channelAccountId": ACCOUNT_OF[thread.channel],
    }


def _identifier(channel: str, number: str | None) -> Json:
    if channel in {SMS, WHATSAPP} and number:
        return {"type": "HS_PHONE_NUMBER", "value": number}
    return {"type": "CHANNEL_SPECIFIC_OPAQUE_ID", "value": f"{channel}-visitor"}


def _inbox() -> Json:
    return {
        "id": INBOX,
        "name": "Inbox",
        "type": "INBOX",
        "createdAt": _OPENED,
        "updatedAt": _OPENED,
        "archived": False,
    }


def _account(channel: str) -> Json:
    return {
        "id": ACCOUNT_OF[channel],
        "channelId": channel,
        "inboxId": INBOX,
        "name": CHANNELS[channel].replace("_", " ").capitalize(),
        "active": True,
        "authorized": True,
        "archived": False,
        "createdAt": _OPENED,
        "deliveryIdentifier": _identifier(channel, _SHORT_CODE),
    }


def _actor(call: Call, name: str) -> Json | None:
    kind, _, number = name.partition("-")
    if kind == "A":
        for owner in call.portal.owners:
            if str(owner.user_id) == number:
                who = f"{owner.first_name} {owner.last_name}"
                return {"type": "AGENT", "id": name, "name": who, "email": owner.email}
    if kind == "V":
        record = call.portal.records.get("contacts", number)
        if record is not None:
            shown: Json = {"type": "VISITOR", "id": name}
            told = {n: record.properties.get(n) for n in ("firstname", "lastname", "email")}
            who = " ".join(part for part in (told["firstname"], told["lastname"]) if part)
            return shown | {k: v for k, v in (("name", who), ("email", told["email"])) if v}
    return None
