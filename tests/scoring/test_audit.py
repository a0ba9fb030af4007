"""The audit's sums: bands, tracks, segments and value reconcile; short lists are worked by hand."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features.input_frames import CONTACT_COLUMNS, EVENT_COLUMNS
from scoring.learn.control import control_share
from scoring.score import Scored, ScoreSettings, dormant_counts, score_contacts
from scoring.summary.audit import summarise
from scoring.summary.audit_summary import AuditSummary
from scoring.summary.rounding import parts_of, rounded_parts, shares, unit_for

pytestmark = pytest.mark.integration

# Days quiet, kind of the last event, its amount, reachable.
Person = tuple[int | None, str, float | None, bool]
NOW = datetime(2026, 6, 30, tzinfo=UTC)
EXCERPT = Path(__file__).parents[1] / "data" / "purchases_excerpt.csv"


def scored_account(people: Sequence[Person]) -> Scored:
    """Contacts from (days quiet, kind of last event, amount, reachable)."""
    contacts = [
        {"contact_id": str(i), "created_at": NOW - timedelta(days=300), "has_email": reachable}
        for i, (*_, reachable) in enumerate(people)
    ]
    events = [
        {
            "contact_id": str(i),
            "occurred_at": NOW - timedelta(days=quiet),
            "kind": kind,
            "amount": amount,
        }
        for i, (quiet, kind, amount, _) in enumerate(people)
        if quiet is not None
    ]
    return score_contacts(
        pl.DataFrame(contacts, schema=CONTACT_COLUMNS),
        pl.DataFrame(events, schema=EVENT_COLUMNS),
        as_of=NOW,
        settings=ScoreSettings(),
    )


PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 900) | st.none(),
        st.sampled_from(["purchase", "form", "visit", "meeting"]),
        st.floats(1, 99_999) | st.none(),
        st.booleans(),
    ),
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(PEOPLE)
def test_parts_add_up_to_the_totals_s3_n2(
    people: list[Person],
) -> None:
    summary = summarise(scored_account(people))
    assert sum(part.count or 0 for part in summary.bands) == summary.contacts == len(people)
    if people:
        assert sum(part.share or 0 for part in summary.bands) == pytest.approx(100)
    assert sum(track.contacts for track in summary.tracks) == summary.contacts
    assert sum(row.contacts for row in summary.segments) == summary.value.pool
    assert sum(row.reachable for row in summary.segments) == summary.value.reachable
    check_values(summary)
    assert orjson.loads(orjson.dumps(summary.to_json()))["contacts"] == len(people)


def check_values(summary: AuditSummary) -> None:
    """Segments add up to tracks, tracks to the whole; only reachable people count."""
    whole = summary.value.estimate
    rows = [row for row in summary.segments if row.value]
    assert (whole is None) == (not rows)
    for name in ("at_5", "at_10", "rounded_at_5", "rounded_at_10"):
        total = sum(getattr(row.value, name) for row in rows)
        assert total == pytest.approx(getattr(whole, name, 0.0), abs=0.011)
        tracks = sum(getattr(t.value, name) for t in summary.tracks if t.value)
        assert tracks == pytest.approx(total, abs=0.011)
    for row in rows:
        assert row.value is not None
        assert row.value.at_10 == pytest.approx(
            row.reachable * (row.typical_sale or 0) * 0.1, abs=0.01
        )


def test_the_finding_counts_and_the_unmeasurable_stays_none() -> None:
    summary = summarise(scored_account([(200, "form", None, True), (10, "form", None, True)]))
    assert summary.finding == (
        "1 of your 2 contacts has been quiet for 90 days or more. That is 50.0%."
    )
    assert summary.headline == "Five in ten of your contacts have gone quiet."
    assert summary.dormant == {"d90": 1, "d180": 1, "d365": None, "never": 0}
    assert [part.count for part in summary.bands] == [1, 0, 1, None, 0, 0]
    assert summary.bands[2].label == "180 d and more"
    assert "short_history" in {gap.key for gap in summary.gaps}


def test_few_dormant_contacts_are_listed_to_be_written_to_by_hand_s23_n10() -> None:
    people = [(100 + i, "form", None, i % 2 == 0) for i in range(199)]
    summary = summarise(scored_account([*people, (1, "form", None, True)]))
    assert summary.manual_advised
    assert len(summary.manual_list) == 199
    assert summary.manual_list[0].priority == "A"
    reachable = [person.reachable for person in summary.manual_list]
    assert reachable == sorted(reachable, reverse=True)


def test_from_200_dormant_contacts_on_no_list_is_made_s23_n10() -> None:
    summary = summarise(scored_account([(100, "form", None, True)] * 200))
    assert not summary.manual_advised
    assert summary.manual_list == ()


def test_the_first_wave_is_the_most_valuable_and_strangers_come_last_s24() -> None:
    people: list[Person] = [(100, "purchase", 500.0, True)] * 5
    people += [(100, "form", None, True)] * 50
    people += [(100, "visit", None, True)] * 20 + [(100, "meeting", None, True)] * 10
    people += [(299, "visit", None, True)] + [(None, "form", None, True)] * 90
    summary = summarise(scored_account(people))
    waves = {row.key: row.wave for row in summary.segments}
    assert waves == {
        "inquired_lead": "First wave",
        "low_intent_lead": "First wave",
        "high_intent_lead": "First wave",
        "one_time_customer_lapsed": "Later",
    }
    assert summary.unmeasurable == 90
    assert summary.start.eligible == 81
    assert summary.start.left_alone == round(81 * 0.30)


def direct_count(as_of: date) -> dict[int, int]:
    """The excerpt's silent customers, counted the plain way."""
    last: dict[str, date] = defaultdict(lambda: date.min)
    with EXCERPT.open() as stream:
        for line in csv.DictReader(stream):
            day = date.fromisoformat(line["date"])
            if day <= as_of:
                last[line["customer_id"]] = max(last[line["customer_id"]], day)
    return {days: sum((as_of - day).days >= days for day in last.values()) for days in (90, 180)}


