"""What a rule that speaks against contacting somebody forbids, and what it does not; pure."""

from enum import StrEnum


class Meaning(StrEnum):
    """What somebody of the team may still do; the card's words for each are in cards/refusals.py."""

    WISH = "wish"  # they, or the law, want no contact: nobody writes or calls
    CIRCUMSTANCE = "circumstance"  # what was written of them forbids a campaign, such as a death
    HELP_FIRST = "help_first"  # something of theirs is open: help, then look again
    PERSON_FIRST = "person_first"  # a person of the team calls before anything else
    WITH_A_PERSON = "with_a_person"  # somebody or something else is at it already
    EXPECTED = "expected"  # they are coming anyway
    UNREACHABLE = "unreachable"  # no channel may be used
    RESTS = "rests"  # not so soon after the last time
    ASLEEP = "asleep"  # two rounds without an answer: until they give a sign
    SET_ASIDE = "set_aside"  # somebody of the team has put them off
    OUT = "out"  # nobody to win back: staff, a competitor, a second record


# What the rules of an id forbid where they do not say otherwise.
BY_ID = {
    "D1": Meaning.WISH,
    "D2": Meaning.WISH,
    "D3": Meaning.UNREACHABLE,
    "D4": Meaning.RESTS,
    "D5": Meaning.UNREACHABLE,
    "D6": Meaning.UNREACHABLE,
    "D7": Meaning.RESTS,
    "D8": Meaning.OUT,
    "D9": Meaning.UNREACHABLE,
    "D10": Meaning.UNREACHABLE,
}
