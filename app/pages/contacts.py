"""Whom to look at first, and one contact's card as the sales rep sees it."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.pages.layout import draw
from app.pages.session import TeamAccount
from cards.card import Card, load_card
from core.context import Context
from core.db import reading
from core.routing import Here
from scoring import store as scores
from sync.mirror import store as mirror
from workflows.properties import segment_label
from workflows.status import Status

SHOWN = 25

routes = APIRouter(prefix="/admin")


@routes.get("/contacts")
def contacts(
    request: Request, here: Here, installation: TeamAccount, segment: str | None = None
) -> Response:
    people = _people(here, installation.account_id, segment)
    return draw(
        "contacts.html",
        request,
        here,
        installation,
        active="contacts",
        people=people,
        segment_label=segment_label,
    )


@routes.get("/contacts/{contact_id}")
def contact(contact_id: str, request: Request, here: Here, installation: TeamAccount) -> Response:
    with reading(here.engine) as connection:
        card = load_card(connection, installation.account_id, contact_id, at=here.clock.now())
    record = installation.record_url.replace("{contact_id}", contact_id)
    return draw(
        "card.html",
        request,
        here,
        installation,
        active="contacts",
        card=_card(card),
        record_url=record,
    )


def _card(card: Card) -> dict[str, Any]:
    """The card in the words of its page."""
    seen = card.last_seen_label
    if seen and card.last_seen_days is not None:
        seen = f"{seen}, {card.last_seen_days:,} days ago"
    return {
        "name": card.name,
        "score": card.dormancy_score,
        "band_label": card.band_label,
        "priority": card.priority,
        "likelihood": card.likelihood,
        "p_return": card.p_return,
        "numbers_label": card.numbers_label,
        "signal_label": card.signal_label,
        "reason_label": card.reason_label,
        "moved": card.moved,
        "opener": card.opener,
        "segment_label": card.segment_label,
        "track_label": card.track_label,
        "explanation": card.explanation,
        "status": card.state,
        "not_contacted_reason": card.rule_text
        if card.state in {Status.SUPPRESSED, Status.HUMAN_FIRST}
        else None,
        "rule": card.rule_id,
        "evidence": [(e.label, e.value) for e in card.evidence],
        "last_seen_label": seen,
        "scored_at": f"{card.scored_at:%b} {card.scored_at.day}, {card.scored_at:%Y %H:%M} UTC"
        if card.scored_at
        else None,
    }


def _people(here: Context, account_id: str, segment: str | None) -> list[dict[str, Any]]:
    with reading(here.engine) as connection:
        best = scores.load_best(connection, account_id, limit=SHOWN, segment=segment)
        ids = [score["contact_id"] for score in best]
        names = mirror.load_full_names(connection, account_id, ids)
    return [
        {**score, "name": names.get(i, f"Contact {i}")} for i, score in zip(ids, best, strict=True)
    ]
