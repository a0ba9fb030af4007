"""Activities and purchases files made into events of known contacts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from app.reports.reading.activities import Other, other_gap, others_of, with_acts
from app.reports.reading.columns import report, with_dates, with_numbers
from app.reports.reading.mapping import FileMapping
from app.reports.reading.reader import LINE, BadRows, Table
from inputs.activity_kinds import VOID, Meaning
from inputs.values.addresses import address
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
        *_gap("unknown_contacts", lost, "Activities of nobody in the contacts file.",
              "Left out", "Export all contacts"),
        *_gap("no_direction", blind.height, "Emails and texts that don't say who sent them.",
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
) -> EventData:
    """The purchases until as_of; customers missing from the contacts are added.

    They are reachable by an address in the purchases, or if `reachable` says so.
    """
    frame, gaps = _with_values(table, mapping, bad)
    frame = frame.filter(pl.col("date") <= as_of).with_columns(
        kind=pl.lit("purchase"), direction=pl.lit("in")
    )
    joined = _joined(frame, keys).with_columns(
        address=pl.coalesce(address("email"), address("contact")),
        own=pl.when(~pl.col("contact").str.contains("@", literal=True)).then(pl.col("contact")),
    )
    person = pl.coalesce("own", "address")
    new_id = pl.coalesce("own", pl.format("purchase row {}", pl.col(LINE).min().over(person)))
    nameless = joined["contact_id"].is_null() & joined.select(person.is_null()).to_series()
    lines = joined.filter(nameless)[LINE]
    report(
        table, table.frame[LINE].is_in(lines.implode()), "", "the purchase names no customer", bad
    )
    joined = joined.filter(~nameless)
    missing = joined.filter(pl.col("contact_id").is_null()).with_columns(contact_id=new_id)
    added = missing.group_by("contact_id", maintain_order=True).agg(
        has_email=pl.lit(reachable) | pl.col("address").is_not_null().any()
    )
    if keys.height:
        gaps += _added(added)
    known = joined.with_columns(contact_id=pl.coalesce("contact_id", new_id))
    return EventData(_events(known), added, gaps)


def _with_values(
    table: Table, mapping: FileMapping, bad: BadRows
) -> tuple[pl.DataFrame, list[Gap]]:
    frame, gaps = with_dates(table, ["date"], mapping.columns, bad)
    if "amount" in mapping.columns:
        frame = with_numbers(table, frame, ["amount"], mapping.columns, bad)
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
    undated = table.frame["date"].is_null()
    report(table, undated, mapping.columns["date"], "the date is missing", bad)
    return frame, gaps


def _joined(frame: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Add contact_id: by id, by an address written in the id's place, by the address."""
    by = {"by_id": pl.col("contact"), "by_mail": address("contact"), "by_address": address("email")}
    for name, key in by.items():
        found = keys.rename({"contact_id": name})
        frame = frame.with_columns(key=key).join(found, on="key", how="left", maintain_order="left")
    return frame.with_columns(contact_id=pl.coalesce(*by)).drop("key", *by)


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    known = frame.rename({"date": "occurred_at"})
    return known.select(
        pl.col(name).cast(kind) for name, kind in EVENT_COLUMNS.items() if name in known.columns
    )


def _added(added: pl.DataFrame) -> list[Gap]:
    return _gap(
        "added_customers", added.height, "Customers in the purchases but not in the contacts.",
        "Added as contacts; reachable only by an address in the purchases", "Export all contacts",
    )  # fmt: skip


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"contact_id": pl.String, "has_email": pl.Boolean})


def _gap(key: str, count: int, text: str, consequence: str, fix: str) -> list[Gap]:
    return [Gap(key, count, text, consequence, fix)] if count else []
