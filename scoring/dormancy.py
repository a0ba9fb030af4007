"""The dormancy score: how surely somebody with this history would have been heard from by now.

For a contact heard from on x + 1 days over a span of tau days and silent for gap days since, with a
gamma prior (r, alpha) on the rate of contact, the chance of silence if still engaged is
((alpha + tau) / (alpha + tau + gap)) ** (r + x): the gamma mixture of exponential waiting times in
Schmittlein, Morrison and Colombo (1987), Management Science 33:1. The score is 100 times one minus
that. It is not P(alive), which misleads for people who bought once.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class RatePrior:
    """Shape r and scale alpha (in days) of how often such people get in touch."""

    r: float
    alpha: float


# Customers: MBG/NBD fitted to the CDNOW sample (r .5248, alpha 6.183 weeks). Leads have no public
# data set of that kind: one contact every 30, 45, 60 or 90 days, by what they first asked for, is a
# planning value until an account's own rhythm speaks through x and tau.
CUSTOMER_PRIOR = RatePrior(0.5248, 6.1830 * 7)
LEAD_PRIORS = {
    "high": RatePrior(1.0, 30.0),
    "medium": RatePrior(1.0, 45.0),
    "low": RatePrior(1.0, 60.0),
    "none": RatePrior(1.0, 90.0),
}


def silence_probability() -> pl.Expr:
    """P(this silence | still engaged), in 0..1, from track, interest, repeats, span and gap."""
    r, alpha = _prior("r"), _prior("alpha")
    before = alpha + pl.col("span_days")
    return (before / (before + pl.col("gap_days"))).pow(r + pl.col("repeats"))


def dormancy_score() -> pl.Expr:
    """The score as a whole number in 0..100; empty where the gap is unknown."""
    return (100 * (1 - silence_probability())).round(0).cast(pl.Int64)


def _prior(part: str) -> pl.Expr:
    value = pl.lit(getattr(LEAD_PRIORS["none"], part))
    for level in ("low", "medium", "high"):
        known = pl.when(pl.col("touched") & pl.col("interest_level").eq(level))
        value = known.then(pl.lit(getattr(LEAD_PRIORS[level], part))).otherwise(value)
    customer = pl.when(pl.col("track").eq("customer"))
    return customer.then(pl.lit(getattr(CUSTOMER_PRIOR, part))).otherwise(value)
