"""Lines of orders made into purchases: each order once, less what was given back; pure."""

from datetime import datetime

import polars as pl

from app.reports.reading.purchase_lines import Lines
from app.reports.reading.reader import LINE
from inputs.purchase_states import REFUNDED, RETURNED

# An order with less than this left has been given back.
_NOTHING = 0.005
_COLUMNS = ("contact", "email", "date", "amount", "back", "firm", "part", "void", LINE)


def orders_of(lines: Lines, *, until: datetime | None = None) -> pl.DataFrame:
    """The purchases, the returns that belong to none of their orders (`back`), and what is `void`.

    `until` leaves out what happened later. Columns: contact, email, date, amount, back, firm, part, void, line.
    """
    frame = lines.frame
    if until is not None:
        later = (frame["date"] > until).fill_null(value=False)
        frame = frame.filter(~later) if later.any() else frame
    ordered = frame["order"].is_not_null()
    if not ordered.any():
        return _singles(frame)
    orders = _grouped(_keyed(frame if ordered.all() else frame.filter(ordered)), lines)
    return pl.concat([_singles(frame.filter(~ordered)), orders]).drop_nulls("date").sort(LINE)


def as_placed(orders: pl.DataFrame) -> pl.DataFrame:
    """Orders as they stood on their day: who was refunded later, nobody says when, had come, and brought nothing."""
    later = pl.col("void").eq_missing(pl.lit(REFUNDED))
    return orders.with_columns(
        amount=pl.when(later).then(0.0).otherwise("amount"),
        void=pl.when(later).then(None).otherwise("void"),
    )


def repeated_totals(lines: Lines) -> int:
    """How many orders have one and the same total on each of several lines, if all with several lines have."""
    if not lines.order_totals:
        return 0
    sales = lines.frame.filter(
        pl.col("order").is_not_null() & ~pl.col("back") & pl.col("amount").is_not_null()
    )
    several = sales.group_by("order").agg(lines=pl.len(), totals=pl.col("amount").n_unique())
    several = several.filter(pl.col("lines") > 1)
    return several.height if several.select((pl.col("totals") == 1).all()).item() else 0


def taken_back(orders: pl.DataFrame) -> pl.DataFrame:
    """Purchases of people (`contact_id`) less their returns.

    A return takes back the last purchase of the same amount before it, else the latest ones before it.
    """
    if not orders["back"].any():
        return orders.drop("back", "firm")
    people = orders.filter(pl.col("back"))["contact_id"].unique()
    touched = pl.col("contact_id").is_in(people.implode())
    own = orders.filter(touched).sort("contact_id", "date", "back", LINE)
    # A return without an amount gives back the purchase before it.
    before = pl.when(~pl.col("back")).then(pl.col("amount")).forward_fill().over("contact_id")
    own = own.with_columns(worth=pl.coalesce("amount", before).fill_null(1.0))
    own = _paired(own)
    paired = own.filter(pl.col("void").is_not_null() & ~pl.col("back"))
    open_ones = own.filter(pl.col("void").is_null() & (pl.col("firm") | ~pl.col("back")))
    rest = orders.filter(~touched).drop("back", "firm")
    parts = [rest, *(part.select(rest.columns) for part in (paired, _cascaded(open_ones)))]
    return pl.concat(parts, how="vertical").sort(LINE)


def lone_returns(orders: pl.DataFrame) -> int:
    """How many returns have no purchase of the same person before them."""
    if not orders["back"].any():
        return 0
    sold_at = pl.when(~pl.col("back")).then("date")
    return int(
        orders.sort("contact_id", "date", "back")
        .select(lone=pl.col("back") & sold_at.forward_fill().over("contact_id").is_null())["lone"]
        .sum()
    )


def _singles(frame: pl.DataFrame) -> pl.DataFrame:
    """Lines without an order: each is a purchase or a return of its own."""
    net = pl.col("amount") - pl.col("refunded").fill_null(0.0)
    is_undone = ~pl.col("back") & (pl.col("refunded") > 0) & (net <= _NOTHING)
    void = pl.when(is_undone.fill_null(value=False)).then(pl.lit(REFUNDED)).otherwise("void")
    amount = pl.when(pl.col("back")).then("amount").otherwise(net.clip(0.0))
    return frame.with_columns(
        void=void,
        amount=amount,
        part=_is_open(pl.col("refunded")),
    ).select(_COLUMNS)


