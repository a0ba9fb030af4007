"""A contacts file made into the frame the scorer wants, with the signs of life its columns hold."""

from dataclasses import dataclass

import polars as pl

from app.reports.reading.columns import with_dates, with_numbers
from app.reports.reading.mapping import FileMapping
from app.reports.reading.reader import LINE, BadRows, Table
from inputs.values.addresses import address
from inputs.values.yes_no import is_marked, is_yes
from scoring.features.input_frames import EVENT_COLUMNS, empty_events
from scoring.summary.audit_summary import Gap

# What a roll-up date says happened: kind, direction, outcome.
SIGNS: dict[str, tuple[str, str | None, str | None]] = {
    "last_reply_at": ("email", "in", None),
    "last_sales_reply_at": ("email", "in", None),
    "last_sms_at": ("sms", "in", None),
    "last_call_at": ("call", None, "answered"),
    "last_meeting_at": ("meeting", None, None),
    "first_form_at": ("form", "in", None),
    "last_form_at": ("form", "in", None),
    "last_visit_at": ("visit", "in", None),
    "last_seen_at": ("visit", "in", None),
    "last_click_at": ("click", "in", None),
    "last_sales_click_at": ("click", "in", None),
    "last_engagement_at": ("other", "in", None),
}
DATES = (
    *("created_at", *SIGNS, "last_activity_at"),
    *("first_purchase_at", "last_purchase_at", "closed_at"),
)
NUMBERS = ("unengaged_sends", "last_purchase_amount", "purchase_count", "revenue")
CHANNELS = ("email", "phone", "mobile")
_MAX_PURCHASES = 1_000


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
    dates = [field for field in DATES if field in mapping.columns]
    numbers = [field for field in NUMBERS if field in mapping.columns]
    frame, gaps = with_dates(table, dates, mapping.columns, bad)
    frame = with_numbers(table, frame, numbers, mapping.columns, bad)
    frame = _with_ids(_with_all_columns(frame))
    contacts = _merged(frame, reachability_known=any(c in mapping.columns for c in CHANNELS))
    counted_again = [*_repeats(frame, contacts), *_same_address(contacts)]
    return ContactData(
        contacts=contacts.drop("address"),
        events=pl.concat([_signs(frame, dates), _purchases(frame, mapping)], how="diagonal"),
        loose=_loose(frame, dates),
        keys=_keys(contacts),
        gaps=[*gaps, *counted_again],
    )


def _with_all_columns(frame: pl.DataFrame) -> pl.DataFrame:
    text = (
        *("contact_id", *CHANNELS, "source", "lifecycle", "reason"),
        *("email_opt_out", "email_bounced", "sms_consent", "do_not_contact", "open_deal"),
    )
    moment = EVENT_COLUMNS["occurred_at"]
    wanted = (
        dict.fromkeys(text, pl.String)
        | dict.fromkeys(NUMBERS, pl.Float64)
        | dict.fromkeys(DATES, moment)
    )
    return frame.with_columns(
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in wanted.items()
        if name not in frame.columns
    )


