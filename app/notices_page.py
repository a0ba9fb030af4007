"""The page of what stands still: what an admin must do, and jobs that were given up, to run again or drop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app import access
from core.context import Context
from core.db import reading
from core.errors import NotFound
from core.jobs import store
from core.jobs.store import Letter
from oauth.notices import load_notices
from oauth.store import Installation

# What an admin must do, by the kind of notice.
TITLES = {
    "reconnect": "Connect the account again",
    "permission": "Grant a permission",
    "limit": "Make room in your CRM",
    "properties": "Make room for our properties",
    "streams": "Grant permission to read more",
    "operator": "Tell whoever runs Rekindle for you",
}
# What was going on, in words.
WORK = {
    "workflows.jobs.provision": "Making our properties in your CRM",
    "sync.jobs.backfill": "Reading the account",
    "sync.jobs.reread": "Reading the account again",
    "sync.jobs.poll": "Looking for changes",
    "sync.jobs.judge_fields": "Seeing which fields may be used",
    "sync.jobs.handle_deliveries": "Reading contacts that have changed",
    "sync.jobs.adopt_accounts": "Comparing the agency's accounts",
    "sync.jobs.renew_access": "Renewing access",
    "scoring.jobs.score_account": "Scoring everybody",
    "scoring.jobs.score_changed": "Scoring contacts that have changed",
    "scoring.jobs.learn_account": "Learning from results",
    "workflows.jobs.plan_account": "Planning what to write",
    "workflows.jobs.plan_contacts": "Planning what to write for some contacts",
    "workflows.jobs.apply_plan": "Writing to your CRM",
    "workflows.jobs.propose_wave": "Proposing whom to start",
    "workflows.jobs.start_due": "Starting workflows",
    "workflows.jobs.record_outcomes": "Recording what came back",
    "workflows.jobs.erase_people": "Erasing people",
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    title: str
    work: str
    message: str
    since: datetime


def load_lines(here: Context, account_id: str) -> list[NoticeLine]:
    """What an admin must do, in words, the oldest first."""
    with reading(here.engine) as connection:
        found = load_notices(connection, account_id)
    return [
        NoticeLine(TITLES.get(n.kind, n.kind), WORK.get(n.job, n.job), n.message, n.since)
        for n in found
    ]


def notice_routes(
    routes: APIRouter, context: Callable[[], Context], page: Callable[..., Response]
) -> None:
    """Adds the page and its two buttons to the admin's routes; `page` draws a template in the admin's frame."""
    Here = Annotated[Context, Depends(context)]  # noqa: N806  a type

    def account(request: Request, here: Here) -> Installation:
        return access.installation_of(here, request)

    Account = Annotated[Installation, Depends(account)]  # noqa: N806  a type

    @routes.get("/notices")
    def show(request: Request, here: Here, installation: Account) -> Response:
        with reading(here.engine) as connection:
            letters = store.load_given_up(connection, installation.account_id)
        lines = [(_work(letter), letter) for letter in letters]
        return page("notices.html", request, installation, active="notices", letters=lines)

    @routes.post("/notices/replay")
    def replay(
        request: Request,
        here: Here,
        installation: Account,
        form_token: Annotated[str, Form()],
        key: Annotated[str, Form()],
    ) -> Response:
        access.check_form(request, form_token)
        with here.engine.begin() as tx:
            if not store.replay(tx, installation.account_id, key, now=here.wall.now()):
                raise NotFound("This job is not waiting for anybody any more.")
            lanes = dict(
                store.load_due(tx, now=here.wall.now(), account_id=installation.account_id)
            )
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
        access.check_form(request, form_token)
        with here.engine.begin() as tx:
            if not store.drop(tx, installation.account_id, key):
                raise NotFound("This job is not waiting for anybody any more.")
        return RedirectResponse("/admin/notices", status_code=303)


def _work(letter: Letter) -> str:
    return WORK.get(letter.job, letter.job)
