"""Roll-ups add what is not known in detail, and no purchase is counted twice."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from inputs.evidence import evidence_of
from sync.roll_ups import add_contacts, add_events, without_known_fittings

NOW = datetime(2026, 11, 16, tzinfo=UTC)
MOMENT = pl.Datetime("ms", "UTC")
NOBODY = pl.DataFrame(
    schema={"contact_id": pl.String, "occurred_at": MOMENT, "kind": pl.String, "amount": pl.Float64}
)


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def details(*events: tuple[str, int]) -> pl.DataFrame:
    rows = [("a", ago(days), kind, None) for kind, days in events]
    return pl.DataFrame(rows, schema=NOBODY.schema, orient="row") if rows else NOBODY


def typed(**values: object) -> pl.DataFrame:
    return pl.DataFrame({"contact_id": ["a"], **{n: [v] for n, v in values.items()}}).with_columns(
        pl.selectors.datetime().cast(MOMENT), pl.selectors.integer().cast(pl.Float64)
    )


def days_of(events: pl.DataFrame, kind: str) -> list[int]:
    found = events.filter(pl.col("kind") == kind).sort("occurred_at")["occurred_at"]
    return [(NOW - at).days for at in found]


def together(known: pl.DataFrame, **values: object) -> pl.DataFrame:
    frame = without_known_fittings(typed(**values), known)
    return add_events(
        known, evidence_of(frame, as_of=NOW), until=pl.lit(NOW).dt.cast_time_unit("ms")
    )


@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        ([], 100, [100]),
        ([400], 100, [400, 100]),
        ([400, 100], 100, [400, 100]),
        ([400, 100], 101, [400, 100]),
        ([400, 100], 200, [400, 100]),
        ([100], 400, [400, 100]),
    ],
)
def test_a_roll_up_counts_outside_what_is_known_in_detail(
    known: list[int], told: int, expected: list[int]
) -> None:
    acts = details(*(("meeting", days) for days in known))
    events = together(acts, last_appointment_at=ago(told))
    assert days_of(events, "meeting") == expected


def test_a_date_to_come_is_no_sign_of_life() -> None:
    assert together(details(), last_appointment_at=ago(-30)).is_empty()


@pytest.mark.parametrize(
    ("known", "count", "last", "expected"),
    [
        ([], 3, 50, 3),
        ([900, 600], 3, 50, 3),
        ([900, 600, 50], 3, 50, 3),
        ([900, 600, 300], 3, 50, 4),
        ([900], 5, 50, 5),
        ([50], 1, 50, 1),
    ],
)
def test_no_purchase_is_counted_twice(
    known: list[int], count: int, last: int, expected: int
) -> None:
    sales = details(*(("purchase", days) for days in known))
    events = together(sales, last_purchase_at=ago(last), purchase_count=count)
    assert len(days_of(events, "purchase")) == expected


def test_a_fitting_around_the_day_of_its_deal_is_that_sale() -> None:
    assert days_of(together(details(("purchase", 120)), fitting_at=ago(100)), "purchase") == [120]
    assert days_of(together(details(("purchase", 900)), fitting_at=ago(100)), "purchase") == [
        900,
        100,
    ]


def test_any_last_activity_counts_only_for_whom_nothing_else_is_known() -> None:
    assert days_of(together(details(), last_activity_at=ago(9)), "other") == [9]
    assert days_of(together(details(("click", 50)), last_activity_at=ago(9)), "other") == []


def test_who_is_under_age_is_left_alone_and_a_wish_of_the_mirror_stays() -> None:
    people = pl.DataFrame(
        {
            "contact_id": ["a", "b"],
            "do_not_contact": [None, True],
            "open_deal": [False, False],
            "reason": pl.Series([None, None], dtype=pl.String),
            "reason_source": pl.Series([None, None], dtype=pl.String),
        }
    )
    frame = typed(birth_date=ago(365 * 12), next_appointment_at=ago(-10))
    told = add_contacts(
        people, evidence_of(frame, as_of=NOW), {"birth_date", "next_appointment_at"}
    )
    assert told["do_not_contact"].to_list() == [True, True]
    assert told["next_meeting_at"].to_list() == [ago(-10), None]
    assert told.columns == [*people.columns, "next_meeting_at"]
