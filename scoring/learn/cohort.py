"""Matured outcomes of outreach and of who was left alone: what the response model learns from and is judged by."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contact_rules.channels import AUTOMATIC, usable
from scoring.learn.control import CONTROL
from scoring.learn.learnt import Learnt
from scoring.learn.responding import Responding, Term, learn, planned_response
from scoring.models.logistic import Floats
from scoring.plan_columns import weight_of
from scoring.plans import PLANS

__all__ = ["COHORT_COLUMNS", "CONTROL", "foretell", "learn_outcomes"]

#: A cohort: who, the plan they were given or CONTROL, and whether they responded within 90 days.
COHORT_COLUMNS = {"contact_id": pl.String, "arm": pl.String, "responded": pl.Boolean}


def learn_outcomes(
    frame: pl.DataFrame, learnt: Learnt, cohort: pl.DataFrame, *, hour: int
) -> Learnt:
    """What is learnt once a cohort's outcomes have matured.

    `frame` has the features and chances of `score.with_chances` as of the cohort's decision, so that
    nothing that came later is known; contacts of the cohort that are not in it are left out.
    """
    trial = _trial(frame, learnt.responding, cohort, hour=hour)
    if not len(trial.responded):
        return learnt
    responding = learn(
        learnt.responding,
        trial.given,
        p_return=trial.p_return,
        planned=trial.planned,
        treated=trial.treated,
        responded=trial.responded,
    )
    return replace(learnt, responding=responding)


def foretell(
    frame: pl.DataFrame, learnt: Learnt, cohort: pl.DataFrame, *, hour: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """The chance of what each of a cohort was given, and whether they responded; as `learn_outcomes`."""
    trial = _trial(frame, learnt.responding, cohort, hour=hour)
    alone, with_plan = learnt.responding.chances(trial.given, trial.p_return, trial.planned)
    return np.where(trial.treated, with_plan, alone), trial.responded


@dataclass(frozen=True, slots=True)
class _Trial:
    """The cohort's contacts that are known, one element each."""

    given: list[Term]
    p_return: Floats
    planned: Floats
    treated: NDArray[np.bool_]
    responded: NDArray[np.bool_]


def _trial(frame: pl.DataFrame, model: Responding, cohort: pl.DataFrame, *, hour: int) -> _Trial:
    known = cohort.select(pl.col(name).cast(kind) for name, kind in COHORT_COLUMNS.items())
    # Of a plan that is no more, nobody knows what it was.
    known = known.filter(pl.col("arm").is_in([CONTROL, *PLANS]))
    rows = frame.join(known, on="contact_id", how="inner", maintain_order="left")
    open_to = {channel: rows[usable(channel)].to_numpy() for channel in AUTOMATIC}
    planning = rows["planning"].fill_null(0.0).to_numpy()
    arms, weight = rows["arm"].to_numpy(), np.zeros(rows.height)
    for key, plan in PLANS.items():
        mine = arms == key
        weight[mine] = weight_of(plan, open_to)[mine]
    return _Trial(
        model.terms(rows, hour=hour),
        rows["p_return_raw"].to_numpy(),
        planned_response(planning, weight),
        np.asarray(arms != CONTROL),
        rows["responded"].to_numpy(),
    )
