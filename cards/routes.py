"""Where a CRM's card asks: verify who, load one card, answer with JSON that the card can always read."""

import uuid
from dataclasses import asdict
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from cards.card import Card, load_card
from connector.port.signed import SignedRequest
from connector.registry import find_provider
from core import log
from core.context import Context
from core.db import reading
from core.errors import AppError, Forbidden, NotFound
from core.routing import Here
from oauth.accounts import account_id_of
from oauth.errors import NotConnected
from oauth.store import find_installation
from sync.inbox.routes import signed_request
from sync.mirror import aliases

routes = APIRouter()


@routes.get("/cards/{provider}/contact")
def contact(provider: str, request: Request, here: Here) -> Response:
    # Expected failures answer 200 with ok: false: a CRM's proxy wraps other codes beyond reading.
    try:
        signed = signed_request(request, b"", here.settings.public_url)
        answer = {"ok": True, "card": wire(_load(here, provider, signed))}
    except AppError as error:
        answer = {"ok": False, "error": _error(error)}
    return Response(orjson.dumps(answer), media_type="application/json")


def _load(here: Context, provider: str, signed: SignedRequest) -> Card:
    verifier = find_provider(provider, here.environment).cards()
    if verifier is None:
        raise NotFound("This CRM shows no card.")
    remote, contact_id = verifier.read_card_request(signed, now=here.wall.now())
    account_id = account_id_of(provider, remote)
    with reading(here.engine) as connection:
        installation = find_installation(connection, account_id)
        if installation is None or not installation.is_active:
            raise NotConnected(
                "Rekindle is not connected to this account. Ask an admin to install it."
            )
        # A page that was opened before a merge asks for an id that is no more.
        person = aliases.resolve(connection, account_id, [contact_id])[contact_id]
        return load_card(connection, account_id, person, at=here.clock.now())


def _error(error: AppError) -> dict[str, Any]:
    reference = uuid.uuid4().hex[:8]
    log.get(__name__).info("cards.request.refused", code=error.code, reference=reference)
    code = "forbidden" if isinstance(error, Forbidden) else error.code
    return {"code": code, "message": error.message, "reference": reference}


def wire(card: Card) -> dict[str, Any]:
    """The card as the CRM's front end reads it."""
    rule = {"id": card.rule_id, "text": card.rule_text} if card.rule_id else None
    seen = (
        {"label": card.last_seen_label, "days_ago": card.last_seen_days}
        if card.last_seen_label is not None and card.last_seen_days is not None
        else None
    )
    return {
        "state": card.state,
        "dormancy_score": card.dormancy_score,
        "band": card.band,
        "band_label": card.band_label,
        "priority": card.priority,
        "likelihood": card.likelihood,
        "p_return": card.p_return,
        "numbers_label": card.numbers_label,
        "signal_label": card.signal_label,
        "reason_label": card.reason_label,
        "contributions": [{"label": m.label, "effect": m.effect} for m in card.moved],
        "segment_label": card.segment_label,
        "track_label": card.track_label,
        "explanation": card.explanation,
        "status_label": card.status_label,
        "rule": rule,
        "evidence": [{"label": e.label, "value": e.value} for e in card.evidence],
        "last_seen": seen,
        "scored_at": card.scored_at.isoformat() if card.scored_at else None,
        "opener": asdict(card.opener) if card.opener else None,
    }
