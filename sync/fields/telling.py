"""What mapped properties say of some contacts that a message to them may refer to, read just before it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from sync.fields.typed import load_typed

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
    inputs = (*MOMENTS, *ENDS, *WORDS)
    return {
        row["contact_id"]: _said(row, at)
        for typed in load_typed(connection, account_id, contact_ids, inputs, at=at)
        for row in typed.iter_rows(named=True)
    }


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