@pytest.mark.parametrize("as_of", [date(1997, 10, 1), date(1997, 8, 15)])
def test_real_purchases_count_as_in_the_file_s1_s3(as_of: date) -> None:
    purchases = pl.read_csv(EXCERPT, schema_overrides={"customer_id": pl.String})
    events = purchases.select(
        contact_id="customer_id",
        occurred_at=pl.col("date").str.to_datetime("%Y-%m-%d", time_zone="UTC", time_unit="ms"),
        kind=pl.lit("purchase"),
        amount="amount",
    )
    counts = dormant_counts(
        score_contacts(
            events.select("contact_id").unique(),
            events,
            as_of=datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC),
            settings=ScoreSettings(),
        )
    )
    expected = direct_count(as_of)
    assert (counts["d90"], counts["d180"]) == (expected[90], expected[180])
    assert counts["d365"] is None
    assert expected[90] > expected[180] > 0


@given(st.integers(0, 10_000), st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_parts_sum_to_the_total_and_stay_within_one(total: int, weights: list[float]) -> None:
    parts = parts_of(total, weights)
    if sum(weights) > 0:
        assert sum(parts) == total
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - total * weight / sum(weights)) < 1 + 1e-6


def test_rounding_leaves_three_digits() -> None:
    assert [unit_for(x) for x in (0, 999, 1_000, 99_500, 437_000, 1_230_000)] == [
        *(1, 1, 10, 100, 1_000, 10_000),
    ]
    assert rounded_parts(437_300, [126_630, 72_240, 65_310, 35_280, 137_840], 1_000) == [
        *(127_000, 72_000, 65_000, 35_000, 138_000),
    ]
    assert shares([1, 1, 1]) == [33.4, 33.3, 33.3]
    assert shares([0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("people", "share"), [(499, 0.3), (500, 0.2), (2_000, 0.1), (20_000, 0.05)]
)
def test_small_accounts_leave_more_people_alone(people: int, share: float) -> None:
    assert control_share(people) == share
