"""An account's results out of what is known: every number of them is computed here, or in what is used here."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from app.reports.results.foretold import DAYS, ReportCard, report_card
from app.reports.results.loading import Known, Row, people_at
from oauth.account_settings.costs import costs_of
from workflows.enrollment.states import End, EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.results.comparing import (
    Arm,
    Comparison,
    Lift,
    Verdict,
    compare,
    share_of,
    standardised_difference,
)
from workflows.results.measuring import HORIZONS
from workflows.results.planned import RANGES, Planned
from workflows.results.touched import (
    FirstResponses,
    Followed,
    Key,
    attribute,
    costs,
    first_responses,
    tell,
    ways_to_tell,
)

# By what people were told apart when they were drawn: within these, the arms may be compared.
DRAWN_BY = ("programme", "segment", "track", "band", "priority")


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who is in which arm. `not_started` are people of the first arm by why they got nothing; they count in it."""

    started: int
    left_alone: int
    waves: int
    not_started: Mapping[str, int]
    # Standardised differences of what was predicted before the start.
    balance: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Extra:
    """What the started did, in people or in money: all of it, what would have come anyway, and what a start added."""

    all: float
    anyway: float | None
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Money:
    """What the touches cost, and what they brought; the return is what a unit of cost brought beyond the controls."""

    touches: Mapping[str, tuple[int, float]]
    cost: float
    per_response: float | None
    per_booking: float | None
    per_sale: float | None
    returned: float | None  # None while the revenue that was added is not measurable


@dataclass(frozen=True, slots=True)
class Beside:
    """A range of the guide beside the account's own share, which is None while nobody is that far."""

    planned: Planned
    own: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Results:
    """All of it; `by` and what follows are at `days` days."""

    account_id: str
    as_of: datetime
    currency: str
    days: int
    assigned: Assigned
    horizons: Mapping[int, Comparison]
    extra: Mapping[str, Extra]  # of what is lifted, and of revenue
    by: Mapping[str, Mapping[str, Comparison]]
    touched: Mapping[str, Sequence[Followed]]
    first: FirstResponses
    money: Money
    beside: Sequence[Beside]
    scores: ReportCard


def assemble(known: Known, *, days: int) -> Results:
    """The results of an account; its groups, touches and money at so many days."""
    return assemble_each(known, (days,))[days]


def assemble_each(known: Known, each: Iterable[int]) -> dict[int, Results]:
    """The same at several numbers of days."""
    at = {horizon: people_at(known, horizon) for horizon in HORIZONS}
    horizons = {horizon: compare(people) for horizon, people in at.items()}
    card = report_card(known, at[DAYS])
    return {days: _at(known, days, at[days], horizons, card) for days in each}


def _at(
    known: Known,
    days: int,
    people: pl.DataFrame,
    horizons: Mapping[int, Comparison],
    card: ReportCard,
) -> Results:
    responded: dict[Key, datetime | None] = {
        (i, p): moment
        for i, p, held, moment in people.select(
            "contact_id", "programme", "held_out", "responded_at"
        ).iter_rows()
        if not held
    }
    mine = _touches_within(known, responded, days)
    attributed = attribute(mine, responded)
    ways = ways_to_tell(ZoneInfo(known.own.timezone or "UTC"))
    extra = _extra(horizons[days])
    return Results(
        account_id=known.account_id,
        as_of=known.as_of,
        currency=known.own.currency,
        days=days,
        assigned=_assigned(known),
        horizons=horizons,
        extra=extra,
        by={name: _by(people, name) for name in DRAWN_BY},
        touched={name: tell(attributed, value) for name, value in ways.items()},
        first=first_responses(mine, responded),
        money=_money(known, mine, horizons[days].started, extra["revenue"]),
        beside=[_beside(planned, horizons[planned.days]) for planned in RANGES],
        scores=card,
    )


def _touches_within(known: Known, whose: Collection[Key], days: int) -> list[Row]:
    """What was asked for of these people by so many days after their assignment; what left no trace was nothing."""
    began = {(one["contact_id"], one["programme"]): one["assigned_at"] for one in known.assigned}
    return [
        touch
        for touch in known.touched
        if touch["state"] != TouchState.UNPROVED
        and (key := (touch["contact_id"], touch["playbook"])) in whose
        and timedelta() <= touch["asked_at"] - began[key] <= timedelta(days=days)
    ]


def _by(people: pl.DataFrame, name: str) -> dict[str, Comparison]:
    parts = people.partition_by(name, as_dict=True)
    told = {str(value or "unknown"): part for (value,), part in parts.items()}
    return {value: compare(told[value]) for value in sorted(told)}


def _assigned(known: Known) -> Assigned:
    rounds = {(r["contact_id"], r["playbook"], r["wave_id"]): r for r in known.rounds}
    why: Counter[str] = Counter()
    for one in known.assigned:
        if not one["held_out"]:
            row = rounds.get((one["contact_id"], one["programme"], one["wave_id"]))
            why[_not_started(row)] += 1
    why.pop("", None)
    held = [bool(one["held_out"]) for one in known.assigned]
    return Assigned(
        started=held.count(False),
        left_alone=held.count(True),
        waves=len({one["wave_id"] for one in known.assigned}),
        not_started=dict(sorted(why.items())),
        balance={
            name: standardised_difference([one[name] for one in known.assigned], held)
            for name in ("p_return", "likelihood")
        },
    )


def _not_started(row: Row | None) -> str:
    """Why somebody who was to be started got nothing; empty where they did."""
    if row is None:
        return "gone"
    state = EnrollmentState(row["state"])
    if state is EnrollmentState.ENDED:
        return "unproved" if row["ended_by"] == End.UNPROVED else ""
    if state is EnrollmentState.STARTED:
        return ""
    if state in (EnrollmentState.REFUSED, EnrollmentState.FAILED):
        return state.value
    return "waiting"


def _extra(comparison: Comparison) -> dict[str, Extra]:
    arm = comparison.started
    found = {
        name: _extra_of(arm.people, arm.did[name].count, lift)
        for name, lift in comparison.lifts.items()
    }
    return {**found, "revenue": _extra_of(arm.people, arm.revenue, comparison.revenue)}


def _extra_of(people: int, did: float, lift: Lift) -> Extra:
    """What a lift per person comes to for so many people."""
    d = lift.difference
    if d is None:
        return Extra(did, None, None, None, None, lift.verdict)
    value = d.value * people
    return Extra(did, did - value, value, d.low * people, d.high * people, lift.verdict)


def _money(known: Known, touches: Sequence[Row], arm: Arm, revenue: Extra) -> Money:
    each = {channel.value: cost for channel, cost in costs_of(known.own).items()}
    told = costs(touches, each)
    cost = sum(spent for _, spent in told.values())

    def per(name: str) -> float | None:
        count = arm.did[name].count
        return cost / count if count else None

    measured = revenue.verdict is Verdict.MEASURED and cost > 0
    return Money(
        touches=told,
        cost=cost,
        per_response=per("responded"),
        per_booking=per("booked"),
        per_sale=per("sold"),
        returned=(revenue.value or 0.0) / cost if measured else None,
    )


def _beside(planned: Planned, comparison: Comparison) -> Beside:
    arm = comparison.started
    of = arm.people if planned.of == "people" else arm.did["responded"].count
    if not of:
        return Beside(planned, None, None, None)
    own = share_of(min(arm.did[planned.what].count, of), of)
    return Beside(planned, own.share, own.low, own.high)
