"""HighLevel's records into the mirror's rows; tolerant of what is missing, strict about what is meant; no I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

import orjson

from connector.clicks import MACHINE, OPENING, is_scanner
from connector.highlevel import consent
from connector.highlevel.sources import read_as_it_is, read_reason, sources_kept
from connector.highlevel.values import fields_of, flag, id_of, millis, text, texts
from connector.port.records import ActivityRow, ContactRow, ReadText, heard_columns
from contact_rules.plain_text import quoted
from contact_rules.reasons import Heard
from contact_rules.replies import find_tone
from contact_rules.tones import Tone
from contact_rules.wishes import COMPLAINED, OPTED_OUT, Wish, find_wish

Record = Mapping[str, Any]

OWN_PREFIX = "rekindle_"

# What a custom field's value is called, by the age of the address it comes from.
_VALUE_NAMES = ("value", "fieldValue", "field_value")

# Every contact is a "lead" to HighLevel until someone says otherwise: customers are told apart by tags.
_CUSTOMER_TAGS = frozenset({"customer", "client", "patient"})
# Standard fields beyond the mapped ones; a tax number comes along and is left out on purpose.
_FURTHER = ("companyName", "address1", "city", "postalCode", "country", "website", "tags")

DAY_MS = 86_400_000

LAST_CLICK = "lastEmailClickedDate"


def contact(
    record: Record,
    keys: Mapping[str, str],
    *,
    every_field: bool = False,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> ContactRow:
    """One contact; `keys` is custom field id → its key without the model in front.

    `sources` is input → the fields that feed it, in order: their values are kept as they are.
    """
    custom = custom_values(record, keys)
    fed = sources or {}
    kept = sources_kept(record, custom, fed)
    as_is = read_as_it_is(record, custom, fed)
    reason = read_reason(record, custom, fed)
    updated_at = millis(record.get("dateUpdated"))
    return ContactRow(
        contact_id=record_id(record),
        created_at=millis(record.get("dateAdded")),
        updated_at=updated_at,
        archived=_is_deleted(record),
        first_name=as_is["first_name"],
        last_name=as_is["last_name"],
        email=as_is["email"],
        phone=as_is["phone"],
        timezone=as_is["timezone"],
        region=as_is["region"],
        source="import" if _is_imported(record) and "source" not in fed else as_is["source"],
        lifecycle=_lifecycle(record),
        owner_id=as_is["owner_id"],
        **consent.told(record, custom, fed, reason[1] if reason else None),
        unengaged_sends=None,
        in_sequence=None,
        reason=reason[1] if reason else None,
        reason_source=reason[0] if reason else None,
        # HighLevel keeps no time of a field: it is as old as the last change of the contact, or older.
        reason_at=updated_at if reason else None,
        # For the same reason nothing shows that an interest was noted before its outcome: none is read.
        inquiry=None,
        inquiry_source=None,
        fields=_sorted({**(_further(record, custom) if every_field else {}), **kept}),
        known=_sorted({k: v for k, v in custom.items() if k.startswith(OWN_PREFIX)}),
    )


def has_news(record: Record) -> bool:
    """Whether something may have happened with the contact since it last changed.

    Our own writes move dateUpdated and not lastActivity, so what they bring back need not be looked into.
    The meaning of lastActivity is not documented: where it is wrong, the next whole reading makes up for it.
    """
    active, updated = millis(record.get("lastActivity")), millis(record.get("dateUpdated"))
    return active is None or updated is None or active >= updated - DAY_MS


def custom_values(record: Record, keys: Mapping[str, str]) -> dict[str, str]:
    """Key → value of the custom fields that have one; unknown ids are left out."""
    known = {**{key: key for key in keys.values()}, **keys}
    found: dict[str, str] = {}
    for field_id, given in _custom_entries(record.get("customFields")):
        key = known.get(field_id.removeprefix("contact."))
        if isinstance(given, dict):
            value = next(filter(None, (text(given.get(name)) for name in _VALUE_NAMES)), "")
        else:
            value = text(given)
        if key is not None and value:
            found[key] = value
    return found


def _custom_entries(given: object) -> list[tuple[str, object]]:
    """(id or key, entry or value): usually a list of entries, seen as an object of values too."""
    if isinstance(given, dict):
        return [(str(name), value) for name, value in given.items()]
    listed = given if isinstance(given, list) else []
    return [(text(e.get("id") or e.get("key")), e) for e in listed if isinstance(e, dict)]


def _text(record: Record, name: str) -> str | None:
    return text(record.get(name)) or None


def _is_imported(record: Record) -> bool:
    created_by = record.get("createdBy")
    source = created_by.get("source") if isinstance(created_by, dict) else created_by
    return "import" in text(source).lower()


def _is_deleted(record: Record) -> bool:
    said = record.get("deleted")
    return bool(said) and flag(said) is not False


def _lifecycle(record: Record) -> str | None:
    tags = {tag.lower() for tag in texts(record.get("tags"))}
    kind = text(record.get("type")).lower()
    if kind == "customer" or tags & _CUSTOMER_TAGS:
        return "customer"
    return "lead" if kind == "lead" else None


def _further(record: Record, custom: Mapping[str, str]) -> dict[str, str]:
    standard = {name: text(record.get(name)) for name in _FURTHER}
    fields = {**standard, **custom}
    return {k: v for k, v in fields.items() if v and not k.startswith(OWN_PREFIX)}


def _sorted(values: Mapping[str, str]) -> str:
    # HighLevel promises no order of fields, and another order is no change.
    return orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS).decode()


# Appointments: "new" is not confirmed yet; a confirmed one that nobody marked afterwards took place.
_MEETING_OUTCOMES = {
    "new": "scheduled",
    "showed": "completed",
    "completed": "completed",
    "noshow": "no_show",
    "cancelled": "cancelled",
    "invalid": "cancelled",
}


def appointment(record: Record, zone: tzinfo = UTC) -> ActivityRow | None:
    """One appointment; None without a contact or a time. `zone` is the account's."""
    at = millis(record.get("startTime"), zone)
    contact_id = id_of(record.get("contactId"))
    if at is None or not contact_id or _is_deleted(record) or not record_id(record):
        return None
    status = text(record.get("appointmentStatus") or record.get("status")).lower()
    return ActivityRow(
        activity_id=f"meeting:{record_id(record)}",
        contact_id=contact_id,
        occurred_at=at,
        kind="meeting",
        direction=None,
        outcome=_MEETING_OUTCOMES.get(status),
        **heard_columns(),
    )


