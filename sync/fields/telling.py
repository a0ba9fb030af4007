"""What mapped properties say of some contacts that a message to them may refer to, read just before it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks
from sync.fields.mapping_store import load_wanted
from sync.mirror.tables import contacts

# Moments, by the kind of activity that they tell the last of.
MOMENTS = {
    "last_form_at": "form",
    "first_form_at": "form",
    "last_appointment_at": "meeting",
    "last_meeting_at": "meeting",
    "last_call_at": "call",
    "last_reply_at": "email",
    "last_sales_reply_at": "email",
    "last_sms_at": "sms",
    "last_purchase_at": "purchase",
    "fitting_at": "fitting",
}
ENDS = ("warranty_end_at", "contract_end_at")
# Words of the customer's own.
WORDS = ("asked_for", "bought", "concern", "served_by")


@dataclass(frozen=True, slots=True)
class Said:
    """Of one contact: kind of activity → its last moment, input → its words, when what they have ends next."""

    last: Mapping[str, datetime]
    words: Mapping[str, str]
    ends_at: datetime | None = None


def load_telling(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> dict[str, Said]:
    """Contact → what their mapped properties say at a moment; nobody where none of them is mapped."""
    wanted = load_wanted(connection, account_id)
    telling = {n: wanted.sources[n] for n in (*MOMENTS, *ENDS, *WORDS) if n in wanted.sources}
    if not telling:
        return {}
    # polars is loaded by who needs columns, not with the process.
    import polars as pl  # noqa: PLC0415

    from sync.fields.columns import type_fields, unpack  # noqa: PLC0415

    wanted = replace(wanted, sources=telling)
    c = contacts.c
    found: dict[str, Said] = {}
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id, c.fields).where(
            c.account_id == account_id, c.contact_id.in_(ids)
        )
        rows = [tuple(row) for row in connection.execute(query)]
        frame = pl.DataFrame(rows, {"contact_id": pl.String, "fields": pl.String}, orient="row")
        raw = frame.select("contact_id").hstack(unpack(frame["fields"], wanted.names))
        typed = type_fields(raw, wanted, as_of=at).frame
        for row in typed.iter_rows(named=True):
            found[row["contact_id"]] = _said(row, at)
    return found


def _said(row: Mapping[str, object], at: datetime) -> Said:
    last: dict[str, datetime] = {}
    for name, kind in MOMENTS.items():
        moment = row.get(name)
        if isinstance(moment, datetime) and moment <= at:
            last[kind] = max(moment, last.get(kind, moment))
    ends = [
        moment for name in ENDS if isinstance(moment := row.get(name), datetime) and moment > at
    ]
    words = {name: text for name in WORDS if isinstance(text := row.get(name), str) and text}
    return Said(last, words, min(ends, default=None))
