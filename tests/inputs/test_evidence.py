"""What roll-up columns prove: signs of life, purchases, and nothing beyond."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from inputs.catalogue import BY_NAME
from inputs.evidence import PAST, SIGNS, evidence_of, type_of
from inputs.input import Kind


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def typed(*rows: dict[str, object]) -> pl.DataFrame:
    names = {name: type_of(name) for row in rows for name in row}
    return pl.DataFrame(list(rows), schema=names)


def sales(*rows: dict[str, object]) -> list[tuple[date, float | None]]:
    events = evidence_of(typed(*rows)).events.filter(pl.col("kind") == "purchase")
    return [(row["occurred_at"].date(), row["amount"]) for row in events.iter_rows(named=True)]


def test_every_sign_is_a_moment_of_the_past_in_the_catalogue() -> None:
    assert all(BY_NAME[name].kind is Kind.MOMENT for name in PAST)
    assert set(SIGNS) <= set(PAST)


def test_a_last_appointment_is_a_meeting_that_took_place() -> None:
    found = evidence_of(typed({"contact_id": "1", "last_appointment_at": at("2024-01-05")}))
    event = found.events.row(0, named=True)
    assert (event["kind"], event["outcome"]) == ("meeting", None)
    assert found.contacts["next_meeting_at"].to_list() == [None]


def test_a_next_appointment_is_no_sign_of_life() -> None:
    found = evidence_of(typed({"contact_id": "1", "next_appointment_at": at("2024-01-05")}))
    assert found.events.is_empty()
    assert found.contacts["next_meeting_at"].to_list() == [at("2024-01-05")]


def test_a_fitting_makes_a_customer_without_an_amount() -> None:
    row = {"contact_id": "1", "fitting_at": at("2024-01-05")}
    assert sales(row) == [(date(2024, 1, 5), None)]
    assert sales(row | {"revenue": 900.0}) == [(date(2024, 1, 5), 900.0)]


def test_a_fitting_around_a_purchase_is_that_sale() -> None:
    row = {"contact_id": "1", "last_purchase_at": at("2024-01-05"), "revenue": 900.0}
    assert len(sales(row | {"fitting_at": at("2024-02-20")})) == 1
    assert len(sales(row | {"fitting_at": at("2020-02-20")})) == 2


def test_the_next_end_of_a_contract_or_warranty_is_what_comes_first() -> None:
    row = {
        "contact_id": "1",
        "warranty_end_at": at("2026-01-01"),
        "contract_end_at": at("2027-03-01"),
    }
    ends = evidence_of(typed(row), as_of=at("2026-06-30")).contacts["ends_at"]
    assert ends.to_list() == [at("2027-03-01")]


def test_a_count_of_three_is_three_purchases_on_the_days_that_are_known() -> None:
    row = {"contact_id": "1", "last_purchase_at": at("2024-06-01"), "purchase_count": 3.0}
    assert sales(row) == [(date(2024, 6, 1), None)] * 3
    known = row | {"first_purchase_at": at("2023-06-01"), "fitting_at": at("2023-09-01")}
    days = [day for day, _ in sales(known)]
    assert sorted(days) == [date(2023, 6, 1), date(2023, 9, 1), date(2024, 6, 1)]


def test_the_last_amount_is_the_lasts_and_the_rest_is_shared() -> None:
    row = {
        "contact_id": "1",
        "last_purchase_at": at("2024-06-01"),
        "purchase_count": 3.0,
        "revenue": 500.0,
        "last_purchase_amount": 100.0,
    }
    assert sorted(amount or 0 for _, amount in sales(row)) == [100.0, 200.0, 200.0]
    assert sales(row | {"purchase_count": None})[0][1] == 100.0
    assert [amount for _, amount in sales(row | {"revenue": None})] == [100.0, None, None]


def test_a_close_date_counts_for_whoever_bought_alone() -> None:
    lost = {"contact_id": "1", "closed_at": at("2024-06-01")}
    assert sales(lost) == []
    assert sales(lost | {"lifecycle": "Customer"}) == [(date(2024, 6, 1), None)]
    assert sales(lost | {"revenue": 10.0}) == [(date(2024, 6, 1), 10.0)]


def test_rows_of_one_contact_are_one_and_a_wish_in_any_of_them_counts() -> None:
    found = evidence_of(
        typed(
            {"contact_id": "1", "email": "a@x.org", "sms_consent": True, "do_not_contact": None},
            {"contact_id": "1", "email": None, "sms_consent": None, "do_not_contact": True},
            {"contact_id": "2", "email": None, "sms_consent": True, "do_not_contact": False},
        )
    ).contacts
    assert found["contact_id"].to_list() == ["1", "2"]
    assert found["has_email"].to_list() == [True, False]
    assert found["do_not_contact"].to_list() == [True, False]
    assert found["sms_consent"].to_list() == [True, True]


def test_the_last_activity_of_any_kind_is_loose_and_only_where_nothing_is_better() -> None:
    row = {"contact_id": "1", "last_activity_at": at("2024-06-01")}
    assert evidence_of(typed(row)).loose.height == 1
    nothing = evidence_of(typed(row | {"last_reply_at": None}))
    assert nothing.loose.height == 1
    other = {"contact_id": "2", "last_reply_at": at("2024-06-01")}
    assert evidence_of(typed(row | {"last_reply_at": None}, other)).loose.is_empty()


AROUND = timedelta(days=60)
_DAYS = st.none() | st.datetimes(
    at("2010-01-01").replace(tzinfo=None),
    at("2026-01-01").replace(tzinfo=None),
    timezones=st.just(UTC),
)


@given(
    first=_DAYS,
    last=_DAYS,
    fitted=_DAYS,
    count=st.none() | st.integers(-3, 5_000).map(float),
    revenue=st.none() | st.floats(0, 1e6),
    amount=st.none() | st.floats(0, 1e6),
)
def test_purchases_keep_the_days_and_the_money(
    first: datetime | None,
    last: datetime | None,
    fitted: datetime | None,
    count: float | None,
    revenue: float | None,
    amount: float | None,
) -> None:
    row: dict[str, object] = {
        "contact_id": "1", "first_purchase_at": first, "last_purchase_at": last,
        "fitting_at": fitted, "purchase_count": count, "revenue": revenue,
        "last_purchase_amount": amount,
    }  # fmt: skip
    found = sales(row)
    sales_at = [moment for moment in (first, last) if moment is not None]
    one_sale = fitted is not None and any(abs(fitted - sale) <= AROUND for sale in sales_at)
    moments = [*sales_at, *([] if fitted is None or one_sale else [fitted])]
    days = {moment.date() for moment in moments}
    assert {day for day, _ in found} == days
    assert len(found) == (max(len(days), min(int(count or 0), 1_000)) if days else 0)
    spent = [money for _, money in found if money is not None]
    if days and revenue is not None and amount is None:
        assert abs(sum(spent) - revenue) <= 1e-6 * max(revenue, 1)


def test_tags_refuse_and_make_customers() -> None:
    tags = ["vip, Do-Not-Contact", "Kunde; alt", "no sms", None, "customer survey"]
    rows: list[dict[str, object]] = [
        {"contact_id": str(at), "tags": words} for at, words in enumerate(tags)
    ]
    found = evidence_of(typed(*rows)).contacts
    assert found["do_not_contact"].to_list() == [True, False, False, False, False]
    assert found["sms_opt_out"].to_list() == [False, False, True, False, False]
    assert found["lifecycle"].to_list() == [None, "customer", None, None, None]


def test_stages_and_sources_are_read_in_other_languages() -> None:
    found = evidence_of(
        typed(
            {
                "contact_id": "1",
                "lifecycle": "Kunde",
                "source": "Offline-Quellen",
                "closed_at": at("2024-01-05"),
            },
            {"contact_id": "2", "lifecycle": "Sonstige", "source": "Radio"},
        )
    )
    assert found.contacts["lifecycle"].to_list() == ["customer", "other"]
    assert found.contacts["source"].to_list() == ["import", "Radio"]
    assert found.events["kind"].to_list() == ["purchase"]


def test_who_is_under_age_is_left_alone() -> None:
    rows = [
        {"contact_id": str(n), "birth_date": at(f"{year}-06-30")}
        for n, year in enumerate((1970, 2008, 2009))
    ]
    found = evidence_of(typed(*rows), as_of=at("2026-06-30")).contacts
    assert found["do_not_contact"].to_list() == [False, False, True]
    assert not evidence_of(typed(*rows)).contacts["do_not_contact"].any()


def test_no_marketing_contact_and_no_consent_are_told_apart_from_an_opt_out() -> None:
    found = evidence_of(
        typed(
            {"contact_id": "1", "marketing_status": "Non-marketing contact", "email_consent": True},
            {"contact_id": "2", "marketing_status": None, "email_consent": False},
            {"contact_id": "3", "marketing_status": "Marketing contact", "email_consent": None},
        )
    ).contacts
    assert found["marketable"].to_list() == [False, None, True]
    assert found["email_consent"].to_list() == [True, False, None]
    assert not found["email_opt_out"].any()


def test_a_consent_to_texts_needs_its_proof_where_the_table_has_columns_for_it() -> None:
    rows: list[dict[str, object]] = [
        {"contact_id": "1", "sms_consent": True, "sms_consent_at": at("2024-01-05")},
        {"contact_id": "2", "sms_consent": True, "sms_consent_at": None},
        {"contact_id": "3", "sms_consent": None, "sms_consent_at": at("2024-01-05")},
        {"contact_id": "4", "sms_consent": False, "sms_consent_at": at("2024-01-05")},
    ]
    found = evidence_of(typed(*rows)).contacts["sms_consent"].to_list()
    assert found == [True, None, True, False]
    bare: dict[str, object] = {"contact_id": "1", "sms_consent": True}
    assert evidence_of(typed(bare)).contacts["sms_consent"].to_list() == [True]


def test_a_wish_that_stands_where_the_channel_would_is_heard() -> None:
    rows: list[dict[str, object]] = [
        {"contact_id": "1", "preferred_channel": "Do not contact"},
        {"contact_id": "2", "preferred_channel": "Email"},
    ]
    found = evidence_of(typed(*rows)).contacts
    assert found["do_not_contact"].to_list() == [True, False]
    assert not found["email_opt_out"].any()


def test_a_sale_in_fields_of_its_own_is_a_purchase() -> None:
    row: dict[str, object] = {
        "contact_id": "1", "revenue_at": at("2024-01-05"), "revenue_amount": 80.0,
    }  # fmt: skip
    assert sales(row) == [(date(2024, 1, 5), 80.0)]


def test_an_unhappy_answer_is_a_reason_where_no_other_is_given() -> None:
    found = evidence_of(
        typed(
            {"contact_id": "1", "satisfaction": "Unzufrieden", "reason": None},
            {"contact_id": "2", "satisfaction": "bad", "reason": "Price"},
            {"contact_id": "3", "satisfaction": "good", "reason": None},
        )
    ).contacts
    assert found["reason"].to_list() == ["unhappy", "Price", None]
    assert found["reason_source"].to_list() == ["field", "field", None]