# Parts of a message's type → our kind; what is not here (activity rows, internal notes) is no contact.
_KINDS = (
    ("ACTIVITY", None),
    ("INTERNAL_COMMENT", "note"),
    ("INFO_MESSAGE", None),
    ("REVIEW_REQUEST", None),
    ("FORM_SUBMISSION", "form"),
    ("VOICEMAIL", "call"),
    ("CALL", "call"),
    ("EMAIL", "email"),
    ("SMS", "sms"),
    ("RCS", "sms"),
    ("CHAT", "other"),
    ("WHATSAPP", "other"),
    ("FACEBOOK", "other"),
    ("INSTAGRAM", "other"),
    ("TIKTOK", "other"),
    ("GMB", "other"),
)


# What a contact writes in words; a form's text is its name, a call has none.
_WRITTEN = frozenset({"email", "sms", "other"})


def message(record: Record, read_text: ReadText | None = None) -> list[ActivityRow]:
    """A message, call or form, and the click on it or its opening where its status tells; none for other rows.

    What a contact wrote is read for the reason it gives, and goes no further.
    """
    at = millis(record.get("dateAdded"))
    contact_id = id_of(record.get("contactId"))
    name = text(record.get("messageType")).upper()
    kind = next((kind for part, kind in _KINDS if part in name), None)
    if at is None or not contact_id or kind is None or not record_id(record):
        return []
    status = text(record.get("status")).lower()
    incoming = kind == "form" or text(record.get("direction")).lower() == "inbound"
    heard = wish = tone = None
    if incoming and kind in _WRITTEN:
        heard, wish = _heard(record, contact_id, read_text), _wish(record, kind, read_text)
        tone = _tone(record, read_text)
    elif read_text is not None and kind in _WRITTEN:
        # Our own message may quote what it answers.
        answered = quoted(text(record.get("body")))
        wish = find_wish(answered, kind=kind) if answered else None
    elif kind in {"form", "call", "note"}:
        wish = _wish(record, kind, read_text)
    if kind == "note":
        return [_noted(record, contact_id, at, wish)] if wish else []
    ended = OPTED_OUT if not incoming and status in _ENDED else None
    said = ActivityRow(
        activity_id=f"{kind}:{record_id(record)}",
        contact_id=contact_id,
        occurred_at=at,
        kind=kind,
        direction="in" if incoming else "out",
        outcome=(wish if incoming and kind in _WRITTEN else None)
        or _outcome(record, kind, status, incoming=incoming)
        or tone,
        **heard_columns(heard, wish or ended),
    )
    if kind != "email" or incoming or status not in {"clicked", "opened"}:
        return [said]
    # The status keeps no time of its own: the message's last change is the nearest, where the answer has it, and its
    # document does not name it; else the click counts from when the message was sent.
    told_at = millis(record.get("dateUpdated"))
    click = _click(f"click:{record_id(record)}", contact_id, told_at or at)
    if status == "opened":
        click["activity_id"], click["kind"] = f"{OPENING}:{record_id(record)}", OPENING
    if told_at is not None and is_scanner(at, told_at):
        click["outcome"] = MACHINE
    return [said, click]


