"""Judges predicted chances against chances and outcomes that only the sealed truth knows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Numbers = dict[str, object]

BINS = 10  # of equal size, for the calibration error
SURE = 1e-6  # chances nearer to 0 or 1 are taken for this far away, so that no loss is infinite
WIDTH = 1.96  # standard errors on each side of a 95 % interval
SHUFFLE_SEED = 20_261_116


@dataclass(frozen=True, slots=True)
class Cases:
    """What was predicted of contacts and what is true of them, one element per contact.

    Nothing in the order may depend on the truth. `picked` splits the contacts in two by lot.
    """

    p_return: Floats
    p_respond: Floats
    uplift: Floats
    organic: Floats  # true chance of coming back untouched
    treated: Floats  # true chance of a response under the plan
    returned: Bools
    responded: Bools
    picked: Bools


def judge(cases: Cases) -> Numbers:
    """Everything there is to say, as one object of numbers; what cannot be told is None."""
    return {
        "null_tenant": bool(np.array_equal(cases.treated, cases.organic)),
        "respond": judge_chances(cases.p_respond, cases.treated, cases.responded),
        "return": judge_chances(cases.p_return, cases.organic, cases.returned),
        "uplift": judge_uplift(cases),
    }


def judge_chances(predicted: Floats, chance: Floats, outcome: Bools) -> Numbers:
    """Order and calibration of chances, beside what the true chances themselves would get."""
    happened = outcome.astype(np.float64)
    reached, best, error = (
        auc(predicted, outcome),
        auc(chance, outcome),
        auc_error(predicted, outcome),
    )
    shuffled = np.random.default_rng(SHUFFLE_SEED).permutation(outcome)
    return {
        "base_rate": _mean(happened),
        "mean_chance": _mean(chance),
        "mean_predicted": _mean(predicted),
        "auc": reached,
        "auc_se": error,
        "auc_within_2_se_of_half": _near_half(reached, error),
        "auc_oracle": best,
        "auc_share": _share_of_best(reached, best),
        "auc_shuffled": auc(predicted, shuffled),
        "auc_shuffled_se": auc_error(predicted, shuffled),
        "log_loss": log_loss(predicted, happened),
        "log_loss_true": log_loss(predicted, chance),
        "log_loss_oracle": log_loss(chance, happened),
        "log_loss_floor": log_loss(chance, chance),
        "brier": _mean((predicted - happened) ** 2),
        "brier_true": _mean((predicted - chance) ** 2),
        "brier_oracle": _mean((chance - happened) ** 2),
        "ece": calibration_error(predicted, happened),
        "ece_true": calibration_error(predicted, chance),
        "ece_oracle": calibration_error(chance, happened),
        "gap": _mean(predicted) - _mean(happened),
        "gap_true": _mean(predicted) - _mean(chance),
    }


def judge_uplift(cases: Cases) -> Numbers:
    """How much of what touches bring about the predicted order finds, and how much there is."""
    true = cases.treated - cases.organic
    gained = cases.responded.astype(np.float64) - cases.returned
    mean, low, high = interval(gained)
    seen, seen_low, seen_high = trial(cases.responded, cases.returned, cases.picked)
    return {
        "mean_predicted": _mean(cases.uplift),
        "mean_true": _mean(true),
        "rmse_true": float(np.sqrt(_mean((cases.uplift - true) ** 2))),
        "mean_realised": mean,
        "low": low,
        "high": high,
        "covers_0": low <= 0.0 <= high,
        "trial_mean": seen,
        "trial_low": seen_low,
        "trial_high": seen_high,
        "trial_covers_0": None if seen_low is None else seen_low <= 0.0 <= (seen_high or 0.0),
        "top_half": top_half(cases.uplift, true),
        "top_half_oracle": top_half(true, true),
        "top_half_realised": top_half(cases.uplift, gained),
        "top_half_realised_oracle": top_half(true, gained),
    }


def auc(score: Floats, outcome: Bools) -> float | None:
    """Chance that one with the outcome is ranked above one without; ties count half."""
    with_it, without = _placements(score, outcome)
    return float(with_it.mean()) if len(with_it) and len(without) else None


def auc_error(score: Floats, outcome: Bools) -> float | None:
    """Standard error of the AUC (DeLong, DeLong, Clarke-Pearson 1988)."""
    with_it, without = _placements(score, outcome)
    if min(len(with_it), len(without)) < 2:
        return None
    variance = with_it.var(ddof=1) / len(with_it) + without.var(ddof=1) / len(without)
    return float(np.sqrt(variance))


def log_loss(predicted: Floats, target: Floats) -> float:
    """Mean surprise; targets may be outcomes or chances."""
    sure = np.clip(predicted, SURE, 1.0 - SURE)
    return _mean(-target * np.log(sure) - (1.0 - target) * np.log1p(-sure))


def calibration_error(predicted: Floats, target: Floats) -> float:
    """Mean distance of predicted and true shares over bins of equally many contacts."""
    order = np.argsort(predicted, kind="stable")
    gaps = (predicted - _mean_of_equals(predicted, target))[order]
    bins = np.array_split(gaps, min(BINS, len(gaps)))
    return float(sum(abs(part.sum()) for part in bins) / len(gaps))


def top_half(ranking: Floats, gain: Floats) -> float | None:
    """Share of all gain that the half ranked highest has; equals share their places.

    None where there is no gain to share.
    """
    total = float(gain.sum())
    if total <= 1e-9:
        return None
    best_first = _mean_of_equals(ranking, gain)[np.argsort(-ranking, kind="stable")]
    whole, odd = divmod(len(gain), 2)
    return float(best_first[:whole].sum() + odd * best_first[whole : whole + 1].sum() / 2) / total


def interval(values: Floats) -> tuple[float, float, float]:
    """Mean with its 95 % interval; a single value has no width."""
    mean = _mean(values)
    error = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return mean, mean - WIDTH * error, mean + WIDTH * error


def trial(
    touched: Bools, untouched: Bools, picked: Bools
) -> tuple[float, float, float] | tuple[None, None, None]:
    """What a trial would see that touches the picked alone: difference and 95 % interval."""
    one, other = touched[picked].astype(np.float64), untouched[~picked].astype(np.float64)
    if min(len(one), len(other)) < 2:
        return None, None, None
    mean = _mean(one) - _mean(other)
    error = float(np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)))
    return mean, mean - WIDTH * error, mean + WIDTH * error


def _placements(score: Floats, outcome: Bools) -> tuple[Floats, Floats]:
    """Of each with the outcome the share without it ranked lower; of each without, the reverse."""
    above, below = score[outcome], score[~outcome]
    if not (len(above) and len(below)):
        return above, below
    low, high = np.sort(below), np.sort(above)
    won = (np.searchsorted(low, above) + np.searchsorted(low, above, "right")) / 2 / len(below)
    lost = (np.searchsorted(high, below) + np.searchsorted(high, below, "right")) / 2 / len(above)
    return won, 1.0 - lost


def _mean_of_equals(by: Floats, values: Floats) -> Floats:
    """The values, those of contacts that `by` cannot tell apart replaced by their mean."""
    _, group, size = np.unique(by, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(group, weights=values) / size)[group])


def _mean(values: Floats) -> float:
    return float(values.mean())


def _near_half(reached: float | None, error: float | None) -> bool | None:
    return None if reached is None or error is None else abs(reached - 0.5) <= 2.0 * error


def _share_of_best(reached: float | None, best: float | None) -> float | None:
    """How far from chance to the best that can be had; None where nothing can be had."""
    if reached is None or best is None or best - 0.5 < 1e-9:
        return None
    return (reached - 0.5) / (best - 0.5)
