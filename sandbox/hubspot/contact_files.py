"""Loads a contacts CSV into a portal: HubSpot's labels and names as headers, all else as properties of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.hubspot.custom_properties import CUSTOM_PROPERTIES, CUSTOMER_ID
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.standard import standard_definitions
from sandbox.hubspot.timeline import Timeline
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
#: What its pages and exports show of values whose own labels say it otherwise.
OTHER_OPTIONS = {
    "hs_analytics_source": {
        "organic search": "ORGANIC_SEARCH",
        "paid search": "PAID_SEARCH",
        "email marketing": "EMAIL_MARKETING",
        "organic social": "SOCIAL_MEDIA",
        "social media": "SOCIAL_MEDIA",
        "paid social": "PAID_SOCIAL",
        "referrals": "REFERRALS",
        "other campaigns": "OTHER_CAMPAIGNS",
        "direct traffic": "DIRECT_TRAFFIC",
        "offline sources": "OFFLINE",
        "ai referrals": "AI_REFERRALS",
    }
}
#: What people's own programs call what HubSpot has a property for.
_USUAL = {
    "email": "email",
    "phone": "phone",
    "mobile": "mobilephone",
    "first_name": "firstname",
    "last_name": "lastname",
    "created": "createdate",
    "id": "hs_object_id",
}
_IDENTITY = ("email", "phone", "mobilephone", "firstname", "lastname", "hs_object_id", CUSTOMER_ID)
_MAY_LIE_AHEAD = frozenset({"notes_next_activity_date", "closedate"})
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_MOMENTS = frozenset({"datetime", "date"})
# A column whose values are mostly none of a property's is not that property's, whatever it is called.
_MOSTLY = 0.5

Make = Callable[[Definition], None]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the file: the property it goes into, and the form of its dates."""

    definition: Definition
    form: str = ISO


def load_contacts(
    lines: Iterable[str], timeline: Timeline, *, now: datetime, make: Make | None = None
) -> LoadReport:
    """Create a contact per row; the file's own record id is kept as the customer id.

    `make` makes a property of its own for each column that HubSpot has none for; without it they are left out.
    Raises HistoryError when no column is known; bad rows are reported, others load.
    """
    report, lines_by_email = LoadReport(), dict[str, int]()
    table = list(rows(lines, ()))
    columns = _columns(table, make)
    headers = table[0][1] if table else {}
    report.ignored_columns = [header for header in headers if header not in columns]
    if table and not columns:
        raise HistoryError("no column of the file is a known contact property")
    for line, row in table:
        try:
            properties = _read(row, columns, now)
            _refuse_second(properties, lines_by_email, line)
        except ValueError as error:
            report.refuse(line, str(error))
            continue
        created = properties.get("createdate")
        at = datetime.fromisoformat(created) if created else now
        timeline.records.create("contacts", properties, at=at, source="IMPORT")
        report.contacts += 1
    return report


def _columns(table: list[tuple[int, dict[str, str]]], make: Make | None) -> dict[str, _Column]:
    known, taken = _definitions(), set[str]()
    found: dict[str, _Column] = {}
    for header in table[0][1] if table else ():
        values = [text for _, row in table if (text := row.get(header, "").strip())]
        form = find_form(values)
        definition = _definition_of(header, known)
        fits = definition is not None and definition.name not in taken
        if fits and definition is not None and _holds(definition, values, form):
            found[header] = _Column(definition, form or ISO)
        elif make is not None and header:
            definition = _own(header, values, form, {d.name for d in known.values()} | taken)
            make(definition)
            found[header] = _Column(definition, form or ISO)
        else:
            continue
        taken.add(found[header].definition.name)
    return found


def _definition_of(header: str, known: Mapping[str, Definition]) -> Definition | None:
    key = _key(header)
    usual = _USUAL.get(USUAL.get(key, ""), "")
    return known.get(key) or known.get(usual)


