"""What typed columns prove: one row a contact, the signs of life and purchases its roll-ups hold.

A roll-up is evidence, and less than a list: a last purchase with a count of three makes a customer with three
purchases, two of them on a day that nobody knows.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from inputs.catalogue import BY_NAME
from inputs.input import Kind
from inputs.meanings import meanings_of, parts_of
from inputs.refusals import refused

UTC_MS = pl.Datetime("ms", "UTC")
TYPES: dict[Kind, pl.DataType | type[pl.DataType]] = {
    Kind.MOMENT: UTC_MS,
    Kind.MONEY: pl.Float64,
    Kind.COUNT: pl.Float64,
    Kind.YES_NO: pl.Boolean,
    Kind.MARK: pl.Boolean,
}
EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "contact_id": pl.String,
    "occurred_at": UTC_MS,
    "kind": pl.String,
    "direction": pl.String,
    "outcome": pl.String,
    "amount": pl.Float64,
}
# What a date says happened: kind, direction, outcome.
SIGNS: dict[str, tuple[str, str | None, str | None]] = {
    "last_appointment_at": ("meeting", None, None),
    "last_meeting_at": ("meeting", None, None),
    "last_reply_at": ("email", "in", None),
    "last_sales_reply_at": ("email", "in", None),
    "last_sms_at": ("sms", "in", None),
    "last_call_at": ("call", None, "answered"),
    "first_form_at": ("form", "in", None),
    "last_form_at": ("form", "in", None),
    "last_visit_at": ("visit", "in", None),
    "last_seen_at": ("visit", "in", None),
    "last_click_at": ("click", "in", None),
    "last_sales_click_at": ("click", "in", None),
    "last_engagement_at": ("other", "in", None),
}
# What tells of the past: a date to come in one of these is no proof of anything.
PAST = (
    *("created_at", *SIGNS, "last_activity_at", "birth_date", "sms_consent_at"),
    *("first_purchase_at", "last_purchase_at", "closed_at", "fitting_at", "revenue_at"),
)
# In the order in which a later one stands for the same day.
_BOUGHT_AT = ("first_purchase_at", "fitting_at", "last_purchase_at", "closed_at")
_BOUGHT = (*_BOUGHT_AT, "purchase_count", "revenue", "last_purchase_amount")
# What proves a consent to texts.
_PROOFS = ("sms_consent_at", "sms_consent_source", "sms_consent_text")
_REFUSALS = ("do_not_contact", "email_opt_out", "email_bounced", "sms_opt_out", "call_opt_out")
# The inputs that anything is made of here.
READ = (
    *("contact_id", "email", "phone", "mobile", "created_at", "source", "lifecycle", "reason"),
    *(
        "email_kind_opt_out",
        "email_consent",
        "sms_consent",
        "marketing_status",
        "tags",
        "preferred_channel",
        "satisfaction",
        "birth_date",
    ),
    *(*_REFUSALS, "unengaged_sends", "open_deal", "next_appointment_at"),
    *("warranty_end_at", "contract_end_at", "revenue_at", "revenue_amount", *_PROOFS),
    *(*SIGNS, "last_activity_at", *_BOUGHT),
)
_MOST_PURCHASES = 1_000
_OF_AGE = 18
# A device is fitted some weeks around the day on which it is sold: that is one sale.
_FITTED_AROUND = pl.duration(days=60)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Contacts, one row each in the scorer's words; events that are proved; and `loose` ones.

    `loose` may have been the business's own doing: they count only where nothing better is known.
    """

    contacts: pl.DataFrame
    events: pl.DataFrame
    loose: pl.DataFrame


def evidence_of(typed: pl.DataFrame, *, as_of: datetime | None = None) -> Evidence:
    """What the columns of a table prove; they are named by inputs and typed by TYPES, `contact_id` is there.

    Absent columns count as empty; rows of one contact are taken together. `as_of` tells who is under age.
    """
    named = [name for name in READ if name in typed.columns]
    frame = typed.select(
        pl.col(name).cast(type_of(name))
        if name in named
        else pl.lit(None, type_of(name)).alias(name)
        for name in READ
    )
    # A sale that is kept in fields of its own, its date and its amount, is the last one that is known.
    frame = frame.with_columns(
        last_purchase_at=pl.coalesce("last_purchase_at", "revenue_at"),
        last_purchase_amount=pl.coalesce("last_purchase_amount", "revenue_amount"),
    )
    return Evidence(
        _contacts(frame, named, as_of),
        pl.concat([_signs(frame, named), _purchases(frame, named)]),
        _loose(frame, named),
    )


def type_of(name: str) -> pl.DataType | type[pl.DataType]:
    """How a column with the values of an input is typed."""
    return TYPES.get(BY_NAME[name].kind, pl.String)


def empty_events() -> pl.DataFrame:
    """Events without a row, in their shape."""
    return pl.DataFrame(schema=EVENTS)


