"""HubSpot's records into the mirror's rows; tolerant of what is missing, strict about what is meant."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from connector.hubspot.mapping import LIFECYCLES, MOMENTS, OWN_PREFIX
from connector.port import ActivityRow, ContactRow, DealRow, Stream
from core.moments import EPOCH, to_millis

Record = Mapping[str, Any]

# Always in an answer, or already in a column of its own.
_DEFAULTS = {"hs_object_id", "createdate", "lastmodifieddate"}


# The moments that can be turned back into a date, with a day to spare for the zones.
_EARLIEST = to_millis(datetime.min.replace(tzinfo=EPOCH.tzinfo) + timedelta(days=1))
_LATEST = to_millis(datetime.max.replace(tzinfo=EPOCH.tzinfo) - timedelta(days=1))
# The largest amount and count that the mirror's columns hold.
_LARGEST_AMOUNT = 2**63 - 1
_LARGEST_COUNT = 2**31 - 1


def millis(value: str | None) -> int | None:
    """ISO moments, ISO dates (midnight UTC) and epoch milliseconds; None for anything else."""
    if not value:
        return None
    try:
        found = int(value) if value.isdigit() and len(value) > 8 else _iso_millis(value)
    except ValueError:
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def _iso_millis(value: str) -> int:
    moment = datetime.fromisoformat(value)
    return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=EPOCH.tzinfo))


def flag(value: str | None) -> bool | None:
    return None if value in (None, "") else value == "true"


def whole(value: str | None) -> int | None:
    """A count from a number's text; None for anything else, and for what no count can be."""
    try:
        found = None if value in (None, "") else int(float(str(value)))
    except (ValueError, OverflowError):
        return None
    return found if found is not None and abs(found) <= _LARGEST_COUNT else None


def contact(record: Record, mapping: Mapping[str, str]) -> ContactRow:
    """One contact; `mapping` is our field → HubSpot's property."""
    properties: dict[str, str | None] = record.get("properties") or {}

    def read(field: str) -> str | None:
        # PostgreSQL refuses the one character that a text from a CRM must not be lost for.
        return (properties.get(mapping.get(field, "")) or "").replace("\x00", "") or None

    reason = read("reason")
    columns = _DEFAULTS | set(mapping.values())
    known = {
        k: v for k, v in properties.items() if k.startswith(OWN_PREFIX) and v not in (None, "")
    }
    fields = {
        k: v
        for k, v in properties.items()
        if v is not None and k not in columns and not k.startswith(OWN_PREFIX)
    }
    return ContactRow(
        contact_id=str(record["id"]),
        created_at=millis(read("created_at") or record.get("createdAt")),
        updated_at=millis(read("updated_at") or record.get("updatedAt")),
        archived=bool(record.get("archived")),
        first_name=read("first_name"),
        last_name=read("last_name"),
        email=read("email"),
        phone=read("phone"),
        timezone=read("timezone"),
        region=read("region"),
        source=read("source"),
        lifecycle=LIFECYCLES.get((read("lifecycle") or "").lower()),
        owner_id=read("owner_id"),
        email_opt_out=flag(read("email_opt_out")),
        email_bounced=read("email_bounced") is not None,
        sms_consent=flag(read("sms_consent")),
        unengaged_sends=whole(read("unengaged_sends")),
        in_sequence=flag(read("in_sequence")),
        reason=reason,
        reason_source=mapping.get("reason") if reason else None,
        fields=_sorted(fields),
        known=_sorted(known),
    )


def _sorted(values: Mapping[str, str | None]) -> str:
    # HubSpot promises no order of properties, and another order is no change.
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


def moments(record: Record) -> list[ActivityRow]:
    """What a contact's own roll-up properties tell of: form, visit, click, reply.

    The moment is part of the id, so that a later one is a further activity and not a correction.
    """
    properties = record.get("properties") or {}
    found: dict[str, ActivityRow] = {}
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
                outcome=None,
            )
    return list(found.values())


# What to read of each kind of activity, and the words for its outcome.
ACTIVITY_PROPERTIES: dict[Stream, tuple[str, ...]] = {
    Stream.MEETINGS: ("hs_timestamp", "hs_meeting_start_time", "hs_meeting_outcome"),
    Stream.CALLS: ("hs_timestamp", "hs_call_direction", "hs_call_status", "hs_call_duration"),
    Stream.EMAILS: ("hs_timestamp", "hs_email_direction", "hs_email_status"),
    Stream.MESSAGES: (
        "hs_timestamp",
        "hs_communication_channel_type",
        "hs_communication_direction",
    ),
    Stream.TICKETS: ("createdate", "hs_pipeline_stage", "hs_is_closed", "closed_date"),
}

