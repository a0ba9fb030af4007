"""Looking for people: by name, address, number or id, or by what was decided of them; each leads to its page."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.pages.layout import draw
from app.pages.listing import PAGE, choices_of_segments, options_of, page_of
from app.pages.session import TeamAccount
from cards.loading import load_own
from core.context import Context
from core.db import reading
from core.routing import Here
from core.wording import gettext
from oauth.store import Installation
from scoring import store as scores
from sync.mirror import store as mirror
from sync.mirror.finding import find_contacts
from workflows.decisions import store as decisions
from workflows.gate.do_not_contact import code_of
from workflows.properties import STATUSES, segment_label
from workflows.status import Status

_ASKED = ("contact_id", "segment", "priority", "dormancy_score", "explanation")

routes = APIRouter(prefix="/admin")

Text = Annotated[str, Query(max_length=200)]


@routes.get("/contacts")
def contacts(
    request: Request,
    here: Here,
    installation: TeamAccount,
    q: Text = "",
    status: Text = "",
    segment: Text = "",
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> Response:
    asked = status if status in set(Status) else Status.READY.value
    with reading(here.engine) as connection:
        known = scores.find_scoring(connection, installation.account_id)
        ids = _ids(here, installation, q, asked, segment, page)
        people = _people(here, installation.account_id, ids[:PAGE])
    return draw(
        "contacts.html",
        request,
        here,
        installation,
        active="contacts",
        people=people,
        q=q,
        statuses=options_of(STATUSES, asked),
        segments=options_of(choices_of_segments(known), segment),
        is_search=bool(q.strip()),
        pages=page_of(request, page, has_more=len(ids) > PAGE),
    )


def _ids(
    here: Context, installation: Installation, typed: str, status: str, segment: str, page: int
) -> Sequence[str]:
    """A page's contacts and one more, where there is one."""
    account_id, until = installation.account_id, page * PAGE + 1
    with reading(here.engine) as connection:
        if typed.strip():
            zone = load_own(connection, here, installation).timezone
            code = code_of(zone)
            found = find_contacts(connection, account_id, typed, limit=until, code=code)
            return list(found)[(page - 1) * PAGE :]
        if status != Status.READY:
            found = decisions.load_standing(
                connection, account_id, Status(status), limit=until, segment=segment or None
            )
            return list(found)[(page - 1) * PAGE :]
        best = scores.load_best(
            connection,
            account_id,
            limit=until,
            segment=segment or None,
            only=lambda account, contact: decisions.stands_as(account, contact, Status.READY),
        )
    return [row["contact_id"] for row in best][(page - 1) * PAGE :]


def _people(here: Context, account_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    with reading(here.engine) as connection:
        names = mirror.load_full_names(connection, account_id, ids)
        decided = decisions.load_statuses(connection, account_id, ids)
        rows = scores.load_scores(connection, account_id, ids, names=_ASKED)
    scored = {row["contact_id"]: row for row in rows}
    return [
        {
            "contact_id": i,
            "name": names.get(i) or gettext("Contact %(id)s") % {"id": i},
            "status": gettext(STATUSES[decided[i].status]) if i in decided else "",
            "is_ready": i in decided and decided[i].status is Status.READY,
            "reason": decided[i].reason if i in decided else None,
            "segment": segment_label(scored[i]["segment"]) if i in scored else "",
            "priority": scored[i]["priority"] if i in scored else None,
            "dormancy_score": scored[i]["dormancy_score"] if i in scored else None,
        }
        for i in ids
    ]
