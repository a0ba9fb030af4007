"""How well the response model finds whom a mailing moves: a randomised mailing as a file, or one that is made up.

Half of the people teach, the other half is judged by what it really did: who was written to against who was not,
among those ranked higher and lower. Every column besides the arm and the answer is something known of a person.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from core.errors import Invalid
from playbooks.choose import INPUT
from scoring.features.history import DAY_MS
from scoring.features.input_frames import UTC_MS
from scoring.features.prepare import Prepared, ScoreSettings, prepare
from scoring.learn.cohort import CONTROL, learn_outcomes
from scoring.learn.learnt import Learnt, learn_account
from scoring.models.logistic import Floats
from scoring.plans import PLAN_HOUR
from scoring.score import with_chances

_AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
# Everybody counts as quiet: the mailing went to all of them.
_QUIET_DAYS = 91
_DAYS_A_MONTH = 30.4
_WITNESS = "witness"
# The share that teaches; the others are judged.
_TEACHES = 0.5
_NONE_OF = {"no", "none", "control", "false", "0", "no e-mail", "no email", ""}


@dataclass(frozen=True, slots=True)
class Mailing:
    """One row per person in `people`: what is known of each; who was written to, who answered.

    `recency` names the column of months since the last purchase, `amount` that of what it came to. `effect` is the
    true gain of each, where the people are made up.
    """

    people: pl.DataFrame
    treated: np.ndarray
    answered: np.ndarray
    recency: str | None = None
    amount: str | None = None
    effect: Floats | None = None


def read_mailing(
    path: Path,
    *,
    arm: str,
    answer: str,
    drop: tuple[str, ...],
    recency: str | None,
    amount: str | None,
) -> Mailing:
    """A mailing out of a CSV file; raises Invalid for columns that are not there."""
    table = pl.read_csv(path, infer_schema_length=None)
    for name in filter(None, (arm, answer, *drop, recency, amount)):
        if name not in table.columns:
            raise Invalid(f"{path.name} has no column {name!r}; it has {', '.join(table.columns)}.")
    word = table[arm].cast(pl.String).str.strip_chars().str.to_lowercase()
    treated = ~word.is_in(list(_NONE_OF)).fill_null(value=True).to_numpy()
    answered = (table[answer].cast(pl.Float64).fill_null(0.0) > 0).to_numpy()
    return Mailing(table.drop(arm, answer, *drop), treated, answered, recency, amount)


def made_up_mailing(seed: int, people: int) -> Mailing:
    """Customers of a shop with two lines of goods: what they bought decides what an e-mail does for them."""
    dice = np.random.default_rng(seed)
    recency, history = dice.integers(1, 13, people), dice.lognormal(5.0, 0.9, people).round(2)
    line = dice.choice(["garden", "kitchen", "both"], people, p=[0.45, 0.45, 0.10])
    newcomer, channel = dice.random(people) < 0.5, dice.choice(["web", "phone", "shop"], people)
    base = (
        -2.2
        - 0.06 * recency
        + 0.15 * (np.log(history) - 5)
        - 0.5 * newcomer
        + 0.2 * (channel == "web")
    )
    alone = 1 / (1 + np.exp(-base))
    pull = -3.6 + 1.5 * (line == "kitchen") + 1.9 * (line == "both") + 0.3 * (channel == "web")
    effect = (1 - alone) / (1 + np.exp(-pull))
    treated = dice.random(people) < 2 / 3
    answered = dice.random(people) < alone + treated * effect
    table = pl.DataFrame(
        {
            "recency": recency,
            "history": history,
            "line": line,
            "newcomer": newcomer,
            "channel": channel,
        }
    )
    return Mailing(table, treated, answered, "recency", "history", effect)


def judge_mailing(mailing: Mailing, *, seed: int) -> dict[str, Any]:
    """Learn from a random half, rank the other, and say what share of the extra answers its better half has."""
    prepared = _prepared(mailing)
    learnt = learn_account(prepared)
    known = _known(prepared, learnt)
    teaches = np.random.default_rng(seed).random(known.height) < _TEACHES
    # The mailing is what these people would be given, whatever it is called.
    arm = np.where(mailing.treated, known["plan"].cast(pl.String).to_numpy(), CONTROL)
    cohort = pl.DataFrame(
        {"contact_id": known["contact_id"], "arm": arm, "responded": mailing.answered}
    )
    taught = learn_outcomes(known, learnt, cohort.filter(pl.Series(teaches)), hour=PLAN_HOUR)
    rest = ~teaches
    uplift = _known(prepared, taught)["uplift"].to_numpy()[rest]
    treated, answered = mailing.treated[rest], mailing.answered[rest]
    high = uplift >= np.median(uplift)
    whole, better = _gain(treated, answered), _gain(treated[high], answered[high])
    found = {
        "people": known.height,
        "learnt_from": int(teaches.sum()),
        "traits": len(taught.responding.traits),
        "gain": whole,
        "gain_foretold": float(uplift.mean()),
        "gain_better_half": better,
        "gain_worse_half": _gain(treated[~high], answered[~high]),
        "top_half": float(better * high.mean() / whole) if whole > 0 else None,
    }
    if mailing.effect is None:
        return found
    true = mailing.effect[rest]
    best = true >= np.median(true)
    return found | {
        "top_half_true": float(true[high].sum() / true.sum()),
        "top_half_oracle": float(true[best].sum() / true.sum()),
    }


def _known(prepared: Prepared, learnt: Learnt) -> pl.DataFrame:
    return with_chances(prepared, learnt).filter(pl.col("contact_id") != _WITNESS)


def _gain(treated: np.ndarray, answered: np.ndarray) -> float:
    """How much more of the treated answered, as a share of people."""
    return float(answered[treated].mean() - answered[~treated].mean())


def _prepared(mailing: Mailing) -> Prepared:
    """The people as an account has them: a purchase where one is known, everything else as mapped properties.

    With them comes somebody who has been in touch for years, so that nobody's silence is unmeasurable.
    """
    people = mailing.people
    ids = pl.Series("contact_id", [f"{i:07d}" for i in range(people.height)])
    empty = np.zeros(people.height)
    months = people[mailing.recency].cast(pl.Float64).to_numpy() if mailing.recency else empty
    quiet = (np.nan_to_num(months) * _DAYS_A_MONTH + _QUIET_DAYS) * DAY_MS
    at = pl.Series("occurred_at", int(_AT.timestamp() * 1000) - quiet.astype(np.int64)).cast(UTC_MS)
    contacts = people.rename({name: f"{INPUT}{name}" for name in people.columns}).with_columns(
        ids, created_at=at, has_email=pl.lit(value=True)
    )
    bought = pl.DataFrame([ids, at]).with_columns(kind=pl.lit("purchase"))
    if mailing.amount:
        bought = bought.with_columns(amount=people[mailing.amount].cast(pl.Float64))
    first = _AT - timedelta(days=2_000)
    shape = {"created_at": UTC_MS, "occurred_at": UTC_MS}
    one = {"contact_id": [_WITNESS] * 2, "occurred_at": [first, _AT], "kind": ["visit"] * 2}
    witness = pl.DataFrame(one, schema_overrides=shape)
    known = pl.DataFrame({"contact_id": [_WITNESS], "created_at": [first]}, schema_overrides=shape)
    return prepare(
        pl.concat([contacts, known], how="diagonal"),
        pl.concat([bought, witness], how="diagonal"),
        as_of=_AT,
        settings=ScoreSettings(),
    )
