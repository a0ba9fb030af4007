"""The dormancy score: how surely somebody with this history would have been heard from by now.

For a contact heard from on x + 1 days over a span of tau days and silent for gap days since, with a
gamma prior (r, alpha) on the rate of contact, the chance of silence if still engaged is
((alpha + tau) / (alpha + tau + gap)) ** (r + x): the gamma mixture of exponential waiting times in
Schmittlein, Morrison and Colombo (1987), Management Science 33:1. The score is 100 times one minus
that. It is not P(alive), which misleads for people who bought once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from scoring.features.segment import CUSTOMER
from scoring.models import gamma_poisson
from scoring.models.fitting import Prior
from scoring.models.gamma_poisson import GammaPoisson

#: Groups of people whose rates are alike, and how often such people get in touch (alpha in days).
# Customers: MBG/NBD fitted to the CDNOW sample (r .5248, alpha 6.183 weeks). Leads have no public
# data set of that kind: one contact every 30, 45, 60 or 90 days, by what they first asked for, is a
# planning value until an account's own rhythm speaks.
PLANNED_RATES: Mapping[str, GammaPoisson] = {
    "customer": GammaPoisson(0.5248, 6.1830 * 7),
    "high": GammaPoisson(1.0, 30.0),
    "medium": GammaPoisson(1.0, 45.0),
    "low": GammaPoisson(1.0, 60.0),
    "none": GammaPoisson(1.0, 90.0),
}
# The planning values are worth about thirty contacts who came more than once (empirical Bayes).
_SPREAD = 0.2
_ENOUGH = 20_000


@dataclass(frozen=True, slots=True)
class Rates:
    """The gamma prior on the rate of contact of each group in PLANNED_RATES."""

    groups: Mapping[str, GammaPoisson]


def fit_rates(frame: pl.DataFrame) -> Rates:
    """What an account's own rhythms say of each group, drawn to the planning values.

    Only who came more than once tells of a rhythm: `repeats` over `span_days`.
    """
    again = frame.select("repeats", "span_days", group=_group()).filter(pl.col("repeats") > 0)
    found = dict(PLANNED_RATES)
    for (name,), part in again.group_by("group"):
        # Every so manyth in order of what counts, so that the order of rows decides nothing.
        some = part.sort("repeats", "span_days").gather_every(-(-part.height // _ENOUGH))
        prior = Prior.around(PLANNED_RATES[str(name)], sd=_SPREAD)
        repeats, span = (some[column].to_numpy() for column in ("repeats", "span_days"))
        found[str(name)] = gamma_poisson.fit(repeats, span, prior=prior).params
    return Rates(found)


def silence_probability(rates: Rates) -> pl.Expr:
    """P(this silence | still engaged), in 0..1, from track, interest, repeats, span and gap."""
    r, alpha = _prior(rates)
    before = alpha + pl.col("span_days")
    return (before / (before + pl.col("gap_days"))).pow(r + pl.col("repeats"))


def dormancy_score(rates: Rates) -> pl.Expr:
    """The score as a whole number in 0..100; empty where the gap is unknown."""
    return (100 * (1 - silence_probability(rates))).round(0).cast(pl.Int32)


def contacts_missed(rates: Rates) -> pl.Expr:
    """How often somebody with this history, still engaged, would have been in touch since; empty as the score is.

    The mean of the same gamma belief times the silence. Where nearly every score is 99 it still tells apart who has
    missed five contacts and who has missed fifty.
    """
    r, alpha = _prior(rates)
    pace = (r + pl.col("repeats")) / (alpha + pl.col("span_days"))
    return (pace * pl.col("gap_days")).round(1).cast(pl.Float32)


def _prior(rates: Rates) -> tuple[pl.Expr, pl.Expr]:
    """The gamma prior of each contact's group."""
    groups = rates.groups.items()
    r = _group().replace_strict({n: g.r for n, g in groups}, return_dtype=pl.Float64)
    alpha = _group().replace_strict({n: g.alpha for n, g in groups}, return_dtype=pl.Float64)
    return r, alpha


def _group() -> pl.Expr:
    words = pl.Enum(list(PLANNED_RATES))
    level = pl.when(pl.col("touched")).then(pl.col("interest_level").cast(words))
    return (
        pl.when(pl.col("track") == CUSTOMER)
        .then(pl.lit("customer", dtype=words))
        .otherwise(level.fill_null(pl.lit("none", dtype=words)))
    )
