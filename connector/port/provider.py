"""A kind of CRM before an account is open, and the key to an open one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from connector.port.oauth import Authorizes
from connector.port.records import ReadText
from connector.port.signed import VerifiesCards, VerifiesWebhooks
from connector.port.visits import SealsVisits, SignsVisits


class Budget(Protocol):
    def take(self, bucket: str) -> None:
        """Wait until one more request of this bucket fits."""
        ...

    def learn(self, bucket: str, limit: int) -> None:
        """Take over the limit the CRM states in its answers, in requests for each window."""
        ...


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What the CRM says of the account itself; `record_url` has a {contact_id} in it."""

    name: str
    timezone: str
    currency: str
    record_url: str


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
    # The currency that the account's amounts are in, where it is known before the account is open.
    currency: Callable[[], str | None] = field(default=lambda: None, repr=False)
    # Input → the properties that feed it, in order, where that is settled; their values are kept as they are.
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # None: texts are not even asked for.
    read_text: ReadText | None = field(default=None, repr=False)


@runtime_checkable
class Describes(Protocol):
    def fetch_account(self) -> AccountDetails: ...


class Crm(Protocol):
    """A live account; ask for a capability with isinstance."""

    def close(self) -> None: ...


class Provider(Protocol):
    """A kind of CRM: what can be done before an account is open."""

    name: str
    label: str  # as people call it
    address: str  # its part of our addresses
    brands: Sequence[
        str
    ]  # words that no page may show, where an agency has the CRM under its own name
    names_workflows: (
        bool  # whether a start names its workflow, or a property of ours is its trigger
    )
    home_url: str  # where people open the CRM, where they sign in by its menu; else empty

    def authorizer(self) -> Authorizes: ...

    def webhooks(self) -> VerifiesWebhooks: ...

    def cards(self) -> VerifiesCards | None:
        """None where the CRM shows no card of ours."""
        ...

    def visits(self) -> SignsVisits | SealsVisits | None:
        """How the CRM says who opens our pages from inside it; None where it can't."""
        ...

    def framed_by(self) -> Sequence[str]:
        """Where the CRM shows our pages in a frame, as sources of a content policy."""
        ...

    def budgets(self) -> Mapping[str, tuple[int, int]]:
        """Buckets of this CRM: name → (requests, window in ms), before its answers say otherwise."""
        ...

    def open(self, access: AccountAccess) -> Crm: ...
