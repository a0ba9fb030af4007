"""The channels by which a person can be reached, as data: what a new one needs stands in its line here."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What is true of a channel; `address` is the field of a person that says whether they have one."""

    label: str  # as people and the CRM read it
    address: str
    automatic: bool  # a workflow may use it; else only somebody of the team
    cost: float  # of a touch, in major units


# In order of preference: of several that may be used, the first is.
CHANNELS: dict[Channel, ChannelFacts] = {
    Channel.EMAIL: ChannelFacts("E-mail", "has_email", automatic=True, cost=0.002),
    Channel.SMS: ChannelFacts("Text", "has_phone", automatic=True, cost=0.02),
    Channel.CALL: ChannelFacts("Call", "has_phone", automatic=False, cost=0.0),
}
AUTOMATIC = tuple(channel for channel, facts in CHANNELS.items() if facts.automatic)


def usable(channel: str) -> str:
    """The column that says of everybody whether a channel may be used."""
    return f"{channel}_usable"


def join(channels: "frozenset[Channel] | tuple[Channel, ...]") -> str:
    """Channels as one text, in order of preference, as they are stored."""
    return " ".join(channel for channel in CHANNELS if channel in channels)


def split(text: str) -> tuple[Channel, ...]:
    """The channels in a stored text; what this version does not know is left out."""
    return tuple(channel for channel in CHANNELS if channel in text.split())