def _with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Give every row the id of its contact: its own, else that of the first row with its address.

    An address never becomes an id, so that no list or report shows one by accident.
    """
    frame = frame.with_columns(address=address("email"))
    row = pl.format(
        "row {}", pl.col(LINE).min().over(pl.coalesce("address", pl.col(LINE).cast(pl.String)))
    )
    return frame.with_columns(contact_id=pl.coalesce("contact_id", row))


def _merged(frame: pl.DataFrame, *, reachability_known: bool) -> pl.DataFrame:
    """One row per contact: the first value found; an opt-out or bounce in any row counts."""
    merged = (
        frame.with_columns(
            is_marked("email_opt_out"), is_marked("email_bounced"), is_marked("do_not_contact"),
            open_deal=is_marked("open_deal"), sms_consent=is_yes("sms_consent"),
        )
        .group_by("contact_id", maintain_order=True)
        .agg(
            _first("created_at"), _first("source"), _first("lifecycle"), _first("reason"),
            _first("address"), _first("unengaged_sends").cast(pl.Int64),
            pl.col("email_opt_out", "email_bounced", "do_not_contact", "open_deal").any(),
            sms_consent=pl.col("sms_consent").min(),
            has_phone=pl.any_horizontal(pl.col("phone", "mobile").is_not_null()).any(),
        )
    )  # fmt: skip
    blocked = pl.col("do_not_contact")
    return merged.with_columns(
        has_email=pl.col("address").is_not_null() if reachability_known else pl.lit(value=True),
        email_opt_out=pl.col("email_opt_out") | blocked,
        sms_consent=pl.when(blocked).then(pl.lit(value=False)).otherwise("sms_consent"),
        lifecycle=_lifecycle(),
        reason_source=pl.when(pl.col("reason").is_not_null()).then(pl.lit("field")),
    ).drop("do_not_contact")


def _first(name: str) -> pl.Expr:
    return pl.col(name).drop_nulls().first()


def _lifecycle() -> pl.Expr:
    word = pl.col("lifecycle").str.to_lowercase()
    return (
        pl.when(word.str.contains("customer|evangelist"))
        .then(pl.lit("customer"))
        .when(word.str.contains("opportunity"))
        .then(pl.lit("opportunity"))
        .when(word.str.contains("lead|subscriber|prospect"))
        .then(pl.lit("lead"))
        .when(word.is_not_null())
        .then(pl.lit("other"))
    )


def _event(
    frame: pl.DataFrame, field: str, sign: tuple[str, str | None, str | None]
) -> pl.DataFrame:
    kind, direction, outcome = sign
    return frame.filter(pl.col(field).is_not_null()).select(
        "contact_id",
        occurred_at=pl.col(field),
        kind=pl.lit(kind),
        direction=pl.lit(direction, dtype=pl.String),
        outcome=pl.lit(outcome, dtype=pl.String),
        amount=pl.lit(None, dtype=pl.Float64),
    )


def _signs(frame: pl.DataFrame, dates: list[str]) -> pl.DataFrame:
    found = [_event(frame, field, SIGNS[field]) for field in dates if field in SIGNS]
    return pl.concat([empty_events(), *found], how="diagonal").unique(maintain_order=True)


def _loose(frame: pl.DataFrame, dates: list[str]) -> pl.DataFrame:
    """Last activity of any kind, ours included; offered only if the file has no better column."""
    if any(field in SIGNS for field in dates):
        return empty_events()
    return _event(frame, "last_activity_at", ("other", "in", None))


def _purchases(frame: pl.DataFrame, mapping: FileMapping) -> pl.DataFrame:
    """As many purchases as counted, at the last date; revenue is spread evenly over them."""
    bought = (pl.col("revenue").fill_null(0) > 0) | (
        pl.col("lifecycle").str.to_lowercase().str.contains("customer").fill_null(value=False)
    )
    last = pl.coalesce("last_purchase_at", pl.when(bought).then(pl.col("closed_at")))
    count = pl.col("purchase_count").fill_null(1).clip(1, _MAX_PURCHASES).cast(pl.Int64)
    rows = frame.with_columns(last=last, count=count).filter(pl.col("last").is_not_null())
    rows = rows.unique("contact_id", keep="first", maintain_order=True)
    each = pl.coalesce(pl.col("revenue") / pl.col("count"), "last_purchase_amount")
    place = pl.int_range(pl.len()).over("contact_id")
    if "first_purchase_at" in mapping.columns:
        when = (
            pl.when((place == 0) & (pl.col("count") > 1))
            .then(pl.coalesce("first_purchase_at", "last"))
            .otherwise("last")
        )
    else:
        when = pl.col("last")
    repeated = (
        rows.select(pl.all().repeat_by("count")).explode(pl.selectors.all())
        if rows.height
        else rows
    )
    return repeated.select(
        "contact_id",
        occurred_at=when,
        kind=pl.lit("purchase"),
        direction=pl.lit(None, dtype=pl.String),
        outcome=pl.lit(None, dtype=pl.String),
        amount=each.cast(pl.Float64),
    )


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