def _contacts(frame: pl.DataFrame, named: list[str], as_of: datetime | None) -> pl.DataFrame:
    """One row per contact: the first value found; an opt-out, a bounce or a wish in any row counts."""
    flagged = frame.with_columns(
        _wishes(_said_of_contacting(frame)),
        sms_consent=_proved(named),
        marketable=_meant("marketing_status", frame["marketing_status"]) == "marketable",
        minor=_minor(as_of),
        # Which kind a workflow sends, nobody but its author knows: one that is refused closes e-mail.
        email_consent=pl.when("email_kind_opt_out")
        .then(pl.lit(value=False))
        .otherwise("email_consent"),
    )
    merged = flagged.group_by("contact_id", maintain_order=True).agg(
        *(_first(name) for name in ("created_at", "source", "lifecycle", "reason", "satisfaction")),
        _first("unengaged_sends").cast(pl.Int64),
        *((pl.col(name) | pl.col(f"{name} in tags")).any().alias(name) for name in _REFUSALS),
        pl.col("open_deal", "minor", "customer in tags").any(),
        # One no outweighs a yes in another row.
        pl.col("sms_consent", "email_consent", "marketable").min(),
        paid=(pl.col("revenue") > 0).any(),
        has_email=pl.col("email").is_not_null().any(),
        has_phone=pl.any_horizontal(pl.col("phone", "mobile").is_not_null()).any(),
        next_meeting_at=pl.col("next_appointment_at").max(),
        sms_consent_at=pl.col("sms_consent_at").max(),
        ends_at=_next_end(as_of),
    )
    stage = _meant("lifecycle", merged["lifecycle"])
    unhappy = _meant("satisfaction", merged["satisfaction"]) == "unhappy"
    return (
        merged.with_columns(
            do_not_contact=pl.col("do_not_contact") | pl.col("minor"),
            lifecycle=pl.when(pl.col("customer in tags") | pl.col("paid").fill_null(value=False))
            .then(pl.lit("customer"))
            .otherwise(stage),
            source=pl.coalesce(_meant("source", merged["source"]), "source"),
            reason=pl.coalesce("reason", pl.when(unhappy).then(pl.lit("unhappy"))),
        )
        .with_columns(
            lifecycle=pl.coalesce(
                "lifecycle", pl.when(merged["lifecycle"].is_not_null()).then(pl.lit("other"))
            ),
            reason_source=pl.when(pl.col("reason").is_not_null()).then(pl.lit("field")),
        )
        .drop("satisfaction", "minor", "paid", "customer in tags")
    )


def _first(name: str) -> pl.Expr:
    return pl.col(name).drop_nulls().first()


def _next_end(as_of: datetime | None) -> pl.Expr:
    """When a contract or a warranty ends next; without a moment to look from, the last end that is known."""
    ends = [pl.col(name) for name in ("warranty_end_at", "contract_end_at")]
    if as_of is None:
        return pl.max_horizontal(ends).max()
    return pl.min_horizontal(pl.when(end > as_of).then(end) for end in ends).min()


def _minor(as_of: datetime | None) -> pl.Expr:
    """True for who is under age at a moment; nobody is known to be where none is given."""
    if as_of is None:
        return pl.lit(value=False)
    return pl.col("birth_date").dt.offset_by(f"{_OF_AGE}y") > as_of


def _meant(name: str, values: pl.Series) -> pl.Series:
    """The meanings of the values of a choice, empty where no table says; each value is looked up once."""
    if values.null_count() == len(values):
        return values
    known = meanings_of(name, values.unique().drop_nulls())
    return values.replace_strict(known, default=None, return_dtype=pl.String)


def _said_of_contacting(frame: pl.DataFrame) -> pl.Series:
    """Tags, and what stands where they would like to be contacted: "do not contact", often."""
    both = pl.concat_str("tags", "preferred_channel", separator="; ", ignore_nulls=True)
    return frame.select(said=pl.when(both != "").then(both))["said"]


def _proved(named: list[str]) -> pl.Expr:
    """Consent to texts: where a table has columns for when, where or in which words it was given, only with one."""
    said, proofs = pl.col("sms_consent"), [name for name in _PROOFS if name in named]
    if not proofs:
        return said
    proof = pl.any_horizontal(pl.col(name).is_not_null() for name in proofs)
    dated = pl.col("sms_consent_at").is_not_null()
    given = said.fill_null(dated)
    return pl.when(given & proof).then(pl.lit(value=True)).when(~given).then(said)


