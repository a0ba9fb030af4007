"""HubSpot's records into the mirror's rows; tolerant of what is missing, strict about what is meant."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from connector.clicks import MACHINE, is_scanner
from connector.hubspot import consent
from connector.hubspot.answers import properties as properties_of
from connector.hubspot.mapping import (
    CLICKED,
    FEEDBACK_AT,
    FEEDBACK_RATING,
    LAST_SEEN,
    LAST_SENT,
    LIFECYCLES,
    MERGED_IDS,
    MOMENTS,
    OPENED,
    OWN_PREFIX,
    SESSION_BEGAN,
)
from connector.port.records import ActivityRow, ContactRow, ReadText, Stream, heard_columns
from contact_rules.plain_text import quoted
from contact_rules.reasons import Heard
from contact_rules.replies import find_tone
from contact_rules.wishes import Wish, find_wish
from core.moments import EPOCH, from_millis, to_millis

Record = Mapping[str, Any]

_ID = re.compile(r"\d{1,20}", re.ASCII)
# Always in an answer, or already in a column of its own.
_DEFAULTS = {"hs_object_id", "createdate", "lastmodifieddate"}


# The moments that can be turned back into a date, with a day to spare for the zones.
_EARLIEST = to_millis(datetime.min.replace(tzinfo=EPOCH.tzinfo) + timedelta(days=1))
_LATEST = to_millis(datetime.max.replace(tzinfo=EPOCH.tzinfo) - timedelta(days=1))
# The largest count that the mirror's columns hold.
_LARGEST_COUNT = 2**31 - 1
# Who was last seen later than this after a session began was there once more, whatever became of that moment.
_LONGEST_SESSION = 86_400_000

# What a mail scanner does as a message comes in.
_SCANNED = frozenset({CLICKED, OPENED})


def millis(value: object) -> int | None:
    """ISO moments, ISO dates (midnight UTC) and epoch milliseconds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    said = str(value)
    try:
        found = int(said) if said.isdigit() and len(said) > 8 else _iso_millis(said)
    except (ValueError, OverflowError):
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def _iso_millis(value: str) -> int:
    moment = datetime.fromisoformat(value)
    return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=EPOCH.tzinfo))


