"""Which column of a file means what: known exports, common names, and what the user says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.export import ContactField, normal, recognise
from core.errors import Invalid


class ActivityField(StrEnum):
    CONTACT = "contact"
    EMAIL = "email"
    DATE = "date"
    TYPE = "type"
    DIRECTION = "direction"
    OUTCOME = "outcome"
    AMOUNT = "amount"


class PurchaseField(StrEnum):
    CONTACT = "contact"
    EMAIL = "email"
    DATE = "date"
    QUANTITY = "quantity"
    AMOUNT = "amount"


CONTACT_NAMES: dict[str, Sequence[str]] = {
    "contact_id": ("id", "contact id", "customer id", "record id", "lead id", "client id"),
    "email": ("email", "e-mail", "email address", "e-mail address", "mail", "primary email"),
    "phone": ("phone", "phone number", "telephone", "tel", "primary phone"),
    "mobile": ("mobile", "mobile phone", "mobile phone number", "cell", "cell phone"),
    "created_at": (
        *("created", "created at", "create date", "created date", "creation date", "date created"),
        *("date added", "added", "added on", "created on", "signup date", "signed up", "joined"),
    ),
    "source": ("source", "lead source", "original source", "contact source"),
    "lifecycle": ("lifecycle", "lifecycle stage", "stage"),
    "email_opt_out": (
        *("unsubscribed", "opted out", "opt out", "email opt out", "do not email"),
        *("unsubscribed from all email", "email unsubscribed"),
    ),
    "email_bounced": ("bounced", "email bounced", "hard bounce", "bounce"),
    "sms_consent": ("sms consent", "sms opt in", "text consent"),
    "do_not_contact": ("dnd", "do not contact", "do not disturb", "dnc"),
    "unengaged_sends": ("unengaged sends", "sends since last engagement"),
    "open_deal": ("open deal", "open opportunity"),
    "reason": ("lost reason", "closed lost reason", "reason"),
    "last_reply_at": ("last reply", "last reply date", "last replied"),
    "last_sms_at": ("last sms reply", "last text received"),
    "last_call_at": ("last call", "last answered call"),
    "last_meeting_at": ("last meeting", "last appointment", "last appointment date"),
    "last_form_at": ("last form", "last form submission", "recent conversion date"),
    "last_visit_at": ("last visit", "last visit date", "last session", "last seen"),
    "last_click_at": ("last click", "last click date"),
    "last_engagement_at": ("last engagement", "last engagement date", "last engaged"),
    "last_activity_at": ("last activity", "last activity date", "last active"),
    "first_purchase_at": ("first purchase", "first purchase date", "first order date"),
    "last_purchase_at": ("last purchase", "last purchase date", "last order", "last order date"),
    "last_purchase_amount": ("last purchase amount", "last order amount", "last order value"),
    "purchase_count": ("purchases", "orders", "order count", "number of orders"),
    "revenue": ("revenue", "total revenue", "total spent", "lifetime value", "ltv"),
}
ACTIVITY_NAMES: dict[str, Sequence[str]] = {
    "contact": (
        *("contact id", "contact", "id", "record id", "customer id", "contact id or email"),
        *("lead id", "client id", "associated contact", "associated contact id"),
    ),
    "email": ("email", "e-mail", "email address", "contact email"),
    "date": (
        *("date", "occurred at", "timestamp", "time", "datetime", "activity date", "created at"),
        *("created", "date added", "create date", "event date", "date and time"),
    ),
    "type": ("type", "activity type", "kind", "event", "event type", "activity", "channel"),
    "direction": ("direction", "in or out"),
    "outcome": ("outcome", "status", "result", "disposition"),
    "amount": ("amount", "value", "total", "revenue"),
}
PURCHASE_NAMES: dict[str, Sequence[str]] = {
    "contact": (
        *("customer id", "customer", "contact id", "contact", "id", "record id", "client id"),
        "contact id or email",
    ),
    "email": ("email", "e-mail", "email address", "customer email", "contact email"),
    "date": (
        *("date", "purchase date", "order date", "paid at", "invoice date", "close date"),
        *("transaction date", "created at", "timestamp", "occurred at"),
    ),
    "quantity": ("quantity", "qty", "items", "units"),
    "amount": ("amount", "total", "price", "revenue", "value", "order total", "sales"),
}
# Fields that only count where it is known when they were filled in.
TIMELESS = frozenset({"inquiry"})
# Asked for, in this order, when a contacts file isn't recognised and somebody is there to answer.
ASKED = {
    "contact_id": "each contact's own id",
    "email": "the email address",
    "phone": "the phone number",
    "created_at": "the date the contact was added",
    "last_activity_at": "the date of the last activity",
    "last_purchase_at": "the date of the last purchase",
}


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What a file is taken for: its kind in words, and field → column."""

    label: str
    columns: dict[str, str]