def _wishes(tags: pl.Series) -> list[pl.Expr]:
    """For each refusal, and for customers, whether a contact's tags say so."""
    some = tags.drop_nulls()
    cells = some.unique().to_list() if len(some) else []
    parts = {cell: parts_of("tags", cell) for cell in cells}
    words = {word for found in parts.values() for word in found}
    refusing = {word: refused([word]) for word in words}
    buying = meanings_of("tags", words)
    saying = {
        name: [cell for cell in cells if any(name in refusing[word] for word in parts[cell])]
        for name in _REFUSALS
    }
    saying["customer"] = [cell for cell in cells if any(word in buying for word in parts[cell])]
    return [
        (pl.lit(tags).is_in(found).fill_null(value=False) if found else pl.lit(value=False)).alias(
            f"{name} in tags"
        )
        for name, found in saying.items()
    ]


def _event(
    frame: pl.LazyFrame, name: str, sign: tuple[str, str | None, str | None]
) -> pl.LazyFrame:
    kind, direction, outcome = sign
    return frame.filter(pl.col(name).is_not_null()).select(
        "contact_id",
        occurred_at=pl.col(name),
        kind=pl.lit(kind),
        direction=pl.lit(direction, dtype=pl.String),
        outcome=pl.lit(outcome, dtype=pl.String),
        amount=pl.lit(None, dtype=pl.Float64),
    )


def _signs(frame: pl.DataFrame, named: list[str]) -> pl.DataFrame:
    if not SIGNS.keys() & set(named):
        return empty_events()
    rows = frame.lazy()
    found = [_event(rows, name, SIGNS[name]) for name in named if name in SIGNS]
    return pl.concat([empty_events().lazy(), *found]).unique(maintain_order=True).collect()


def _loose(frame: pl.DataFrame, named: list[str]) -> pl.DataFrame:
    """The last activity of any kind; none where a column of the table knows better."""
    if any(name in SIGNS and frame[name].count() for name in named):
        return empty_events()
    return _event(frame.lazy(), "last_activity_at", ("other", "in", None)).collect()


def _purchases(frame: pl.DataFrame, named: list[str]) -> pl.DataFrame:
    """Purchases on the days that are known, the rest of their number on the last of them.

    The lifetime value is spread over them: the last amount on the last, what remains evenly on the others.
    """
    if not {*_BOUGHT_AT, "revenue_at"} & set(named):
        return empty_events()
    days = _purchase_days(frame)
    if days.is_empty():
        return empty_events()
    money = frame.group_by("contact_id", maintain_order=True).agg(
        pl.col("purchase_count", "revenue", "last_purchase_amount").drop_nulls().first()
    )
    known = days.with_columns(known=pl.len().over("contact_id")).join(
        money, on="contact_id", how="left", maintain_order="left"
    )
    counted = pl.col("purchase_count").fill_null(0).clip(0, _MOST_PURCHASES).cast(pl.Int64)
    is_last = pl.col("occurred_at") == pl.col("occurred_at").max().over("contact_id")
    rows = known.with_columns(
        purchases=pl.max_horizontal(counted, pl.col("known").cast(pl.Int64)), is_last=is_last
    ).with_columns(
        times=pl.when("is_last").then(pl.col("purchases") - pl.col("known") + 1).otherwise(1)
    )
    rows = rows.select(pl.all().repeat_by("times")).explode(pl.selectors.all())
    newest = pl.col("is_last") & (pl.int_range(pl.len()).over("contact_id", "is_last") == 0)
    return rows.select(
        "contact_id",
        "occurred_at",
        kind=pl.lit("purchase"),
        direction=pl.lit(None, dtype=pl.String),
        outcome=pl.lit(None, dtype=pl.String),
        amount=_amount(newest),
    )


def _purchase_days(frame: pl.DataFrame) -> pl.DataFrame:
    """contact_id, occurred_at: each day on which a contact is known to have bought, once."""
    stage = _meant("lifecycle", frame["lifecycle"])
    bought = (pl.col("revenue").fill_null(0) > 0) | pl.lit(stage == "customer")
    closed = pl.when(bought & pl.col("last_purchase_at").is_null()).then(pl.col("closed_at"))
    fitted = pl.col("fitting_at")
    sales = [pl.col(name) for name in ("first_purchase_at", "last_purchase_at")]
    same = pl.any_horizontal((fitted - sale).abs() <= _FITTED_AROUND for sale in sales)
    found = frame.lazy().with_columns(
        closed_at=closed, fitting_at=pl.when(~same.fill_null(value=False)).then(fitted)
    )
    long = [found.select("contact_id", occurred_at=name).drop_nulls() for name in _BOUGHT_AT]
    return (
        pl.concat(long)
        .with_columns(day=pl.col("occurred_at").dt.date())
        .unique(["contact_id", "day"], keep="last", maintain_order=True)
        .drop("day")
        .collect()
    )


def _amount(newest: pl.Expr) -> pl.Expr:
    whole, last = pl.col("revenue"), pl.col("last_purchase_amount")
    others = pl.col("purchases") - 1
    shared = pl.when((others > 0) & (whole >= last)).then((whole - last) / others)
    each = pl.coalesce(shared, whole / pl.col("purchases"))
    return pl.when(newest).then(pl.coalesce(last, each)).otherwise(each)
