"""What the contract needs of a CRM's own side: what its admins, its staff and its platform do there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from connector.port.records import Stream
from core.clock import Clock
from manifest.promise import Promise


@dataclass(frozen=True, slots=True)
class Post:
    """One request of the platform to the app, as it was signed."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadValue:
    """A value that this CRM refuses for one of our properties."""

    name: str
    value: str


class CrmSide(Protocol):
    """One CRM with people in it; `account` is the remote id of the account that tests install."""

    provider: str
    account: str
    public_url: str
    variables: Mapping[str, str]  # settings that lead the adapter here
    clock: Clock  # the accounts' time
    token_lifetime: float  # seconds that an access token lives at most
    tells_uninstalls: bool  # by a notice
    bad_value: BadValue
    missing_id: str  # an id as this CRM makes them, of nobody

    def renew(self) -> None:
        """Nobody has the app, nothing was counted, and the vendor's own limits hold again."""
        ...

    def register(self, promise: Promise) -> None:
        """What a developer does once at the vendor's: the app's addresses and scopes."""
        ...

    def consent(self, address: str, decision: str = "grant") -> str:
        """Decide on the consent page for the account: where the browser is sent back to."""
        ...

    def contact_ids(self, account: str) -> set[str]: ...

    def count(self, account: str, stream: Stream) -> int | None:
        """How many records of a stream there are; None where a stream mixes several kinds."""
        ...

    def texts(self, account: str) -> list[str]:
        """What people wrote and what was noted of them: nothing of it may be kept."""
        ...

    def add_contact(self, account: str) -> str: ...

    def change_email(self, account: str, contact_id: str, email: str) -> None: ...

    def delete_contact(self, account: str, contact_id: str) -> None: ...

    def values(self, account: str, contact_id: str) -> Mapping[str, str]:
        """Our properties as the CRM's own pages show them, by our names."""
        ...

    def count_writes(self, account: str) -> Mapping[str, int]:
        """Contact → how often it was written through the API."""
        ...

    def count_entries(self, account: str) -> Mapping[str, int]:
        """Contact → how often it entered a workflow."""
        ...

    def advance(self, until: datetime) -> None:
        """Let the accounts' time run."""
        ...

    def posts(self) -> Sequence[Post]:
        """What the platform has sent to the app since the last call, when all is sent."""
        ...

    def stumble(self, status: int, times: int) -> None:
        """The next requests about records are answered with this status (429 or 503), then all is well."""
        ...

    def forbid(self, stream: Stream) -> None:
        """From now on the account lets nobody read this stream: contacts or deals."""
        ...

    def allow_properties(self, more: int) -> None:
        """The account's plan allows so many further properties, and no more."""
        ...

    def odd_posts(self, account: str, contact_id: str) -> Sequence[Post]:
        """What the platform sends where events about a contact have two among them that nobody can read."""
        ...

    def expire(self, account: str) -> None:
        """Access tokens of the account end before their time."""
        ...

    def count_refreshes(self) -> int:
        """How many refreshes were answered so far."""
        ...

    def uninstall(self, account: str) -> None: ...


@runtime_checkable
class RecordedSide(Protocol):
    """A CRM whose vendor publishes what requests and answers look like."""

    def take_violations(self) -> list[str]:
        """What the vendor's documents have against the exchanges since the last call."""
        ...


@runtime_checkable
class RotatingSide(Protocol):
    """A CRM whose refresh tokens are good for one use."""

    def end_grace(self) -> None:
        """From now on a used refresh token is refused at once."""
        ...


@runtime_checkable
class LifecycleSide(Protocol):
    """A CRM that tells of uninstalls by a notice."""

    def tell_uninstall(self, account: str, *, at: datetime, ours: bool = True) -> Sequence[Post]:
        """A signed notice of an uninstall at that time, of our app or of another one; nothing is uninstalled."""
        ...


