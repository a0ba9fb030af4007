"""What pages show of a contact and of what happened, in plain words and the same for every CRM."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Link:
    """Something to click; `is_here` where one is there already."""

    label: str
    address: str
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """What stands around every page of an account: its name, where one may go, who looks, the other accounts."""

    crm: str
    account: str
    menu: Sequence[Link]
    people: Sequence[Link]
    places: Sequence[Link]
    now: str
    here: str  # the address that is shown


@dataclass(frozen=True, slots=True)
class Row:
    """One contact of a list."""

    address: str
    name: str
    details: Sequence[str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of contacts; `columns` are the headings of the rows' details."""

    columns: Sequence[str]
    rows: Sequence[Row]
    total: int
    following: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a contact's history; `inward` where the contact did it. `key` is the record that has it."""

    at: datetime
    kind: str
    title: str
    text: str = ""
    inward: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that staff are to do."""

    id: str
    title: str
    text: str
    due: datetime | None
    owner: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Values under one heading; closed ones open by a click."""

    title: str
    values: Sequence[tuple[str, str]]
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """One contact's record; entries and tasks newest first."""

    id: str
    name: str
    address: str
    groups: Sequence[Group]
    entries: Sequence[Entry]
    tasks: Sequence[Task]
    deals: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened at an account, to whom, and where one can look at them."""

    account: str
    name: str
    address: str
    entry: Entry


# What a visitor may let a contact do: the world's word for it, and ours.
ACTS = (
    ("SMS_IN", "writes a text message"),
    ("EMAIL_IN", "writes an e-mail"),
    ("FORM", "fills in a form"),
    ("CALL_IN", "calls"),
    ("VISIT", "visits the website"),
    ("SMS_STOP", "texts STOP"),
    ("OPT_OUT", "unsubscribes from e-mails"),
)


def told(moment: datetime | None, zone: str) -> str:
    """A moment as people at the account read it, such as `Mon Nov 16, 2026, 9:00 AM`."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    hour = f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"
    return f"{local:%a %b} {local.day}, {local.year}, {hour}"
