"""What an activity was, whose act it was and what became of it: read from words by an explicit table.

A phrase is understood only where every word of it is known; what is not understood is *other* and counts for
nothing. What a business sends, a notice, a failure, a cancellation, a missed meeting and a machine are never the
person's own act.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.errors import Invalid
from inputs.activity_words import DIRECTIONS, SENSES, STATUSES, THINGS
from inputs.words import plain_words, words

MACHINE, AUTOMATED, FAILED = "machine", "automated", "failed"
NO_SHOW, CANCELLED, NO_ANSWER = "no_show", "cancelled", "no_answer"
#: Whatever ended like this was nobody's act, or not this person's.
VOID = (MACHINE, AUTOMATED, FAILED, NO_SHOW, CANCELLED)
OTHER = "other"

# Which of several is told.
_OUTCOMES = (MACHINE, CANCELLED, NO_SHOW, FAILED, NO_ANSWER, "answered", "completed", "scheduled")
_BREAKS = (": ", " - ", " – ", " — ", "|", "(", " > ", " / ")
# In a title behind the kind ("Form submission: Hearing test") these words are part of a name.
_NAMES = frozenset({"test", "system", "away", "auto", "started", "error", "void", "drop", "spam"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """A kind of the scorer's, whose act it was (in: the person's, out: ours), and what became of it.

    `side` is None where the phrase doesn't say; `known` is False for what is not in the table.
    """

    kind: str
    side: str | None = None
    outcome: str | None = None
    known: bool = True


UNKNOWN = Meaning(OTHER, known=False)
NOBODYS = Meaning(OTHER)

#: What a phrase may be mapped to by hand.
CHOICES: Mapping[str, Meaning] = {
    "reply": Meaning("email", "in"),
    "text": Meaning("sms", "in"),
    "email": Meaning("email"),
    "sms": Meaning("sms"),
    "call": Meaning("call", outcome="answered"),
    "meeting": Meaning("meeting"),
    "form": Meaning("form", "in"),
    "visit": Meaning("visit", "in"),
    "click": Meaning("click", "in"),
    "purchase": Meaning("purchase", "in"),
    "refund": Meaning("refund"),
    "ticket": Meaning("ticket"),
    "note": Meaning("note"),
    "ours": Meaning(OTHER, "out", AUTOMATED),
    "nothing": NOBODYS,
}


def parse_kinds(options: tuple[str, ...]) -> dict[str, Meaning]:
    """Phrase in plain words → what it means, from "Portal login=visit"; raises Invalid naming the kinds."""
    chosen: dict[str, Meaning] = {}
    for option in options:
        phrase, separator, name = option.rpartition("=")
        meaning = CHOICES.get(name.strip().lower())
        if not separator or not words(phrase) or meaning is None:
            raise Invalid(
                f'--kind takes "Words=kind", for example "Portal login=visit": {option!r}. '
                f"Kinds: {', '.join(CHOICES)}."
            )
        chosen[plain_words(phrase)] = meaning
    return chosen


def meaning_of(phrase: str, chosen: Mapping[str, Meaning] | None = None) -> Meaning:
    """What an activity's type says; `chosen` are phrases that somebody mapped by hand."""
    if chosen and (mine := chosen.get(plain_words(phrase))):
        return mine
    whole = _senses(words(phrase))
    if whole is not None:
        return _composed(whole)
    places = [place for mark in _BREAKS if (place := phrase.find(mark)) > 0]
    if not places:
        return UNKNOWN
    head, tail = phrase[: min(places)], phrase[min(places) :]
    first = _senses(words(head))
    if first is None:
        return UNKNOWN
    told = {sense for sense, text in _scan(words(tail)) if text not in _NAMES}
    return _composed([*first, *(sense for sense in _OUTCOMES if sense in told and sense in VOID)])


def side_of(direction: str) -> str | None:
    """in, out or None for the word of a direction column."""
    found = DIRECTION_WORDS.get(plain_words(direction))
    if found:
        return found
    told = {sense for sense, _ in _scan(words(direction))}
    if "out" in told:
        return "out"
    return "in" if told & {"in", "received", "reply"} else None


