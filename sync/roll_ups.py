"""What roll-ups add to what the CRM tells in detail: only what is not known already, and no purchase twice."""

from collections.abc import Collection

import polars as pl

from inputs.evidence import Evidence

_DAY = pl.duration(days=1)
# A device is fitted some weeks around the day on which its deal is won: that is one sale.
FITTED_AROUND = pl.duration(days=60)
# Columns in which what a mapped property says stands before what the CRM says by itself.
_SAID = ("lifecycle", "created_at", "unengaged_sends")
# What further inputs come to: who is under age is left alone, who was unhappy went quiet for it.
_SAID_OF = {
    "open_deal": "open_deal",
    "birth_date": "do_not_contact",
    "satisfaction": "reason",
    "next_appointment_at": "next_meeting_at",
    "sms_consent_at": "sms_consent_at",
    "warranty_end_at": "ends_at",
    "contract_end_at": "ends_at",
}


def without_known_fittings(typed: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """The typed columns without fittings that belong to a sale which is known in detail."""
    if "fitting_at" not in typed.columns:
        return typed
    sales = details.filter(pl.col("kind") == "purchase").select("contact_id", sold="occurred_at")
    near = (pl.col("fitting_at") - pl.col("sold")).abs() <= FITTED_AROUND
    known = (
        typed.select("contact_id", "fitting_at")
        .join(sales, on="contact_id")
        .filter(near)
        .select("contact_id")
        .unique()
        .with_columns(is_known=pl.lit(value=True))
    )
    return (
        typed.join(known, on="contact_id", how="left", maintain_order="left")
        .with_columns(fitting_at=pl.when(pl.col("is_known").is_null()).then("fitting_at"))
        .drop("is_known")
    )


def add_contacts(people: pl.DataFrame, evidence: Evidence, fed: Collection[str]) -> pl.DataFrame:
    """The contacts with what the inputs that are fed say of them.

    Addresses, and what speaks against contacting somebody, are columns of the mirror already.
    """
    told = [name for name in _SAID if name in fed]
    wanted = [*told, *(own for name, own in _SAID_OF.items() if name in fed)]
    columns = [pl.col(name).alias(f"said_{name}") for name in dict.fromkeys(wanted)]
    joined = people.join(
        evidence.contacts.select("contact_id", *columns),
        on="contact_id",
        how="left",
        maintain_order="left",
    )
    made = {name: pl.coalesce(f"said_{name}", name).cast(people.schema[name]) for name in told}
    for name in ("open_deal", "do_not_contact"):
        if f"said_{name}" in joined.columns:
            made[name] = pl.col(name).fill_null(value=False) | pl.col(f"said_{name}").fill_null(
                value=False
            )
    if "satisfaction" in fed:
        is_new = pl.col("reason").is_null() & pl.col("said_reason").is_not_null()
        made["reason"] = pl.coalesce("reason", "said_reason")
        made["reason_source"] = pl.when(is_new).then(pl.lit("field")).otherwise("reason_source")
    if "next_appointment_at" in fed:
        made["next_meeting_at"] = pl.col("said_next_meeting_at")
    if "sms_consent_at" in fed:
        made["sms_consent_at"] = pl.col("said_sms_consent_at")
    if {"warranty_end_at", "contract_end_at"} & set(fed):
        made["ends_at"] = pl.col("said_ends_at")
    return joined.with_columns(**made).select(pl.exclude(r"^said_.*$"))


def add_events(details: pl.DataFrame, evidence: Evidence, *, until: pl.Expr) -> pl.DataFrame:
    """The events that are known in detail, and the roll-ups that tell of others.

    A sign of life is another one where it lies before or after all that are known of its kind. Purchases are
    others on days outside those known, and further ones as far as the count exceeds what is known.
    """
    told = evidence.events.filter(pl.col("occurred_at") <= until)
    signs = _outside(told.filter(pl.col("kind") != "purchase"), details)
    bought = _further_purchases(told.filter(pl.col("kind") == "purchase"), details)
    loose = evidence.loose.filter(pl.col("occurred_at") <= until)
    seen = pl.concat([d.select("contact_id") for d in (details, signs, bought)]).unique()
    rest = loose.join(seen, on="contact_id", how="anti")
    return pl.concat([details, signs, bought, rest], how="diagonal_relaxed")


def _spans(details: pl.DataFrame) -> pl.DataFrame:
    at = pl.col("occurred_at")
    return details.group_by("contact_id", "kind").agg(
        first=at.min(), last=at.max(), known=pl.len().cast(pl.Int64)
    )


def _outside(told: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    if told.is_empty():
        return told
    spans = _spans(details)
    at = pl.col("occurred_at")
    is_other = (at < pl.col("first") - _DAY) | (at > pl.col("last") + _DAY)
    return (
        told.join(spans, on=("contact_id", "kind"), how="left", maintain_order="left")
        .filter(is_other | pl.col("known").is_null())
        .drop("first", "last", "known")
    )


def _further_purchases(told: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    if told.is_empty():
        return told
    spans = _spans(details.filter(pl.col("kind") == "purchase"))
    at = pl.col("occurred_at")
    is_other = (at < pl.col("first") - _DAY) | (at > pl.col("last") + _DAY)
    numbered = (
        told.join(spans, on=("contact_id", "kind"), how="left", maintain_order="left")
        .with_columns(
            known=pl.col("known").fill_null(0), counted=pl.len().cast(pl.Int64).over("contact_id")
        )
        .filter(is_other | (pl.col("known") == 0))
        .with_columns(again=pl.int_range(pl.len()).over("contact_id", "occurred_at"))
    )
    days = (pl.col("again") == 0).sum().cast(pl.Int64).over("contact_id")
    spare = pl.col("counted") - pl.col("known") - days
    repeat = (pl.col("again") > 0).cum_sum().over("contact_id")
    return numbered.filter((pl.col("again") == 0) | (repeat <= spare)).select(told.columns)
