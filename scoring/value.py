"""What a sale is typically worth, what a contact is expected to bring, and who comes first."""

import polars as pl

from scoring.features.segment import LEAD, SEGMENTS
from scoring.features.segment_columns import SEGMENT
from scoring.features.signals import CAME_BACK
from scoring.verticals import Vertical

# Strength of the pull towards the account's own median, in sales (empirical Bayes).
SHRINKAGE = 30

# Shares of the dormant, reachable people, best first: A a tenth, B two tenths, C three, D the rest.
PRIORITY = pl.Enum(list("ABCD"))
PRIORITY_SHARES = (("A", 0.10), ("B", 0.30), ("C", 0.60))


def sale_values(sales: pl.DataFrame, frame: pl.DataFrame, overall: float | None) -> pl.DataFrame:
    """`segment, typical_sale` of every segment; empty where `overall`, the account's median sale, is None.

    `sales` has the person (a place in `frame`), occurred_at and amount of each. A customer segment's
    typical sale is the median of its own sales, shrunk towards the account's; leads have none, so
    theirs is the median first sale of the customers. Segments that nobody is in have one too: who
    is scored later may be the first there.
    """
    if overall is None:
        return pl.DataFrame(schema={"segment": SEGMENT, "typical_sale": pl.Float64})
    firsts = sales.sort("occurred_at").group_by("person").agg(pl.col("amount").first())
    first = _shrunk(firsts.height, _median(firsts), overall)
    bought = sales.with_columns(segment=frame["segment"].gather(sales["person"]))
    own = bought.group_by("segment").agg(n=pl.len(), median=pl.col("amount").median())
    n, median = pl.col("n").fill_null(0), pl.col("median").fill_null(0.0)
    shrunk = (n * median + SHRINKAGE * overall) / (n + SHRINKAGE)
    every = pl.DataFrame(
        {"segment": [s.key for s in SEGMENTS], "lead": [s.track == LEAD for s in SEGMENTS]},
        schema_overrides={"segment": SEGMENT},
    )
    return every.join(own, on="segment", how="left", maintain_order="left").select(
        "segment", typical_sale=pl.when("lead").then(first).otherwise(shrunk)
    )


def _median(sales: pl.DataFrame) -> float:
    return float(sales.select(pl.col("amount").median()).item())


def _shrunk(n: int, own: float, overall: float) -> float:
    return (n * own + SHRINKAGE * overall) / (n + SHRINKAGE)


def expected_value(vertical: Vertical) -> pl.Expr:
    """What a plan is expected to bring, in major units, less what it costs.

    The uplift (who would have come anyway is not counted), times the shares of the line of business
    who book, show up and buy, times the typical sale, less the touches' cost.
    """
    buys = vertical.booked * vertical.shown * vertical.sold
    return pl.col("uplift") * buys * pl.col("typical_sale") - pl.col("plan_cost")


def worth() -> pl.Expr:
    """What ranks a contact: the expected value, or the uplift where no sale has a value."""
    return pl.coalesce("expected_value", "uplift")


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
    return pl.col("likelihood").is_not_null() & pl.col("reachable")
