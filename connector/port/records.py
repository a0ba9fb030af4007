"""Reading a CRM's records: whole streams in ranges, single contacts by id, and the rows they become."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NotRequired, Protocol, TypedDict, runtime_checkable

from contact_rules.reasons import Heard


class Stream(StrEnum):
    """Kinds of records a backfill reads, in the order they are read."""

    CONTACTS = "contacts"
    DEALS = "deals"
    MEETINGS = "meetings"
    CALLS = "calls"
    EMAILS = "emails"
    MESSAGES = "messages"
    CONVERSATIONS = "conversations"
    TICKETS = "tickets"
    NOTES = "notes"


class RefusalColumns(TypedDict):
    """The columns of a contact that can speak against contacting them; None where the answer does not tell."""

    do_not_contact: bool | None
    email_opt_out: bool | None
    email_consent: bool | None  # False: refused some kind of e-mail, or consent to it
    email_bounced: bool | None
    marketable: bool | None  # False: the CRM sends them no marketing e-mail
    sms_consent: bool | None
    sms_opt_out: bool | None
    call_opt_out: bool | None
    disqualified: NotRequired[bool | None]  # the staff's word for who will never be a customer


# Each of these columns → the value that speaks against it.
REFUSALS: Mapping[str, bool] = MappingProxyType(
    {
        "do_not_contact": True,
        "email_opt_out": True,
        "email_consent": False,
        "email_bounced": True,
        "marketable": False,
        "sms_consent": False,
        "sms_opt_out": True,
        "call_opt_out": True,
        "disqualified": True,
    }
)


class ContactRow(TypedDict):
    """A contact as the mirror holds it; times are whole milliseconds since 1970."""

    contact_id: str
    created_at: int | None
    updated_at: int | None
    archived: bool
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    timezone: str | None
    region: str | None
    source: str | None
    lifecycle: str | None
    owner_id: str | None
    # As in RefusalColumns.
    do_not_contact: bool | None
    email_opt_out: bool | None
    email_consent: bool | None
    email_bounced: bool | None
    marketable: bool | None
    sms_consent: bool | None
    sms_opt_out: bool | None
    call_opt_out: bool | None
    disqualified: NotRequired[bool | None]
    unengaged_sends: int | None
    in_sequence: bool | None
    reason: str | None  # as the field has it
    reason_source: str | None  # the field's name
    reason_at: (
        int | None
    )  # by when it said so: the CRM's own time of it, or the contact's last change
    inquiry: str | None  # how interested they said to be, as the field has it
    inquiry_source: str | None  # the field's name
    fields: str  # JSON of everything else that was asked for
    known: str  # JSON of our own properties as the CRM holds them


class ActivityRow(TypedDict):
    """Something that happened between a contact and the business; never its content."""

    activity_id: str
    contact_id: str
    occurred_at: int
    kind: str  # meeting, call, email, sms, form, visit, click, ticket, note, feedback, refund
    direction: str | None  # in: the contact acted; out: the business did
    # What came of it; of a message out, automated where software sent it; of feedback, how it was meant.
    outcome: str | None
    # Why the contact went quiet, where the text says so: read while the record is parsed; the text stays behind.
    reason: str | None
    reason_confidence: float | None
    reason_source: str | None  # llm where a language model said so
    wish: str | None  # what the text says of being contacted: contact_rules.wishes


class DealRow(TypedDict):
    """A deal seen from one of its contacts; `amount_minor` is in hundredths of the account's own currency."""

    deal_id: str
    contact_id: str
    amount_minor: int | None
    # The other currency of an amount that the CRM does not tell in the account's own: it is left out, never mixed.
    foreign_currency: str | None
    is_closed: bool
    is_won: bool
    closed_at: int | None
    created_at: int | None
    reason: str | None  # why it was lost, in our words
    reason_confidence: float | None


class HeardColumns(TypedDict):
    """The columns that what a text says fills in an activity."""

    reason: str | None
    reason_confidence: float | None
    reason_source: str | None
    wish: str | None