def iso(at: int) -> str:
    """A moment (ms) as HubSpot takes it in a query."""
    return from_millis(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def flag(value: str | None) -> bool | None:
    return None if value in (None, "") else value == "true"


def whole(value: str | None) -> int | None:
    """A count from a number's text; None for anything else, and for what no count can be."""
    try:
        found = None if value in (None, "") else int(float(str(value)))
    except (ValueError, OverflowError):
        return None
    return found if found is not None and abs(found) <= _LARGEST_COUNT else None


def contact(
    record: Record,
    mapping: Mapping[str, Sequence[str]],
    kept: Collection[str] = (),
    labels: Mapping[tuple[str, str], str] = consent.NO_LABELS,
) -> ContactRow:
    """One contact; `mapping` is our field → HubSpot's properties, the first with a value counts.

    `kept` are properties whose values are kept as they are, whatever a column makes of them; `labels` what people
    see of values that may refuse contact.
    """
    properties = properties_of(record)
    taken: dict[str, str] = {}  # our field → the property that held its value

    def read(field: str) -> str | None:
        for name in mapping.get(field, ()):
            if value := properties.get(name):
                taken[field] = name
                return value
        return None

    updated_at = millis(read("updated_at") or record.get("updatedAt"))
    row = ContactRow(
        contact_id=str(record["id"]),
        created_at=millis(read("created_at") or record.get("createdAt")),
        updated_at=updated_at,
        archived=record.get("archived") is True or record.get("archived") == "true",
        first_name=read("first_name"),
        last_name=read("last_name"),
        email=read("email"),
        phone=read("phone"),
        timezone=read("timezone"),
        region=read("region"),
        source=read("source"),
        lifecycle=LIFECYCLES.get((read("lifecycle") or "").lower()),
        owner_id=read("owner_id"),
        **consent.told(properties, mapping, labels),
        unengaged_sends=whole(read("unengaged_sends")),
        in_sequence=flag(read("in_sequence")),
        reason=read("reason"),
        reason_source=taken.get("reason"),
        # The moment it was set is in the property's history, which halves the size of a page.
        reason_at=updated_at if "reason" in taken else None,
        inquiry=read("inquiry"),
        inquiry_source=taken.get("inquiry"),
        fields="{}",
        known=_sorted({k: v for k, v in properties.items() if k.startswith(OWN_PREFIX) and v}),
    )
    asked = (mapping.get(field, ()) for field in (*consent.PROPERTIES, consent.UNSUBSCRIBED))
    columns = _DEFAULTS.union(taken.values(), *asked) - {*kept}
    further = {
        k: v
        for k, v in properties.items()
        if v and k not in columns and not k.startswith(OWN_PREFIX)
    }
    return {**row, "fields": _sorted(further)}


def _sorted(values: Mapping[str, str]) -> str:
    # HubSpot promises no order of properties, and another order is no change.
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


def merged_ids(record: Record) -> tuple[str, ...]:
    """Ids that have become part of this contact."""
    told = properties_of(record).get(MERGED_IDS) or ""
    ids = dict.fromkeys(old.strip() for old in told.split(";"))
    return tuple(old for old in ids if _ID.fullmatch(old) and old != str(record["id"]))


def moments(record: Record) -> list[ActivityRow]:
    """What a contact's own roll-up properties tell of: form, visit, click, reply, answered survey.

    The moment is part of the id, so that a later one is a further activity and not a correction.
    """
    properties = properties_of(record)
    found: dict[str, ActivityRow] = {}
    sent = millis(properties.get(LAST_SENT))
    for name, kind in MOMENTS.items():
        at = millis(properties.get(name))
        if at is not None:
            key = f"{kind}:{record['id']}:{at}"
            found[key] = ActivityRow(
                activity_id=key,
                contact_id=str(record["id"]),
                occurred_at=at,
                kind=kind,
                direction="in",
                outcome=MACHINE if name in _SCANNED and is_scanner(sent, at) else None,
                **heard_columns(),
            )
    contact_id = str(record["id"])
    return [
        *found.values(),
        *_visit(contact_id, properties),
        *_feedback(contact_id, properties),
    ]


def _visit(contact_id: str, properties: Mapping[str, str]) -> list[ActivityRow]:
    """The last session on the site: one visit, however many pages were seen in it."""
    began, seen = millis(properties.get(SESSION_BEGAN)), millis(properties.get(LAST_SEEN))
    at = max((moment for moment in (began, seen) if moment is not None), default=None)
    if at is None:
        return []
    is_one = began is not None and at - began <= _LONGEST_SESSION
    return [
        ActivityRow(
            activity_id=f"visit:{contact_id}:{began if is_one else at}",
            contact_id=contact_id,
            occurred_at=at,
            kind="visit",
            direction="in",
            outcome=None,
            **heard_columns(),
        )
    ]


def _feedback(contact_id: str, properties: Mapping[str, str]) -> list[ActivityRow]:
    """The last answer to a survey, where it has a time and can be read."""
    at = millis(properties.get(FEEDBACK_AT))
    outcome = _rating(properties.get(FEEDBACK_RATING))
    if at is None or outcome is None:
        return []
    return [
        ActivityRow(
            activity_id=f"feedback:{contact_id}:{at}",
            contact_id=contact_id,
            occurred_at=at,
            kind="feedback",
            direction="in",
            outcome=outcome,
            **heard_columns(),
        )
    ]


_RATINGS = {"detractor": "negative", "passive": "neutral", "promoter": "positive"}


def _rating(value: str | None) -> str | None:
    """Net promoter scores in our words: 0 to 6 is a detractor, 9 and 10 a promoter."""
    word = (value or "").strip().lower()
    score = whole(word)
    if score is None:
        return _RATINGS.get(word)
    return "negative" if score <= 6 else "neutral" if score <= 8 else "positive"


# What to read of each kind of activity, and the words for its outcome.
ACTIVITY_PROPERTIES: dict[Stream, tuple[str, ...]] = {
    Stream.MEETINGS: ("hs_timestamp", "hs_meeting_start_time", "hs_meeting_outcome"),
    Stream.CALLS: ("hs_timestamp", "hs_call_direction", "hs_call_status", "hs_call_duration"),
    Stream.EMAILS: ("hs_timestamp", "hs_email_direction", "hs_email_status"),
    # The last is no standard property: where an account has made it, it says which way a message went.
    Stream.MESSAGES: (
        "hs_timestamp",
        "hs_communication_channel_type",
        "hs_communication_direction",
    ),
    Stream.TICKETS: ("createdate", "hs_pipeline_stage", "hs_is_closed", "closed_date"),
    Stream.NOTES: ("hs_timestamp",),
}
# Asked for only where texts are read, and never kept.
TEXT_PROPERTIES: dict[Stream, tuple[str, ...]] = {
    Stream.EMAILS: ("hs_email_subject", "hs_email_text"),
    Stream.NOTES: ("hs_note_body",),
    Stream.CALLS: ("hs_call_title", "hs_call_body"),
    Stream.MEETINGS: ("hs_meeting_body", "hs_internal_meeting_notes"),
    Stream.MESSAGES: ("hs_communication_body",),
    Stream.TICKETS: ("subject", "content"),
}
# Whose words tell why somebody went quiet; a subject or a title is read for wishes alone.
_TELLS = {Stream.EMAILS: "hs_email_text", Stream.NOTES: "hs_note_body"}

_MEETING_OUTCOMES = {
    "SCHEDULED": "scheduled",
    "RESCHEDULED": "scheduled",
    "COMPLETED": "completed",
    "NO_SHOW": "no_show",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
}


def activities(
    stream: Stream,
    record: Record,
    contact_ids: Sequence[str],
    read_text: ReadText | None = None,
) -> list[ActivityRow]:
    """One row for each contact of an engagement; none where its time cannot be read.

    A text is read for the reason it gives, and goes no further.
    """
    properties = properties_of(record)
    kind, direction, outcome, at = _READERS[stream](properties)
    if at is None or not contact_ids:
        return []
    heard: Heard | None = None
    wish: Wish | None = None
    if read_text is not None:
        text = properties.get(_TELLS.get(stream, ""))
        if text and direction != "out":  # our own words are no reason
            heard = read_text(text, contact_ids)
        wish = _wish(stream, properties, kind, direction)
        outcome = _meant(stream, properties, direction, wish) or outcome
    return [
        ActivityRow(
            activity_id=f"{kind}:{record['id']}",
            contact_id=contact_id,
            occurred_at=at,
            kind=kind,
            direction=direction,
            outcome=outcome,
            **heard_columns(heard, wish),
        )
        for contact_id in contact_ids
    ]


def _wish(
    stream: Stream, properties: Mapping[str, str], kind: str, direction: str | None
) -> Wish | None:
    """What is said of being contacted: by them, by staff who note it, or in what our own message quotes."""
    texts = [text for name in TEXT_PROPERTIES[stream] if (text := properties.get(name))]
    if direction == "out" and stream in (Stream.EMAILS, Stream.MESSAGES):
        texts = [said for text in texts if (said := quoted(text))]
    found = (find_wish(text, kind=kind) for text in texts)
    return next((wish for wish in found if wish is not None), None)


def _meant(
    stream: Stream, properties: Mapping[str, str], direction: str | None, wish: Wish | None
) -> str | None:
    """The outcome of a message that came in: its wish, or how it is meant."""
    if direction != "in" or stream not in (Stream.EMAILS, Stream.MESSAGES):
        return None
    text = properties.get(TEXT_PROPERTIES[stream][-1])
    return wish or (find_tone(text) if text else None)


Read = tuple[str, str | None, str | None, int | None]


def _meeting(p: Mapping[str, str]) -> Read:
    outcome = _MEETING_OUTCOMES.get((p.get("hs_meeting_outcome") or "").upper())
    return "meeting", None, outcome, millis(p.get("hs_meeting_start_time") or p.get("hs_timestamp"))


def _call(p: Mapping[str, str]) -> Read:
    status = (p.get("hs_call_status") or "").upper()
    answered = status in {"COMPLETED", "CALLING_CRM_USER"} or (
        not status and (whole(p.get("hs_call_duration")) or 0) > 0
    )
    direction = "in" if (p.get("hs_call_direction") or "").upper() == "INBOUND" else "out"
    return "call", direction, "answered" if answered else "no_answer", millis(p.get("hs_timestamp"))


def _email(p: Mapping[str, str]) -> Read:
    # INCOMING_EMAIL is the contact writing; EMAIL and FORWARDED_EMAIL are logged from our side.
    incoming = (p.get("hs_email_direction") or "").upper() == "INCOMING_EMAIL"
    status = (p.get("hs_email_status") or "").upper()
    outcome = "bounced" if status in {"BOUNCED", "FAILED"} else None
    return "email", "in" if incoming else "out", outcome, millis(p.get("hs_timestamp"))


def _message(p: Mapping[str, str]) -> Read:
    incoming = (p.get("hs_communication_direction") or "").upper() == "INBOUND"
    return "sms", "in" if incoming else "out", None, millis(p.get("hs_timestamp"))


def _ticket(p: Mapping[str, str]) -> Read:
    # Stage "4" is HubSpot's default closed stage of the support pipeline.
    closed = (
        p.get("hs_is_closed") == "true"
        or bool(p.get("closed_date"))
        or p.get("hs_pipeline_stage") == "4"
    )
    return "ticket", "in", "closed" if closed else "open", millis(p.get("createdate"))


def _note(p: Mapping[str, str]) -> Read:
    return "note", None, None, millis(p.get("hs_timestamp"))


_READERS = {
    Stream.MEETINGS: _meeting,
    Stream.CALLS: _call,
    Stream.EMAILS: _email,
    Stream.MESSAGES: _message,
    Stream.TICKETS: _ticket,
    Stream.NOTES: _note,
}
