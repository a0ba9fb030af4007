"""What an opener may be made of: facts about a contact, the business that writes, the touch asked for; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from playbooks.angles import Angle


class Depth(StrEnum):
    """How well the two know each other, which decides the tone."""

    NEW = "new"  # looked around or never did anything
    KNOWN = "known"  # asked, talked or bought once
    CLOSE = "close"  # bought more than once


class Anchor(StrEnum):
    """What an opener refers to: the most telling thing that the contact did."""

    FORM = "form"
    CALL = "call"
    MEETING = "meeting"
    MESSAGE = "message"
    VISIT = "visit"
    BOUGHT = "bought"
    CUSTOMER = "customer"  # bought, and nobody knows when
    ADDED = "added"  # in the CRM, and never did anything


@dataclass(frozen=True, slots=True)
class OpenerFacts:
    """One contact; None where nothing is known, or where it may not be said.

    `anchor_at` is when the anchor happened. `asked_for`, `bought` and `concern` are the customer's own words for
    it, which stay out where health data is on. `reason` is why they went quiet, where that is sure enough.
    """

    contact_id: str
    track: str
    anchor: Anchor
    anchor_at: datetime | None = None
    first_name: str | None = None
    band: str = ""
    segment: str = ""
    purchases: int = 0
    reason: str | None = None
    reason_source: str | None = None
    signal: str | None = None
    ends_at: datetime | None = None  # a contract or a warranty
    fitted_at: datetime | None = None
    asked_for: str | None = None
    bought: str | None = None
    concern: str | None = None
    served_by: str | None = None

    @property
    def depth(self) -> Depth:
        if self.purchases > 1:
            return Depth.CLOSE
        if self.track == "customer" or self.anchor not in {Anchor.VISIT, Anchor.ADDED}:
            return Depth.KNOWN
        return Depth.NEW

    @property
    def is_long_ago(self) -> bool:
        """Quiet for a year or more: they are told again who writes (S4)."""
        return self.band == "365_plus"


@dataclass(frozen=True, slots=True)
class Business:
    """Who writes, and what the account decided about its openers.

    `hours` are from and to which hour of a working day a time is offered, in the account's zone.
    """

    name: str
    language: str = "en"
    sender: str = ""  # the person, where one is named
    place: str = ""
    phone: str = ""
    booking_link: str = ""
    news: str = ""
    zone: str = "UTC"
    hours: tuple[int, int] = (9, 17)
    phi: bool = True
    names_treatment: bool = False  # health matters may be named all the same (D11)
    fair_housing: bool = False

    @property
    def hides_health(self) -> bool:
        return self.phi and not self.names_treatment


@dataclass(frozen=True, slots=True)
class TouchAsk:
    """Which touch the words are for; without `at` they stand until that is known, and offer no date."""

    touch_no: int = 1
    channel: str = "email"
    angle: Angle = Angle.OPENING
    variant: str = "a"
    playbook: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opener:
    """The words of a touch; `version` names the text that they were made from, without anybody's facts."""

    subject: str
    email: str
    sms: str
    call_note: str
    version: str
