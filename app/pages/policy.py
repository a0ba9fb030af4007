"""The page of an account's policy: its settings and their origin, the rules that always hold, who changed what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.session import Account
from contact_rules.channels import CHANNELS
from contact_rules.local_time import zone_names
from contact_rules.rules import (
    ALWAYS,
    BY_CHANNEL,
    HELD_OUT,
    NO_HOUR,
    NOW,
    OUTSIDE_HOURS,
    WAITS,
    Rule,
)
from core.context import Context
from core.db import reading
from core.errors import Forbidden, Invalid
from core.routing import Here
from core.wording import gettext
from oauth.account_settings.changing import Held, Owner, SettingsRefused, change, load_held
from oauth.account_settings.field import Field
from oauth.account_settings.fields import FIELDS, AccountSettings
from oauth.account_settings.groups import Group
from oauth.account_settings.history import load_changes
from oauth.account_settings.kinds import Choice, Whole, YesNo, Zone
from oauth.account_settings.resolve import Origin
from oauth.store import Installation
from workflows.gate.policy import policy_of

SHOWN = 50
AGENCY = "agency"
ORIGINS = {
    Origin.DEFAULT: "Default",
    Origin.CRM: "Your CRM",
    Origin.AGENCY: "Agency",
    Origin.ACCOUNT: "This account",
}
# What leaving a setting empty means, by where its value comes from then.
_LEFT = {**ORIGINS, Origin.AGENCY: "As the agency says"}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting on the page: what holds, from where, and what its control has."""

    name: str
    label: str
    help: str
    holds: str
    origin: str
    is_own: bool
    typed: str  # what this level says, as it is typed; empty where it says nothing
    left_empty: str  # what would hold then, in words
    placeholder: str
    options: Sequence[tuple[str, str]]  # none for what is typed freely
    bounds: tuple[int, int] | None
    is_zone: bool
    problem: str


routes = APIRouter(prefix="/admin")


async def _form(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@routes.get("/policy")
def show(
    request: Request, here: Here, installation: Account, level: str = "", saved: str = ""
) -> Response:
    owner = _owner(here, request, installation, level)
    return _page(request, here, installation, owner, saved=saved)


@routes.post("/policy")
def save(
    request: Request,
    here: Here,
    installation: Account,
    form: Annotated[dict[str, str], Depends(_form)],
) -> Response:
    """Save every setting of the form over the version that it was made from."""
    session.check_form(request, form.get("form_token", ""))
    level = form.get("level", "")
    owner = _owner(here, request, installation, level)
    typed = {field.name: form[field.name] for field in FIELDS if field.name in form}
    looked_at = form.get("version", "")
    if not looked_at.isdecimal():
        raise Invalid("This form is incomplete. Open the page again and repeat.")
    try:
        made = change(here, owner, typed, looked_at=int(looked_at), by=session.person(request))
    except SettingsRefused as refused:
        return _page(request, here, installation, owner, typed=typed, problems=refused.problems)
    query = {"saved": "yes" if made else "same", **({"level": level} if level else {})}
    return RedirectResponse(f"/admin/policy?{urlencode(query)}", status_code=303)


def _owner(here: Context, request: Request, account: Installation, level: str) -> Owner:
    """Whose settings are asked for; an agency's are open to whoever installed Rekindle for all of it alone."""
    if level != AGENCY:
        return Owner(account.account_id, account)
    agency = session.find_agency(here, request, account)
    if agency is None:
        raise Forbidden(
            "Only whoever installed Rekindle for the whole agency may change what holds for all its accounts."
        )
    return Owner(agency.account_id, None)


def _page(
    request: Request,
    here: Context,
    account: Installation,
    owner: Owner,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    saved: str = "",
) -> Response:
    with reading(here.engine) as connection:
        held = load_held(connection, here.settings, owner)
        changes = load_changes(connection, owner, limit=SHOWN)
    lines = [(field, line_of(field, held, typed or {}, problems or {})) for field in FIELDS]
    answer = draw(
        "policy.html",
        request,
        here,
        account,
        active="policy",
        groups=_grouped(lines),
        version=held.version,
        level="" if owner.account else AGENCY,
        may_set_agency=session.find_agency(here, request, account) is not None,
        zones=zone_names(),
        changes=changes,
        saved=saved,
        problems=problems or {},
        rules=rules_of(held.resolved.settings),
    )
    answer.status_code = 400 if problems else 200
    return answer


def _grouped(lines: Sequence[tuple[Field, Line]]) -> list[tuple[Group, list[Line]]]:
    parts = groupby(lines, key=lambda pair: pair[0].group)
    return [(group, [line for _, line in members]) for group, members in parts]


def line_of(
    field: Field, held: Held, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Line:
    """A setting as the page shows it; what was typed and refused stays in its control."""
    kind, name = field.kind, field.name
    value, below = held.resolved.value(name), held.inherited.value(name)
    said = kind.typed(held.own[name]) if name in held.own else ""
    # An agency has no CRM account whose zone could be shown.
    unknown = "each account's own" if name in {"timezone", "currency"} else ""
    is_open = unknown and held.resolved.origins[name] is Origin.DEFAULT
    is_own = name in held.own
    return Line(
        name=name,
        label=field.label,
        help=field.help,
        holds=unknown if is_open else kind.show(value),
        origin=ORIGINS[held.resolved.origins[name]],
        is_own=is_own,
        typed=typed.get(name, said),
        left_empty=f"{_LEFT[held.inherited.origins[name]]}: {kind.show(below)}",
        placeholder="" if is_open else kind.typed(below),
        options=list(kind.options.items()) if isinstance(kind, Choice | YesNo) else [],
        bounds=(kind.least, kind.most) if isinstance(kind, Whole) else None,
        is_zone=isinstance(kind, Zone),
        problem=problems.get(name, ""),
    )


def rules_of(own: AccountSettings) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything that speaks against contacting somebody, with its id, under this policy: the rule book's own words."""
    policy = policy_of(own)

    def told(rules: Sequence[Rule]) -> list[tuple[str, str]]:
        return list(dict.fromkeys((rule.id, rule.told(policy)) for rule in rules))

    return [
        (gettext("Never approached"), told(ALWAYS)),
        (
            gettext("Not just now"),
            [*told(NOW), *((w.id, w.says) for w in WAITS), OUTSIDE_HOURS, NO_HOUR, HELD_OUT],
        ),
        *((gettext(CHANNELS[channel].label), told(rules)) for channel, rules in BY_CHANNEL.items()),
    ]
