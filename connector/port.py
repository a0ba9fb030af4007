"""What a room may ask of a CRM: small capabilities, and the values that pass the door in both directions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypedDict, runtime_checkable

from contact_rules.reasons import Heard


class Budget(Protocol):
    def take(self, bucket: str) -> None:
        """Wait until one more request of this bucket fits."""
        ...

    def learn(self, bucket: str, limit: int) -> None:
        """Take over the limit the CRM states in its answers, in requests for each window."""
        ...


class Stream(StrEnum):
    """Kinds of records a backfill reads, in the order they are read."""

    CONTACTS = "contacts"
    DEALS = "deals"
    MEETINGS = "meetings"
    CALLS = "calls"
    EMAILS = "emails"
    MESSAGES = "messages"
    TICKETS = "tickets"
    NOTES = "notes"


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
    email_opt_out: bool | None
    email_bounced: bool | None
    sms_consent: bool | None
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
    # Why the contact went quiet, where the text says so: heard at the door, where the text is left behind.
    reason: str | None
    reason_confidence: float | None
    reason_source: str | None  # llm where a language model said so


class DealRow(TypedDict):
    """A deal seen from one of its contacts; `amount_minor` is in hundredths of the currency."""

    deal_id: str
    contact_id: str
    amount_minor: int | None
    is_closed: bool
    is_won: bool
    closed_at: int | None
    created_at: int | None
    reason: str | None  # why it was lost, in our words
    reason_confidence: float | None


class HeardColumns(TypedDict):
    """The columns that a heard reason fills in an activity."""

    reason: str | None
    reason_confidence: float | None
    reason_source: str | None


def heard_columns(heard: Heard | None = None) -> HeardColumns:
    """The columns of a reason; empty ones where nothing was heard."""
    if heard is None:
        return HeardColumns(reason=None, reason_confidence=None, reason_source=None)
    return HeardColumns(
        reason=heard.reason, reason_confidence=heard.confidence, reason_source=heard.by
    )


# What a text says of a silence, and the contacts it is about; the text itself is kept by nobody.
ReadText = Callable[[str, Sequence[str]], Heard | None]


@dataclass(frozen=True, slots=True)
class IdRange:
    """A part of a stream: what comes after `lower` up to and including `upper` (None: to the end).

    The marks are the CRM's own cursors; nobody past the door compares or parses them.
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
    """What one page of a stream held; `cursor` continues it, None when the range is read to its end."""

    count: int
    cursor: str | None
    contacts: Sequence[ContactRow] = ()
    activities: Sequence[ActivityRow] = ()
    deals: Sequence[DealRow] = ()


