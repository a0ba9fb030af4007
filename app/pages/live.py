"""What is under way right now, and the buttons that pause it, let it go on or cancel it."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.live_limits import load_limits
from app.pages.live_runs import load_live
from app.pages.session import Account
from app.perform import carry_due
from app.pipeline import PAUSABLE, READING, WRITING, ask_for, claim_of
from app.templating import duration
from core.context import Context
from core.errors import Conflict, Invalid
from core.jobs import pauses
from core.jobs import store as jobs
from core.routing import Here
from oauth.account_settings.changing import load_settings
from sync.backfill import runs
from sync.outbox import plans as outbox
from workflows.enrollment import counting
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who

routes = APIRouter(prefix="/admin")

Token = Annotated[str, Form()]
Work = Annotated[str, Form(max_length=80)]


@routes.get("/live")
def live(request: Request, here: Here, installation: Account) -> Response:
    own = load_settings(here, installation)
    today = _midnight(here.clock.now(), own.timezone or "UTC")
    shown = load_live(here, installation.account_id, today=today)
    return draw(
        "live.html",
        request,
        here,
        installation,
        active="live",
        live=shown,
        limits=load_limits(here, installation, own, shown, at=here.clock.now()),
        duration=duration,
    )


@routes.post("/live/pause")
def pause(
    request: Request, here: Here, installation: Account, form_token: Token, work: Work
) -> Response:
    session.check_form(request, form_token)
    claim = _claim(work, installation.account_id)
    by, now = session.person(request), here.wall.now()
    with here.engine.begin() as tx:
        pauses.pause(tx, installation.account_id, claim, by=by, now=now)
    return _back()


@routes.post("/live/resume")
def resume(
    request: Request, here: Here, installation: Account, form_token: Token, work: Work
) -> Response:
    session.check_form(request, form_token)
    with here.engine.begin() as tx:
        pauses.resume(tx, installation.account_id, _claim(work, installation.account_id))
    carry_due(here, account_id=installation.account_id)
    return _back()


@routes.post("/live/cancel")
def cancel(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Token,
    work: Work,
    subject: Work = "",
) -> Response:
    """Cancel the reading, the plan that `subject` names, or the starts that wait of the playbook it names."""
    session.check_form(request, form_token)
    by, account_id = session.person(request), installation.account_id
    if work == READING:
        _cancel_reading(here, account_id, by=by)
    elif work == WRITING:
        _cancel_writing(here, account_id, subject, by=by)
    elif work == "starting":
        _cancel_starts(here, account_id, subject, by=by)
    else:
        raise Invalid("Reading, writing and starting can be cancelled, and nothing else.")
    carry_due(here, account_id=account_id)
    return _back()


@routes.post("/live/read")
def read(request: Request, here: Here, installation: Account, form_token: Token) -> Response:
    """Read the account again after a reading was cancelled or stopped."""
    session.check_form(request, form_token)
    ask_for(here, "sync.jobs.backfill", installation.account_id)
    return _back()


@routes.post("/live/retry")
def retry(
    request: Request, here: Here, installation: Account, form_token: Token, contact_id: Work
) -> Response:
    """Decide about a contact anew and write what it still lacks."""
    session.check_form(request, form_token)
    ask_for(here, "workflows.jobs.plan_contacts", installation.account_id, contact_id)
    return _back()


def _cancel_reading(here: Context, account_id: str, *, by: str) -> None:
    claim = claim_of(READING, account_id)
    with here.engine.begin() as tx:
        if not runs.cancel(tx, account_id, by=by, now=here.wall.now()):
            raise Conflict("Nothing is being read right now.")
        jobs.drop_waiting(tx, account_id, claim)
        pauses.resume(tx, account_id, claim)


def _cancel_writing(here: Context, account_id: str, plan_id: str, *, by: str) -> None:
    with here.engine.begin() as tx:
        left = outbox.cancel(tx, account_id, plan_id, by=by)
        # Whoever is at it reads back what was sent, and ends the plan.
        pauses.resume(tx, account_id, claim_of(WRITING, account_id))
        reason = f"Writing was cancelled; {left:,} contacts were left as they are."
        told = Entry(What.STOPPED, Who.PERSON, by=by, reason=reason, subject=plan_id)
        decision_log.record(tx, account_id, [told], at=here.clock.now(), now=here.wall.now())


def _cancel_starts(here: Context, account_id: str, playbook: str, *, by: str) -> None:
    with here.engine.begin() as tx:
        reason = f"Cancelled by {by}."
        left = counting.cancel_waiting(tx, account_id, playbook, reason=reason)
        if not left:
            raise Conflict("Nobody of this playbook waits to be started.")
        said = f"{left:,} who waited are not started."
        told = Entry(What.STOPPED, Who.PERSON, by=by, programme=playbook, reason=said)
        decision_log.record(tx, account_id, [told], at=here.clock.now(), now=here.wall.now())


def _claim(work: str, account_id: str) -> str:
    if work not in PAUSABLE:
        raise Invalid("Reading and writing can be paused, and nothing else.")
    return claim_of(work, account_id)


def _midnight(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _back() -> Response:
    return RedirectResponse("/admin/live", status_code=303)
