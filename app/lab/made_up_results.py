"""Results of a made-up account for its pictures: a batch of long ago whose people did what was foretold of them."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.reports.results.storing import store_results
from core.context import Context
from core.db import reading
from scoring.store import load_scores
from workflows.decisions import draws
from workflows.decisions.holdout import Batch, Candidate
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.results import store
from workflows.results.measuring import HORIZONS, TRUTHS

_LEFT_ALONE = 0.25
_AGO = timedelta(days=100)
_WAVE = "pictured"
_ASKED = (
    *("contact_id", "playbook", "track", "band", "priority", "segment"),
    *("p_return", "likelihood", "channels"),
)


def make_results(context: Context, account_id: str, *, people: int) -> None:
    """Draw so many of the scored who may be written to, start most of them, and tell what became of them."""
    now = context.wall.now()
    at, dice = now - _AGO, Random(1)  # noqa: S311  made-up people
    with reading(context.engine) as connection:
        rows = load_scores(connection, account_id, names=_ASKED)
    drawn = [r for r in rows if r["likelihood"] is not None and r["priority"] and r["playbook"]]
    chosen = [_candidate(row) for row in drawn[:people]]
    alone = tuple(c for c in chosen if dice.random() < _LEFT_ALONE)
    held = {c.contact_id for c in alone}
    started = tuple(c for c in chosen if c.contact_id not in held)
    told = [one for c in chosen for one in _outcomes(c, c.contact_id in held, at, dice)]
    with context.engine.begin() as tx:
        draws.record_batch(tx, account_id, Batch(started, alone), wave_id=_WAVE, now=at)
        draws.assign_batch(tx, account_id, _WAVE, at=at)
        picked = [(c.contact_id, c.programme) for c in started]
        ledger.propose(tx, account_id, picked, wave_id=_WAVE, now=at)
        for c in started:
            of = {"contact_id": c.contact_id, "playbook": c.programme}
            row = {"account_id": account_id, "round_no": 1, **of}
            for state in (EnrollmentState.APPROVED, EnrollmentState.STARTING):
                ledger.record_state(tx, row, state)
            ledger.record_state(tx, row, EnrollmentState.STARTED, started_at=at)
        store.record_outcomes(tx, account_id, told, at=now)
    store_results(context, account_id)


def _candidate(row: dict[str, Any]) -> Candidate:
    names = ("track", "band", "priority", "segment", "p_return", "likelihood", "channels")
    same = {name: row[name] for name in names}
    return Candidate(row["contact_id"], row["playbook"], share=_LEFT_ALONE, **same)


def _outcomes(one: Candidate, held: bool, at: datetime, dice: Random) -> list[dict[str, Any]]:
    """What somebody has done by each number of days, by their own chances."""
    came = dice.random() < ((one.p_return if held else one.likelihood) or 0.0)
    day = min(dice.expovariate(1 / 12), 89.0)
    acted = dice.random() < 0.3
    bought = acted and dice.random() < 0.5
    rows = []
    for days in HORIZONS:
        did = came and day <= days
        truths = dict.fromkeys(TRUTHS, False) | {
            "responded": did,
            "answered": did,
            "booked": did and acted,
            "showed": did and acted,
            "sold": did and bought,
        }
        rows.append(
            {
                "contact_id": one.contact_id,
                "programme": one.programme,
                "days": days,
                "responded_at": at + timedelta(days=day) if did else None,
                "revenue_minor": 240_000 if did and bought else 0,
                **truths,
            }
        )
    return rows
