"""A contacts file made into the frame the scorer wants, with the signs of life its columns hold."""

from dataclasses import dataclass

import polars as pl

from app.reports.reading.columns import with_dates, with_numbers
from app.reports.reading.mapping import FileMapping
from app.reports.reading.reader import LINE, BadRows, Table
from inputs.catalogue import BY_NAME
from inputs.evidence import evidence_of
from inputs.input import Kind
from inputs.values.addresses import address
from inputs.values.yes_no import is_marked, is_yes
from scoring.summary.audit_summary import Gap

CHANNELS = ("email", "phone", "mobile")
_FLAGS = {
    "email_opt_out": is_marked,
    "email_bounced": is_marked,
    "do_not_contact": is_marked,
    "open_deal": is_marked,
    "sms_opt_out": is_marked,
    "call_opt_out": is_marked,
    "sms_consent": is_yes,
}


@dataclass(frozen=True, slots=True)
class ContactData:
    """The contacts, their events, keys (`key`, `contact_id`) to join others by, and what to say.

    `loose` are events that count only where nothing better is known.
    """

    contacts: pl.DataFrame
    events: pl.DataFrame
    loose: pl.DataFrame
    keys: pl.DataFrame
    gaps: list[Gap]


def read_contacts(table: Table, mapping: FileMapping, bad: BadRows) -> ContactData:
    """Everything a contacts file holds; rows that repeat an id are one contact."""
    dates = [field for field in mapping.columns if _kind(field) is Kind.MOMENT]
    numbers = [field for field in mapping.columns if _kind(field) in (Kind.MONEY, Kind.COUNT)]
    frame, gaps = with_dates(table, dates, mapping.columns, bad)
    frame = with_numbers(table, frame, numbers, mapping.columns, bad)
    frame = frame.with_columns(
        read(name).alias(name) for name, read in _FLAGS.items() if name in frame.columns
    )
    frame = _with_ids(frame)
    typed = frame.with_columns(email=pl.col("address"))
    found = evidence_of(typed)
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
        keys=_keys(addresses),
        gaps=[*gaps, *_repeats(frame, contacts), *_same_address(addresses)],
    )


def _kind(field: str) -> Kind | None:
    return BY_NAME[field].kind if field in BY_NAME else None


def _with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Give every row the id of its contact: its own, else that of the first row with its address.

    An address never becomes an id, so that no list or report shows one by accident.
    """
    absent = [name for name in ("contact_id", "email") if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    frame = frame.with_columns(address=address("email"))
    row = pl.format(
        "row {}", pl.col(LINE).min().over(pl.coalesce("address", pl.col(LINE).cast(pl.String)))
    )
    return frame.with_columns(contact_id=pl.coalesce("contact_id", row))


def _keys(contacts: pl.DataFrame) -> pl.DataFrame:
    ids = contacts.select(key=pl.col("contact_id"), contact_id=pl.col("contact_id"))
    known = contacts.filter(pl.col("address").is_not_null())
    addresses = known.select(key=pl.col("address"), contact_id=pl.col("contact_id"))
    return pl.concat([ids, addresses]).unique("key", keep="first", maintain_order=True)


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
