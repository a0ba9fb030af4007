"""`rekindle bench returns`: who comes back by themselves, foretold of pretend people at rolling moments.

Each family is made by another process and its truth is known: seasons of several years and of one, campaigns that
people answer, recalls with leaving, records that begin late or tell weeks or months alone. What is foretold is held
against what came and against the best of five other methods; of campaigns, against the chance untouched.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from app.lab.return_rivals import rivals
from core.clock import stopwatch
from core.errors import AppError
from scoring.features.prepare import ScoreSettings, prepare
from scoring.features.timeline import Timeline, timeline
from scoring.learn.learnt import learn_account
from scoring.learn.metrics import Bools, Floats, ece, log_loss
from scoring.learn.returning import Returning, fit_returning
from scoring.score import with_chances

FAMILIES = (
    "usual", "leaving_any_time", "regular", "rare", "changed", "own_season", "season", "sharp_season", "one_season",
    "recall", "weekly", "monthly", "truncated", "campaigns", "frequent_campaigns",
)  # fmt: skip
HORIZONS = (90, 365)
EPOCH = date(1970, 1, 1)
#: What has to hold: more log-loss than the best other method, calibration error, foretold for each that came in season,
#: and points of 100 from the truth untouched.
MOST_REGRET, MOST_ERROR, NEAR, MOST_OFF = 0.03, 0.03, (0.85, 1.15), 0.02
# One year shows no season: there nothing is asked but that none is believed in.
_ONE_YEAR = "one_season"
_SEASONAL, _AS_ACCOUNTS = (
    ("season", "sharp_season"),
    ("truncated", "campaigns", "frequent_campaigns"),
)
_ORIGINS = 6


@dataclass(frozen=True, slots=True)
class Made:
    """A record that was made: contacts, what happened, the chance of each untouched, and its last moment."""

    contacts: pl.DataFrame
    events: pl.DataFrame
    chance: pl.DataFrame
    begin: date
    last: date

    def line(self, end: date) -> tuple[Timeline, Callable[[int], Bools]]:
        """Everybody known by `end`, and who of them came within so many days after it."""
        came = self.events.filter(~pl.col("what").is_in(["mail"]))
        day = (came["date"] - end).dt.total_days().to_numpy().astype(np.float64)
        person = came["contact"].to_numpy()
        first = np.full(self.contacts.height, np.inf)
        np.minimum.at(first, person, day)
        known = first <= 0
        place = np.cumsum(known) - 1
        past, after = known[person] & (day <= 0), known[person] & (day > 0)

        def within(days: int) -> Bools:
            mine = after & (day <= days)
            return np.bincount(place[person[mine]], minlength=int(known.sum())) > 0

        return timeline(place[person[past]], day[past], first[known]), within


def try_returns(
    *, families: tuple[str, ...], seeds: range, people: int | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Every family with every seed; `holds` says whether all of them are as good as they have to be."""
    elapsed = stopwatch()
    rows = []
    for family in families:
        for seed in seeds:
            tell(f"{family}, seed {seed}")
            made = make(family, seed, people)
            rows += [
                {"family": family, "seed": seed, **row}
                for row in ([_account(made)] if family in _AS_ACCOUNTS else _rolling(made, family))
            ]
    return {
        "rows": rows,
        "holds": all(row["holds"] for row in rows),
        "seconds": round(elapsed(), 1),
    }


