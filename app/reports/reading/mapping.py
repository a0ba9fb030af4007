"""Which column of a file means what: known exports, common names, and what the user says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from connector.export import IGNORED, recognise
from core.errors import Invalid
from inputs.catalogue import BY_NAME
from inputs.list_names import ACTIVITY_NAMES, PURCHASE_NAMES, named_columns, reason_unused
from inputs.words import plain_words


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
    ORDERED_AT = "ordered_at"
    ORDER = "order"
    PARENT = "parent"
    STATUS = "status"
    VOIDED = "voided"
    TYPE = "type"
    REFUNDED = "refunded"
    QUANTITY = "quantity"
    AMOUNT = "amount"
    PRICE = "price"
    CURRENCY = "currency"


# A contact list has more columns than a plain list of purchases.
_FEW = 6
# Asked for, in this order, when a contacts file isn't recognised and somebody is there to answer.
ASKED = {
    "contact_id": "each contact's own id",
    "email": "the email address",
    "phone": "the phone number",
    "created_at": "the date the contact was added",
    "last_activity_at": "the date of the last activity",
    "last_purchase_at": "the date of the last purchase",
}


NOTHING_KNOWN = "its name says nothing that is known"


@dataclass(frozen=True, slots=True)
class Unused:
    """A column that nothing is made of, and why."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What a file is taken for: its kind in words, and field → column.

    `further` columns feed a field as well ("email+1" → column). `guesses` are unused columns of dates whose name
    does not say of what.
    """

    label: str
    columns: dict[str, str]
    further: dict[str, str] = field(default_factory=dict)
    unused: tuple[Unused, ...] = ()
    guesses: tuple[str, ...] = ()

    @property
    def every(self) -> dict[str, str]:
        """All columns that are read: what each is called when it has been → the column."""
        return self.columns | self.further

    def sources(self) -> dict[str, list[str]]:
        """Field → what its columns are called when they have been read."""
        return {
            name: [name, *(more for more in self.further if input_of(more) == name)]
            for name in self.columns
        }


def unused_by_reason(mappings: Mapping[str, FileMapping]) -> dict[str, list[str]]:
    """Why columns were not used → which."""
    why: dict[str, list[str]] = {}
    for mapping in mappings.values():
        for entry in mapping.unused:
            why.setdefault(entry.reason, []).append(entry.column)
    return why


def input_of(name: str) -> str:
    """The field that a column feeds, by what it is called when it has been read."""
    return name.partition("+")[0]


def as_option(column: str, name: str) -> str:
    """What to add to the command so that a column feeds a field."""
    return f'--map "{column}={name}"'


def parse_map(options: Sequence[str]) -> dict[str, str]:
    """Column → field from "Column=field" options; raises Invalid naming the fields there are."""
    known = {*BY_NAME, IGNORED, *ActivityField, *PurchaseField}
    wishes: dict[str, str] = {}
    for option in options:
        column, separator, name = option.rpartition("=")
        if not separator or not column.strip():
            raise Invalid(
                f'--map takes "Column=field", for example "Joined=created_at": {option!r}.'
            )
        if name.strip() in BY_NAME and BY_NAME[name.strip()].is_predictor:
            raise Invalid(
                f"--map {column.strip()!r}={name.strip()}: a file doesn't say when a value was filled in, "
                "so nothing shows that it was there before the outcome. It can't be used; "
                "connect the CRM, which knows."
            )
        if name.strip() not in known:
            raise Invalid(f"--map knows no field {name.strip()!r}. {fields_help()}")
        wishes[column.strip()] = name.strip()
    return wishes


def _of_contacts() -> list[str]:
    return [*(name for name, entry in BY_NAME.items() if not entry.is_predictor), IGNORED]


def fields_help() -> str:
    """The fields one may map to, for an error message."""
    return (
        f"Fields of contacts: {', '.join(_of_contacts())}. "
        f"Of activities: {', '.join(ActivityField)}. Of purchases: {', '.join(PurchaseField)}."
    )


def map_activities(headers: Sequence[str], wishes: Mapping[str, str]) -> FileMapping:
    """The meaning of an activities file; raises Invalid if contact, date or type is missing."""
    columns = named_columns(headers, ACTIVITY_NAMES)
    columns = _with_wishes(columns, headers, wishes, set(map(str, ActivityField)))
    return _complete("activities", columns, headers, ("date", "type"))


def map_purchases(headers: Sequence[str], wishes: Mapping[str, str]) -> FileMapping:
    """The meaning of a purchases file; raises Invalid if contact or date is missing."""
    columns = named_columns(headers, PURCHASE_NAMES)
    columns = _with_wishes(columns, headers, wishes, set(map(str, PurchaseField)))
    if "amount" in columns and columns.get("price") not in wishes:
        columns.pop("price", None)  # the amount says it all
    return _complete("purchases", columns, headers, ("date",))


def looks_like_purchases(headers: Sequence[str]) -> bool:
    """True for a list of purchases given where the contacts should be: orders, or a few plain columns."""
    if recognise(headers) is not None:
        return False
    columns = named_columns(headers, PURCHASE_NAMES)
    has_who = bool({"contact", "email"} & columns.keys())
    if "order" in columns and {"date", "amount"} <= columns.keys() | _priced(columns) and has_who:
        return True
    names = {"contact", "date", "amount"}
    is_dated = "date" in columns and not plain_words(columns["date"]).startswith("creat")
    return names <= columns.keys() and is_dated and len(headers) <= _FEW


def _priced(columns: Mapping[str, str]) -> set[str]:
    return {"amount"} if {"price", "quantity"} <= columns.keys() else set()


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
    used = {(column, input_of(name)) for m in mappings for name, column in m.every.items()}
    refused = {entry.column: entry.reason for m in mappings for entry in m.unused}
    for column, name in wishes.items():
        if name != IGNORED and (column, name) not in used:
            if column in refused and name in BY_NAME:
                raise Invalid(f"--map {column!r}={name} can't be used: {refused[column]}.")
            raise Invalid(
                f"--map {column!r}={name}: the file with that column has no such field. "
                f"{fields_help()}"
            )


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
    unused = (header for header in headers if header not in columns.values())
    return FileMapping(
        kind.capitalize(),
        columns,
        unused=tuple(
            Unused(name, reason_unused(name, columns) or NOTHING_KNOWN) for name in unused
        ),
    )
