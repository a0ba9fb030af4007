"""The page of wishes read from texts: who asked not to be contacted, where they said so, and how to set one aside."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.session import Account
from contact_rules.wishes import EVERYTHING, RULES, SAYS
from core.db import reading
from core.errors import Invalid, NotFound
from core.facts import ContactsChanged
from core.routing import Here
from sync.mirror import lifting
from sync.mirror import store as mirror
from sync.mirror.wishes import WHERE
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who, of_activity

SHOWN = 200
SHORTEST_REASON = 3

routes = APIRouter(prefix="/admin")


@routes.get("/wishes")
def show(request: Request, here: Here, installation: Account) -> Response:
    account_id = installation.account_id
    with reading(here.engine) as connection:
        said = lifting.load_latest(connection, account_id, limit=SHOWN)
        lifted = lifting.load_lifted(connection, account_id, limit=SHOWN)
        people = {one.contact_id for one in said} | {one.contact_id for one in lifted}
        names = mirror.load_full_names(connection, account_id, sorted(people))
    return draw(
        "wishes.html",
        request,
        here,
        installation,
        active="policy",
        wishes=[
            {
                "contact_id": one.contact_id,
                "activity_id": one.activity_id,
                "name": names.get(one.contact_id) or f"Contact {one.contact_id}",
                "says": SAYS[one.wish],
                "rule": RULES[one.wish],
                "closes": "Everything" if EVERYTHING in one.closes else "This channel",
                "where": WHERE.get(one.kind, one.kind),
                "at": one.at,
                "record": installation.record_url.replace("{contact_id}", one.contact_id),
            }
            for one in said
        ],
        lifted=[
            {
                "contact_id": one.contact_id,
                "name": names.get(one.contact_id) or f"Contact {one.contact_id}",
                "says": SAYS[one.wish],
                "by": one.by,
                "at": one.at,
                "reason": one.reason,
            }
            for one in lifted
        ],
        shown=SHOWN,
    )


@routes.post("/wishes/lift")
def lift(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    contact_id: Annotated[str, Form()],
    activity_id: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Set one wish aside; what the contact says later closes again."""
    session.check_form(request, form_token)
    why = " ".join(reason.split())
    if len(why) < SHORTEST_REASON:
        raise Invalid("Say why this person may be contacted: it is kept with your name.")
    by = session.person(request)
    with here.begin() as tx:
        found = lifting.lift(
            tx,
            installation.account_id,
            contact_id,
            activity_id,
            by=by,
            reason=why[:500],
            at=here.wall.now(),
        )
        if not found:
            raise NotFound("This wish does not count any more.")
        told = Entry(
            What.LIFTED,
            Who.PERSON,
            contact_id,
            by=by,
            rule="D2",
            reason=why[:500],
            evidence=of_activity(activity_id),
        )
        at, now = here.clock.now(), here.wall.now()
        decision_log.record(tx, installation.account_id, [told], at=at, now=now)
        here.publish(tx, ContactsChanged(installation.account_id, (contact_id,)))
    return RedirectResponse("/admin/wishes", status_code=303)
