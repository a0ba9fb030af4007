"""What a word of a status or type column says of a purchase: paid, given back, called off, failed, not paid."""

from collections.abc import Mapping
from functools import cache

from inputs.purchase_words import ALONE, NO, STATES, YES
from inputs.words import words

PAID, RETURN, PART, TRANSFER = "paid", "return", "part", "transfer"
REFUNDED, CANCELLED, FAILED, UNPAID = "refunded", "cancelled", "failed", "unpaid"
#: A line in one of these states brought no money.
VOID = (REFUNDED, CANCELLED, FAILED, UNPAID, TRANSFER)
#: All of it came back, by lines that give money back.
RETURNED = "returned"
#: How a state is told.
LABELS: Mapping[str, str] = {
    REFUNDED: "refunded",
    RETURNED: "returned",
    CANCELLED: "cancelled",
    FAILED: "failed",
    UNPAID: "not paid",
    TRANSFER: "no sale",
}
# What a longer text is searched for, the most telling first.
_SEARCHED = (PART, REFUNDED, CANCELLED, FAILED, UNPAID, RETURN, PAID)


def state_of(phrase: str, *, header: str = "", is_type: bool = False) -> str | None:
    """The state a phrase tells; None where the table doesn't have it.

    A yes or no is about what the column's name says. In a column of types, "Refunded" is a line that gives
    money back; in a column of states it is a purchase that has been given back.
    """
    told = words(phrase)
    table, longest = _table()
    found = table.get(told) or _yes_or_no(told, header) or _searched(told, table, longest)
    return RETURN if is_type and found in (REFUNDED, PART) else found


def _yes_or_no(told: tuple[str, ...], header: str) -> str | None:
    named = _table()[0].get(words(header)) if header else None
    if named is None:
        named = _searched(words(header), *_table())
    if told in _set(YES):
        return named or PAID
    if told in _set(NO):
        return UNPAID if named == PAID else PAID if named else None
    return None


def _searched(
    told: tuple[str, ...], table: Mapping[tuple[str, ...], str], longest: int
) -> str | None:
    """The most telling of the states that stand in a longer text; none where a "not" turns one round."""
    found: set[str] = set()
    place = 0
    while place < len(told):
        for length in range(min(longest, len(told) - place), 0, -1):
            state = table.get(told[place : place + length])
            if state is not None and told[place : place + length] not in _set(ALONE):
                found.add(state)
                place += length - 1
                break
        place += 1
    if {"not", "non", "nicht", "no", "pas", "nao", "niet"} & set(told) and UNPAID not in found:
        return None
    return next((state for state in _SEARCHED if state in found), None)


@cache
def _table() -> tuple[dict[tuple[str, ...], str], int]:
    """Words → state; a phrase that stands in two lines has the meaning of the first."""
    table: dict[tuple[str, ...], str] = {}
    for state, phrases in STATES.items():
        for phrase in phrases.split(","):
            table.setdefault(words(phrase), state)
    return table, max(map(len, table))


@cache
def _set(phrases: str) -> frozenset[tuple[str, ...]]:
    return frozenset(words(phrase) for phrase in phrases.split(","))
