"""The page of playbooks: segments with their switches, how each runs, who would start, and the account's own copies."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.playbook_view import TABS, load_copies, load_lines, load_view
from app.pages.recipe import checks_of
from app.pages.session import Account
from app.pages.workflow_choices import find_automation
from app.pipeline import ask_for
from app.reports.playbooks import check_text
from core.db import reading
from core.errors import Invalid, NotFound
from core.routing import Here
from oauth.account_playbooks import store as copies
from oauth.account_playbooks.holding import load_playbooks, save_copy
from oauth.account_settings.changing import load_settings
from playbooks.library import packaged_text
from workflows import proposing
from workflows.decisions.switches import switch as switch_segment
from workflows.gate.policy import policy_of

routes = APIRouter(prefix="/admin")

Token = Annotated[str, Form()]


@routes.get("/playbooks")
def playbooks(
    request: Request,
    here: Here,
    installation: Account,
    segment: str = "",
    tab: str = "ready",
    after: str = "",
) -> Response:
    if tab not in TABS:
        raise NotFound("There is no such part of the preview.")
    account_id, own = installation.account_id, load_settings(here, installation)
    held = load_playbooks(here, account_id, own.vertical)
    with reading(here.engine) as connection:
        lines = load_lines(connection, account_id, held)
        line = next((one for one in lines if one.segment.key == segment), None)
        if segment and line is None:
            raise NotFound("There is no such segment in this account.")
        line = line or max(lines, key=lambda one: (one.ready, one.people))
        view = load_view(
            connection,
            account_id,
            line,
            own,
            policy_of(own),
            tab=tab,
            after=after,
            at=here.clock.now(),
        )
    return draw(
        "playbooks.html",
        request,
        here,
        installation,
        active="playbooks",
        lines=lines,
        view=view,
        tab=tab,
        automation=(automation := find_automation(here, account_id)),
        checks=checks_of(automation, view),
        held=held,
        phi=own.phi,
    )


@routes.post("/playbooks/switch")
def switch(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Token,
    segment: Annotated[str, Form(max_length=40)],
    on: Annotated[bool, Form()],
) -> Response:
    """Of a segment that is off nobody is proposed; what waits for approval is proposed anew."""
    session.check_form(request, form_token)
    account_id, at, now = installation.account_id, here.clock.now(), here.wall.now()
    own = load_settings(here, installation)
    held = load_playbooks(here, account_id, own.vertical)
    if segment not in held.labels():
        raise NotFound("There is no such segment in this account.")
    with here.begin() as tx:
        by = session.person(request)
        if switch_segment(tx, account_id, segment, on=on, by=by, at=at, now=now):
            proposing.withdraw(tx, account_id, at=at, now=now)
    ask_for(here, "workflows.jobs.propose_wave", account_id)
    return RedirectResponse(f"/admin/playbooks?segment={segment}", status_code=303)


@routes.get("/playbooks/copy")
def edit(request: Request, here: Here, installation: Account, line: str = "") -> Response:
    """The text of the playbooks that hold, to be changed."""
    own = load_settings(here, installation)
    key = line or load_playbooks(here, installation.account_id, own.vertical).line.line
    packaged = packaged_text(key)
    with reading(here.engine) as connection:
        latest = copies.load_latest(connection, installation.account_id, [key]).get(key)
        history = load_copies(connection, installation.account_id)
    text = latest.text if latest and latest.text is not None else packaged
    return _draw_copy(
        request, here, installation, key, text, latest.version if latest else 0, history
    )


@routes.post("/playbooks/copy")
def save(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Token,
    line: Annotated[str, Form(max_length=40)],
    looked_at: Annotated[int, Form()],
    text: Annotated[str, Form(max_length=400_000)] = "",
    reset: Annotated[bool, Form()] = False,
) -> Response:
    """Let a changed text hold, or the packaged one again; a text with mistakes is shown with them and not saved."""
    session.check_form(request, form_token)
    told = text.replace("\r\n", "\n")
    problems = [] if reset else check_text(told)
    if problems:
        with reading(here.engine) as connection:
            history = load_copies(connection, installation.account_id)
        return _draw_copy(
            request, here, installation, line, told, looked_at, history, problems=problems
        )
    if not reset and not told.strip():
        raise Invalid("There is no text to save.")
    by = session.person(request)
    save_copy(here, installation, line, None if reset else told, looked_at=looked_at, by=by)
    return RedirectResponse(f"/admin/playbooks/copy?line={line}", status_code=303)


def _draw_copy(
    request: Request,
    here: Here,
    installation: Account,
    line: str,
    text: str,
    version: int,
    history: list[copies.Copy],
    *,
    problems: object = (),
) -> Response:
    return draw(
        "playbook_copy.html",
        request,
        here,
        installation,
        active="playbooks",
        line=line,
        text=text,
        version=version,
        history=history,
        problems=problems,
    )
