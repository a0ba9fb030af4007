"""The account's own sales sequences: enrolling contacts in the name of one of its people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from connector.errors import CrmInvalid
from connector.port.automation import Hindrance


@dataclass(frozen=True, slots=True)
class Sender:
    """One of the account's people who may send sequences; the CRM knows their inbox."""

    sender_id: str
    name: str
    owner_id: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SequenceChoice:
    """A sequence that one of the account's people may send."""

    sequence_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's latest way through a sequence; `went_through` says whether it came to its last step."""

    sequence_id: str
    enrolled_at: datetime
    ended_at: datetime | None = None
    went_through: bool = False


class Refusal(StrEnum):
    """Why a CRM enrolls somebody not."""

    # of the contact
    IN_SEQUENCE = "in_sequence"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    SPAM = "spam"
    BLOCKED = "blocked"
    NO_EMAIL = "no_email"
    NO_CONTACT = "no_contact"
    OTHER = "other"
    # of the sender, or the account
    NO_SEAT = "no_seat"
    NO_INBOX = "no_inbox"
    NO_SENDER = "no_sender"
    NO_SEQUENCE = "no_sequence"
    FORBIDDEN = "forbidden"
    # of the day
    FULL = "full"


# What stands in everybody's way, until a person has mended it.
OF_SENDER = frozenset(
    {
        Refusal.NO_SEAT,
        Refusal.NO_INBOX,
        Refusal.NO_SENDER,
        Refusal.NO_SEQUENCE,
        Refusal.FORBIDDEN,
    }
)


class SequenceRefused(CrmInvalid):
    """Nobody was enrolled; `refusal` says why."""

    code = "sequence_refused"

    def __init__(self, message: str, refusal: Refusal, *, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.refusal = refusal


@runtime_checkable
class EnrollsInSequence(Protocol):
    """Enrolls contacts in sequences, one by one, and tells what becomes of them there."""

    def fetch_senders(self) -> Sequence[Sender]:
        """People of the account who might send; whether they have a seat and an inbox shows when they do."""
        ...

    def fetch_sequences(self, sender_id: str) -> Sequence[SequenceChoice]:
        """Those that this person may send."""
        ...

    def fetch_sequence_hindrances(self, bound: Sequence[tuple[str, str]]) -> Sequence[Hindrance]:
        """What is known to stand in the way of these pairs of sequence and sender."""
        ...

    def enroll(self, contact_id: str, sequence_id: str, sender_id: str) -> None:
        """Ask for it once. Raises SequenceRefused where the CRM says no."""
        ...

    def fetch_stays(
        self, contact_ids: Sequence[str], *, closely: bool = False
    ) -> Mapping[str, Stay]:
        """Contact → their latest stay in a sequence; who was never in one is absent.

        `closely` asks for each contact by itself as well, where what is shown of them may be a moment old.
        """
        ...
