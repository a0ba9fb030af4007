"""Can the reported lift be trusted: made-up programmes whose true lift is known beside the reported one.

Day after day a batch is proposed, let go ahead or made anew, while people come back by themselves. The product draws,
records and reports as it does for an account, and is told nothing of the truth.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy.engine import Connection, Engine

from app.lab.bench_account import context_of, environment_of, opened_place
from app.migrate import migrate
from app.reports.results.loading import Known, people_at
from oauth.account_settings.fields import AccountSettings
from scoring import store as scores
from scoring.features.input_frames import EVENT_COLUMNS
from scoring.plans import PLANS
from workflows import waves
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.decisions.decide import Decision
from workflows.enrollment import pacing
from workflows.results import store as results
from workflows.results.comparing import Comparison, compare, standardised_difference
from workflows.results.measuring import HORIZONS, Watched, measure
from workflows.status import Status

Floats = NDArray[np.float64]

BEGINS = datetime(2026, 3, 2, 14, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = HORIZONS[-1]
# An interval of 95 in 100 may cover the truth so often, and arms may be so far apart before the start, in standard
# deviations on average over all programmes: those of a single small batch are more so than others (S21).
COVERS, APART = (0.92, 0.98), 0.1
_TRACKS = {"lead": "lead_reactivation", "customer": "customer_winback"}
_BANDS = ("90_179", "180_364", "365_plus")
_WAITS = 0.25  # of proposals nobody approves: they are made anew the next day
_REFUSED = 0.05  # of those who are to be started get nothing after all
_BUYS, _SPENDS, _SPREAD = (
    0.5,
    5.0,
    0.8,
)  # of those who respond, and the logarithm of what they spend


@dataclass(frozen=True, slots=True)
class World:
    """Dormant people and how they are started; what each does left alone, and what a start adds to that."""

    people: int = 300
    days: int = 5
    starts: int = 50
    share: float = 0.2
    adds: Callable[[Floats], Floats] = lambda chance: np.full(len(chance), 0.12)
    spread: float = 20.0


WORLDS: Mapping[str, World] = {
    "usual": World(),
    "null": World(adds=np.zeros_like),
    "null, one batch": World(people=120, days=1, share=0.3, adds=np.zeros_like),
    "one batch": World(people=120, days=1, share=0.3),
    "rare": World(share=0.1, adds=lambda chance: np.full(len(chance), 0.01), spread=60.0),
    "harm": World(adds=lambda chance: np.full(len(chance), -0.03), spread=8.0),
    "uneven": World(adds=lambda chance: np.where(chance > 0.05, 0.25, 0.02)),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One programme: its true lift, what was reported of it, and how far apart its arms were before the start."""

    true: float
    money: float
    reported: Comparison
    apart: Mapping[str, float]
    people: int


def try_lift(
    runs: int,
    *,
    seed: int = 1,
    worlds: Mapping[str, World] = WORLDS,
    database_url: str | None = None,
    tell: Callable[[str], None] = lambda _doing: None,
) -> dict[str, Any]:
    """Play so many programmes of each world; answers how often the reported interval covered the true lift."""
    found: dict[str, Any] = {}
    with opened_place(database_url) as place:
        here = context_of(environment_of(place, public_url="http://localhost"))
        migrate(here.engine)
        for name, world in worlds.items():
            tell(f"{name}: {runs} programmes")
            played = [
                Programme(
                    here.engine, f"{name} {n}", world, np.random.default_rng([seed, n])
                ).play()
                for n in range(runs)
            ]
            found[name] = sum_up(played)
        here.engine.dispose()
    apart = float(np.mean([max(world["apart_before"].values()) for world in found.values()]))
    return {
        "runs": runs,
        "holds": apart < APART and all(world["holds"] for world in found.values()),
        "apart_before": round(apart, 3),
        "worlds": found,
    }


def sum_up(runs: list[Run]) -> dict[str, Any]:
    """What came of the programmes of one world."""
    told = [
        (r, r.reported.lifts["responded"].difference, r.reported.revenue.difference) for r in runs
    ]
    shares = [(r.true, d) for r, d, _ in told if d is not None]
    money = [(r.money, d) for r, _, d in told if d is not None]
    covered = sum(d.low <= true <= d.high for true, d in shares) / max(1, len(shares))
    errors = np.array([d.value - true for true, d in shares])
    apart = {name: float(np.mean([r.apart[name] for r in runs])) for name in runs[0].apart}
    return {
        "people": round(float(np.mean([r.people for r in runs]))),
        "measured": len(shares),
        "true_lift": round(float(np.mean([r.true for r in runs])), 4),
        "reported_lift": round(float(np.mean([d.value for _, d in shares])), 4),
        "standard_error": round(float(errors.std() / math.sqrt(len(errors))), 4),
        "covered": round(covered, 3),
        "money_covered": round(sum(d.low <= t <= d.high for t, d in money) / max(1, len(money)), 3),
        "apart_before": {name: round(value, 3) for name, value in apart.items()},
        "holds": COVERS[0] <= covered <= COVERS[1],
    }


