"""The page of what stands still: what an admin must do, and jobs that were given up, to run again or drop."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.notice_lines import work_of
from app.pages.session import Account
from core.db import reading
from core.errors import NotFound
from core.jobs import store
from core.routing import Here

routes = APIRouter(prefix="/admin")


@routes.get("/notices")
def show(request: Request, here: Here, installation: Account) -> Response:
    with reading(here.engine) as connection:
        letters = store.load_given_up(connection, installation.account_id)
    lines = [(work_of(letter.job), letter) for letter in letters]
    return draw("notices.html", request, here, installation, active="notices", letters=lines)


@routes.post("/notices/replay")
def replay(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    key: Annotated[str, Form()],
) -> Response:
    session.check_form(request, form_token)
    with here.engine.begin() as tx:
        if not store.replay(tx, installation.account_id, key, now=here.wall.now()):
            raise NotFound("This job is not waiting for anybody any more.")
        lanes = dict(store.load_due(tx, now=here.wall.now(), account_id=installation.account_id))
    if key in lanes:
        here.queue.carry(key, lanes[key])
    return RedirectResponse("/admin/notices", status_code=303)


@routes.post("/notices/drop")
def drop(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    key: Annotated[str, Form()],
) -> Response:
    session.check_form(request, form_token)
    with here.engine.begin() as tx:
        if not store.drop(tx, installation.account_id, key):
            raise NotFound("This job is not waiting for anybody any more.")
    return RedirectResponse("/admin/notices", status_code=303)