def heard_columns(heard: Heard | None = None, wish: str | None = None) -> HeardColumns:
    """The columns of a reason and a wish; empty ones where nothing was heard."""
    return HeardColumns(
        reason=heard.reason if heard else None,
        reason_confidence=heard.confidence if heard else None,
        reason_source=heard.by if heard else None,
        wish=wish,
    )


def note_of_deal(deal_id: str, contact_id: str, at: int, wish: str) -> ActivityRow:
    """What staff noted of somebody as the lost reason of a deal."""
    return ActivityRow(
        activity_id=f"lost:{deal_id}",
        contact_id=contact_id,
        occurred_at=at,
        kind="note",
        direction=None,
        outcome=None,
        **heard_columns(wish=wish),
    )


@dataclass(frozen=True, slots=True)
class WebSession:
    """The last session on the site that a CRM remembers of a contact, without the time of it.

    `mark` tells it from others. It was not before `since`; `at` is its time where the CRM's other traces
    give it away, None where they do not (ms).
    """

    contact_id: str
    mark: str
    since: int
    at: int | None = None


# What a text says of a silence, and the contacts it is about; the text itself is kept by nobody.
ReadText = Callable[[str, Sequence[str]], Heard | None]


@dataclass(frozen=True, slots=True)
class IdRange:
    """A part of a stream: what comes after `lower` up to and including `upper` (None: to the end).

    Both are the CRM's own cursors; nobody outside the adapter compares or parses them.
    """

    lower: str | None
    upper: str | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Ranges that together are a whole stream, to begin with, and its size if known."""

    ranges: tuple[IdRange, ...]
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of a stream held; `cursor` continues it, None when the range is read to its end.

    `merged` is old id → contact, of records that have become part of another by a merge. `sessions` become
    visits where they are new.
    """

    count: int
    cursor: str | None
    contacts: Sequence[ContactRow] = ()
    activities: Sequence[ActivityRow] = ()
    deals: Sequence[DealRow] = ()
    merged: Mapping[str, str] = field(default_factory=dict)
    sessions: Sequence[WebSession] = ()


class OrderBroken(Exception):
    """The stream's records do not come in the order its ranges rely on: read it as one range."""


@runtime_checkable
class ReadsRecords(Protocol):
    """Reads whole streams in ranges that can be in flight at once."""

    def streams(self) -> tuple[Stream, ...]:
        """The streams this account's scopes allow."""
        ...

    def bounds(self, stream: Stream) -> Bounds:
        """Where the stream begins and ends, and how many records it holds where the CRM says so."""
        ...

    def halve(self, part: IdRange, cursor: str | None) -> tuple[IdRange, IdRange] | None:
        """Split what is left of `part` after `cursor` in two; None where that is not possible. Pure."""
        ...

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        """The page of `part` after `cursor` (None: its first); raises OrderBroken, CrmError."""
        ...


@runtime_checkable
class ReadsContacts(Protocol):
    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        """Contacts by id, with the activities their own fields tell of; the missing are absent.

        Who was merged is answered under the id of the record they are part of now.

        `closely`, for those about to be started and those with whom something was logged: also their
        latest deals, meetings, calls, e-mails, tickets and notes, which costs more requests.
        """
        ...


@runtime_checkable
class ReadsNotes(Protocol):
    """Has notes contact by contact alone: no stream brings them, and no search says who has a new one."""

    def fetch_notes(self, contact_ids: Sequence[str]) -> list[ActivityRow]:
        """The notes of these contacts; of those that are gone none."""
        ...


@runtime_checkable
class ReadsConversations(Protocol):
    """Keeps what people wrote in conversations that are no records of their contacts."""

    def fetch_written(self, conversation_ids: Sequence[str], *, since: int) -> Page:
        """What came in on these conversations since a moment (ms), each with its contact; the gone are absent."""
        ...