class Programme:
    """One account whose people are started day after day, under a name of its own in the database."""

    def __init__(
        self, engine: Engine, account_id: str, world: World, dice: np.random.Generator
    ) -> None:
        self._engine, self._account_id, self._world, self._dice = engine, account_id, world, dice
        self._ids = [f"c{n:04}" for n in range(world.people)]
        self._alone = np.clip(dice.beta(1.2, world.spread, world.people), 0, 0.6)
        refused = dice.random(world.people) < _REFUSED
        adds = np.where(refused, 0.0, world.adds(self._alone))
        self._started = np.clip(self._alone + adds, 0, 1)
        # Who comes back by themselves before anybody has decided about them is not dormant any more.
        self._comes_on = np.where(
            dice.random(world.people) < self._alone, dice.uniform(0, DAYS, world.people), np.inf
        )

    def play(self) -> Run:
        with self._engine.begin() as tx:
            self._fill(tx)
        for day in range(self._world.days):
            with self._engine.begin() as tx:
                self._pass_day(tx, day)
        with self._engine.begin() as tx:
            return self._report(tx)

    def _fill(self, tx: Connection) -> None:
        dice, size = self._dice, self._world.people
        told = np.clip(self._alone + dice.normal(0, 0.03, size), 0, 1)
        answer = np.clip(told + dice.uniform(0.05, 0.15, size), 0, 1)
        tracks = dice.choice([*_TRACKS], size)
        bands = dice.choice(_BANDS, size)
        worth = dice.lognormal(3, 1, size)
        rows: list[dict[str, Any]] = [
            {
                "contact_id": self._ids[n],
                "track": str(tracks[n]),
                "band": str(bands[n]),
                "quiet_days": 200,
                "human_events": 3,
                "purchases": 0,
                "segment": "never_replied",
                "p_return": float(told[n]),
                "likelihood": float(answer[n]),
                "plan": next(iter(PLANS)),
                "expected_value": float(worth[n] * answer[n]),
                "priority": "ABCD"[int(np.searchsorted([-0.2, -0.12, -0.07], -answer[n]))],
                "channels": "email",
                "as_of": BEGINS,
                "scored_at": BEGINS,
            }
            for n in range(size)
        ]
        scores.save_rows(tx, self._account_id, rows, pass_no=1)
        decisions.record_counted(tx, self._account_id)
        ready = [
            Decision(r["contact_id"], Status.READY, _TRACKS[r["track"]], channel="email")
            for r in rows
        ]
        decisions.save_decisions(tx, self._account_id, ready, now=BEGINS)
        for programme in _TRACKS.values():
            draws.set_share(tx, self._account_id, programme, self._world.share, now=BEGINS)

    def _pass_day(self, tx: Connection, day: int) -> None:
        at = BEGINS + day * DAY
        back = [i for i, on in zip(self._ids, self._comes_on, strict=True) if day - 1 <= on < day]
        drawn = {row["contact_id"] for row in draws.load_assignments(tx, self._account_id)}
        active = [Decision(i, Status.ACTIVE) for i in back if i not in drawn]
        decisions.save_decisions(tx, self._account_id, active, now=at)
        pacing.withdraw(tx, self._account_id)
        wave = waves.propose_wave(
            tx, self._account_id, AccountSettings(), size=self._world.starts, at=at, now=at
        )
        waits = self._dice.random() < _WAITS and day + 1 < self._world.days
        if wave is not None and not waits:
            waves.approve_wave(tx, self._account_id, wave.wave_id, by="a person", at=at, now=at)

    def _report(self, tx: Connection) -> Run:
        assigned = draws.load_assignments(tx, self._account_id)
        place = np.array([int(row["contact_id"][1:]) for row in assigned])
        held = [bool(row["held_out"]) for row in assigned]
        adds = self._started[place] - self._alone[place]
        spends = _BUYS * math.exp(_SPENDS + _SPREAD**2 / 2)
        at = BEGINS + (self._world.days + DAYS) * DAY
        watched = [
            Watched(row["contact_id"], row["programme"], row["assigned_at"], DAYS, row["channels"])
            for row in assigned
        ]
        did = self._dice.random(len(place)) < np.where(
            held, self._alone[place], self._started[place]
        )
        told = measure(watched, self._events(watched, did), [], {})
        results.record_outcomes(tx, self._account_id, told, at=at)
        known = Known(
            account_id=self._account_id,
            as_of=at,
            own=AccountSettings(),
            assigned=assigned,
            outcomes=results.load_outcomes(tx, self._account_id),
            rounds=(),
            touched=(),
        )
        return Run(
            true=float(adds.mean()),
            money=float(adds.mean()) * spends,
            reported=compare(people_at(known, DAYS)),
            apart={
                name: abs(standardised_difference([row[name] for row in assigned], held) or 0.0)
                for name in ("p_return", "likelihood")
            },
            people=len(assigned),
        )

    def _events(self, watched: list[Watched], did: NDArray[np.bool_]) -> pl.DataFrame:
        """What the CRM shows of those who respond within the days; some of them buy, all write later as well."""
        events: list[dict[str, Any]] = []
        for one, responds in zip(watched, did, strict=True):
            after = self._dice.uniform(0, DAYS) if responds else self._dice.uniform(DAYS, 2 * DAYS)
            form = {"contact_id": one.contact_id, "occurred_at": one.assigned_at + after * DAY}
            events.append({**form, "kind": "form", "direction": "in"})
            if responds and self._dice.random() < _BUYS:
                amount = float(self._dice.lognormal(_SPENDS, _SPREAD))
                events.append({**form, "kind": "purchase", "amount": amount})
        return pl.DataFrame(events, schema=EVENT_COLUMNS)
