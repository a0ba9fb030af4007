"""A contacts file made into the frame the scorer wants, with the signs of life its columns hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from app.reports.reading.columns import report, typed
from app.reports.reading.mapping import FileMapping, input_of
from app.reports.reading.reader import LINE, BadRows, Table
from inputs.catalogue import BY_NAME
from inputs.combining import combined
from inputs.evidence import PAST, evidence_of
from inputs.input import Kind
from inputs.values.ids import as_first_written, plain_id, zeroless_key
from scoring.summary.audit_summary import Gap

CHANNELS = ("email", "phone", "mobile")
TOTALS = "a row of totals"
_TOTAL = (
    r"(?i)^(?:grand |sub)?(?:totals?|sum|count|records|summe|gesamt(?:summe)?|insgesamt|anzahl|somme"
    r"|totale|totaal|suma)\b[\s:=\d.,()]*$"
)


@dataclass(frozen=True, slots=True)
class ContactData:
    """The contacts, their events, the address of each, and what to say.

    `loose` are events that count only where nothing better is known.
    """

    contacts: pl.DataFrame
    events: pl.DataFrame
    loose: pl.DataFrame
    addresses: pl.DataFrame
    gaps: list[Gap]

    @property
    def keys(self) -> pl.DataFrame:
        """`key` and `contact_id`, to join other files by."""
        return _keys(self.addresses)


def read_contacts(
    table: Table, mapping: FileMapping, bad: BadRows, *, as_of: datetime
) -> ContactData:
    """Everything a contacts file holds; rows that repeat an id are one contact."""
    every = mapping.every
    _leave_out_totals(table, every, bad)
    kinds = {name: kind for name in every if (kind := _kind(name)) is not None}
    frame, gaps = typed(table, kinds, every, bad)
    for name in (name for name, kind in kinds.items() if kind is Kind.ID):
        written = pl.when(pl.col(name).is_not_null()).then("written")
        frame = frame.with_columns(written=table.frame[name])
        frame = frame.with_columns(as_first_written(written).alias(name)).drop("written")
    del table  # its text is let go before more columns are made
    gaps += _in_the_future(frame, every, as_of)
    frame = _with_ids(combined(frame, mapping.sources()))
    found = evidence_of(frame, as_of=as_of)
    addresses = frame.group_by("contact_id", maintain_order=True).agg(
        pl.col("address").drop_nulls().first()
    )
    contacts = found.contacts
    if not any(channel in mapping.columns for channel in CHANNELS):
        contacts = contacts.with_columns(has_email=pl.lit(value=True))
    return ContactData(
        contacts=contacts,
        events=found.events,
        loose=found.loose,
        addresses=addresses,
        gaps=[*gaps, *_repeats(frame, contacts), *_same_address(addresses)],
    )


def _leave_out_totals(table: Table, columns: Mapping[str, str], bad: BadRows) -> None:
    """A report's last row is no contact."""
    named = [pl.col(name) for name in ("contact_id", "email") if name in columns]
    others = [pl.col(name) for name in CHANNELS if name in columns]
    if not named:
        return
    is_total = pl.any_horizontal(cell.str.contains(_TOTAL) for cell in named)
    numbered = [other.str.contains("[@0-9]").fill_null(value=False) for other in others]
    nobody = ~pl.any_horizontal(pl.lit(value=False), *numbered)
    where = table.frame.select(where=(is_total & nobody).fill_null(value=False))["where"]
    if where.any():
        report(table, where, next(iter(columns.values())), TOTALS, bad)
        table.frame = table.frame.filter(~where)


def _kind(field: str) -> Kind | None:
    return BY_NAME[input_of(field)].kind if input_of(field) in BY_NAME else None


def _in_the_future(frame: pl.DataFrame, columns: dict[str, str], as_of: datetime) -> list[Gap]:
    """Dates to come where the past is meant: each column of them is a gap."""
    late = {
        column: int((frame[name] > as_of).sum())
        for name, column in columns.items()
        if input_of(name) in PAST and input_of(name) != "created_at"
    }
    return [
        gap
        for column, count in late.items()
        for gap in _gap(
            f"future_dates:{column}",
            count,
            f"Dates in “{column}” lie after the date of this audit, where the past is meant.",
            "Not counted",
            "Check the column; appointments to come belong to next_appointment_at",
        )
    ]


def _with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Give every row the id of its contact: its own, else that of the first row with its address.

    An address never becomes an id, so that no list or report shows one by accident.
    """
    absent = [name for name in ("contact_id", "email") if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    frame = frame.with_columns(address=pl.col("email"))
    row = pl.format(
        "row {}", pl.col(LINE).min().over(pl.coalesce("address", pl.col(LINE).cast(pl.String)))
    )
    return frame.with_columns(contact_id=pl.coalesce("contact_id", row))


def _keys(contacts: pl.DataFrame) -> pl.DataFrame:
    ids = contacts.select(key=plain_id(pl.col("contact_id")), contact_id=pl.col("contact_id"))
    known = contacts.filter(pl.col("address").is_not_null())
    addresses = known.select(key=pl.col("address"), contact_id=pl.col("contact_id"))
    numbers = ids.with_columns(key=zeroless_key(pl.col("contact_id"))).unique("key", keep="none")
    keys = pl.concat([ids, addresses, numbers.select(ids.columns)])
    return keys.unique("key", keep="first", maintain_order=True)


def _repeats(frame: pl.DataFrame, contacts: pl.DataFrame) -> list[Gap]:
    count = frame.height - contacts.height
    return _gap(
        "repeated_rows", count, "Rows that repeat a contact already listed.",
        "Counted once; the first value of each column is kept", "Remove repeats",
    )  # fmt: skip


def _same_address(contacts: pl.DataFrame) -> list[Gap]:
    known = contacts["address"].drop_nulls()
    return _gap(
        "likely_duplicates", known.len() - known.n_unique(), "Likely duplicates by email.",
        "Counted as they are", "Merge them",
    )  # fmt: skip


def _gap(key: str, count: int, text: str, consequence: str, fix: str) -> list[Gap]:
    return [Gap(key, count, text, consequence, fix)] if count else []