class OrderBroken(Exception):
    """The stream's records do not come in the order its ranges rely on: read it as one range."""


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What the CRM says of the account itself; `record_url` has a {contact_id} in it."""

    name: str
    timezone: str
    currency: str
    record_url: str


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """A property of ours on a contact; `kind` is text, number, flag, choice, date or moment."""

    name: str
    label: str
    kind: str
    description: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactWrite:
    """Values to set on one contact; `trace` names this write in the CRM's answer."""

    contact_id: str
    values: Mapping[str, str]
    trace: str


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of a write; `contact` is the contact after it, where the CRM's answer shows it."""

    contact_id: str
    succeeded: bool
    reason: str | None = None
    contact: ContactRow | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified notice that something changed; its content is never trusted, the record is read again.

    `installed` and `uninstalled` are about an account, or about a whole agency where
    `remote_account_id` is empty; `contact_id` is empty then.
    """

    delivery_key: str
    remote_account_id: str
    event: str  # created, changed, deleted, merged, restored, erased, installed, uninstalled
    contact_id: str
    occurred_at: datetime
    is_echo: bool = False
    also: tuple[str, ...] = ()  # further contacts it concerns, as in a merge
    remote_agency_id: str | None = None


@dataclass(frozen=True, slots=True)
class OddEvent:
    """A verified event that could not be read: why, and a digest by which it can be told from others."""

    reason: str  # names fields, never what is in them
    digest: str
    remote_account_id: str = ""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What one verified request told: notices, events that could not be read, and how many were another app's."""

    notices: tuple[Delivery, ...] = ()
    odd: tuple[OddEvent, ...] = ()
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it reached us: `url` is the public address the CRM called, `headers` lower-cased."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a CRM granted for one account; `expires_in` in seconds from the answer.

    `remote_agency_id` is set where an agency manages the account. Empty scopes: the CRM named none, so that
    those asked for were granted. A refresh need not repeat whose tokens they are: then both ids are empty.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    remote_account_id: str
    scopes: tuple[str, ...]
    remote_agency_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgencyGrant:
    """What a CRM granted to an agency: it opens no account itself, but mints grants for its accounts."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    remote_agency_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """Where to send the installer, and what to keep until they come back."""

    url: str
    code_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """The key to one account: `token()` gives a valid access token, `renew(old)` one that differs from `old`."""

    account_id: str
    remote_account_id: str
    token: Callable[[], str]
    renew: Callable[[str], str]
    budget: Budget
    scopes: frozenset[str]
    every_field: bool = False  # read all fields of a contact, not only the mapped ones
    # Our field → the account's field to read it from; an empty text: from none.
    chosen: Mapping[str, str] = field(default_factory=dict)
    # None: texts are not even asked for.
    read_text: ReadText | None = field(default=None, repr=False)


@runtime_checkable
class Authorizes(Protocol):
    """Installs by OAuth."""

    # Whether every sign-in begins with us. Where one may begin at the marketplace it carries no state of
    # ours; it installs all the same, but signs nobody in.
    needs_state: bool

    def authorize(
        self, *, state: str, redirect_uri: str, required: Sequence[str], optional: Sequence[str]
    ) -> AuthorizeRequest: ...

    def exchange(
        self, *, code: str, code_verifier: str | None, redirect_uri: str
    ) -> TokenGrant | AgencyGrant:
        """Raises CrmMisconfigured for our own credentials, CrmInvalid for a bad or used code."""
        ...

    def refresh(self, refresh_token: str) -> TokenGrant:
        """An account's tokens anew; raises CrmAuthInvalid when it has disconnected us."""
        ...


@runtime_checkable
class AuthorizesAgencies(Protocol):
    """Installs once for an agency, and so for many accounts, some of them later."""

    def refresh_agency(self, refresh_token: str) -> AgencyGrant:
        """Raises CrmAuthInvalid when the agency has disconnected us."""
        ...

    def list_accounts(self, access_token: str, remote_agency_id: str) -> Sequence[str]:
        """Remote ids of the agency's accounts that have the app installed, all pages of them."""
        ...

    def mint(self, access_token: str, remote_agency_id: str, remote_account_id: str) -> TokenGrant:
        """Tokens of one of the agency's accounts; raises CrmNotFound where the app is not installed."""
        ...


@runtime_checkable
class VerifiesWebhooks(Protocol):
    def read_deliveries(self, request: SignedRequest, *, now: datetime) -> Deliveries:
        """Raises Forbidden for a bad signature or a stale time, Invalid for a body that is no list of events.

        An event that cannot be read keeps none of the others back.
        """
        ...


@runtime_checkable
class VerifiesCards(Protocol):
    def read_card_request(self, request: SignedRequest, *, now: datetime) -> tuple[str, str]:
        """(remote account id, contact id) of a signed card request; raises Forbidden or Invalid."""
        ...


@runtime_checkable
class SignsCards(Protocol):
    def sign_card_request(
        self, url: str, remote_account_id: str, contact_id: str, *, now: datetime
    ) -> SignedRequest:
        """A card request as the CRM sends it to `url`: for measurements against our own processes."""
        ...


