"""One contact's card: how dormant, why, what stands in the way; values only, no page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.engine import Connection

from cards.contributions import Moved, moved_by
from contact_rules.reasons import REASONS
from core.errors import NotFound
from core.moments import from_millis, to_millis
from scoring import store as scores
from scoring.features.signals import CAME_BACK, still_lasts
from scoring.features.signals import LABELS as SIGNALS
from sync.mirror import store as mirror
from workflows.decisions import store as decision_store
from workflows.decisions.decide import Decision
from workflows.openers.values import CALL_NOTE, EMAIL, SMS, SUBJECT
from workflows.properties import BANDS, PATTERNS, STATUSES, TRACKS, playbook_label, segment_label
from workflows.status import Status

# What a card is about, where it is not the score.
_STATES = (Status.SUPPRESSED, Status.HUMAN_FIRST, Status.HELD_OUT, Status.STARTED)
# Whom somebody may speak to.
_SPOKEN_TO = (Status.READY, Status.HUMAN_FIRST, Status.STARTED)
# In the other states the card is about something else than the chance of an answer.
SHOWS_NUMBERS = ("scored", Status.STARTED.value)
_KINDS = {
    "purchase": "Purchase",
    "meeting": "Meeting",
    "call": "Call",
    "email": "E-mail",
    "sms": "Text",
    "form": "Form",
    "visit": "Visit to the website",
    "click": "Click",
    "ticket": "Ticket",
    "note": "Note",
    "feedback": "Survey answer",
    "refund": "Refund",
}
_INTEREST = {"high": "High", "medium": "Medium", "low": "Low"}
_SOURCES = {
    "field": "from the contact's own field",
    "deal": "from a lost deal",
    "ticket": "from a ticket",
    "feedback": "from a survey",
    "refund": "from a refund",
    "note": "from a note",
    "email": "from an e-mail",
    "message": "from a message",
    "llm": "from a note or message, as a language model read it",
}
_NUMBERS = {
    "prior": "Uses starting values until your own results are in.",
    "model": "Learnt from your own results.",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Words:
    """What to say to the contact, as it stands on their record; empty where only a person may speak to them."""

    call_note: str
    subject: str
    email: str
    sms: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything the card says; `likelihood` and `p_return`, without outreach, are of 100 people."""

    name: str
    state: str
    dormancy_score: int | None
    band: str | None
    band_label: str | None
    priority: str | None
    likelihood: int | None
    p_return: int | None
    numbers_label: str | None
    signal_label: str | None
    reason_label: str | None
    segment_label: str | None
    track_label: str | None
    explanation: str
    status_label: str
    rule_id: str | None
    rule_text: str | None
    evidence: tuple[Evidence, ...]
    last_seen_label: str | None
    last_seen_days: int | None
    scored_at: datetime | None
    moved: tuple[Moved, ...]
    opener: Words | None


def load_card(connection: Connection, account_id: str, contact_id: str, *, at: datetime) -> Card:
    """The card of a contact of this account; raises NotFound for anybody else's or an archived one."""
    contact = mirror.find_contact(connection, account_id, contact_id)
    if contact is None or contact["archived"]:
        raise NotFound("Rekindle does not know this contact yet. It appears after the next sync.")
    name = " ".join(filter(None, (contact["first_name"], contact["last_name"]))) or "This contact"
    score = scores.find_score(connection, account_id, contact_id)
    decision = decision_store.find_decision(connection, account_id, contact_id)
    if score is None:
        return _unscored(name)
    sent = mirror.find_last_sent(connection, account_id, contact_id, until=to_millis(at))
    card = _card(name, score, decision, sent, at)
    status = decision.status if decision else Status.ACTIVE
    return replace(card, opener=words_of(status, orjson.loads(contact["known"])))


def words_of(status: Status, known: Mapping[str, str]) -> Words | None:
    """What the record holds to say, for whoever may be spoken to; what is left there of others is nobody's to say."""
    if status not in _SPOKEN_TO or not known.get(CALL_NOTE):
        return None
    return Words(
        call_note=known[CALL_NOTE],
        subject=known.get(SUBJECT, ""),
        email=known.get(EMAIL, ""),
        sms=known.get(SMS, ""),
    )


