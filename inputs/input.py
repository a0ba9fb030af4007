"""What an input is: one thing that may be known of a contact and that the product can use."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the values of an input are read."""

    ID = "id"
    TEXT = "text"
    ADDRESS = "address"  # e-mail, several in a cell
    PHONE = "phone"  # several in a cell
    MOMENT = "moment"  # a date, or a date and a time
    MONEY = "money"
    COUNT = "count"
    YES_NO = "yes_no"
    MARK = (
        "mark"  # anything that does not say no is a yes: a bounce reason, a do-not-contact status
    )
    CHOICE = "choice"  # words that are mapped to our own, such as stages
    TAGS = "tags"  # several words in a cell
    LANGUAGE = "language"
    ZONE = "zone"
    HOUR = "hour"


class Group(StrEnum):
    """Under which heading an input is shown."""

    WHO = "Who they are and how to reach them"
    MAY = "May they be contacted"
    HAPPENED = "What happened"
    BOUGHT = "What they bought"
    AHEAD = "What is ahead"
    WANTED = "What they wanted"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing the product can use.

    `feeds` says what is made of it, `without` what is lost where no source is known; both are shown to an admin.
    `is_predictor`: it speaks for or against an answer by its value, so it counts only where it is known to have
    been there before the outcome; a date of something done is never one.
    """

    name: str
    label: str
    group: Group
    kind: Kind
    feeds: str
    without: str
    is_predictor: bool = False
