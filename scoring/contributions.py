"""What moves each contact's chance of answering, in points of a hundred, as a short text; columnar."""

import numpy as np
import polars as pl
from scipy.special import expit, logit

from contact_rules.channels import AUTOMATIC, usable
from scoring.learn.responding import Responding, terms
from scoring.models.logistic import Floats
from scoring.plans import PLAN_HOUR

# What is kept of a point: one decimal, so that what rounds to nothing is left out.
_TENTHS = 10


def contributions(frame: pl.DataFrame, model: Responding) -> pl.Series:
    """Term → tenths of a point as JSON, `{"gap":-12,"deep":31}`, of each contact; empty without a chance.

    `frame` as `score.with_chances` makes it. Terms with the same words count as one, under the first
    one's key. Each is what leaving it out would change, so that they need not add up to the whole.
    """
    known = frame["likelihood"].is_not_null()
    some = frame.filter(known)
    chance = some["likelihood"].to_numpy()
    odds = logit(np.clip(chance, 1e-6, 1 - 1e-6))
    parts = [
        _part(key, np.rint(100 * _TENTHS * (chance - expit(odds - added))))
        for key, added in _added(some, model).items()
    ]
    joined = pl.concat_str(parts, separator=",", ignore_nulls=True) if parts else pl.lit("")
    texts = some.select(text=pl.format("{{{}}}", joined)).to_series()
    places = pl.select(pl.when(known).then(known.cast(pl.UInt32).cum_sum() - 1)).to_series()
    return texts[places].alias("contributions")


def _added(frame: pl.DataFrame, model: Responding) -> dict[str, Floats]:
    """What is added to everybody's log-odds, by the key of the first term with these words."""
    added: dict[str, Floats] = {}
    keys: dict[str, str] = {}
    open_to = frame.select(pl.any_horizontal([usable(c) for c in AUTOMATIC])).to_series()
    reached = open_to.to_numpy() & (frame["planning"].fill_null(0.0) > 0).to_numpy()
    for term, value in model.contributions(terms(frame, hour=PLAN_HOUR), reached=reached):
        key = keys.setdefault(term.label, term.key)
        added[key] = added[key] + value if key in added else value
    return added


def _part(key: str, tenths: Floats) -> pl.Expr:
    value = pl.lit(pl.Series(tenths.astype(np.int32)))
    return pl.when(value != 0).then(pl.lit(f'"{key}":') + value.cast(pl.String))
