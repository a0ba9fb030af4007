"""The page of an account's own do-not-contact list: what to put on it or to take off, and who did so."""

from dataclasses import astuple
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.session import Account
from app.reports.do_not_contact import MOST_BYTES, count, load_changes, take, told
from core.errors import Invalid
from core.routing import Here
from workflows.gate.do_not_contact import Taken

SHOWN = 50

routes = APIRouter(prefix="/admin")


@routes.get("/do-not-contact")
def show(
    request: Request, here: Here, installation: Account, read: str = "", removed: str = ""
) -> Response:
    entries = count(here, installation.account_id)
    return draw(
        "do_not_contact.html",
        request,
        here,
        installation,
        active="policy",
        entries=entries,
        total=sum(entries.values()),
        changes=load_changes(here, installation.account_id, limit=SHOWN),
        told=_told(read, removed=bool(removed)),
    )


@routes.post("/do-not-contact")
def save(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    file: Annotated[UploadFile | None, File()] = None,
    names: Annotated[str, Form(max_length=100_000)] = "",
    what: Annotated[str, Form()] = "add",
) -> Response:
    """Put what was typed or a file names on the list, or take it off; nothing else is kept of either."""
    session.check_form(request, form_token)
    remove = what == "remove"
    content = names.encode() if file is None else file.file.read(MOST_BYTES + 1)
    if not content.strip():
        raise Invalid("Type an address, a number or a domain, or choose a file.")
    taken = take(here, installation, content, by=session.person(request), remove=remove)
    query = urlencode(
        {"read": "-".join(map(str, astuple(taken))), **({"removed": "yes"} if remove else {})}
    )
    return RedirectResponse(f"/admin/do-not-contact?{query}", status_code=303)


def _told(read: str, *, removed: bool) -> str:
    """What became of the last file: an address has its numbers alone, so that nobody can make it say anything else."""
    numbers = [int(part) for part in read.split("-") if part.isascii() and part.isdecimal()]
    return told(Taken(*numbers), removed=removed) if len(numbers) == 5 else ""