def _is_open(given_back: pl.Expr) -> pl.Expr:
    """Said to be given back in part, and nowhere how much."""
    return pl.col("part") & (given_back.fill_null(0.0) <= 0)


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `key`: a return names the order that it belongs to, and numbers that customers share are theirs each."""
    orders = frame["order"].filter(~frame["back"]).unique()
    parent = pl.when(pl.col("back") & pl.col("parent").is_in(orders.implode())).then("parent")
    frame = frame.with_columns(key=pl.coalesce(parent, "order").cast(pl.UInt64))
    who = pl.coalesce("contact", pl.col("email").str.to_lowercase())
    frame = frame.with_columns(who=who)
    sold = frame.select("key", "who").filter(~frame["back"] & frame["who"].is_not_null())
    people = sold.group_by("key").agg(first=pl.col("who").min(), last=pl.col("who").max())
    shared = people.filter(pl.col("first") != pl.col("last"))["key"]
    if shared.is_empty():
        return frame
    # The order's number in the upper half, that of the customer in the lower.
    own = pl.col("key") * (1 << 32) + pl.col("who").rank("dense").cast(pl.UInt64)
    is_shared = pl.col("key").is_in(shared.implode()) & pl.col("who").is_not_null()
    return frame.with_columns(key=pl.when(is_shared).then(own).otherwise("key"))


def _grouped(frame: pl.DataFrame, lines: Lines) -> pl.DataFrame:
    """One row for each order."""
    once = repeated_totals(lines) > 0
    # A state that is written on some lines only is the order's, unless other lines say otherwise.
    sold = ~pl.col("back")
    paid = sold & pl.col("void").is_null()
    counted = pl.when(paid).then("amount")
    back = pl.when(pl.col("back") & pl.col("void").is_null()).then("amount")
    first = (
        pl.col(name).filter(sold & pl.col(name).is_not_null()).first()
        for name in ("contact", "email")
    )
    any_ = (pl.col(name).drop_nulls().first().alias(f"any_{name}") for name in ("contact", "email"))
    orders = frame.group_by("key", maintain_order=True).agg(
        *first,
        *any_,
        sold_at=pl.col("date").filter(paid).min(),
        any_at=pl.col("date").min(),
        sales=sold.sum(),
        paid=(paid & pl.col("told")).sum(),
        blank=(paid & ~pl.col("told")).sum(),
        state=pl.col("void").filter(sold).drop_nulls().first(),
        total=_total(counted, once=once),
        refunded=pl.col("refunded").max() if once else _total(pl.col("refunded"), once=False),
        returned=_total(back, once=False),
        firm=pl.col("firm").any(),
        part=pl.col("part").any(),
        **{LINE: pl.col(LINE).min()},
    )
    return _netted(orders).select(_COLUMNS)


def _total(amounts: pl.Expr, *, once: bool) -> pl.Expr:
    """The sum, null where there is none to add."""
    whole = amounts.max() if once else amounts.sum()
    return pl.when(amounts.count() > 0).then(whole)


def _netted(orders: pl.DataFrame) -> pl.DataFrame:
    is_sale = pl.col("sales") > 0
    # No line says that it was paid, and some say that it was not.
    is_void = is_sale & (pl.col("paid") == 0) & pl.col("state").is_not_null()
    given_back = pl.max_horizontal(
        pl.col("returned").fill_null(0.0), pl.col("refunded").fill_null(0.0)
    )
    net = pl.col("total") - given_back
    is_undone = is_sale & (given_back > 0) & (net <= _NOTHING)
    by_lines = (pl.col("total") - pl.col("returned") <= _NOTHING).fill_null(value=False)
    return orders.with_columns(
        date=pl.when(is_sale).then(pl.coalesce("sold_at", "any_at")).otherwise("any_at"),
        contact=pl.coalesce("contact", "any_contact"),
        email=pl.coalesce("email", "any_email"),
        back=~is_sale,
        void=pl.when(is_void)
        .then("state")
        .when(is_undone.fill_null(value=False))
        .then(pl.when(by_lines).then(pl.lit(RETURNED)).otherwise(pl.lit(REFUNDED))),
        amount=pl.when(is_sale).then(net.clip(0.0)).otherwise("returned"),
        part=_is_open(given_back),
    )


def _paired(own: pl.DataFrame) -> pl.DataFrame:
    """Each return and the last purchase of the same amount before it are `void`."""
    step = pl.when("back").then(-1).otherwise(1)
    group = ["contact_id", pl.col("worth").round(2)]
    own = own.with_columns(sum=step.cum_sum().over(group)).with_columns(
        floor=pl.min_horizontal(pl.col("sum").cum_min().over(group), pl.lit(0))
    )
    own = own.with_columns(level=pl.col("sum") - pl.col("floor"))
    lowest = pl.col("level").reverse().cum_min().reverse().over(group)
    alone = (
        pl.when("back")
        .then(
            # Nothing was left to pair with: the floor sank.
            pl.col("floor") < pl.col("floor").shift(1, fill_value=0).over(group)
        )
        .otherwise(lowest >= pl.col("level"))
    )
    void = pl.when(alone).then("void").otherwise(pl.lit(RETURNED))
    return own.with_columns(void=void).drop("sum", "floor", "level")


def _cascaded(own: pl.DataFrame) -> pl.DataFrame:
    """What is left of each purchase after the returns that follow it have taken theirs, the latest first."""
    step = pl.when("back").then(-pl.col("worth")).otherwise(pl.col("amount").fill_null(0.0))
    own = own.with_columns(sum=step.cum_sum().over("contact_id")).with_columns(
        floor=pl.min_horizontal(pl.col("sum").cum_min().over("contact_id"), pl.lit(0.0))
    )
    own = own.with_columns(level=pl.col("sum") - pl.col("floor"))
    lowest = pl.col("level").reverse().cum_min().reverse().over("contact_id")
    own = own.with_columns(taken=pl.col("level") - lowest).filter(~pl.col("back"))
    left = (pl.col("amount") - pl.col("taken")).clip(0.0)
    is_touched = pl.col("taken") > _NOTHING
    own = own.with_columns(
        void=pl.when(is_touched & (left <= _NOTHING)).then(pl.lit(RETURNED)).otherwise("void"),
        amount=pl.when(is_touched).then(left).otherwise("amount"),
    )
    return own.drop("sum", "floor", "level", "taken")
