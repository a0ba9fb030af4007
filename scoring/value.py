"""What a sale is typically worth, what a contact is expected to bring, and who comes first."""

import math
from collections.abc import Sequence

import polars as pl

from scoring.features.segment import LEAD, SEGMENTS, Segment
from scoring.features.segment_columns import share_that_buys
from scoring.features.signals import CAME_BACK
from scoring.sales import SaleBasis

# Strength of the pull towards the account's own typical sale, in people (empirical Bayes).
SHRINKAGE = 30
# Below so many sales nothing tells small ones from others.
FEW = 10
# A sale below this share of a large one is small.
SMALL = 0.1
# What would leave fewer of the sales than this is not left out.
_LEAST_SHARE = 0.02

# Shares of the dormant, reachable people, best first: A a tenth, B two tenths, C three, D the rest.
PRIORITY = pl.Enum(list("ABCD"))
PRIORITY_SHARES = (("A", 0.10), ("B", 0.30), ("C", 0.60))


def sale_basis(amounts: pl.Series) -> SaleBasis | None:
    """The typical sale of an account, from the amounts of all its sales; None where there are none.

    A sale is worth counting from a tenth of the sale that half of all money is made with or above. Who buys now and
    then a small thing beside a large one would else pull what a sale is worth down to the small one.
    """
    known = amounts.filter(amounts > 0).sort()
    if not len(known):
        return None
    if len(known) < FEW:
        return SaleBasis(_typical(known), len(known), is_median=True)
    over = _least(known)
    counted = known.filter(known >= over)
    if len(counted) < max(FEW // 2, len(known) * _LEAST_SHARE):
        over, counted = 0.0, known
    left_out = len(known) - len(counted)
    return SaleBasis(
        round(_typical(counted), 2),
        len(counted),
        over if left_out else None,
        left_out,
        is_median=len(counted) < FEW,
    )


def _least(amounts: pl.Series) -> float:
    """From how much on a sale is worth counting, as a round number; `amounts` ascend."""
    # One absurd amount must not make all the others small.
    capped = amounts.clip(upper_bound=amounts.quantile(0.98, "lower"))
    money = capped.cum_sum()
    large = float(capped[int((money >= money[-1] / 2).arg_max() or 0)])
    least = large * SMALL
    power = 10.0 ** math.floor(math.log10(least))
    return max(step * power for step in (1, 2, 5) if step * power <= least * (1 + 1e-9))


def _typical(amounts: pl.Series) -> float:
    """The median of a few amounts; of more their mean, the lowest and highest 5 in 100 drawn to the rest."""
    if len(amounts) < FEW:
        return float(amounts.median())  # type: ignore[arg-type]
    low, high = amounts.quantile(0.05, "higher"), amounts.quantile(0.95, "lower")
    return float(amounts.clip(low, high).mean())  # type: ignore[arg-type]


def sale_values(
    sales: pl.DataFrame,
    frame: pl.DataFrame,
    basis: SaleBasis | None,
    segments: Sequence[Segment] = SEGMENTS,
) -> dict[str, float]:
    """Segment → its typical sale, for every segment; empty where no sale has an amount.

    `sales` has the person (a place in `frame`), occurred_at and amount of each. A customer segment's typical sale is
    that of its people, drawn to the account's: of each the sale that their money is made with, so that who buys often
    is not worth less for the small things in between. Leads have none, so theirs is that of the customers' first
    ones. Segments that nobody is in have one too: who is scored later may be the first there.
    """
    if basis is None:
        return {}
    counted = sales.filter(pl.col("amount") >= (basis.over or 0.0))
    firsts = counted.sort("occurred_at").group_by("person").agg(pl.col("amount").first())
    first = _shrunk(firsts["amount"], basis.typical)
    amount = pl.col("amount")
    each = counted.group_by("person").agg((amount**2).sum() / amount.sum()).sort("person")
    bought = each.with_columns(segment=frame["segment"].gather(each["person"]))
    own = {
        key: part["amount"] for (key,), part in bought.partition_by("segment", as_dict=True).items()
    }
    return {
        s.key: first
        if s.track == LEAD
        else _shrunk(own[s.key], basis.typical)
        if s.key in own
        else basis.typical
        for s in segments
    }


def _shrunk(amounts: pl.Series, overall: float) -> float:
    """A part's typical sale, drawn to the account's the more the fewer people the part has."""
    n = len(amounts)
    own = _typical(amounts.sort()) if n else 0.0
    return (n * own + SHRINKAGE * overall) / (n + SHRINKAGE)


def expected_value(segments: Sequence[Segment]) -> pl.Expr:
    """What a plan is expected to bring, in major units, less what it costs.

    The uplift (who would have come anyway is not counted), times the shares of the segment
    who book, show up and buy, times the typical sale, less the touches' cost.
    """
    buys = share_that_buys(segments)
    return pl.col("uplift") * buys * pl.col("typical_sale") - pl.col("plan_cost")


def worth() -> pl.Expr:
    """What ranks a contact: the expected value, or the uplift where no sale has a value.

    In nine digits: the last ones depend on how many rows are computed at once, and who stands just at the edge of a
    priority would have one with everybody and another by themselves.
    """
    return pl.coalesce("expected_value", "uplift").round_sig_figs(9)


def priority_cuts(frame: pl.DataFrame) -> tuple[float, ...]:
    """The worth from which on a reachable candidate has priority A, B or C."""
    ranked = frame.select(pl.when(_ranked()).then(worth()).alias("worth"))["worth"].drop_nulls()
    ranked = ranked.sort(descending=True)
    if not len(ranked):
        return (0.0,) * len(PRIORITY_SHARES)
    places = (min(max(round(share * len(ranked)), 1), len(ranked)) for _, share in PRIORITY_SHARES)
    return tuple(float(ranked[place - 1]) for place in places)


def with_priority(frame: pl.DataFrame, cuts: tuple[float, ...]) -> pl.DataFrame:
    """Add `priority` A-D to reachable candidates, by worth; empty for all others.

    Who came back after a long silence just now is A: the moment does not wait.
    """
    letter = pl.lit("D", dtype=PRIORITY)
    for (name, _), cut in reversed(list(zip(PRIORITY_SHARES, cuts, strict=True))):
        letter = pl.when(worth() >= cut).then(pl.lit(name, dtype=PRIORITY)).otherwise(letter)
    back = pl.col("signal").eq_missing(pl.lit(CAME_BACK))
    letter = pl.when(back).then(pl.lit("A", dtype=PRIORITY)).otherwise(letter)
    return frame.with_columns(priority=pl.when(_ranked()).then(letter))


def _ranked() -> pl.Expr:
    return pl.col("uplift").is_not_null() & pl.col("reachable")
