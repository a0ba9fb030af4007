"""The page of lists: groups of the audit that a person lets be written into the CRM as a list or a tag there."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.audit_people import label_of
from app.pages.layout import draw
from app.pages.session import Account
from core.context import Context
from core.db import reading
from core.errors import Conflict, Invalid, NotFound
from core.facts import ListApproved
from core.routing import Here
from scoring import store as scores
from workflows.lists import store
from workflows.lists.naming import read_name
from workflows.lists.states import ListState
from workflows.lists.store import Row
from workflows.lists.writing import group_of
from workflows.properties import BANDS, TRACKS

SHOWN = 50
_PAGE = "/admin/lists"

routes = APIRouter(prefix="/admin")


@routes.get("/lists")
def show(request: Request, here: Here, installation: Account) -> Response:
    with reading(here.engine) as connection:
        rows = store.load(connection, installation.account_id, limit=SHOWN)
    return draw(
        "lists.html",
        request,
        here,
        installation,
        active="audit",
        lists=[
            row | {"group": label_of(row["segment"], row["band"], row["track"])} for row in rows
        ],
    )


@routes.post("/lists")
def propose(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    name: Annotated[str, Form()],
    segment: Annotated[str, Form(max_length=60)] = "",
    band: Annotated[str, Form()] = "",
    track: Annotated[str, Form()] = "",
    whom: Annotated[str, Form()] = "ready",
) -> Response:
    """Ask for a list of a group; nothing is written before a person lets it go ahead."""
    session.check_form(request, form_token)
    if (band and band not in BANDS) or (track and track not in TRACKS):
        raise NotFound("There is no such number in the audit.")
    row: Row = {
        "list_id": uuid.uuid4().hex,
        "name": read_name(name),
        "segment": segment,
        "band": band,
        "track": track,
        "only_ready": whom != "all",
        "state": ListState.WAITING,
        "asked_by": session.person(request),
        "asked_at": here.wall.now(),
        "after": "",
        "written": 0,
    }
    with here.begin() as tx:
        people = scores.count_group(tx, installation.account_id, **group_of(row))
        if not people:
            raise Invalid("Nobody would be in this list. Nothing was changed.")
        store.record(tx, installation.account_id, row | {"people": people})
    return RedirectResponse(_PAGE, status_code=303)


@routes.post("/lists/{list_id}/approve")
def approve(
    request: Request,
    here: Here,
    installation: Account,
    list_id: str,
    form_token: Annotated[str, Form()],
) -> Response:
    session.check_form(request, form_token)
    return _settle(request, here, installation.account_id, list_id, ListState.APPROVED)


@routes.post("/lists/{list_id}/discard")
def discard(
    request: Request,
    here: Here,
    installation: Account,
    list_id: str,
    form_token: Annotated[str, Form()],
) -> Response:
    session.check_form(request, form_token)
    return _settle(request, here, installation.account_id, list_id, ListState.DISCARDED)


def _settle(
    request: Request, here: Context, account_id: str, list_id: str, state: ListState
) -> Response:
    """What a person decided of a list that waits, with their name; twice does no more than once."""
    with here.begin() as tx:
        found = store.find(tx, account_id, list_id)
        if found is None:
            raise NotFound("There is no such list.")
        if found["state"] not in {ListState.WAITING, state}:
            raise Conflict("Somebody has decided about this list already.")
        by, now = session.person(request), here.wall.now()
        if found["state"] == ListState.WAITING:
            store.record_state(tx, account_id, list_id, state, settled_by=by, settled_at=now)
            if state is ListState.APPROVED:
                here.publish(tx, ListApproved(account_id))
    return RedirectResponse(_PAGE, status_code=303)