def parse_map(options: Sequence[str]) -> dict[str, str]:
    """Column → field from "Column=field" options; raises Invalid naming the fields there are."""
    known = {*ContactField, *ActivityField, *PurchaseField}
    wishes: dict[str, str] = {}
    for option in options:
        column, separator, name = option.rpartition("=")
        if not separator or not column.strip():
            raise Invalid(
                f'--map takes "Column=field", for example "Joined=created_at": {option!r}.'
            )
        if name.strip() in TIMELESS:
            raise Invalid(
                f"--map {column.strip()!r}={name.strip()}: a file doesn't say when a value was filled in, "
                "so nothing shows that it was there before the outcome. It can't be used; "
                "connect the CRM, which knows."
            )
        if name.strip() not in known:
            raise Invalid(f"--map knows no field {name.strip()!r}. {fields_help()}")
        wishes[column.strip()] = name.strip()
    return wishes


def fields_help() -> str:
    """The fields one may map to, for an error message."""
    return (
        f"Fields of contacts: {', '.join(ContactField)}. "
        f"Of activities: {', '.join(ActivityField)}. Of purchases: {', '.join(PurchaseField)}."
    )


def map_contacts(
    headers: Sequence[str],
    wishes: Mapping[str, str],
    ask: Callable[[Sequence[str], dict[str, str]], dict[str, str]] | None,
) -> FileMapping:
    """The meaning of a contacts file; `ask` is called for an unknown one if somebody is there.

    Raises Invalid where nothing can be made of it, saying which columns and fields there are.
    """
    known = recognise(headers)
    if known is not None:
        label = known.label
        columns = {str(field): column for column, field in known.fields.items()}
    else:
        label = "Contact list"
        columns = _by_name(headers, CONTACT_NAMES)
    columns = _with_wishes(columns, headers, wishes, set(map(str, ContactField)))
    if known is None and ask is not None:
        columns |= ask(headers, columns)
    columns.pop(ContactField.IGNORED, None)
    if not columns:
        raise Invalid(
            "No column of the contacts file is recognised. Say what they mean with "
            f'--map "Column=field". Columns: {", ".join(headers)}. {fields_help()}'
        )
    return FileMapping(label, columns)


def map_activities(headers: Sequence[str], wishes: Mapping[str, str]) -> FileMapping:
    """The meaning of an activities file; raises Invalid if contact, date or type is missing."""
    columns = _by_name(headers, ACTIVITY_NAMES)
    columns = _with_wishes(columns, headers, wishes, set(map(str, ActivityField)))
    return _complete("activities", columns, headers, ("date", "type"))


def map_purchases(headers: Sequence[str], wishes: Mapping[str, str]) -> FileMapping:
    """The meaning of a purchases file; raises Invalid if contact or date is missing."""
    columns = _by_name(headers, PURCHASE_NAMES)
    columns = _with_wishes(columns, headers, wishes, set(map(str, PurchaseField)))
    return _complete("purchases", columns, headers, ("date",))


def looks_like_purchases(headers: Sequence[str]) -> bool:
    """True for a list of purchases given where the contacts should be."""
    columns = _by_name(headers, PURCHASE_NAMES)
    names = {"contact", "date", "amount"}
    return names <= columns.keys() and recognise(headers) is None and len(headers) <= 6


def check_columns(wishes: Mapping[str, str], headers: Sequence[str]) -> None:
    """Raise Invalid for a --map of a column that no file has."""
    for column in wishes:
        if column not in headers:
            raise Invalid(
                f"--map {column!r}: no file has that column. Column names must be written as in "
                f"the file: {', '.join(headers)}."
            )


def check_used(wishes: Mapping[str, str], mappings: Sequence[FileMapping]) -> None:
    """Raise Invalid for a --map that fits none of the files."""
    used = {(column, field) for m in mappings for field, column in m.columns.items()}
    for column, field in wishes.items():
        if field != ContactField.IGNORED and (column, field) not in used:
            raise Invalid(
                f"--map {column!r}={field}: the file with that column has no such field. "
                f"{fields_help()}"
            )


def _by_name(headers: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Field → column, for columns with a common name; the more usual name first."""
    spelt: dict[str, str] = {}
    for header in headers:
        spelt.setdefault(normal(header.replace("_", " ")), header)
    found = {
        field: next((spelt[name] for name in candidates if name in spelt), None)
        for field, candidates in names.items()
    }
    return {field: column for field, column in found.items() if column is not None}


def _with_wishes(
    columns: dict[str, str],
    headers: Sequence[str],
    wishes: Mapping[str, str],
    allowed: set[str],
) -> dict[str, str]:
    mine = {c: f for c, f in wishes.items() if c in headers and f in allowed}
    kept = {field: column for field, column in columns.items() if column not in mine}
    return kept | {field: column for column, field in mine.items()}


def _complete(
    kind: str, columns: dict[str, str], headers: Sequence[str], needed: Sequence[str]
) -> FileMapping:
    missing = [field for field in needed if field not in columns]
    if not {"contact", "email"} & columns.keys():
        missing.insert(0, "contact or email")
    if missing:
        raise Invalid(
            f"The {kind} file has no column for {' and '.join(missing)}. Say which with "
            f'--map "Column=field". Columns: {", ".join(headers)}.'
        )
    return FileMapping(kind.capitalize(), columns)