def last_click(record: Record, said: Sequence[ActivityRow]) -> list[ActivityRow]:
    """A contact's last click in an e-mail, with its moment, given its latest messages."""
    at, contact_id = millis(record.get(LAST_CLICK)), record_id(record)
    if at is None or not contact_id:
        return []
    click = _click(f"click:{contact_id}:{at}", contact_id, at)
    sent = [r["occurred_at"] for r in said if r["kind"] == "email" and r["direction"] == "out"]
    if any(is_scanner(moment, at) for moment in sent):
        click["outcome"] = MACHINE
    return [click]


def _click(activity_id: str, contact_id: str, at: int) -> ActivityRow:
    return ActivityRow(
        activity_id=activity_id,
        contact_id=contact_id,
        occurred_at=at,
        kind="click",
        direction="in",
        outcome=None,
        **heard_columns(),
    )


def note(record: Record, contact_id: str, read_text: ReadText) -> ActivityRow | None:
    """A note that staff left with a contact; None without a time."""
    at = millis(record.get("dateAdded"))
    if at is None or not record_id(record):
        return None
    return ActivityRow(
        activity_id=f"note:{record_id(record)}",
        contact_id=contact_id,
        occurred_at=at,
        kind="note",
        direction=None,
        outcome=None,
        **heard_columns(_heard(record, contact_id, read_text), _wish(record, "note", read_text)),
    )


def _noted(record: Record, contact_id: str, at: int, wish: Wish) -> ActivityRow:
    """What staff wrote to each other in a conversation, where it says how to deal with the contact."""
    return ActivityRow(
        activity_id=f"note:{record_id(record)}",
        contact_id=contact_id,
        occurred_at=at,
        kind="note",
        direction=None,
        outcome=None,
        **heard_columns(None, wish),
    )


def _heard(record: Record, contact_id: str, read_text: ReadText | None) -> Heard | None:
    body = record.get("body")
    if read_text is None or not isinstance(body, str) or not body:
        return None
    return read_text(body, (contact_id,))


def _tone(record: Record, read_text: ReadText | None) -> Tone | None:
    """How they mean what they wrote, where texts are read."""
    body = record.get("body")
    return find_tone(body) if read_text is not None and isinstance(body, str) else None


def _wish(record: Record, kind: str, read_text: ReadText | None) -> Wish | None:
    """What they wrote of being contacted, where texts are read."""
    body = record.get("body")
    return find_wish(body, kind=kind) if read_text is not None and isinstance(body, str) else None


# Statuses of a message by which its reader asked for no more of them.
_ENDED = frozenset({"opt_out", "opted_out", "optout", "unsubscribed"})
_COMPLAINED = frozenset({"complained", "complaint", "spam"})
# Sources of a message that nobody of the team wrote to this one person.
_AUTOMATED = {"workflow", "bulk_actions", "campaign"}


def _outcome(record: Record, kind: str, status: str, *, incoming: bool) -> str | None:
    if kind == "call":
        called = text(fields_of(record, "meta").get("callStatus") or status).lower()
        return "answered" if called in {"completed", "answered", "connected"} else "no_answer"
    if not incoming and status in _ENDED | _COMPLAINED:
        return OPTED_OUT if status in _ENDED else COMPLAINED
    if kind == "email" and status in {"failed", "undelivered", "bounced"}:
        return "bounced"
    if not incoming and text(record.get("source")).lower() in _AUTOMATED:
        return "automated"
    return None


def record_id(record: Record) -> str:
    """The record's id; empty where it has none that could be stored."""
    return id_of(record.get("id") or record.get("_id"))
