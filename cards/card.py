"""One contact's card as it is shown, in values alone; made by cards/telling.py, the same for every CRM."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from cards.contributions import Moved
from cards.states import State
from core.said import said
from core.wording import gettext
from workflows.openers.values import CALL_NOTE, EMAIL, SMS, SUBJECT

# Texts of a CRM's front end itself, which looks for their words here.
_LABELS = (
    "What was sent, and what came of it",
    "What this rests on",
    "Nothing was changed",
    "Undo",
    "A week",
    "A month",
    "Three months",
    "A year",
    "Why they went quiet",
    "Call note",
    "E-mail",
    "Text message",
    "What to say",
    "Copy",
    "What moves the %(chance)s",
    "You don't have access to scores",
    "Not current",
    "The score can't be shown right now.",
    "Nothing was started or changed.",
    "What was written to the record is still true:",
    "Try again",
    "Reference %(reference)s, for support",
    "Likelihood to respond",
    "Dormancy score",
)


@dataclass(frozen=True, slots=True)
class Pill:
    """The state in a word or two; `tone` is accent, good, warn, bad or quiet."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Ring:
    """The chance of an answer of 100.

    `look` is now where the CRM may write today, past where it may not, unsure where the figure is not the person's own.
    """

    value: int
    look: str


@dataclass(frozen=True, slots=True)
class Line:
    """A label and its value; `strong` where it is what matters next."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person may do: `look` is primary, secondary or danger."""

    name: str
    label: str
    look: str = "secondary"


@dataclass(frozen=True, slots=True)
class Words:
    """What to say to the contact, as it stands on their record; empty where only a person may speak to them."""

    call_note: str
    subject: str
    email: str
    sms: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why they went quiet and who says so, and what else it may be; `key` is empty where nobody knows."""

    key: str
    label: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Undo:
    """What was just done and may still be taken back, for so many seconds."""

    act_id: str
    label: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a card says, in the order in which it says it."""

    contact_id: str
    name: str
    state: State
    pill: Pill | None
    ring: Ring | None
    title: str
    lines: tuple[str, ...]
    dormancy: str | None
    sentence: str
    signal: str | None
    actions: tuple[Action, ...]
    look_only: str | None  # why there are no actions, where it is the person's role
    undo: Undo | None
    rows: tuple[Line, ...]
    why: Why | None
    touches: tuple[Line, ...]  # what was sent, what comes next, and what came of it
    evidence: tuple[Line, ...]
    moved: tuple[Moved, ...]
    opener: Words | None
    note: str | None


def words_of(known: Mapping[str, str]) -> Words | None:
    """What the record holds to say; None where it holds nothing."""
    if not known.get(CALL_NOTE):
        return None
    return Words(
        call_note=known[CALL_NOTE],
        subject=known.get(SUBJECT, ""),
        email=known.get(EMAIL, ""),
        sms=known.get(SMS, ""),
    )


def spoken(card: Card) -> Card:
    """The card with what rows and rules say in the viewer's language; names and words to send stay as they are."""

    def lines(told: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(Line(said(one.label), said(one.value), one.strong) for one in told)

    def maybe(text: str | None) -> str | None:
        return None if text is None else said(text)

    why, undo = card.why, card.undo
    return replace(
        card,
        pill=card.pill and replace(card.pill, text=said(card.pill.text)),
        title=said(card.title),
        lines=tuple(map(said, card.lines)),
        dormancy=maybe(card.dormancy),
        sentence=said(card.sentence),
        signal=maybe(card.signal),
        actions=tuple(replace(one, label=said(one.label)) for one in card.actions),
        look_only=maybe(card.look_only),
        undo=undo and replace(undo, label=said(undo.label)),
        rows=lines(card.rows),
        why=why
        and replace(
            why,
            label=said(why.label),
            choices=tuple((value, said(label)) for value, label in why.choices),
        ),
        touches=lines(card.touches),
        evidence=lines(card.evidence),
        moved=tuple(replace(one, label=said(one.label)) for one in card.moved),
        note=maybe(card.note),
    )


def labels() -> dict[str, str]:
    """What a CRM's front end says by itself: English → the viewer's language; empty for who reads English."""
    return {text: again for text in _LABELS if (again := gettext(text)) != text}


def wire(card: Card) -> dict[str, Any]:
    """The card as a CRM's front end reads it, with the front end's own texts where they have other words."""
    told = asdict(card) | {"labels": labels()}
    why = card.why
    if why is not None:
        told["why"]["choices"] = [{"value": value, "label": label} for value, label in why.choices]
    return told
