"""Where a CRM's card asks: verify who, load or change one contact, answer with JSON that the card can always read."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cards.card import Card, labels, wire
from cards.loading import load_card, load_own
from cards.permission import look_only
from connector.port.signed import CardRequest
from connector.registry import find_provider
from core import log
from core.context import Context
from core.db import reading
from core.errors import AppError, Forbidden, Invalid, NotFound
from core.routing import Here
from core.said import said
from core.wording import show_as
from oauth.account_settings.fields import AccountSettings
from oauth.accounts import account_id_of
from oauth.errors import NotConnected
from oauth.install import person_of
from oauth.store import Installation, find_installation
from sync.inbox.routes import signed_request
from sync.mirror import aliases
from workflows.acting import doing
from workflows.acts.kinds import Act

BIGGEST_BODY = 4_000

routes = APIRouter()


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


T = TypeVar("T", bound=_Told)


class ActTold(_Told):
    """What somebody presses; `key` is made for each press."""

    act: Act
    key: str = Field(max_length=64)
    days: int | None = None
    reason: str | None = Field(default=None, max_length=20)


class UndoTold(_Told):
    act_id: str = Field(max_length=64)


@dataclass(frozen=True, slots=True)
class Asking:
    """A verified request: whose account, about whom, and who asks."""

    account: Installation
    own: AccountSettings
    contact_id: str
    user_id: str
    person: str


@routes.get("/cards/{provider}/contact")
def contact(provider: str, request: Request, here: Here) -> Response:
    return _answer(lambda: _load(here, _verified(here, provider, request, b"")))


@routes.post("/cards/{provider}/contact/acts")
async def act(provider: str, request: Request, here: Here) -> Response:
    body = await request.body()
    return await run_in_threadpool(_answer, lambda: _act(here, provider, request, body))


@routes.post("/cards/{provider}/contact/undo")
async def undo(provider: str, request: Request, here: Here) -> Response:
    body = await request.body()
    return await run_in_threadpool(_answer, lambda: _undo(here, provider, request, body))


def _answer(make: Callable[[], Card]) -> Response:
    # Expected failures answer 200 with ok: false: a CRM's proxy wraps other codes beyond reading.
    try:
        told: dict[str, Any] = {"ok": True, "card": wire(make())}
    except AppError as error:
        told = {"ok": False, "error": _error(error)}
    return Response(orjson.dumps(told), media_type="application/json")


def _act(here: Context, provider: str, request: Request, body: bytes) -> Card:
    asking = _verified(here, provider, request, body)
    told = _read(ActTold, body)
    _refuse_looking(asking)
    wanted = doing.Wanted(
        Act(told.act), told.key, days=told.days, reason=told.reason, owner_id=asking.user_id
    )
    doing.do(here, asking.account, asking.contact_id, wanted, by=asking.person)
    return _load(here, asking)


def _undo(here: Context, provider: str, request: Request, body: bytes) -> Card:
    asking = _verified(here, provider, request, body)
    told = _read(UndoTold, body)
    _refuse_looking(asking)
    doing.undo(here, asking.account, asking.contact_id, told.act_id, by=asking.person)
    return _load(here, asking)


def _refuse_looking(asking: Asking) -> None:
    why_not = look_only(asking.own, asking.user_id)
    if why_not is not None:
        raise Forbidden(why_not)


def _read(of: type[T], body: bytes) -> T:
    if len(body) > BIGGEST_BODY:
        raise Invalid("The request is too long.")
    try:
        return of.model_validate_json(body)
    except ValidationError as error:
        named = sorted({str(part["loc"][0]) for part in error.errors() if part["loc"]})
        raise Invalid(f"The request can't be read: {', '.join(named) or 'no JSON'}.") from None


def _verified(here: Context, provider: str, request: Request, body: bytes) -> Asking:
    known = find_provider(provider, here.environment)
    verifier = known.cards()
    if verifier is None:
        raise NotFound("This CRM shows no card.")
    signed = signed_request(request, body, here.settings.public_url)
    who: CardRequest = verifier.read_card_request(signed, now=here.wall.now())
    account_id = account_id_of(provider, who.remote_account_id)
    with reading(here.engine) as connection:
        installation = find_installation(connection, account_id)
        if installation is None or not installation.is_active:
            raise NotConnected(
                "Rekindle is not connected to this account. Ask an admin to install it."
            )
        # A page that was opened before a merge asks for an id that is no more.
        person = aliases.resolve(connection, account_id, [who.contact_id])[who.contact_id]
        own = load_own(connection, here, installation)
    show_as(own.language, own.timezone)
    return Asking(installation, own, person, who.user_id, person_of(known, who.user_id))


def _load(here: Context, asking: Asking) -> Card:
    with reading(here.engine) as connection:
        return load_card(
            connection,
            asking.account.account_id,
            asking.contact_id,
            asking.own,
            at=here.clock.now(),
            now=here.wall.now(),
            look_only=look_only(asking.own, asking.user_id),
        )


def _error(error: AppError) -> dict[str, Any]:
    reference = uuid.uuid4().hex[:8]
    log.get(__name__).info("cards.request.refused", code=error.code, reference=reference)
    code = "forbidden" if isinstance(error, Forbidden) else error.code
    return {
        "code": code,
        "message": said(error.message),
        "reference": reference,
        "labels": labels(),
    }
