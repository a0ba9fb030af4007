"""Loads a contacts CSV as HubSpot exports it: labels or internal names as headers."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sandbox.hubspot.custom_properties import CUSTOM_PROPERTIES, CUSTOMER_ID
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.purchase_files import HistoryError, LoadReport, read_date, rows
from sandbox.hubspot.standard import standard_definitions
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.moments import iso

#: Labels that exports use beside today's labels of the properties.
OTHER_LABELS = {
    "record id": "hs_object_id",
    "contact id": "hs_object_id",
    "phone": "phone",
    "mobile phone": "mobilephone",
    "last activity date": "notes_last_updated",
    "time zone": "hs_timezone",
    "original source": "hs_analytics_source",
    "associated deals": "num_associated_deals",
    "unsubscribed from all email": "hs_email_optout",
}
_IDENTITY = ("email", "phone", "firstname", "lastname", "hs_object_id", CUSTOMER_ID)
_MAY_LIE_AHEAD = frozenset({"notes_next_activity_date", "closedate"})
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


def load_contacts(lines: Iterable[str], timeline: Timeline, *, now: datetime) -> LoadReport:
    """Create a contact per row; the file's own record id is kept as the customer id.

    Raises HistoryError when no column is known; bad rows are reported, others load.
    """
    report, columns = LoadReport(), dict[str, Definition]()
    lines_by_email: dict[str, int] = {}
    known = _definitions()
    for line, row in rows(lines, ()):
        if not columns:
            columns = {header: known[_key(header)] for header in row if _key(header) in known}
            report.ignored_columns = [header for header in row if header not in columns]
            if not columns:
                raise HistoryError("no column of the file is a known contact property")
        try:
            properties = _read(row, columns, now)
            _refuse_second(properties, lines_by_email, line)
        except ValueError as error:
            report.refuse(line, str(error))
            continue
        created = properties.get("createdate")
        at = read_date(created) if created else now
        timeline.records.create("contacts", properties, at=at, source="IMPORT")
        report.contacts += 1
    return report


def _definitions() -> dict[str, Definition]:
    """Contact properties by lower-case label and by internal name."""
    pairs = [*standard_definitions(), *CUSTOM_PROPERTIES]
    by_name = {definition.name: definition for kind, definition in pairs if kind == "contacts"}
    by_label = {definition.label.lower(): definition for definition in by_name.values()}
    other = {label: by_name[name] for label, name in OTHER_LABELS.items() if name in by_name}
    return by_label | other | by_name


def _key(header: str) -> str:
    return header.strip().lower()


def _read(
    row: Mapping[str, str], columns: Mapping[str, Definition], now: datetime
) -> dict[str, str | None]:
    properties: dict[str, str | None] = {}
    for header, definition in columns.items():
        text = row.get(header, "").strip()
        if text:
            properties[definition.name] = _value(text, definition, header, now)
    if not any(name in properties for name in _IDENTITY):
        raise ValueError("the row has no email, phone, name or id")
    former = properties.pop("hs_object_id", None)
    properties.pop("lastmodifieddate", None)
    if former is not None:
        properties.setdefault(CUSTOMER_ID, former)
    return properties


def _value(text: str, definition: Definition, header: str, now: datetime) -> str:
    match definition.type:
        case "datetime" | "date":
            try:
                moment = read_date(text)
            except ValueError as error:
                raise ValueError(f"{header} is not an ISO date such as 2026-11-16") from error
            if moment > now and definition.name not in _MAY_LIE_AHEAD:
                raise ValueError(f"{header} lies after the sandbox's time")
            return iso(moment)
        case "bool":
            if text.lower() not in _YES | _NO:
                raise ValueError(f"{header} must be true or false")
            return "true" if text.lower() in _YES else "false"
        case "number":
            try:
                float(text)
            except ValueError as error:
                raise ValueError(f"{header} is not a number") from error
            return text
        case "enumeration" if definition.options:
            return _option(text, definition, header)
        case _:
            return text


def _option(text: str, definition: Definition, header: str) -> str:
    for option in definition.options:
        if text.lower() in {option.value.lower(), option.label.lower()}:
            return option.value
    raise ValueError(f"{header} has a value that is none of its options")


def _refuse_second(
    properties: Mapping[str, str | None], lines_by_email: dict[str, int], line: int
) -> None:
    """HubSpot keeps one contact per address; raises ValueError for the second one."""
    email = (properties.get("email") or "").lower()
    if not email:
        return
    if email in lines_by_email:
        raise ValueError(f"same email address as line {lines_by_email[email]}")
    lines_by_email[email] = line
