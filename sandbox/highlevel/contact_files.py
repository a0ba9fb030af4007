"""Loads a contacts CSV into a location: the vendor's labels as headers, all else as custom fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.highlevel.contacts import Revision, normal_tags
from sandbox.highlevel.location import Location
from sandbox.kit.file_columns import (
    ISO,
    SAME_DAY,
    USUAL,
    are_numbers,
    find_form,
    name_of,
    read_as,
)
from sandbox.kit.files import HistoryError, LoadReport, rows

CREATED, DND, TAGS, NAME = "dateAdded", "dnd", "tags", "name"
#: What the vendor's export calls what every contact has.
LABELS = {
    "contact id": "id",
    "first name": "firstName",
    "last name": "lastName",
    "name": NAME,
    "business name": "companyName",
    "company name": "companyName",
    "email": "email",
    "phone": "phone",
    "created": CREATED,
    "created (utc)": CREATED,
    "date created": CREATED,
    "tags": TAGS,
    "source": "source",
    "contact source": "source",
    "dnd": DND,
    "do not disturb": DND,
    "street address": "address1",
    "address": "address1",
    "city": "city",
    "state": "state",
    "postal code": "postalCode",
    "country": "country",
    "website": "website",
    "time zone": "timezone",
    "timezone": "timezone",
    "date of birth": "dateOfBirth",
    "birth date": "dateOfBirth",
}
_USUAL = {
    "email": "email",
    "phone": "phone",
    "mobile": "phone",
    "first_name": "firstName",
    "last_name": "lastName",
    "created": CREATED,
}
_YES = frozenset({"true", "yes", "1", "active"})
_IDENTITY = ("email", "phone", "firstName", "lastName")


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the file: the standard field it goes into or else a custom field, and the form of its dates."""

    standard: str | None
    field_id: str = ""
    form: str | None = None
    is_number: bool = False


def load_contacts(lines: Iterable[str], location: Location, *, now: datetime) -> LoadReport:
    """Create a contact per row, with a custom field for each column that the vendor has no place for.

    Raises HistoryError for a file without a header; bad rows are reported, others load.
    """
    report, seen = LoadReport(), dict[tuple[str, str], int]()
    table = list(rows(lines, ()))
    columns = _columns(table, location)
    for line, row in table:
        try:
            revision, at = _read(row, columns, now)
            _refuse_second(revision.details or {}, seen, line)
        except ValueError as error:
            report.refuse(line, str(error))
            continue
        contact = location.contacts.create(revision, at=at or now, created_by="IMPORT")
        if contact.details.get("email"):
            contact.valid_email = True
        report.contacts += 1
    location.index.catch_up()
    return report


def _columns(table: list[tuple[int, dict[str, str]]], location: Location) -> dict[str, _Column]:
    found: dict[str, _Column] = {}
    taken: set[str] = set()
    for header in table[0][1] if table else ():
        values = [text for _, row in table if (text := row.get(header, "").strip())]
        form, key = find_form(values), header.strip().lower()
        standard = LABELS.get(key) or _USUAL.get(USUAL.get(key, ""))
        if standard == CREATED and form is None:
            standard = None
        if standard is not None and standard not in taken:
            found[header] = _Column(standard, form=form)
            taken.add(standard)
        elif header:
            is_number = form is None and are_numbers(values)
            found[header] = _Column(None, _make(header, location, form, is_number), form, is_number)
    if table and not found:
        raise HistoryError("the file needs a header line with the columns of an export")
    return found


def _make(header: str, location: Location, form: str | None, is_number: bool) -> str:
    """A custom field as somebody makes it who imports this column; its id."""
    data_type = "DATE" if form is not None else "NUMERICAL" if is_number else "TEXT"
    known = {row.key.removeprefix("contact.") for row in location.fields.each("contact")}
    key = name_of(header, known)
    return location.fields.create(header, data_type, fieldKey=key).id


def _read(
    row: Mapping[str, str], columns: Mapping[str, _Column], now: datetime
) -> tuple[Revision, datetime | None]:
    details: dict[str, str | None] = {}
    custom: dict[str, object] = {}
    tags: list[str] = []
    at, dnd = None, False
    for header, column in columns.items():
        text = row.get(header, "").strip()
        if not text:
            continue
        match column.standard:
            case None:
                value = _custom(text, column)
                if value is not None:
                    custom[column.field_id] = value
            case "dateAdded":
                at = _created(text, column, header, now)
            case "tags":
                tags = normal_tags(text.split(","))
            case "dnd":
                dnd = text.lower() in _YES
            case "name":
                first, _, last = text.partition(" ")
                details.setdefault("firstName", first)
                details.setdefault("lastName", last or None)
            case "id":
                continue  # the vendor gives ids of its own
            case name:
                details[name] = text
    if not any(details.get(name) for name in _IDENTITY):
        raise ValueError("the row has no email, phone or name")
    if (email := details.get("email")) and "@" not in email:
        raise ValueError("email must be an email")
    return Revision(details=details, tags=tags, custom=custom, dnd=dnd), at


def _custom(text: str, column: _Column) -> object:
    if column.is_number:
        return float(text)
    if column.form is None:
        return text
    try:
        return read_as(text, column.form).date().isoformat()
    except ValueError:
        return None  # an import leaves out the cell, not the contact


def _created(text: str, column: _Column, header: str, now: datetime) -> datetime:
    try:
        moment = read_as(text, column.form or ISO)
    except ValueError as error:
        raise ValueError(f"{header} is not a date") from error
    if moment > now + SAME_DAY:
        raise ValueError(f"{header} lies after the sandbox's time")
    return min(moment, now)


def _refuse_second(
    details: Mapping[str, str | None], seen: dict[tuple[str, str], int], line: int
) -> None:
    """The vendor keeps one contact per address, or per number of those without one; raises ValueError."""
    for name in ("email", "phone"):
        value = (details.get(name) or "").strip().lower()
        if value:
            first = seen.setdefault((name, value), line)
            if first != line:
                raise ValueError(f"same {name} as line {first}")
            return
