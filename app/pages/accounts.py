"""All accounts that somebody may open: what needs them first, one click into each, and settling many at once."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import account_copy, account_rows, session
from app.pages.account_rows import SORTS, AccountRow, State
from app.pages.layout import draw
from app.pages.session import Account, TeamAccount
from core.context import Context
from core.errors import Forbidden, Invalid
from core.routing import Here
from oauth.store import Installation

routes = APIRouter(prefix="/admin")

SHOWN = 50
_COPIES = {"settings": account_copy.copy_settings, "playbooks": account_copy.copy_playbooks}


@routes.get("/accounts")
def show(
    request: Request,
    here: Here,
    installation: TeamAccount,
    q: str = "",
    state: str = "",
    sort: str = "state",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    changed: int | None = None,
) -> Response:
    rows = account_rows.load_rows(here, session.load_openable(here, request))
    found = _found(rows, q, state, sort)
    shown = found[(page - 1) * SHOWN : page * SHOWN]
    return draw(
        "accounts.html",
        request,
        here,
        installation,
        active="accounts",
        rows=shown,
        total=len(rows),
        found=len(found),
        counts={one: sum(row.state is one for row in rows) for one in State},
        late=sum(row.late for row in rows),
        words=account_rows.words(),
        sums=[("shown", account_rows.totals(shown), account_rows.money_totals(shown))]
        + (
            [("all", account_rows.totals(rows), account_rows.money_totals(rows))]
            if len(shown) < len(rows)
            else []
        ),
        asked={"q": q, "state": state, "sort": sort},
        page=page,
        pages=max(1, -(-len(found) // SHOWN)),
        changed=changed,
        may_settle=session.is_admin(request),
        current=installation,
    )


@routes.get("/accounts.csv")
def export(request: Request, here: Here, _installation: TeamAccount) -> Response:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, [field.name for field in fields(AccountRow)])
    writer.writeheader()
    rows = account_rows.load_rows(here, session.load_openable(here, request))
    writer.writerows(asdict(row) for row in rows)
    return Response(
        sheet.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="accounts.csv"'},
    )


@routes.get("/accounts/{account_id}")
def switch(account_id: str, request: Request, here: Here) -> Response:
    session.switch(here, request, account_id)
    return RedirectResponse("/admin/", status_code=303)


@routes.post("/accounts/apply")
def apply(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    what: Annotated[str, Form()],
    account: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Give what the account that is looked at has settled to the others that were chosen."""
    session.check_form(request, form_token)
    if what not in _COPIES:
        raise Invalid("Choose settings or playbooks.")
    targets = _settled(here, request, account or [], but=installation)
    changed = _COPIES[what](here, installation, targets, by=session.person(request))
    return RedirectResponse(f"/admin/accounts?changed={changed}", status_code=303)


def _settled(
    here: Context, request: Request, wanted: Sequence[str], *, but: Installation
) -> list[Installation]:
    """The chosen accounts, each of which this admin may settle; raises Forbidden where one is not theirs."""
    own = {one.account_id: one for one in session.load_openable(here, request, only_admin=True)}
    if not wanted:
        raise Invalid("Choose at least one account.")
    if any(account_id not in own for account_id in wanted):
        raise Forbidden("Only accounts of which you are an admin can be changed. Nothing was.")
    return [own[one] for one in dict.fromkeys(wanted) if one != but.account_id]


def _found(rows: Sequence[AccountRow], q: str, state: str, sort: str) -> list[AccountRow]:
    asked = q.strip().lower()
    kept = [
        row
        for row in rows
        if (not asked or asked in row.name.lower() or asked in row.line.lower())
        and (not state or row.state == state or (state == "late" and row.late))
    ]
    return sorted(kept, key=SORTS.get(sort, SORTS["state"]))