@runtime_checkable
class HttpSide(Protocol):
    """A CRM that is asked over HTTP, so that any answer may come back."""

    def answer_tokens(
        self, content: object, *, status: int = 200, times: int | None = None
    ) -> None:
        """The token endpoint answers this instead: a page as text, or JSON."""
        ...

    def alter_tokens(self, *, drop: Sequence[str]) -> None:
        """The token endpoint's answers lack these fields, as this CRM or others call them."""
        ...

    def describe(self, said: Mapping[str, object] | None) -> None:
        """What the CRM says of the account: its name, time zone and currency; None: it fails."""
        ...

    def rename(self, account: str, contact_id: str, first_name: str) -> None:
        """A first name of any characters, also such as are no valid Unicode."""
        ...

    def break_off(self, kind: str) -> None:
        """From now on no answer arrives whole: its text ends midway (truncate), or nothing comes (drop)."""
        ...

    def mend(self) -> None:
        """All answers are usual again."""
        ...


@runtime_checkable
class MergingStreet(Protocol):
    """A CRM that makes one contact of two, and leads from the old ids to it."""

    def merge(self, account: str, primary: str, other: str) -> str:
        """Make one of two; answers the id of the contact that there is now."""
        ...


@runtime_checkable
class LivingSide(Protocol):
    """A CRM in which people can be made to do something."""

    def happen(self, account: str, contact_id: str, kind: str, text: str = "") -> None:
        """One of the sandbox's kinds of event, now: VISIT, CLICK, FORM, SMS_IN, EMAIL_IN, with what was written."""
        ...


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """A task as the CRM's own pages show it."""

    subject: str
    body: str
    owner_id: str
    due: datetime
    done: bool


@runtime_checkable
class StaffedSide(Protocol):
    """A CRM whose people have tasks, and workflows that may have somebody in them."""

    users: tuple[str, ...]  # ids of the account's people

    def tasks(self, account: str, contact_id: str) -> list[TaskSeen]: ...

    def lists(self, account: str, contact_id: str) -> set[str]:
        """Lists or tags that the contact has, in small letters."""
        ...

    def complete(self, account: str, contact_id: str) -> None:
        """Somebody completes the contact's tasks."""
        ...

    def write(self, account: str, contact_id: str, text: str) -> None:
        """A text message arrives, of which the CRM itself makes nothing."""
        ...

    def is_inside(self, account: str, contact_id: str) -> bool:
        """Whether any workflow has the contact now."""
        ...


@runtime_checkable
class SellingSide(Protocol):
    """A CRM whose sales people have sequences."""

    def count_starts(self, programme_id: str) -> Mapping[str, int]:
        """Contact → how often it was to begin in a workflow or sequence."""
        ...

    def change(self, account: str, contact_id: str, values: Mapping[str, str]) -> None:
        """Staff change values of a contact by hand."""
        ...


@runtime_checkable
class BuildingSide(Protocol):
    """A CRM whose admins switch their workflows on and off."""

    def switch_workflows(self, account: str, *, on: bool) -> None: ...


@runtime_checkable
class NotingSide(Protocol):
    """A CRM in which staff leave notes with a contact."""

    def note(self, account: str, contact_id: str, text: str, *, told: bool = True) -> None:
        """Where not `told`, the CRM's notice of it is lost, if there is any."""
        ...


@runtime_checkable
class BulkSide(Protocol):
    """A CRM that keeps what its software sends in bulk among the messages of people."""

    def bulk_only(self, account: str) -> set[str]:
        """Contacts to whom software has written and nobody of the team ever has."""
        ...


@runtime_checkable
class AgencySide(Protocol):
    """A CRM on which one agency installs for several accounts."""

    agency: str
    agency_accounts: tuple[str, ...]

    def consent_agency(self, address: str) -> str:
        """Consent for the agency's three accounts and all later ones."""
        ...

    def add_account(self) -> str:
        """A further account of the agency; it has the app at once."""
        ...

    def uninstall_agency(self) -> None: ...
