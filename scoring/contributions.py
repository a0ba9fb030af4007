"""What moves each contact's chance of answering, in points of a hundred, as a short text; columnar."""

import numpy as np
import polars as pl

from scoring.learn.responding import Responding, answering
from scoring.models.either import either
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
    parts = [
        _part(key, np.rint(100 * _TENTHS * added)) for key, added in _added(some, model).items()
    ]
    joined = pl.concat_str(parts, separator=",", ignore_nulls=True) if parts else pl.lit("")
    texts = some.select(text=pl.format("{{{}}}", joined)).to_series()
    places = pl.select(pl.when(known).then(known.cast(pl.UInt32).cum_sum() - 1)).to_series()
    return texts[places].alias("contributions")


def _added(frame: pl.DataFrame, model: Responding) -> dict[str, Floats]:
    """What is added to everybody's chance, by the key of the first term with these words."""
    odds: dict[str, list[Floats | None]] = {}
    keys: dict[str, str] = {}
    for term, *parts in model.contributions(model.terms(frame, hour=PLAN_HOUR)):
        both = odds.setdefault(
            keys.setdefault(term.label, term.key.partition("=")[0]), [None, None]
        )
        for i, part in enumerate(parts):
            before = both[i]
            both[i] = before if part is None else part if before is None else before + part
    alone, chance = frame["p_return"].to_numpy(), frame["likelihood"].to_numpy()
    works = model.works_share
    answer = answering(alone, chance) / works
    return {
        key: chance - either(_without(alone, come), works * _without(answer, told))
        for key, (come, told) in odds.items()
    }


def _without(chance: Floats, added: Floats | None) -> Floats:
    """The chance without what was added to its log-odds; one of nothing stays so."""
    if added is None:
        return chance
    inside = np.clip(chance, 1e-6, 1.0 - 1e-6)
    return np.where(chance > 0, inside / (inside + (1.0 - inside) * np.exp(added)), 0.0)


def _part(key: str, tenths: Floats) -> pl.Expr:
    value = pl.lit(pl.Series(tenths.astype(np.int32)))
    return pl.when(value != 0).then(pl.lit(f'"{key}":') + value.cast(pl.String))
