"""What a sale is typically worth, what a contact is expected to bring, and who comes first."""

import polars as pl

from scoring.recency import DORMANT_BANDS, NEVER
from scoring.segment import ACTION_SHARE, SALE_SHARE

# Strength of the pull towards the account's own median, in sales (empirical Bayes).
SHRINKAGE = 30

# Shares of the dormant, reachable people, best first: A a tenth, B two tenths, C three, D the rest.
PRIORITY_SHARES = (("A", 0.10), ("B", 0.30), ("C", 0.60))


def email_usable() -> pl.Expr:
    """An address that may be written to and that the CRM would not quietly skip.

    CRMs leave out people after 11 unopened sends, or 16 where there was engagement once.
    """
    limit = pl.when(pl.col("touched")).then(16).otherwise(11)
    return (
        pl.col("has_email")
        & ~pl.col("email_opt_out").fill_null(value=False)
        & ~pl.col("email_bounced").fill_null(value=False)
        & (pl.col("unengaged_sends").fill_null(0) < limit)
    )


def sms_usable() -> pl.Expr:
    """A number with proof of consent: no proof, no text."""
    return pl.col("has_phone") & pl.col("sms_consent").fill_null(value=False)


def call_usable() -> pl.Expr:
    """A number of somebody who has not opted out of anything."""
    refused = pl.col("email_opt_out").fill_null(value=False) | ~pl.col("sms_consent").fill_null(
        value=True
    )
    return pl.col("has_phone") & ~refused


def sale_values(human: pl.DataFrame, segments: pl.DataFrame) -> tuple[float | None, pl.DataFrame]:
    """The account's median sale, and `segment, typical_sale` for every segment that has one.

    A customer segment's typical sale is the median of its own sales, shrunk towards the account's;
    leads have none, so theirs is the median first sale of the customers.
    """
    sales = human.filter((pl.col("kind") == "purchase") & (pl.col("amount") > 0))
    if sales.is_empty():
        return None, pl.DataFrame(schema={"segment": pl.String, "typical_sale": pl.Float64})
    overall = _median(sales)
    firsts = sales.sort("occurred_at").group_by("contact_id").agg(pl.col("amount").first())
    first = _shrunk(firsts.height, _median(firsts), overall)
    bought = sales.join(segments, on="contact_id").group_by("segment")
    own = bought.agg(n=pl.len(), median=pl.col("amount").median())
    shrunk = (pl.col("n") * pl.col("median") + SHRINKAGE * overall) / (pl.col("n") + SHRINKAGE)
    typical = (
        segments.select("segment", "track")
        .unique()
        .join(own, on="segment", how="left")
        .with_columns(typical_sale=pl.when(pl.col("track") == "lead").then(first).otherwise(shrunk))
    )
    return overall, typical.select("segment", "typical_sale").unique("segment")


def _median(sales: pl.DataFrame) -> float:
    return float(sales.select(pl.col("amount").median()).item())


def _shrunk(n: int, own: float, overall: float) -> float:
    return (n * own + SHRINKAGE * overall) / (n + SHRINKAGE)


def expected_value() -> pl.Expr:
    """Likelihood of a reply, times the shares who act and buy, times the typical sale."""
    return (pl.col("likelihood") * ACTION_SHARE * SALE_SHARE * pl.col("typical_sale")).round(2)


def with_priority(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `priority` A-D to the dormant and reachable, by expected value; empty for all others."""
    candidate = pl.col("band").is_in([*DORMANT_BANDS, NEVER]) & pl.col("reachable")
    ranked = (
        frame.filter(candidate)
        # Equal values are common, for they are planning values: the fresher silence comes first.
        .sort(
            ["expected_value", "likelihood", "gap_days", "contact_id"],
            descending=[True, True, False, False],
            nulls_last=True,
        )
        .select("contact_id", place=pl.int_range(1, pl.len() + 1) / pl.len())
    )
    letter = pl.lit("D")
    for name, share in reversed(PRIORITY_SHARES):
        letter = pl.when(pl.col("place") <= share + 1e-9).then(pl.lit(name)).otherwise(letter)
    letters = ranked.select("contact_id", priority=letter)
    return frame.join(letters, on="contact_id", how="left", maintain_order="left")