DEAL_PROPERTIES = (
    "amount",
    "dealstage",
    "closedate",
    "createdate",
    "hs_is_closed",
    "hs_is_closed_won",
)

_MEETING_OUTCOMES = {
    "SCHEDULED": "scheduled",
    "RESCHEDULED": "scheduled",
    "COMPLETED": "completed",
    "NO_SHOW": "no_show",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
}


def activities(stream: Stream, record: Record, contact_ids: Iterable[str]) -> list[ActivityRow]:
    """One row for each contact of an engagement; none where its time cannot be read."""
    properties: dict[str, str | None] = record.get("properties") or {}
    kind, direction, outcome, at = _READERS[stream](properties)
    if at is None:
        return []
    return [
        ActivityRow(
            activity_id=f"{kind}:{record['id']}",
            contact_id=contact_id,
            occurred_at=at,
            kind=kind,
            direction=direction,
            outcome=outcome,
        )
        for contact_id in contact_ids
    ]


Read = tuple[str, str | None, str | None, int | None]


def _meeting(p: Mapping[str, str | None]) -> Read:
    outcome = _MEETING_OUTCOMES.get((p.get("hs_meeting_outcome") or "").upper())
    return "meeting", None, outcome, millis(p.get("hs_meeting_start_time") or p.get("hs_timestamp"))


def _call(p: Mapping[str, str | None]) -> Read:
    status = (p.get("hs_call_status") or "").upper()
    answered = status in {"COMPLETED", "CALLING_CRM_USER"} or (
        not status and (whole(p.get("hs_call_duration")) or 0) > 0
    )
    direction = "in" if (p.get("hs_call_direction") or "").upper() == "INBOUND" else "out"
    return "call", direction, "answered" if answered else "no_answer", millis(p.get("hs_timestamp"))


def _email(p: Mapping[str, str | None]) -> Read:
    # INCOMING_EMAIL is the contact writing; EMAIL and FORWARDED_EMAIL are logged from our side.
    incoming = (p.get("hs_email_direction") or "").upper() == "INCOMING_EMAIL"
    status = (p.get("hs_email_status") or "").upper()
    outcome = "bounced" if status in {"BOUNCED", "FAILED"} else None
    return "email", "in" if incoming else "out", outcome, millis(p.get("hs_timestamp"))


def _message(p: Mapping[str, str | None]) -> Read:
    incoming = (p.get("hs_communication_direction") or "").upper() == "INBOUND"
    return "sms", "in" if incoming else "out", None, millis(p.get("hs_timestamp"))


def _ticket(p: Mapping[str, str | None]) -> Read:
    # Stage "4" is HubSpot's default closed stage of the support pipeline.
    closed = (
        p.get("hs_is_closed") == "true"
        or bool(p.get("closed_date"))
        or p.get("hs_pipeline_stage") == "4"
    )
    return "ticket", "in", "closed" if closed else "open", millis(p.get("createdate"))


_READERS = {
    Stream.MEETINGS: _meeting,
    Stream.CALLS: _call,
    Stream.EMAILS: _email,
    Stream.MESSAGES: _message,
    Stream.TICKETS: _ticket,
}


def deals(record: Record, contact_ids: Iterable[str]) -> list[DealRow]:
    properties: dict[str, str | None] = record.get("properties") or {}
    stage = properties.get("dealstage") or ""
    won = flag(properties.get("hs_is_closed_won"))
    is_won = stage == "closedwon" if won is None else won
    closed = flag(properties.get("hs_is_closed"))
    is_closed = is_won or stage == "closedlost" if closed is None else closed
    return [
        DealRow(
            deal_id=str(record["id"]),
            contact_id=contact_id,
            amount_minor=minor(properties.get("amount")),
            is_closed=is_closed,
            is_won=is_won,
            closed_at=millis(properties.get("closedate")),
            created_at=millis(properties.get("createdate") or record.get("createdAt")),
        )
        for contact_id in contact_ids
    ]


def minor(amount: str | None) -> int | None:
    """Hundredths of the currency from a decimal text, without passing through a float."""
    try:
        hundredths = int((Decimal(amount or "nan") * 100).to_integral_value())
    except (ArithmeticError, ValueError):
        return None
    return hundredths if abs(hundredths) <= _LARGEST_AMOUNT else None
