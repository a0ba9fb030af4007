"""What a plan changes, old beside new: by property, by segment, person by person; and letting a part go ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.engine import Connection

from app.pages import session
from app.pages.session import Account
from core.errors import Invalid
from core.facts import PlanApproved
from core.routing import Here
from scoring import store as scores
from sync.mirror.samples import find_people
from sync.mirror.store import load_full_names
from sync.outbox import diff, parts
from sync.outbox.diff import Counted, Row
from sync.outbox.plans import Plan
from sync.outbox.unmade import load_unmade
from workflows.decisions import store as decisions
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who
from workflows.properties import BANDS, DEFINITIONS, SEGMENTS, STATUSES, segment_label

SHOWN = 10
LABELS = {one.name: one.label.removeprefix("Rekindle ").capitalize() for one in DEFINITIONS}
WORDS = {**STATUSES, **BANDS, **SEGMENTS}

routes = APIRouter(prefix="/admin")

Token = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Filters:
    """Whom of a plan to show: of a segment, with a value of a property, by name; those after one."""

    segment: str = ""
    name: str = ""
    find: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """What a plan changes, and the page of people that is shown."""

    filters: Filters
    counted: Counted
    is_kept: bool  # counted when the plan was recorded
    segments: Sequence[tuple[str, str, int | None]]  # key, words, contacts where they are counted
    rows: Sequence[tuple[str, Row]]  # name, row
    found: int
    next_after: str | None
    contacts: int  # of the account, as it was last scored
    unmade: Sequence[str]


def load_diff(connection: Connection, account_id: str, plan: Plan, filters: Filters) -> Diff:
    among = _among(connection, account_id, filters)
    rows = diff.load_diff(
        connection,
        plan.plan_id,
        among=among,
        name=filters.name if filters.name in LABELS else "",
        after=filters.after,
        limit=SHOWN + 1,
    )
    shown = rows[:SHOWN]
    names = load_full_names(connection, account_id, [row.contact_id for row in shown])
    scoring = scores.find_scoring(connection, account_id)
    counted = diff.find_counted(connection, plan.plan_id)
    is_all = among is None and not filters.name
    return Diff(
        filters=filters,
        counted=counted or diff.count_values(connection, plan.plan_id),
        is_kept=counted is not None,
        segments=_segments(connection, account_id, plan, counted),
        rows=[(names.get(row.contact_id, row.contact_id), row) for row in shown],
        found=plan.planned
        if is_all
        else diff.count_diff(connection, plan.plan_id, among=among, name=filters.name),
        next_after=shown[-1].contact_id if len(rows) > SHOWN else None,
        contacts=scoring["contacts"] if scoring else 0,
        unmade=sorted(load_unmade(connection, account_id)),
    )


def _among(connection: Connection, account_id: str, filters: Filters) -> Any:
    """Whom the filters leave, as what a query may ask for; None for everybody."""
    if filters.find.strip():
        return [one.contact_id for one in find_people(connection, account_id, filters.find)]
    if filters.segment:
        return decisions.contacts_of(account_id, [filters.segment])
    return None


def _segments(
    connection: Connection, account_id: str, plan: Plan, counted: Counted | None
) -> list[tuple[str, str, int | None]]:
    """The segments with people in the plan; what is left over stands under no segment."""
    found: list[tuple[str, str, int | None]] = []
    for key in sorted(filter(None, decisions.count_segments(connection, account_id))):
        count: int | None = None
        if counted is not None:
            count = counted.groups.get(key, 0)
        elif plan.planned <= diff.COUNTED_AT_ONCE:
            among = decisions.contacts_of(account_id, [key])
            count = diff.count_diff(connection, plan.plan_id, among=among)
        if count != 0:
            found.append((key, segment_label(key), count))
    return found


@routes.post("/plans/{plan_id}/part")
def approve_part(
    plan_id: str,
    request: Request,
    here: Here,
    installation: Account,
    form_token: Token,
    segment: Annotated[list[str], Form()] = [],  # noqa: B006  FastAPI copies it
) -> Response:
    """Let the chosen segments of a waiting plan be written; the others go on waiting."""
    session.check_form(request, form_token)
    if not segment:
        raise Invalid("Choose at least one segment, or approve all of it.")
    account_id, by = installation.account_id, session.person(request)
    with here.begin() as tx:
        among = decisions.contacts_of(account_id, segment)
        part = parts.approve_part(tx, account_id, plan_id, among, by=by, now=here.wall.now())
        reason = f"Writing values of {', '.join(map(segment_label, segment))}"
        told = Entry(What.APPROVED, Who.PERSON, by=by, reason=reason, subject=part.plan_id)
        decision_log.record(tx, account_id, [told], at=here.clock.now(), now=here.wall.now())
        here.publish(tx, PlanApproved(account_id, part.plan_id))
    return RedirectResponse("/admin/plan", status_code=303)


@routes.post("/plans/{plan_id}/reject")
def reject(
    plan_id: str, request: Request, here: Here, installation: Account, form_token: Token
) -> Response:
    """Write nothing of a waiting plan; the next day's waits again."""
    session.check_form(request, form_token)
    account_id, by = installation.account_id, session.person(request)
    with here.begin() as tx:
        parts.reject(tx, account_id, plan_id, by=by)
        told = Entry(What.REFUSED, Who.PERSON, by=by, reason="Writing values", subject=plan_id)
        decision_log.record(tx, account_id, [told], at=here.clock.now(), now=here.wall.now())
    return RedirectResponse("/admin/plan", status_code=303)