def _holds(definition: Definition, values: list[str], form: str | None) -> bool:
    """Whether a column may be this property's by what is in it."""
    if not values:
        return True
    match definition.type:
        case "enumeration" if definition.options:
            fitting = sum(_find_option(value, definition) is not None for value in values)
        case "bool":
            fitting = sum(value.lower() in _YES | _NO for value in values)
        case "number" if definition.name != "hs_object_id":
            return are_numbers(values)
        case kind if kind in _MOMENTS:
            return form is not None or definition.name == "createdate"
        case _:
            return True
    return fitting >= _MOSTLY * len(values)


def _own(header: str, values: list[str], form: str | None, taken: set[str]) -> Definition:
    """A property as somebody makes it who imports this column."""
    kind, field = "string", "text"
    if form is not None:
        kind, field = "date", "date"
    elif are_numbers(values):
        kind, field = "number", "number"
    return Definition(name_of(header, taken), header, kind, field, "contactinformation")


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
    row: Mapping[str, str], columns: Mapping[str, _Column], now: datetime
) -> dict[str, str | None]:
    properties: dict[str, str | None] = {}
    for header, column in columns.items():
        text = row.get(header, "").strip()
        if text:
            properties[column.definition.name] = _value(text, column, header, now)
    if not any(name in properties for name in _IDENTITY):
        raise ValueError("the row has no email, phone, name or id")
    former = properties.pop("hs_object_id", None)
    properties.pop("lastmodifieddate", None)
    if former is not None:
        properties.setdefault(CUSTOMER_ID, former)
    return properties


def _value(text: str, column: _Column, header: str, now: datetime) -> str | None:
    definition = column.definition
    match definition.type:
        case kind if kind in _MOMENTS:
            return _moment(text, column, header, now)
        case "bool":
            if text.lower() not in _YES | _NO:
                raise ValueError(f"{header} must be true or false")
            return "true" if text.lower() in _YES else "false"
        # A record's id is kept as the customer's own, whatever it looks like.
        case "number" if definition.name != "hs_object_id":
            return _number(text, header)
        case "enumeration" if definition.options:
            return _option(text, definition, header)
        case "enumeration" if definition.external_options:
            return text if text.isdecimal() else None  # names of owners are not their ids
        case _:
            return text


def _number(text: str, header: str) -> str:
    try:
        float(text)
    except ValueError as error:
        raise ValueError(f"{header} is not a number") from error
    return text


def _moment(text: str, column: _Column, header: str, now: datetime) -> str | None:
    definition = column.definition
    try:
        moment = read_as(text, column.form)
    except ValueError as error:
        if definition.hubspot_defined:
            example = "an ISO date such as 2026-11-16" if column.form == ISO else "a date"
            raise ValueError(f"{header} is not {example}") from error
        return None  # an import leaves out the cell, not the contact
    if not definition.hubspot_defined:
        return moment.date().isoformat() if definition.type == "date" else iso(moment)
    if definition.name in _MAY_LIE_AHEAD:
        return iso(moment)
    if moment > now + SAME_DAY:
        raise ValueError(f"{header} lies after the sandbox's time")
    return iso(min(moment, now))


def _option(text: str, definition: Definition, header: str) -> str:
    found = _find_option(text, definition)
    if found is None:
        raise ValueError(f"{header} has a value that is none of its options")
    return found


def _find_option(text: str, definition: Definition) -> str | None:
    word = text.lower()
    if (other := OTHER_OPTIONS.get(definition.name, {}).get(word)) is not None:
        return other
    spelt = word.replace("/", "_slash_").replace("-", "_hyphen_").replace("+", "_plus_")
    for option in definition.options:
        if {word, spelt} & {option.value.lower(), option.label.lower()}:
            return option.value
    return None


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


def property_maker(register: Callable[[str, Definition], None], at: datetime) -> Make:
    """Makes properties of contacts in a portal."""

    def make(definition: Definition) -> None:
        register("contacts", replace(definition, created_at=at, updated_at=at))

    return make
