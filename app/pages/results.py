"""What outreach brought beyond what comes back by itself: the figures that a job worked out, drawn and as a table."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.pages.layout import draw
from app.pages.session import Account
from app.reports.results import marks
from app.reports.results.told import find_told, finding_of
from core.context import Context
from core.db import reading
from core.errors import Invalid, NotFound
from core.routing import Here
from oauth.account_playbooks.holding import load_playbooks
from oauth.account_settings.changing import load_settings
from oauth.store import Installation
from workflows.properties import BANDS
from workflows.results import store
from workflows.results.measuring import HORIZONS

routes = APIRouter(prefix="/admin")

# The stages from contacted to sold, in their order.
STAGES = ("responded", "booked", "showed", "sold")
# By what groups are compared with their own controls, and by what touches are only told apart.
COMPARED = ("playbook", "segment", "track", "band", "priority")
DESCRIBED = ("way", "channel", "touch", "angle", "variant", "hour")

Days = Annotated[int | None, Query()]


@routes.get("/results")
def results(
    request: Request, here: Here, installation: Account, days: Days = None, of: str = "booked"
) -> Response:
    if days not in (None, *HORIZONS) or of not in STAGES:
        raise Invalid("Results are told at 7, 30, 60 or 90 days, of answers, bookings or sales.")
    with reading(here.engine) as connection:
        found = find_told(connection, installation.account_id, days)
    shown: dict[str, Any] = {"found": found, "horizons": HORIZONS, "of": of, "stages": STAGES}
    if found is not None:
        shown |= _drawn(found, of) | {"names": _names(here, installation), "nearly": marks.nearly}
        shown["as_of"] = datetime.fromisoformat(found["as_of"])
    return draw("results.html", request, here, installation, active="results", **shown)


@routes.get("/results.csv")
def export(here: Here, installation: Account, days: int = 90) -> Response:
    with reading(here.engine) as connection:
        sheet = store.find_sheet(connection, installation.account_id, days)
    if sheet is None:
        raise NotFound("There are no results yet: they begin with the first batch that starts.")
    name = f"results-{days}-days.csv"
    return Response(
        sheet,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _drawn(found: dict[str, Any], of: str) -> dict[str, Any]:
    """Where the marks of every chart stand."""
    now = next(h for h in found["horizons"] if h["days"] == found["at_days"])
    return {
        "now": now,
        "finding": finding_of(found["extra"]),
        "funnel": _funnel(now),
        "groups": {name: _groups(found["by"].get(name, []), of) for name in COMPARED},
        "described": {name: _described(found["touches_by"].get(name, [])) for name in DESCRIBED},
        "guide": _guide(found["planning_ranges"]),
        "card": _card(found.get("scores")),
    }


def _funnel(now: dict[str, Any]) -> dict[str, Any]:
    arms = ("started", "left_alone")
    shares = [now[arm][stage]["share"] for stage in STAGES for arm in arms]
    bars = iter(marks.widths(shares))
    lifts = [now["lift"][stage] for stage in STAGES]
    scale = marks.axis([x for lift in lifts if lift["value"] is not None for x in _ends(lift)])
    rows = [
        {
            "stage": stage,
            "bars": [(arm, now[arm][stage], next(bars)) for arm in arms],
            "lift": lift,
            "mark": marks.whisker(scale, lift),
        }
        for stage, lift in zip(STAGES, lifts, strict=True)
    ]
    return {"rows": rows, "axis": scale}


def _groups(told: list[dict[str, Any]], of: str) -> dict[str, Any]:
    """Groups beside their own controls; those that show nothing yet below those that do."""
    lifts = [group["lift"][of] for group in told]
    scale = marks.axis([x for lift in lifts if lift["value"] is not None for x in _ends(lift)])
    rows = [
        {"group": group, "lift": lift, "mark": marks.whisker(scale, lift)}
        for group, lift in zip(told, lifts, strict=True)
    ]
    rows.sort(key=lambda row: row["lift"]["verdict"] != "measured")
    return {"rows": rows, "axis": scale}


def _described(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    scale = marks.axis([kind["first_responses"]["high"] for kind in told if kind["touches"]])
    return [
        kind
        | {"bar": scale.at(share["share"] or 0.0), "mark": marks.whisker(scale, _as_told(share))}
        for kind in told
        for share in [kind["first_responses"]]
    ]


def _as_told(share: dict[str, Any]) -> dict[str, Any]:
    return {"value": share["share"], "low": share["low"], "high": share["high"]}


def _guide(ranges: list[dict[str, Any]]) -> dict[str, Any]:
    """The guide's ranges and the account's own shares on one scale."""
    known = [r["own_high"] for r in ranges if r["own"] is not None]
    scale = marks.axis([*(r["high"] for r in ranges), *known])
    rows = [
        one
        | {
            "from": scale.at(one["low"]),
            "wide": scale.at(one["high"]) - scale.at(one["low"]),
            "mark": marks.whisker(
                scale, {"value": one["own"], "low": one["own_low"], "high": one["own_high"]}
            ),
        }
        for one in ranges
    ]
    return {"rows": rows, "axis": scale}


def _card(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """The scores' report card: what came as bars, what was foretold beside; None before anybody's 90 days are over."""
    if told is None or not (told["started"]["all"]["people"] + told["left_alone"]["all"]["people"]):
        return None
    groups = [
        (arm, name, lines)
        for arm in ("started", "left_alone")
        for name, lines in (
            ("all", [told[arm]["all"]]),
            *((by, told[arm]["by"][by]) for by in ("band", "priority", "month")),
        )
        if lines and lines[0]["people"] and (len(lines) > 1 or name == "all")
    ]
    shown = [line for _, _, lines in groups for line in lines]
    scale = marks.axis([max(one["came"]["high"], one["foretold_share"]) for one in shown])
    return {
        "in_order": told["in_order"],
        "verdicts": {arm: told[arm]["all"] for arm in ("started", "left_alone")},
        "groups": [
            (arm, name, [_line(scale, one) for one in lines]) for arm, name, lines in groups
        ],
    }


def _line(scale: marks.Axis, one: dict[str, Any]) -> dict[str, Any]:
    places = {
        "bar": scale.at(one["came"]["share"]),
        "mark": marks.whisker(scale, _as_told(one["came"])),
        "foretold_at": scale.at(one["foretold_share"]),
    }
    return one | places


def _ends(lift: dict[str, Any]) -> tuple[float, float]:
    return lift["low"], lift["high"]


def _names(here: Context, installation: Installation) -> dict[str, str]:
    """What segments and playbooks are called in this account."""
    own = load_settings(here, installation)
    held = load_playbooks(here, installation.account_id, own.vertical)
    return {p.key: p.label for p in held.playbooks} | held.labels() | BANDS
