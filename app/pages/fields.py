"""The page on which an admin sees which properties may be used, and why the others are refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.field_map import load_map
from app.pages.layout import draw
from app.pages.session import Account
from app.templating import people, share
from core.db import reading
from core.errors import Invalid
from core.facts import FieldsChosen
from core.routing import Here
from sync.backfill import runs
from sync.backfill.states import RunState
from sync.fields import store as mapped_fields
from sync.fields.store import Judged
from sync.fields.verdicts import INQUIRY, LEAST_DECIDED, LEAST_FILL, LEAST_VALUES, Evidence, Reason

# What was found, in one sentence.
FINDINGS = {
    Reason.OUTCOME_NAME: "Its name says how far a sale has come, so it can't be used.",
    Reason.NO_TIMES: "Your CRM doesn't tell when it was filled in, so it can't be used.",
    Reason.AFTER_OUTCOME: "Filled in after the outcome, so it can't be used.",
    Reason.NOT_A_LEVEL: "Its values can't be read as high, medium or low, so it can't be used.",
    Reason.SET_LATER: "Filled in long after people first asked, so it can't be used.",
    Reason.TOO_FEW: "Not enough values yet to tell whether it can be used.",
}
_KNOWS = (
    "A score that reads it already knows the answer: it would look excellent here "
    "and fail on the next contact."
)


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One property as the page shows it."""

    name: str
    label: str
    fill: str
    width: float  # of the bar, 0 to 100
    examples: tuple[str, ...]
    match: str
    tone: str  # good, bad, warn or nothing
    usable: bool
    in_use: bool
    finding: str
    evidence: str


@dataclass(frozen=True, slots=True)
class FieldsView:
    """The whole page; `counted` is the line beside the button."""

    lines: Sequence[FieldLine]
    counted: str
    sampled: int
    sampled_decided: int
    judged_at: datetime | None
    instead: FieldLine | None  # what may be used in the place of a refused one
    is_read: bool


routes = APIRouter(prefix="/admin")
_LOOK_AGAIN = "2"  # seconds, while a worker is at it


@routes.get("/fields")
def fields(
    request: Request,
    here: Here,
    installation: Account,
    saved: str = "",
    draft: str = "",
    find: str = "",
    who: str = "",
    tried: str = "",
) -> Response:
    """The account's mapping, or a draft of one, and below it what is judged before it is used."""
    account_id = installation.account_id
    mapped = load_map(here, account_id, draft_id=draft, find=find, who=who, is_tried=bool(tried))
    with reading(here.engine) as connection:
        judged = mapped_fields.load_judged(connection, installation.account_id, INQUIRY)
        run = runs.find_latest(connection, installation.account_id)
    view = show(judged, is_read=bool(run and run["state"] == RunState.DONE))
    answer = draw(
        "fields.html",
        request,
        here,
        installation,
        active="fields",
        view=view,
        map=mapped,
        saved=bool(saved),
    )
    if mapped.is_waiting or (saved and mapped.outcome and not mapped.outcome.after):
        # To the address itself: with a fragment it would only be scrolled to.
        answer.headers["Refresh"] = f"{_LOOK_AGAIN};url={request.url.path}?{request.url.query}"
    return answer


@routes.post("/fields/inquiry")
def choose(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    name: Annotated[str, Form(alias="property")] = "",
) -> Response:
    """Settle what says how interested somebody was."""
    session.check_form(request, form_token)
    account_id = installation.account_id
    with here.begin() as tx:
        before = mapped_fields.load_settled(tx, account_id).get(INQUIRY, "")
        chosen = mapped_fields.choose(tx, account_id, INQUIRY, name or None)
        if name != before and (chosen is None or chosen.verdict.accepted):
            here.publish(tx, FieldsChosen(account_id))
    if chosen is not None and not chosen.verdict.accepted:
        raise Invalid(explain(chosen))
    return RedirectResponse("/admin/fields?saved=yes", status_code=303)


def show(judged: Sequence[Judged], *, is_read: bool) -> FieldsView:
    """The verdicts in words."""
    lines = [_line(one) for one in judged]
    refused = sum(line.match == "Refused" for line in lines)
    waiting = sum(line.match == "Not yet" for line in lines)
    counts = [f"{sum(line.in_use for line in lines)} in use"]
    counts += [
        f"{n} {word}" for n, word in ((refused, "refused"), (waiting, "not yet usable")) if n
    ]
    usable = [line for line in lines if line.usable]
    found = [one.verdict.evidence for one in judged]
    return FieldsView(
        lines=lines,
        counted=" · ".join(counts),
        sampled=max((f.sampled for f in found), default=0),
        sampled_decided=max((f.sampled_decided for f in found), default=0),
        judged_at=judged[0].judged_at if judged else None,
        instead=next((line for line in usable if line.in_use), usable[0] if usable else None),
        is_read=is_read,
    )


def explain(judged: Judged) -> str:
    """Why a property is refused, with its evidence."""
    line = _line(judged)
    return f"{line.label}: {line.finding} {line.evidence}".strip()


def _line(judged: Judged) -> FieldLine:
    verdict = judged.verdict
    fill = None if verdict.evidence.fill is None else 100 * verdict.evidence.fill
    if verdict.accepted:
        match, tone = ("In use", "good") if judged.in_use else ("Can be used", "")
    else:
        match, tone = (
            ("Not yet", "warn") if verdict.reason is Reason.TOO_FEW else ("Refused", "bad")
        )
    return FieldLine(
        name=verdict.name,
        label=verdict.label,
        fill=share(fill),
        width=fill or 0.0,
        examples=verdict.evidence.examples,
        match=match,
        tone=tone,
        usable=verdict.accepted,
        in_use=judged.in_use,
        finding=FINDINGS[verdict.reason] if verdict.reason else "",
        evidence=_evidence(verdict.reason, verdict.evidence),
    )


def _evidence(reason: Reason | None, found: Evidence) -> str:
    decided, filled = f"{found.decided:,}", f"{found.filled:,}"
    said = {
        None: f"{found.decided - found.after:,} of {decided} values were there before the first deal "
        "was won or lost.",
        Reason.OUTCOME_NAME: f"It changes when the outcome does. {_KNOWS}",
        Reason.NO_TIMES: "Nothing shows that a value was there before the outcome.",
        Reason.AFTER_OUTCOME: f"{found.after:,} of {decided} values ({_part(found.after, found.decided)}) "
        f"were set or changed after the first deal was won or lost. {_KNOWS}",
        Reason.NOT_A_LEVEL: f"{found.readable:,} of {filled} can. Nothing is guessed.",
        Reason.SET_LATER: f"{found.later:,} of {filled} values were set or changed more than 30 days after "
        "the contact was added. They say how things went, not what somebody asked for.",
        Reason.TOO_FEW: _lacking(found),
    }
    return said[reason]


def _part(count: int, whole: int) -> str:
    return share(100 * count / whole if whole else None)


def _lacking(found: Evidence) -> str:
    if found.filled < LEAST_VALUES:
        return f"{people(found.filled)} of those looked at had a value; {LEAST_VALUES} are needed."
    if (found.fill or 0.0) < LEAST_FILL:
        return f"Filled in for {share(100 * (found.fill or 0.0))} of contacts; 5% is needed."
    return (
        f"{people(found.decided)} with a value had a deal won or lost; {LEAST_DECIDED} are needed "
        "to tell what came first."
    )
