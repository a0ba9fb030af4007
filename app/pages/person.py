"""One person's page: the card, what the gate says of each channel today, what was done and why, and what one may do."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.person_course import course_of
from app.pages.person_lines import History, history_of, verdicts_of
from app.pages.person_record import record_line
from app.pages.session import TeamAccount
from cards.actions import SNOOZES
from cards.loading import load_card, load_own
from cards.permission import look_only, user_of
from core.context import Context
from core.db import reading
from core.errors import Conflict, Forbidden, Invalid
from core.routing import Here
from core.wording import gettext
from oauth.account_settings.fields import AccountSettings
from oauth.store import Installation
from scoring.over_time import load_changes
from scoring.store import find_score
from sync.mirror import aliases
from sync.mirror.timeline import load_timeline
from workflows.acting import doing
from workflows.acts.kinds import Act
from workflows.decisions.store import find_decision
from workflows.gate.asking import load_person
from workflows.gate.policy import policy_of
from workflows.log import store as decision_log

SHOWN = 100
RECORDED = 30

routes = APIRouter(prefix="/admin")

Text = Annotated[str, Form(max_length=100)]


@routes.get("/contacts/{contact_id}")
def person(contact_id: str, request: Request, here: Here, installation: TeamAccount) -> Response:
    return _page(here, installation, contact_id, request)


@routes.post("/contacts/{contact_id}/acts")
def act(
    contact_id: str,
    request: Request,
    here: Here,
    installation: TeamAccount,
    form_token: Text,
    act: Text,
    key: Text,
    days: Annotated[int | None, Form()] = None,
    reason: Text | None = None,
) -> Response:
    """Do one thing about a contact; what may not be done is said on the page itself."""
    session.check_form(request, form_token)
    if act not in set(Act):
        raise Invalid("There is no such action. Open the page again and repeat.")
    by = _may_act(here, request, installation)
    owner = user_of(by)
    wanted = doing.Wanted(Act(act), key, days=days, reason=reason, owner_id=owner or None)
    try:
        doing.do(here, installation, _today(here, installation, contact_id), wanted, by=by)
    except (Conflict, Invalid) as refused:
        return _page(here, installation, contact_id, request, refused=refused.message)
    return RedirectResponse(f"/admin/contacts/{contact_id}", status_code=303)


@routes.post("/contacts/{contact_id}/undo")
def undo(
    contact_id: str,
    request: Request,
    here: Here,
    installation: TeamAccount,
    form_token: Text,
    act_id: Text,
) -> Response:
    session.check_form(request, form_token)
    by = _may_act(here, request, installation)
    try:
        doing.undo(here, installation, _today(here, installation, contact_id), act_id, by=by)
    except Conflict as refused:
        return _page(here, installation, contact_id, request, refused=refused.message)
    return RedirectResponse(f"/admin/contacts/{contact_id}", status_code=303)


def _look_only(request: Request, own: AccountSettings) -> str | None:
    user = user_of(session.person(request))
    return look_only(own, user, is_admin=session.is_admin(request))


def _may_act(here: Context, request: Request, installation: Installation) -> str:
    """Who acts; raises Forbidden for whoever may only look."""
    with reading(here.engine) as connection:
        why_not = _look_only(request, load_own(connection, here, installation))
    if why_not is not None:
        raise Forbidden(why_not)
    return session.person(request)


def _today(here: Context, installation: Installation, contact_id: str) -> str:
    """The contact that an id is part of by now."""
    with reading(here.engine) as connection:
        return aliases.resolve(connection, installation.account_id, [contact_id])[contact_id]


def _page(
    here: Context,
    installation: Installation,
    contact_id: str,
    request: Request,
    *,
    refused: str | None = None,
) -> Response:
    account_id, at = installation.account_id, here.clock.now()
    today = _today(here, installation, contact_id)
    with reading(here.engine) as connection:
        own = load_own(connection, here, installation)
        card = load_card(
            connection,
            account_id,
            today,
            own,
            at=at,
            now=here.wall.now(),
            look_only=_look_only(request, own),
        )
        policy = policy_of(own)
        looked_at = load_person(connection, account_id, today, at=at, policy=policy)
        decision = find_decision(connection, account_id, today)
        score = find_score(connection, account_id, today)
        ids = aliases.load_same(connection, account_id, [today])
        happened = load_timeline(connection, account_id, ids, at=at, limit=RECORDED)
        steps = load_changes(connection, account_id, today)
        entries = decision_log.load_latest(connection, account_id, ids, limit=SHOWN)
    history: list[History] = [line for entry in entries if (line := history_of(entry)) is not None]
    response = draw(
        "person.html",
        request,
        here,
        installation,
        active="contacts",
        card=card,
        base=f"/admin/contacts/{today}",
        key=uuid.uuid4().hex,
        snoozes=[(days, gettext(label)) for days, label in SNOOZES],
        verdicts=()
        if looked_at is None
        else verdicts_of(looked_at, decision, score["channels"] if score else "", at, policy),
        course=None if score is None else course_of(steps, score["likelihood"], score["as_of"]),
        record=[record_line(one, own.currency) for one in happened],
        record_is_cut=len(happened) == RECORDED,
        history=history,
        is_cut=len(entries) == SHOWN,
        refused=refused,
        record_url=installation.record_url.replace("{contact_id}", today),
    )
    response.status_code = 409 if refused is not None else 200
    return response