def outcome_of(status: str) -> Meaning:
    """What the word of a status or outcome column says; its kind means nothing."""
    word = plain_words(status)
    told = [STATUS_WORDS[word]] if word in STATUS_WORDS else [s for s, _ in _scan(words(status))]
    outcome = next((sense for sense in _OUTCOMES if sense in told), None)
    side = "in" if "in" in told else "out" if {"out", "notice"} & set(told) else None
    return Meaning(
        OTHER, side, AUTOMATED if "ours" in told and not outcome else outcome, bool(told)
    )


def _composed(senses: list[str]) -> Meaning:
    """What the senses of a phrase, in its order, mean together."""
    told = set(senses)
    outcome = next((sense for sense in _OUTCOMES if sense in told), None)
    things = [sense for sense in senses if sense in THINGS]
    acted = {"reply", "click"} & told
    if outcome == MACHINE and not acted:
        return Meaning(_kind(things, told) or OTHER, None, MACHINE)
    if "notice" in told and not acted and "call" not in things[-1:]:
        return Meaning(OTHER, "out", AUTOMATED)
    if not things:
        if outcome in {NO_SHOW, NO_ANSWER}:
            return Meaning("meeting" if outcome == NO_SHOW else "call", None, outcome)
        return Meaning(OTHER, None, outcome) if outcome in VOID else UNKNOWN
    kind = _kind(things, told)
    return Meaning(kind, _side(kind, senses, told), outcome)


def _kind(things: list[str], told: set[str]) -> str:
    """The kind of the last thing named, as what was done with it beats what it was done with."""
    if not things:
        return OTHER
    if "click" in told:
        return "click"
    if "reply" in told:
        return "sms" if "sms" in told else "email"
    if "open" in told:
        return "open"
    return things[-1]


def _side(kind: str, senses: list[str], told: set[str]) -> str | None:
    if "out" in told and kind != "click":
        return "out"
    if "in" in told or told & {"reply", "click"} or kind in {"form", "visit", "purchase"}:
        return "in"
    if "ours" in told or "notice" in told or kind == "invoice":
        return "out"
    if kind in {"email", "sms"} and "received" in told and _is_first("received", senses):
        return "out"  # "Received email" is said of a person who received ours
    return None


def _is_first(sense: str, senses: list[str]) -> bool:
    return next(one for one in senses if one != "quiet") == sense


def _senses(tokens: tuple[str, ...]) -> list[str] | None:
    """The sense of each part; None where a word is not known, or where there is none."""
    found: list[str] = []
    place = 0
    while place < len(tokens):
        length, sense = _longest(tokens, place)
        if sense is None:
            return None
        found.append(sense)
        place += length
    return found or None


def _scan(tokens: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each known part's sense with its words; unknown words are passed over."""
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(tokens):
        length, sense = _longest(tokens, place)
        if sense is not None:
            found.append((sense, " ".join(tokens[place : place + length])))
        place += length
    return found


def _longest(tokens: tuple[str, ...], place: int) -> tuple[int, str | None]:
    table, longest = _table()
    for length in range(min(longest, len(tokens) - place), 0, -1):
        sense = table.get(tokens[place : place + length])
        if sense is not None:
            return length, sense
    return 1, None


@cache
def _table() -> tuple[dict[tuple[str, ...], str], int]:
    """Words → sense; a phrase that stands in two lines has the meaning of the first."""
    table: dict[tuple[str, ...], str] = {}
    for lines in (THINGS, SENSES):
        for sense, phrases in lines.items():
            for phrase in phrases.split(","):
                table.setdefault(words(phrase), sense)
    return table, max(map(len, table))


def _flat(lines: Mapping[str, str]) -> dict[str, str]:
    return {
        plain_words(phrase): sense
        for sense, phrases in lines.items()
        for phrase in phrases.split(",")
    }


DIRECTION_WORDS = _flat(DIRECTIONS)
STATUS_WORDS = _flat(STATUSES)
