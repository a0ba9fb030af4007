"""What people do and what is done to them: events and touches, without any CRM's words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(IntEnum):
    """Kinds of event; numbers, so that histories fit into arrays."""

    FORM = 0
    VISIT = 1
    EMAIL_IN = 2
    EMAIL_OUT = 3
    SMS_IN = 4
    SMS_OUT = 5
    CALL_IN = 6
    CALL_ANSWERED = 7
    CALL_MISSED = 8
    MEETING_COMPLETED = 9
    MEETING_NO_SHOW = 10
    MEETING_CANCELLED = 11
    MEETING_BOOKED = 12
    PURCHASE = 13
    TICKET = 14
    OPEN = 15
    CLICK = 16
    BOUNCE = 17
    OPT_OUT = 18
    SMS_STOP = 19
    COMPLAINT = 20
    NOTE = 21


#: What only a living, willing person does: the definition of a sign of life. Opens are missing
#: because machines open mail, and outbound events because the business caused them.
HUMAN = frozenset(
    {
        Kind.FORM,
        Kind.VISIT,
        Kind.EMAIL_IN,
        Kind.SMS_IN,
        Kind.CALL_IN,
        Kind.CALL_ANSWERED,
        Kind.MEETING_BOOKED,
        Kind.MEETING_COMPLETED,
        Kind.PURCHASE,
        Kind.CLICK,
    }
)

#: Kinds that count as a reply to a touch.
REPLIES = frozenset({Kind.EMAIL_IN, Kind.SMS_IN, Kind.CALL_IN, Kind.CALL_ANSWERED, Kind.FORM})


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    CALL = "call"


class Sentiment(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens to one person at one time.

    `starts_at` is an appointment's time, `amount` a purchase in major units of the tenant's
    currency, `subject` the index of a topic, `by_machine` an open or click no human made, and
    `caused` says that a touch brought the event about (known to the world, never to a CRM).
    `title` and `text` are the subject and the words of a message, where they are known, and `wish` says
    that these are not to be contacted again (known to the world, never to a CRM).
    """

    person: int
    kind: Kind
    at: datetime
    starts_at: datetime | None = None
    amount: float | None = None
    subject: int = 0
    sentiment: Sentiment | None = None
    by_machine: bool = False
    caused: bool = False
    title: str | None = None
    text: str | None = None
    wish: bool = False

    @property
    def human(self) -> bool:
        return self.kind in HUMAN and not self.by_machine


@dataclass(frozen=True, slots=True)
class Touch:
    """One message from the business to one person.

    `addresses` is the reason for silence that the message speaks to, if any; for a service
    problem that is the apology. People also find it in the message's own `words`.
    """

    at: datetime
    channel: Channel
    addresses: str | None = None
    words: str | None = None


def from_ms(milliseconds: float) -> datetime:
    """Turn epoch milliseconds into an aware UTC time."""
    return EPOCH + timedelta(milliseconds=int(milliseconds))


def to_ms(moment: datetime) -> int:
    """Turn an aware time into epoch milliseconds, rounded down."""
    return (moment - EPOCH) // timedelta(milliseconds=1)
