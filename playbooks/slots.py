"""The slots of a playbook's texts: what may be filled in, what of it tells of health, and how a text is filled; pure.

A slot is written {name}. What stands between double square brackets is left out as a whole where one of its slots has
nothing to say: "Hi {name}, [[you asked about {asked_for} {asked_when}. ]]shall we talk?"
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Slot(StrEnum):
    """Everything that a text may be filled with."""

    NAME = "name"
    PRACTICE = "practice"
    SENDER = "sender"
    PLACE = "place"
    ASKED_FOR = "asked_for"
    ASKED_WHEN = "asked_when"
    BOUGHT = "bought"
    BOUGHT_WHEN = "bought_when"
    YEARS = "years"
    BENEFIT = "benefit"
    CONCERN = "concern"
    TIME_OFFER = "time_offer"
    SERVED_BY = "served_by"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What a slot holds, an example of it, and whether it may tell something of the person's health (D11)."""

    holds: str
    example: str
    tells_of_health: bool = False


SLOTS: Mapping[Slot, SlotFacts] = {
    Slot.NAME: SlotFacts("The contact's first name", "Maria"),
    Slot.PRACTICE: SlotFacts("The business, as contacts know it", "Harbor Street Clinic"),
    Slot.SENDER: SlotFacts("The person who writes", "Dana"),
    Slot.PLACE: SlotFacts("The postal address of the business", "12 Harbor Street, Portland"),
    Slot.ASKED_FOR: SlotFacts("What they asked for", "a quote", tells_of_health=True),
    Slot.ASKED_WHEN: SlotFacts("When they asked, in words", "in March 2026"),
    Slot.BOUGHT: SlotFacts("What they bought", "a service plan", tells_of_health=True),
    Slot.BOUGHT_WHEN: SlotFacts("When they bought, in words", "in May 2023"),
    Slot.YEARS: SlotFacts("Whole years since they bought", "4"),
    Slot.BENEFIT: SlotFacts(
        "What a new offer does about their concern", "longer battery life", tells_of_health=True
    ),
    Slot.CONCERN: SlotFacts("What they were worried about at first", "noise", tells_of_health=True),
    Slot.TIME_OFFER: SlotFacts("A concrete time that is free", "Tuesday at 10:30"),
    Slot.SERVED_BY: SlotFacts("Who looked after them", "Dr. Lee"),
    Slot.NEWS: SlotFacts(
        "What is new since they were last in touch", "our Saturday hours", tells_of_health=True
    ),
}

_SLOT = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_SPACES = re.compile(r"[ \t]{2,}")
_GAPS = re.compile(r"\n{3,}")


def slots_of(text: str) -> set[Slot]:
    """The slots in a text, those of parts that may be left out among them."""
    return {Slot(name) for name in _SLOT.findall(text) if name in set(Slot)}


def needed_by(text: str) -> set[Slot]:
    """The slots without which nothing can be made of a text."""
    return slots_of(_OPTIONAL.sub("", text))


def problems_of(text: str) -> Iterator[str]:
    """What is wrong with a text as a template, each with what to write instead."""
    known = ", ".join(f"{{{slot}}}" for slot in Slot)
    for name in _SLOT.findall(text):
        if name not in set(Slot):
            yield f"There is no slot {{{name}}}. Write one of {known}."
    rest = _SLOT.sub("", text)
    if "{" in rest or "}" in rest:
        yield "A slot is not closed. Write {name} with both braces."
    if "[[" in _OPTIONAL.sub("", text) or "]]" in _OPTIONAL.sub("", text):
        yield "A part that may be left out is not closed. Write [[ before and ]] after it."
    for part in _OPTIONAL.findall(text):
        if not slots_of(part):
            yield "A part in [[ ]] has no slot and would always stand. Take the brackets away."


def fill(text: str, values: Mapping[Slot, str]) -> str | None:
    """The text with its slots filled; None where a slot it needs has nothing to say."""
    said = {slot: value.strip() for slot, value in values.items() if value and value.strip()}

    def part(found: re.Match[str]) -> str:
        return found[1] if slots_of(found[1]) <= said.keys() else ""

    whole = _OPTIONAL.sub(part, text)
    if not slots_of(whole) <= said.keys():
        return None
    filled = _SLOT.sub(lambda found: said[Slot(found[1])], whole)
    lines = (_SPACES.sub(" ", line).strip() for line in filled.strip().splitlines())
    return _GAPS.sub("\n\n", "\n".join(lines))
