"""What holds of a person who has several records: each one's wishes hold for all, and one stands for them; pure.

The same for a few people (`as_one`) and over columns of everybody (`with_one_person`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contact_rules.person import Person
from contact_rules.reasons import SERVICE_ISSUE

if TYPE_CHECKING:
    import polars as pl

# What speaks against contacting somebody, and the value that does: said of one record it holds for all.
_SHARED: Mapping[str, bool] = {
    "do_not_contact": True,
    "email_opt_out": True,
    "email_consent": False,
    "sms_consent": False,
    "sms_opt_out": True,
    "call_opt_out": True,
    "complained": True,
    "on_list": True,
    "is_staff": True,
    "is_competitor": True,
    "disqualified": True,
    "in_sequence": True,
    "in_workflow": True,
    "open_deal": True,
    "open_ticket": True,
}
# The latest of them, or the most, is the person's: whoever fills them in counts what was sent under all records.
_LATEST = (
    *("next_meeting_at", "last_human_at", "last_staff_at", "last_started_at", "last_purchase_at"),
    *("last_inquiry_at", "last_marketing_at", "third_marketing_at", "last_touch_at"),
    *("rounds_unanswered", "wish", "circumstance", "set_aside"),
)


def as_one(records: Sequence[Person]) -> list[Person]:
    """The records of one person, in their order, each with what holds of the person.

    The one that stands for them has an address, was in touch last and, of equals, has the first id; the others are
    the same as another. Archived ones stand for nobody.
    """
    if len(records) < 2:
        return [*records]
    shared: dict[str, Any] = {
        name: value
        for name, value in _SHARED.items()
        if any(getattr(record, name) is value for record in records)
    }
    for name in _LATEST:
        told = [value for record in records if (value := getattr(record, name)) is not None]
        if told:
            shared[name] = max(told)
    if any(record.reason == SERVICE_ISSUE for record in records):
        shared["reason"] = SERVICE_ISSUE
    live = [record for record in records if not record.archived]
    chosen = min(live, key=_order).contact_id if live else None
    return [
        replace(record, **shared, same_as_another=record.contact_id != chosen) for record in records
    ]


def _order(record: Person) -> tuple[bool, float, str]:
    seen = record.last_human_at
    return not _has_address(record), -_seconds(seen), record.contact_id


def _has_address(record: Person) -> bool:
    return bool(record.has_email) and not record.email_bounced


def _seconds(moment: datetime | None) -> float:
    return float("-inf") if moment is None else moment.timestamp()


def with_one_person(frame: "pl.DataFrame") -> "pl.DataFrame":
    """A frame of people (PERSON_COLUMNS) and `person`, with what holds of each person as `as_one` says it."""
    import polars as pl  # noqa: PLC0415

    of_person = "person"
    several = pl.len().over(of_person) > 1
    made: dict[str, pl.Expr] = {}
    for name, value in _SHARED.items():
        said = pl.col(name).eq_missing(pl.lit(value)).any().over(of_person)
        made[name] = pl.when(said).then(pl.lit(value)).otherwise(pl.col(name))
    for name in _LATEST:
        made[name] = pl.col(name).max().over(of_person)
    unhappy = (pl.col("reason") == SERVICE_ISSUE).fill_null(value=False).any().over(of_person)
    made["reason"] = pl.when(unhappy).then(pl.lit(SERVICE_ISSUE)).otherwise(pl.col("reason"))
    reachable = pl.col("has_email").fill_null(value=False) & ~pl.col("email_bounced").fill_null(
        value=False
    )
    gone = pl.col("archived").fill_null(value=False)
    by = [gone, ~reachable, -pl.col("last_human_at").dt.epoch("ms").fill_null(-(1 << 62))]
    first = pl.col("contact_id").sort_by([*by, pl.col("contact_id")]).first().over(of_person)
    is_other = (pl.col("contact_id") != first) | gone
    made["same_as_another"] = pl.when(several).then(is_other).otherwise(pl.col("same_as_another"))
    return frame.with_columns(**made)
