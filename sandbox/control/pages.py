"""The page on which a person watches the sandbox and lets time pass."""

from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from sandbox.control.routes import Here, advance, state
from sandbox.kit.pages import render

router = APIRouter(prefix="/control", default_response_class=HTMLResponse)
_TEMPLATES = Path(__file__).parent / "templates"


@router.get("/")
async def home(sandbox: Here) -> HTMLResponse:
    """The accounts, and buttons that let time pass."""
    page = render("control.html", _TEMPLATES, state=await state(sandbox), crms=sandbox.crms)
    return HTMLResponse(page)


@router.post("/")
async def let_pass(sandbox: Here, request: Request) -> RedirectResponse:
    """Let the days in the query pass and show the home page again."""
    days = request.query_params.get("days", "")
    if not days.isdigit():
        raise HTTPException(400, "days must be a number")
    await advance(sandbox, {"days": int(days)})
    return RedirectResponse("/control/", 303)