@runtime_checkable
class Describes(Protocol):
    def fetch_account(self) -> AccountDetails: ...


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

        `closely`, for those about to be started: also the deals, tickets and notes of theirs that
        change without them, which costs more requests.
        """
        ...


# Contacts that were made from the first moment on and before the second (ms, by the CRM's clock).
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """What the CRM's own searches tell of changes: mostly ids, to be read again.

    A search lags behind the records, so its values are not taken. `moved` is contact → when it was last
    changed, None where only a reading by id can tell what is new. `busy` are contacts whose deals or
    tickets changed without them, `replaced` ids in whose place others have come. Activities are complete.
    """

    moved: Mapping[str, int | None] = field(default_factory=dict)
    busy: Sequence[str] = ()
    replaced: Sequence[str] = ()
    activities: Sequence[ActivityRow] = ()
    watermark: str = ""  # from where to ask on
    more: bool = False  # there is more to be asked for at once
    # Until when (ms, by the CRM's clock) its searches have everything; None where it does not say.
    settled_at: int | None = None


@runtime_checkable
class ReadsChanges(Protocol):
    """Tells without any notice what has changed, and counts who is there."""

    def fetch_changes(self, watermark: str | None) -> Changes:
        """A page of what changed since the watermark; with None no changes, but a watermark of now.

        Asked again until there is no more, every change is told at least once, whatever the clocks here say.
        """
        ...

    def count_contacts(self, created: Span | None = None) -> int:
        """How many contacts there are, or were made in that span and are still there."""
        ...

    def list_contacts(self, created: Span) -> Sequence[str]:
        """Ids of the contacts that were made in that span and are still there."""
        ...


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field of the customer's own on a contact; `feeds` is the field of ours that it usually feeds."""

    name: str
    label: str
    options: tuple[Option, ...] = ()
    feeds: str | None = None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What a field was set to, and when (ms); an empty text where it was cleared."""

    contact_id: str
    name: str
    value: str
    set_at: int


@runtime_checkable
class ListsFields(Protocol):
    """Knows which fields the customer has made for contacts."""

    def fetch_fields(self) -> Sequence[FieldDefinition]:
        """Those that hold a text or a choice, the usual ones first; none of ours."""
        ...


@runtime_checkable
class ReadsFieldHistory(Protocol):
    """Remembers what a field was set to and when: without that, nobody can tell a cause from a result."""

    def fetch_field_history(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Sequence[FieldValue]:
        """Every value that is still on record, in no order; the missing contacts are absent."""
        ...


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What became of our properties in an account."""

    made: int
    missing: tuple[str, ...] = ()  # names of those that the CRM would not make
    reason: str | None = None  # why, in words an admin can act on
    limit: str | None = None  # the CRM's limit that was reached, where that was why


@runtime_checkable
class ProvisionsProperties(Protocol):
    def provision(self, definitions: Sequence[PropertyDefinition]) -> Provisioned:
        """Make the group and the properties that are not there, as many as the CRM lets us; idempotent.

        Raises CrmError where it is not the CRM's refusal of a single property.
        """
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a CRM takes values: contacts a second, and at most so many in a day (None: no such limit)."""

    contacts_per_second: float
    contacts_per_day: int | None = None


@runtime_checkable
class WritesProperties(Protocol):
    batch_size: int
    pace: Pace

    def write(self, writes: Sequence[ContactWrite]) -> Sequence[WriteOutcome]:
        """Set values, up to `batch_size` contacts; one outcome for each write.

        Raises CrmInvalid when the CRM refused the whole batch for the fault of one.
        """
        ...

    def fetch_values(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        """What the CRM holds now: contact → name → value, the empty left out; up to `batch_size`."""
        ...


@runtime_checkable
class StartsByProperty(Protocol):
    """Starts the account's own workflow by a property that its trigger watches."""

    def trigger_values(self, *, playbook: str, at: datetime) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class WorkflowChoice:
    """A workflow of the account's own that contacts can be added to."""

    workflow_id: str
    name: str


@runtime_checkable
class AddsToWorkflow(Protocol):
    """Starts the account's own workflow by adding contacts to it, one by one."""

    def fetch_workflows(self) -> Sequence[WorkflowChoice]:
        """Those that are published and take contacts."""
        ...

    def add_to_workflow(self, contact_id: str, workflow_id: str) -> None:
        """Ask for it; the CRM does it soon after. Raises CrmInvalid, CrmNotFound where it cannot be."""
        ...

    def fetch_members(self, contact_ids: Sequence[str], workflow_id: str) -> frozenset[str]:
        """Those of these contacts who are in the workflow now or have been through it."""
        ...


class Crm(Protocol):
    """A live account; ask for a capability with isinstance."""

    def close(self) -> None: ...


class Provider(Protocol):
    """A kind of CRM: what can be done before an account is open."""

    name: str
    label: str

    def authorizer(self) -> Authorizes: ...

    def webhooks(self) -> VerifiesWebhooks: ...

    def cards(self) -> VerifiesCards | None:
        """None where the CRM shows no card of ours."""
        ...

    def budgets(self) -> Mapping[str, tuple[int, int]]:
        """Buckets of this CRM: name → (requests, window in ms), before its answers say otherwise."""
        ...

    def open(self, access: AccountAccess) -> Crm: ...