def make(family: str, seed: int, people: int | None) -> Made:
    """Let the sandbox make a record; raises AppError where it can't."""
    with tempfile.TemporaryDirectory(prefix="rekindle-returns-") as name:
        folder = Path(name)
        command = [
            *(sys.executable, "-m", "sandbox.returns", "--family", family, "--seed", str(seed)),
            *("--out", name, *(["--people", str(people)] if people else [])),
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  ours
        if done.returncode:
            raise AppError(f"The record could not be made: {done.stderr.strip()[-200:]}")
        told = json.loads((folder / "family.json").read_text(encoding="utf-8"))
        return Made(
            pl.read_csv(folder / "contacts.csv", try_parse_dates=True),
            pl.read_csv(folder / "events.csv", try_parse_dates=True),
            pl.read_csv(folder / "truth.csv", schema_overrides={"chance": pl.Float64}),
            date.fromisoformat(told["begin"]),
            date.fromisoformat(told["last"]),
        )


def _rolling(made: Made, family: str) -> list[dict[str, Any]]:
    """At several moments: what was foretold, what came, and what the other methods said."""
    found = []
    for horizon in HORIZONS:
        reach = (made.last - made.begin).days
        count = 8 if family in _SEASONAL else _ORIGINS
        every = min(91, int(0.45 * reach / (count - 1)))
        losses: dict[str, list[float]] = {}
        errors, ratios, seasons = [], [], []
        for back in range(count - 1, -1, -1):
            end = made.last - timedelta(days=back * every)
            line, within = made.line(end)
            came, today = within(horizon), float((end - EPOCH).days)
            model = fit_returning(line, horizon=float(horizon), today=today)
            chance = model.p_return(line, today)
            said = {"ours": chance, **rivals(line, float(horizon)), **_ways(model, line, today)}
            for name, each in said.items():
                losses.setdefault(name, []).append(log_loss(came, each))
            errors.append(ece(came, chance))
            ratios.append(float(chance.sum() / max(came.sum(), 1)))
            seasons.append(model.pace.is_seasonal)
        row = _row(family, horizon, losses, errors, ratios)
        if family == _ONE_YEAR:
            row["holds"] = not any(seasons)
        found.append(row)
    return found


def _ways(model: Returning, line: Timeline, today: float) -> dict[str, Floats]:
    """What each part of the model says by itself."""
    said = 1.0 / (1.0 + np.exp(-model.said(line, today)))
    return {f"part {i}": said[:, i] for i in range(said.shape[1])}


def _row(
    family: str,
    horizon: int,
    losses: dict[str, list[float]],
    errors: list[float],
    ratios: list[float],
) -> dict[str, Any]:
    mean = {name: float(np.mean(each)) for name, each in losses.items()}
    count = len(losses["ours"])
    others = {
        name: loss
        for name, loss in mean.items()
        if name != "ours" and not name.startswith("part") and len(losses[name]) == count
    }
    best = min(others, key=lambda name: others[name])
    regret = mean["ours"] / others[best] - 1
    parts = min(loss for name, loss in mean.items() if name.startswith("part"))
    error = float(np.mean(errors))
    near = NEAR[0] <= min(ratios) and max(ratios) <= NEAR[1]
    return {
        "horizon": horizon,
        "origins": count,
        "log_loss": round(mean["ours"], 5),
        "best_other": best,
        "regret": round(regret, 4),
        "beyond_best_part": round(mean["ours"] / parts - 1, 4),
        "calibration_error": round(error, 4),
        "foretold_for_each": [round(ratio, 3) for ratio in ratios],
        "holds": regret <= MOST_REGRET
        and error <= MOST_ERROR
        and (near or family not in _SEASONAL or horizon != HORIZONS[0]),
    }


def _account(made: Made) -> dict[str, Any]:
    """As an account of a CRM, at the last moment: the chance untouched beside the truth of it."""
    as_of = datetime.combine(made.last, time(23, 59), UTC)
    contacts = made.contacts.filter(pl.col("known_since") <= made.last)
    noon = pl.col("date").cast(pl.Datetime("ms", "UTC")) + pl.duration(hours=12)
    mail, reply = pl.col("what") == "mail", pl.col("what") == "reply"
    events = made.events.filter(pl.col("date") <= made.last).select(
        contact_id=pl.col("contact").cast(pl.String),
        occurred_at=noon,
        kind=pl.when(mail | reply).then(pl.lit("email")).otherwise("what"),
        direction=pl.when(mail).then(pl.lit("out")).otherwise(pl.lit("in")),
    )
    frame = contacts.select(
        contact_id=pl.col("contact").cast(pl.String),
        created_at=pl.col("known_since").cast(pl.Datetime("ms", "UTC")),
    )
    prepared = prepare(frame, events, as_of=as_of, settings=ScoreSettings())
    chances = with_chances(prepared, learn_account(prepared)).select("contact_id", "p_return")
    truth = made.chance.select(contact_id=pl.col("contact").cast(pl.String), true="chance")
    both = chances.join(truth, on="contact_id").drop_nulls()
    said, true = float(both["p_return"].mean() or 0), float(both["true"].mean() or 0)  # type: ignore[arg-type]
    return {
        "horizon": HORIZONS[0],
        "people": both.height,
        "untouched": round(said, 4),
        "truth": round(true, 4),
        "holds": abs(said - true) <= MOST_OFF,
    }
