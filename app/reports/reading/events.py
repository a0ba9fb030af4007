"""Activities and purchases files made into events of known contacts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from app.reports.reading.activities import Other, other_gap, others_of, with_acts
from app.reports.reading.columns import report, typed
from app.reports.reading.mapping import FileMapping
from app.reports.reading.orders import (
    as_placed,
    lone_returns,
    orders_of,
    repeated_totals,
    taken_back,
)
from app.reports.reading.purchase_gaps import (
    added_gap,
    gap,
    lone_gap,
    part_gap,
    totals_gap,
    undone_gap,
)
from app.reports.reading.purchase_lines import Lines, purchase_lines
from app.reports.reading.reader import LINE, BadRows, Table
from inputs.activity_kinds import VOID, Meaning
from inputs.input import Kind
from inputs.values.addresses import address
from inputs.values.ids import first_written, plain_id, zeroless_key
from scoring.features.input_frames import EVENT_COLUMNS
from scoring.summary.audit_summary import Gap


@dataclass(frozen=True, slots=True)
class EventData:
    """Events in the scorer's shape, contacts that had to be added for them, and what to say.

    `others` are the kinds of activities that aren't known, the most frequent first.
    """

    events: pl.DataFrame
    added: pl.DataFrame
    gaps: list[Gap]
    others: tuple[Other, ...] = ()


def read_activities(
    table: Table,
    mapping: FileMapping,
    keys: pl.DataFrame,
    bad: BadRows,
    *,
    kinds: Mapping[str, Meaning] | None = None,
) -> EventData:
    """The activities of known contacts; those of nobody there are counted and left out.

    `kinds` are types that the user mapped by hand. What is in no table is *other* and no sign of life.
    """
    frame, gaps = _with_values(table, mapping, bad)
    report(table, frame["type"].is_null(), mapping.columns["type"], "the type is missing", bad)
    frame = frame.filter(pl.col("type").is_not_null() & pl.col("date").is_not_null())
    frame = with_acts(frame, kinds or {})
    others = others_of(frame)
    known = _joined(frame, keys)
    lost = int(known["contact_id"].is_null().sum())
    written = pl.col("kind").is_in(["email", "sms"]) & pl.col("direction").is_null()
    blind = known.filter(written & ~pl.col("outcome").is_in(VOID).fill_null(value=False))
    gaps += [
        *other_gap(others),
        *gap("unknown_contacts", lost, "Activities of nobody in the contacts file.",
              "Left out", "Export all contacts"),
        *gap("no_direction", blind.height, "Emails and texts that don't say who sent them.",
              "Not counted as a sign of life", "Add a direction"),
    ]  # fmt: skip
    return EventData(_events(known.drop_nulls("contact_id")), _nobody(), gaps, others)


def read_purchases(
    table: Table,
    mapping: FileMapping,
    keys: pl.DataFrame,
    bad: BadRows,
    *,
    as_of: datetime,
    reachable: bool,
    kinds: Mapping[str, Meaning] | None = None,
    known_until: datetime | None = None,
) -> EventData:
    """The purchases until as_of, less what was given back; customers missing from the contacts are added.

    They are reachable by an address in the purchases, or if `reachable` says so. `known_until` tells the purchases
    until then as they were known then: a later return takes nothing from them, and who was refunded came all the same.
    """
    lines = purchase_lines(table, mapping, bad, chosen=kinds or {})
    placed = known_until is not None
    bought, undone, lone = _bought(table, lines, keys, bad, until=as_of, placed=placed)
    if known_until is not None and lines.frame["back"].any():
        later = bought.filter(pl.col("date") > known_until)
        del bought
        before, _, _ = _bought(table, lines, keys, None, until=known_until, placed=True)
        bought = pl.concat([before, later])
    if not lines.has_amounts:
        bought = bought.with_columns(amount=pl.lit(None, dtype=pl.Float64))
    missing = bought.filter(pl.col("is_missing"))
    added = missing.group_by("contact_id", maintain_order=True).agg(
        has_email=pl.lit(reachable) | pl.col("address").is_not_null().any()
    )
    gaps = [
        *lines.gaps,
        *undone_gap(undone, came=placed),
        *lone_gap(lone),
        *part_gap(int(bought["part"].sum())),
        *totals_gap(repeated_totals(lines), mapping.columns.get("amount", "")),
    ]
    if keys.height:
        gaps += added_gap(added)
    bought = bought.with_columns(
        kind=pl.lit("purchase"), direction=pl.lit("in"), outcome=pl.lit(None, dtype=pl.String)
    )
    return EventData(_events(bought), added, gaps)


def _bought(
    table: Table,
    lines: Lines,
    keys: pl.DataFrame,
    bad: BadRows | None,
    *,
    until: datetime,
    placed: bool,
) -> tuple[pl.DataFrame, dict[str, int], int]:
    """What stands of the purchases until a moment, how many were none by their state, and the lone returns."""
    orders = orders_of(lines, until=until)
    undone = Counter(_counted(orders["void"]))
    if placed:
        orders = as_placed(orders)
    sold = _sold(table, orders, keys, bad)
    del orders  # it is large
    lone = lone_returns(sold)
    left = taken_back(sold)
    undone.update(_counted(left["void"]))
    return left.filter(pl.col("void").is_null()).drop("void"), dict(undone.most_common()), lone


def _sold(
    table: Table, orders: pl.DataFrame, keys: pl.DataFrame, bad: BadRows | None
) -> pl.DataFrame:
    """What brought or gave back money, with `contact_id`; a purchase of nobody is reported."""
    frame = _joined(orders.filter(pl.col("void").is_null()), keys)
    del orders
    nobody = frame["contact_id"].is_null()
    known = frame.filter(~nobody).with_columns(
        address=pl.lit(None, dtype=pl.String), is_missing=pl.lit(value=False)
    )
    known = known.drop("contact", "email")
    if not nobody.any():
        return known
    own = pl.when(~pl.col("contact").str.contains("@", literal=True)).then(pl.col("contact"))
    missing = frame.filter(nobody).with_columns(
        address=pl.coalesce(address("email"), address("contact")), is_missing=pl.lit(value=True)
    )
    person = pl.coalesce(own, "address")
    new_id = pl.coalesce(own, pl.format("purchase row {}", pl.col(LINE).min().over(person)))
    nameless = missing.select(person.is_null().alias("nameless"))["nameless"]
    if bad is not None:
        where = table.frame[LINE].is_in(missing.filter(nameless)[LINE].implode())
        report(table, where, "", "the purchase names no customer", bad)
    missing = missing.with_columns(contact_id=new_id).filter(~nameless)
    return pl.concat([known, missing.select(known.columns)]).sort(LINE)


def _counted(states: pl.Series) -> dict[str, int]:
    """How often each state stands there, the most frequent first."""
    counted = states.drop_nulls().alias("state").value_counts(sort=True)
    return dict(counted.iter_rows())


def _with_values(
    table: Table, mapping: FileMapping, bad: BadRows
) -> tuple[pl.DataFrame, list[Gap]]:
    kinds = {"date": Kind.MOMENT, "amount": Kind.MONEY}
    known = {field: kind for field, kind in kinds.items() if field in mapping.columns}
    frame, gaps = typed(table, known, mapping.columns, bad)
    absent = {
        name: kind
        for name, kind in {
            "contact": pl.String,
            "email": pl.String,
            "direction": pl.String,
            "outcome": pl.String,
            "amount": pl.Float64,
        }.items()
        if name not in frame.columns
    }
    frame = frame.with_columns(pl.lit(None, dtype=kind).alias(n) for n, kind in absent.items())
    frame = frame.with_columns(first_written(frame["contact"]).alias("contact"))
    undated = table.frame["date"].is_null()
    report(table, undated, mapping.columns["date"], "the date is missing", bad)
    return frame, gaps


def _joined(frame: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Add contact_id: by id, by an address written in the id's place, by the address."""
    found = _looked_up(frame.select(key=plain_id(pl.col("contact")))["key"], keys)
    for key in (zeroless_key(pl.col("contact")), address("contact"), address("email")):
        if found.null_count() == 0:
            break
        other = _looked_up(frame.select(key.alias("key"))["key"], keys)
        found = pl.select(pl.coalesce(found, other)).to_series()
    return frame.with_columns(found.alias("contact_id"))


def _looked_up(key: pl.Series, keys: pl.DataFrame) -> pl.Series:
    """The contact_id of each key, in its order; null where there is none."""
    one = key.alias("key").to_frame()
    return one.join(keys, on="key", how="left", maintain_order="left")["contact_id"]


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    known = frame.rename({"date": "occurred_at"})
    return known.select(
        pl.col(name).cast(kind) for name, kind in EVENT_COLUMNS.items() if name in known.columns
    )


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"contact_id": pl.String, "has_email": pl.Boolean})
