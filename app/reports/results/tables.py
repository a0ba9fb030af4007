"""An account's results as JSON and as one table for a spreadsheet."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, TextIO

from app.reports.results.assemble import Results
from app.reports.results.foretold import DAYS, Arm, Line, ReportCard
from workflows.results.comparing import Comparison, Lift

COLUMNS = (
    *("by", "value", "days", "outcome", "started", "started_count", "started_share"),
    *("started_low", "started_high", "left_alone", "left_alone_count", "left_alone_share"),
    *("left_alone_low", "left_alone_high", "lift", "lift_low", "lift_high"),
    *("smallest_detectable", "verdict"),
)


def to_json(found: Results) -> dict[str, Any]:
    return {
        "account": found.account_id,
        "as_of": found.as_of.isoformat(),
        "currency": found.currency,
        "assigned": asdict(found.assigned),
        "horizons": [{"days": days, **_compared(c)} for days, c in found.horizons.items()],
        "at_days": found.days,
        "extra": {name: asdict(extra) for name, extra in found.extra.items()},
        "by": {
            _named(name): [{"value": value, **_compared(c)} for value, c in groups.items()]
            for name, groups in found.by.items()
        },
        "touches_by": {
            name: [
                {
                    "value": kind.value,
                    "touches": kind.touches,
                    "first_responses": asdict(kind.responded),
                }
                for kind in kinds
            ]
            for name, kinds in found.touched.items()
        },
        "first_response": asdict(found.first),
        "money": {
            **asdict(found.money),
            "touches": {
                channel: {"count": count, "cost": cost}
                for channel, (count, cost) in found.money.touches.items()
            },
        },
        "planning_ranges": [
            {**asdict(one.planned), "own": one.own, "own_low": one.low, "own_high": one.high}
            for one in found.beside
        ],
        "scores": report_to_json(found.scores),
    }


def report_to_json(card: ReportCard) -> dict[str, Any]:
    """The scores' report card: what was foretold beside what came."""
    return {
        "days": DAYS,
        "in_order": card.in_order,
        "started": _foretold(card.started),
        "left_alone": _foretold(card.left_alone),
    }


def _foretold(arm: Arm) -> dict[str, Any]:
    return {
        "all": _beside(arm.all),
        "by": {
            "band": [_beside(line) for line in arm.by_band],
            "priority": [_beside(line) for line in arm.by_priority],
            "month": [_beside(line) for line in arm.by_month],
        },
    }


def _beside(line: Line) -> dict[str, Any]:
    return {
        "value": line.value,
        "people": line.people,
        "foretold": round(line.foretold, 2),
        "foretold_share": line.foretold_share,
        "came": asdict(line.came),
        "verdict": line.verdict.value,
    }


def _named(name: str) -> str:
    return "playbook" if name == "programme" else name


def _compared(comparison: Comparison) -> dict[str, Any]:
    told = {
        arm: {
            "people": one.people,
            "revenue": one.revenue,
            "revenue_per_person": one.revenue_per_person,
            **{name: asdict(share) for name, share in one.did.items()},
        }
        for arm, one in (("started", comparison.started), ("left_alone", comparison.left_alone))
    }
    return {
        **told,
        "lift": {name: _lift(lift) for name, lift in comparison.lifts.items()},
        "revenue_per_person": _lift(comparison.revenue),
        "contacted_controls": comparison.contacted_controls,
        "compared_with_nobody": comparison.alone,
    }


def _lift(lift: Lift) -> dict[str, Any]:
    d = lift.difference
    return {
        "value": d.value if d else None,
        "low": d.low if d else None,
        "high": d.high if d else None,
        "smallest_detectable": lift.smallest,
        "people_needed": lift.needed,
        "verdict": lift.verdict.value,
    }


def write_csv(found: Results, file: TextIO) -> None:
    """One line for each group, number of days and outcome."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for days, comparison in found.horizons.items():
        writer.writerows(_rows(comparison, {"by": "all", "value": "all", "days": days}))
    for name, groups in found.by.items():
        for value, comparison in groups.items():
            head = {"by": _named(name), "value": value, "days": found.days}
            writer.writerows(_rows(comparison, head))
    for name, kinds in found.touched.items():
        for kind in kinds:
            writer.writerow(
                {
                    "by": name,
                    "value": kind.value,
                    "days": found.days,
                    "outcome": "first response",
                    "started": kind.touches,
                    "started_count": kind.responded.count,
                    "started_share": kind.responded.share,
                    "started_low": kind.responded.low,
                    "started_high": kind.responded.high,
                }
            )


def _rows(comparison: Comparison, head: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    started, alone = comparison.started, comparison.left_alone
    for name, one in started.did.items():
        other = alone.did[name]
        row = {
            **head,
            "outcome": name,
            "started": started.people,
            "started_count": one.count,
            "started_share": one.share,
            "started_low": one.low,
            "started_high": one.high,
            "left_alone": alone.people,
            "left_alone_count": other.count,
            "left_alone_share": other.share,
            "left_alone_low": other.low,
            "left_alone_high": other.high,
        }
        yield row | (_of_lift(comparison.lifts[name]) if name in comparison.lifts else {})
    yield {
        **head,
        "outcome": "revenue per person",
        "started": started.people,
        "started_share": started.revenue_per_person,
        "left_alone": alone.people,
        "left_alone_share": alone.revenue_per_person,
        **_of_lift(comparison.revenue),
    }


def _of_lift(lift: Lift) -> dict[str, Any]:
    told = _lift(lift)
    return {
        "lift": told["value"],
        "lift_low": told["low"],
        "lift_high": told["high"],
        "smallest_detectable": told["smallest_detectable"],
        "verdict": told["verdict"],
    }