def _unscored(name: str) -> Card:
    return Card(
        name=name,
        state="unscored",
        dormancy_score=None,
        band=None,
        band_label=None,
        priority=None,
        likelihood=None,
        p_return=None,
        numbers_label=None,
        signal_label=None,
        reason_label=None,
        segment_label=None,
        track_label=None,
        explanation="Not scored yet. The score comes with the next sync.",
        status_label="Not scored yet",
        rule_id=None,
        rule_text=None,
        evidence=(),
        last_seen_label=None,
        last_seen_days=None,
        scored_at=None,
        moved=(),
        opener=None,
    )


def _card(
    name: str,
    score: dict[str, Any],
    decision: Decision | None,
    sent: tuple[str, int] | None,
    at: datetime,
) -> Card:
    status = decision.status if decision else Status.ACTIVE
    state = status.value if status in _STATES else "scored"
    return replace(
        _unscored(name),
        state=state,
        dormancy_score=_whole(score["dormancy_score"]),
        band=score["band"],
        band_label=_lower_first(BANDS[score["band"]]),
        priority=score["priority"],
        likelihood=_of_hundred(score["likelihood"]),
        p_return=_of_hundred(score["p_return"]),
        numbers_label=_NUMBERS.get(score["likelihood_source"] or ""),
        signal_label=_signal(score, at),
        reason_label=_reason(score),
        segment_label=segment_label(score["segment"]),
        track_label=TRACKS[score["track"]],
        explanation=score["explanation"] or "",
        status_label=STATUSES[status],
        rule_id=decision.rule if decision else None,
        rule_text=decision.reason if decision else None,
        evidence=tuple(_evidence(score, sent)),
        last_seen_label=_KINDS.get(score["last_human_kind"] or "", score["last_human_kind"]),
        last_seen_days=score["quiet_days"],
        scored_at=score["as_of"],
        moved=moved_by(score) if state in SHOWS_NUMBERS else (),
    )


def _signal(score: dict[str, Any], at: datetime) -> str | None:
    """What makes this a good moment, and how long it counts; None once that is over."""
    until = score["signal_until"]
    if score["signal"] is None or not still_lasts(until, at):
        return None
    text = SIGNALS[score["signal"]]
    if score["signal"] == CAME_BACK:
        ago = (at.date() - score["signal_at"].date()).days
        text = f"Came back {_ago(ago)} after {score['signal_gap']:,} days"
    return f"{text}; counts until {until:%b} {until.day}"


def _reason(score: dict[str, Any]) -> str | None:
    """Why they went quiet, who says so, and how sure that is; None where nothing says it."""
    if score["reason"] is None:
        return None
    source = _SOURCES.get(score["reason_source"] or "")
    sure = score["reason_confidence"]
    parts = (REASONS[score["reason"]], source, f"{sure:.0%} sure" if sure is not None else None)
    return ", ".join(part for part in parts if part)


def _evidence(score: dict[str, Any], sent: tuple[str, int] | None) -> list[Evidence]:
    """What the score rests on, the strongest first; the business's own sends last and marked so."""
    found = [Evidence("Signs of life on record", f"{score['human_events']:,}")]
    if score["rhythm_days"]:
        found.append(Evidence("Usual rhythm", f"every {score['rhythm_days']:,} days"))
    if score["purchases"]:
        found.append(Evidence("Purchases", f"{score['purchases']:,}"))
    if score["interest_level"]:
        found.append(Evidence("Interest", _INTEREST[score["interest_level"]]))
    if score.get("playbook"):
        found.append(Evidence("Playbook", playbook_label(score["playbook"])))
    if score["pattern"] in PATTERNS:
        found.append(Evidence("Pattern", PATTERNS[score["pattern"]]))
    if sent is not None:
        kind, at = _KINDS.get(sent[0], sent[0]), from_millis(sent[1])
        found.append(Evidence("Last sent by your team", f"{kind}, {at:%b} {at.day}, {at.year}"))
    return found


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _of_hundred(share: float | None) -> int | None:
    return None if share is None else round(share * 100)


def _ago(days: int) -> str:
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
