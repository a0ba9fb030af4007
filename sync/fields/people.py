"""What mapped properties say of some contacts that decides about contacting them, read just before it matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from sync.fields.typed import load_typed

if TYPE_CHECKING:
    import polars as pl

# The inputs that speak against a start and that no column of the mirror holds.
_DECIDING = (
    *("next_appointment_at", "birth_date", "open_deal", "unengaged_sends", "sms_consent_at"),
    *("first_form_at", "last_form_at", "last_reply_at", "last_sales_reply_at", "last_sms_at"),
    *("last_call_at", "last_meeting_at", "last_appointment_at"),
    *("first_purchase_at", "last_purchase_at", "fitting_at", "revenue_at"),
)
_INQUIRIES = ("form", "email", "sms", "call", "meeting")


@dataclass(frozen=True, slots=True)
class SaidOf:
    """Of one contact; None and False where no property says so."""

    next_meeting_at: datetime | None = None
    is_minor: bool = False
    open_deal: bool = False
    unengaged_sends: int | None = None
    sms_consent_at: datetime | None = None
    last_inquiry_at: datetime | None = None
    last_purchase_at: datetime | None = None


def load_said(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> Mapping[str, SaidOf]:
    """Contact → what its mapped properties say at a moment; nobody where none of them is mapped."""
    found: dict[str, SaidOf] = {}
    for typed in load_typed(connection, account_id, contact_ids, _DECIDING, at=at):
        # polars is loaded by who needs columns, not with the process.
        import polars as pl  # noqa: PLC0415

        from inputs.evidence import evidence_of  # noqa: PLC0415

        evidence = evidence_of(typed, as_of=at)
        past = evidence.events.filter(pl.col("occurred_at") <= at)
        happened = past.group_by("contact_id").agg(
            last_inquiry_at=_last(pl.col("kind").is_in(_INQUIRIES)),
            last_purchase_at=_last(pl.col("kind") == "purchase"),
        )
        said = evidence.contacts.join(happened, on="contact_id", how="left").select(
            *("contact_id", "next_meeting_at", "do_not_contact", "open_deal", "unengaged_sends"),
            *("sms_consent_at", "last_inquiry_at", "last_purchase_at"),
        )
        found |= {contact_id: SaidOf(*values) for contact_id, *values in said.iter_rows()}
    return found


def _last(which: "pl.Expr") -> "pl.Expr":
    import polars as pl  # noqa: PLC0415

    return pl.col("occurred_at").filter(which).max()
