"""Loads what openers are made of, many contacts at a time: no query for each of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from contact_rules.reasons import LEAST_CONFIDENCE
from core.db import chunks
from scoring import store as scores
from sync.fields.telling import Said, load_telling
from sync.mirror.told import Told, load_told
from workflows.openers.facts import Anchor, OpenerFacts
from workflows.openers.first_names import greeting_name

_AT_ONCE = 1_000
_SCORES = (
    *("contact_id", "track", "band", "segment", "last_human_at", "last_human_kind", "purchases"),
    *("reason", "reason_source", "reason_confidence", "signal"),
)
_NOTHING = Said({}, {})
# What a lead did, the most telling first: what they asked for themselves before a look around.
_ASKED = {
    "form": Anchor.FORM,
    "meeting": Anchor.MEETING,
    "call": Anchor.CALL,
    "email": Anchor.MESSAGE,
    "sms": Anchor.MESSAGE,
}
_LONGEST_WORDS = 60


def load_facts(
    connection: Connection,
    account_id: str,
    contact_ids: Sequence[str],
    *,
    at: datetime,
    rows: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, OpenerFacts]:
    """Contact → facts, of those that have a score and are not archived; `rows` are their scores where known."""
    found: dict[str, OpenerFacts] = {}
    for ids in chunks(contact_ids, _AT_ONCE):
        told = load_told(connection, account_id, ids, at=at)
        said = load_telling(connection, account_id, ids, at=at)
        if rows is None:
            scored = scores.load_scores(connection, account_id, ids, names=_SCORES)
            known: Mapping[str, Mapping[str, Any]] = {row["contact_id"]: row for row in scored}
        else:
            known = rows
        for contact_id in ids:
            if contact_id in told and contact_id in known:
                score = known[contact_id]
                found[contact_id] = facts_of(
                    score, told[contact_id], said.get(contact_id, _NOTHING)
                )
    return found


def facts_of(score: Mapping[str, Any], told: Told, said: Said) -> OpenerFacts:
    """One contact's facts out of their score, the mirror and mapped properties."""
    last = dict(told.last)
    for kind, moment in said.last.items():
        last[kind] = max(moment, last.get(kind, moment))
    anchor, anchor_at = anchor_of(score, told, last)
    sure = score["reason_confidence"] is None or score["reason_confidence"] >= LEAST_CONFIDENCE
    return OpenerFacts(
        contact_id=score["contact_id"],
        track=score["track"],
        anchor=anchor,
        anchor_at=anchor_at,
        first_name=greeting_name(told.first_name),
        band=score["band"],
        segment=score["segment"],
        purchases=score["purchases"],
        reason=score["reason"] if sure else None,
        reason_source=score["reason_source"] if sure else None,
        signal=score["signal"],
        ends_at=said.ends_at,
        fitted_at=last.get("fitting"),
        **{name: _worded(said.words.get(name)) for name in said.words},
    )


def anchor_of(
    score: Mapping[str, Any], told: Told, last: Mapping[str, datetime]
) -> tuple[Anchor, datetime | None]:
    """What to refer to: what a customer bought; the last that a lead asked for, else their look around."""
    if score["track"] == "customer":
        bought = max((last[k] for k in ("purchase", "fitting") if k in last), default=None)
        return (Anchor.CUSTOMER, None) if bought is None else (Anchor.BOUGHT, bought)
    asked = [(last[kind], anchor) for kind, anchor in _ASKED.items() if kind in last]
    if asked:
        moment, anchor = max(asked, key=lambda found: found[0])
        return anchor, moment
    if score["last_human_at"] is not None:
        return Anchor.VISIT, score["last_human_at"]
    return Anchor.ADDED, told.created_at


def _worded(text: str | None) -> str | None:
    """Words of the customer's own as they may stand in a sentence; None where they are none."""
    said = " ".join((text or "").split()).rstrip(".,;:")
    is_sentence = len(said) > _LONGEST_WORDS or any(c in said for c in "@<>{}[]|\\/")
    return said if said and not is_sentence and not said.isdigit() else None
