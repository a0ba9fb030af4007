"""The pages on which a person watches the sandbox, lets time pass, and sees what happened meanwhile."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from sandbox.control.routes import Here, state
from sandbox.kit.face.showing import Happening, told
from sandbox.kit.face.viewers import inside
from sandbox.kit.pages import render

router = APIRouter(prefix="/control", default_response_class=HTMLResponse)
_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST = 366 * 24  # hours
_SHOWN = 400


@router.get("/")
async def home(sandbox: Here) -> HTMLResponse:
    """The accounts, and buttons that let time pass."""
    page = render("control.html", _TEMPLATES, state=await state(sandbox), crms=sandbox.crms)
    return HTMLResponse(page)


@router.post("/play")
async def play(
    sandbox: Here,
    hours: Annotated[int, Form(ge=1, le=_LONGEST)],
    to: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Let hours pass, and show what happens meanwhile, or go back to where one was in this sandbox."""
    begins = sandbox.player.play(hours)
    if to:
        return RedirectResponse(inside(to), 303)
    return RedirectResponse(f"/control/happened?{urlencode({'since': begins.isoformat()})}", 303)


@router.get("/happened")
async def happened(sandbox: Here, since: str) -> HTMLResponse:
    """What happened at all accounts since a moment, newest first; while time passes it is kept true."""
    try:
        begins = datetime.fromisoformat(since)
    except ValueError as error:
        raise HTTPException(400, '"since" must be an ISO moment') from error
    if begins.tzinfo is None:
        raise HTTPException(400, '"since" must say its zone')
    found = [one for crm in sandbox.crms for one in crm.happenings(begins)]
    player = sandbox.player
    page = render(
        "happened.html",
        _TEMPLATES,
        begins=told(begins, "UTC"),
        now=told(sandbox.time.now(), "UTC"),
        told=lambda at: told(at, "UTC"),
        is_playing=player.is_playing,
        share=player.share,
        counted=_count(found),
        happenings=sorted(found, key=lambda one: one.entry.at, reverse=True)[:_SHOWN],
        total=len(found),
        accounts=[one for crm in sandbox.crms for one in crm.accounts() if one.home],
    )
    return HTMLResponse(page)


def _count(found: list[Happening]) -> list[tuple[str, list[tuple[str, int]]]]:
    """For each account how often what happened, the commonest first."""
    counted: dict[str, Counter[str]] = {}
    for one in found:
        counted.setdefault(one.account, Counter())[one.entry.kind] += 1
    return [(account, kinds.most_common()) for account, kinds in counted.items()]
