"""Which CRM a contact export comes from, and what its columns mean in our words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.highlevel import export_headers as highlevel
from connector.hubspot import export_headers as hubspot


class ContactField(StrEnum):
    """What a column of a contacts file can mean."""

    CONTACT_ID = "contact_id"
    EMAIL = "email"
    PHONE = "phone"
    MOBILE = "mobile"
    CREATED_AT = "created_at"
    SOURCE = "source"
    LIFECYCLE = "lifecycle"
    EMAIL_OPT_OUT = "email_opt_out"
    EMAIL_BOUNCED = "email_bounced"
    SMS_CONSENT = "sms_consent"
    DO_NOT_CONTACT = "do_not_contact"
    UNENGAGED_SENDS = "unengaged_sends"
    OPEN_DEAL = "open_deal"
    REASON = "reason"
    LAST_REPLY_AT = "last_reply_at"
    LAST_SALES_REPLY_AT = "last_sales_reply_at"
    LAST_SMS_AT = "last_sms_at"
    LAST_CALL_AT = "last_call_at"
    LAST_MEETING_AT = "last_meeting_at"
    FIRST_FORM_AT = "first_form_at"
    LAST_FORM_AT = "last_form_at"
    LAST_VISIT_AT = "last_visit_at"
    LAST_SEEN_AT = "last_seen_at"
    LAST_CLICK_AT = "last_click_at"
    LAST_SALES_CLICK_AT = "last_sales_click_at"
    LAST_ENGAGEMENT_AT = "last_engagement_at"
    LAST_ACTIVITY_AT = "last_activity_at"
    FIRST_PURCHASE_AT = "first_purchase_at"
    LAST_PURCHASE_AT = "last_purchase_at"
    CLOSED_AT = "closed_at"
    LAST_PURCHASE_AMOUNT = "last_purchase_amount"
    PURCHASE_COUNT = "purchase_count"
    REVENUE = "revenue"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class ExportMapping:
    """A recognised export: its name for people, and column → field for the columns we use."""

    label: str
    fields: dict[str, ContactField]


def recognise(headers: Sequence[str]) -> ExportMapping | None:
    """The mapping of a known CRM's contact export, or None; the best match of all known CRMs."""
    found = [
        ExportMapping(label, _fields(headers, table))
        for label, ids, table in (
            (hubspot.LABEL, hubspot.ID_HEADERS, hubspot.HEADERS),
            (highlevel.LABEL, highlevel.ID_HEADERS, highlevel.HEADERS),
        )
        if _known(headers, ids, table)
    ]
    best = max(found, key=lambda mapping: len(mapping.fields), default=None)
    if best is None:
        return None
    used: dict[str, ContactField] = {
        c: field for c, field in best.fields.items() if field is not ContactField.IGNORED
    }
    return ExportMapping(best.label, used)


def normal(header: str) -> str:
    """A header without case, stray spaces and a byte order mark."""
    return " ".join(header.replace("\ufeff", "").casefold().split())


def _known(headers: Sequence[str], ids: tuple[str, ...], table: dict[str, str]) -> bool:
    names = {normal(header) for header in headers}
    return bool(names & set(ids)) and len(names & table.keys()) >= 3


def _fields(headers: Sequence[str], table: dict[str, str]) -> dict[str, ContactField]:
    """Column → field; of two columns for one field the first in the file counts."""
    fields: dict[str, ContactField] = {}
    for header in headers:
        name = table.get(normal(header))
        if name is None:
            continue
        field = ContactField(name)
        if field is ContactField.IGNORED or field not in fields.values():
            fields[header] = field
    return fields
