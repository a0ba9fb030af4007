"""Requests that a CRM has signed: deliveries of webhooks, and its card asking for one contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified notice that something changed; its content is never trusted, the record is read again.

    `installed` and `uninstalled` are about an account, or about a whole agency where
    `remote_account_id` is empty; `contact_id` is empty then. `wrote` is about a conversation, whose
    contact only the conversation itself tells.
    """

    delivery_key: str
    remote_account_id: str
    event: str  # created, changed, noted, deleted, merged, restored, erased, wrote, installed, uninstalled
    contact_id: str
    occurred_at: datetime
    is_echo: bool = False
    also: tuple[str, ...] = ()  # further contacts it concerns, as in a merge
    remote_agency_id: str | None = None
    conversation_id: str = ""


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


@runtime_checkable
class VerifiesWebhooks(Protocol):
    def read_deliveries(
        self, request: SignedRequest, *, now: datetime, account_now: datetime | None = None
    ) -> Deliveries:
        """Raises Forbidden for a bad signature or a stale time, Invalid for a body that is no list of events.

        An event that cannot be read keeps none of the others back. Requests are signed by this machine's time,
        `now`; what they tell of happened by the accounts' time, `account_now`, where that is another.
        """
        ...


@dataclass(frozen=True, slots=True)
class CardRequest:
    """Who asks about whom from a card; `user_id` is empty where the CRM does not say who looks."""

    remote_account_id: str
    contact_id: str
    user_id: str = ""


@runtime_checkable
class VerifiesCards(Protocol):
    def read_card_request(self, request: SignedRequest, *, now: datetime) -> CardRequest:
        """What a signed card request says of who asks; raises Forbidden or Invalid."""
        ...


@runtime_checkable
class SignsCards(Protocol):
    def sign_card_request(
        self, url: str, who: CardRequest, *, now: datetime, body: bytes | None = None
    ) -> SignedRequest:
        """A card request as the CRM sends it to `url`, with a body where something is to be done."""
        ...
