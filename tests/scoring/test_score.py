"""Bands, measurability, tracks, the formula, priority and the sentence, through score_contacts."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features.input_frames import CONTACT_COLUMNS, EVENT_COLUMNS
from scoring.score import Scored, ScoreSettings, dormant_counts, score_contacts

pytestmark = pytest.mark.integration

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=2_000)


def contact(contact_id: str, **fields: Any) -> dict[str, Any]:  # any column's value
    return {"contact_id": contact_id, "has_email": True, "created_at": OLD} | fields


def event(contact_id: str, days_ago: float, kind: str = "form", **fields: Any) -> dict[str, Any]:
    at = NOW - timedelta(days=days_ago)
    return {"contact_id": contact_id, "occurred_at": at, "kind": kind} | fields


# Somebody active for years, so that every window can be measured.
WITNESS = [event("witness", 1_990), event("witness", 1)]


def score(
    contacts: list[dict[str, Any]], events: list[dict[str, Any]], *, witness: bool = True
) -> Scored:
    if witness:
        contacts, events = [*contacts, contact("witness")], [*events, *WITNESS]
    return score_contacts(
        pl.DataFrame(contacts, schema=CONTACT_COLUMNS),
        pl.DataFrame(events, schema=EVENT_COLUMNS),
        as_of=NOW,
        settings=ScoreSettings(),
    )


def row(scored: Scored, contact_id: str = "a") -> dict[str, Any]:
    return scored.frame.row(by_predicate=pl.col("contact_id") == contact_id, named=True)


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (0, "active"),
        (89.9999, "active"),
        (90, "90_179"),
        (179.9999, "90_179"),
        (180, "180_364"),
        (364.9999, "180_364"),
        (365, "365_plus"),
    ],
)
def test_bands_turn_on_whole_days_s3_n1(days: float, band: str) -> None:
    found = row(score([contact("a")], [event("a", days)]))
    assert found["band"] == band
    assert found["quiet_days"] == int(days)


def test_events_after_as_of_are_ignored() -> None:
    found = row(score([contact("a")], [event("a", 200), event("a", -0.001, "purchase")]))
    assert (found["quiet_days"], found["track"]) == (200, "lead")


def test_outbound_and_opens_never_make_a_contact_active_s1() -> None:
    sent = [event("a", 3, "email", direction="out"), event("a", 2, "open", direction="in")]
    assert row(score([contact("a")], [event("a", 200), *sent]))["quiet_days"] == 200


@pytest.mark.parametrize(
    ("fields", "band"),
    [
        ({"created_at": NOW - timedelta(days=89)}, "active"),
        ({"created_at": NOW - timedelta(days=90)}, "never"),
        ({"created_at": NOW - timedelta(days=400)}, "never"),
        ({"created_at": NOW - timedelta(days=400), "source": "OFFLINE"}, "unmeasurable"),
        ({"created_at": NOW - timedelta(days=10), "source": "OFFLINE"}, "active"),
        ({"created_at": None}, "unmeasurable"),
        ({"created_at": OLD}, "unmeasurable"),  # older than everything on record
    ],
)
def test_never_is_told_from_new_and_from_unmeasurable_s3(fields: dict[str, Any], band: str) -> None:
    assert row(score([contact("a", **fields)], []))["band"] == band


def test_without_any_activity_on_record_nobody_is_called_never_engaged() -> None:
    people = [contact("a"), contact("b", created_at=NOW - timedelta(days=5))]
    scored = score(people, [], witness=False)
    assert scored.frame["band"].to_list() == ["unmeasurable", "active"]
    assert dormant_counts(scored) == {"d90": None, "d180": None, "d365": None, "never": 0}


def test_outbound_only_history_starts_with_the_first_contact_and_silence_is_never() -> None:
    people = [contact("a", created_at=NOW - timedelta(days=300))]
    scored = score(people, [event("a", 100, "email", direction="out")], witness=False)
    assert row(scored)["band"] == "never"
    assert scored.account.history_start == NOW - timedelta(days=300)


@pytest.mark.parametrize(
    ("reach", "measurable"),
    [
        (89.99, (None, None, None)),
        (90, (1, None, None)),
        (180, (1, 1, None)),
        (364.99, (1, 1, None)),
        (365, (1, 1, 1)),
    ],
)
def test_a_boundary_beyond_the_history_is_unmeasurable_not_zero_s3(
    reach: float, measurable: tuple[int | None, ...]
) -> None:
    counts = dormant_counts(score([contact("a")], [event("a", reach)], witness=False))
    assert (counts["d90"], counts["d180"], counts["d365"]) == measurable


def test_counts_are_nested_and_leave_out_never_and_unmeasurable_s3() -> None:
    people = [contact(i) for i in "abcd"] + [contact("n", created_at=NOW - timedelta(days=100))]
    events = [event("a", 10), event("b", 100), event("c", 200), event("d", 400)]
    counts = dormant_counts(score([*people, contact("u", created_at=None)], events))
    assert counts == {"d90": 3, "d180": 2, "d365": 1, "never": 1}


def test_one_purchase_makes_a_customer_and_nothing_else_does_s2() -> None:
    people = [contact("a", lifecycle="customer"), contact("b"), contact("c")]
    events = [event("a", 100), event("b", 100, "purchase", amount=10.0)]
    events += [event("c", 300, "purchase"), event("c", 100, "purchase")]
    frame = score(people, events).frame.filter(pl.col("contact_id") != "witness")
    assert frame["track"].to_list() == ["lead", "customer", "customer"]
    assert frame["segment"].to_list() == [
        "inquired_lead",
        "one_time_customer_lapsed",
        "repeat_customer_lapsed",
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "segment"),
    [
        ("meeting", {"outcome": "completed"}, "high_intent_lead"),
        ("call", {"direction": "in"}, "high_intent_lead"),
        ("email", {"direction": "in"}, "inquired_lead"),
        ("visit", {}, "low_intent_lead"),
    ],
)
def test_interest_is_the_deepest_thing_asked_for_s5(
    kind: str, fields: dict[str, Any], segment: str
) -> None:
    events = [event("a", 150, kind, **fields), event("a", 100, "click")]
    assert row(score([contact("a")], events))["segment"] == segment


def test_a_booked_meeting_that_was_missed_shows_interest_but_no_sign_of_life() -> None:
    missed = event("a", 20, "meeting", outcome="no_show")
    found = row(score([contact("a")], [event("a", 100, "visit"), missed]))
    assert (found["quiet_days"], found["interest_level"]) == (100, "high")


def test_the_formula_of_design_point_2() -> None:
    events = [event("a", days, "purchase", amount=5.0) for days in (300, 250, 200)]
    events += [event("b", 150, "form")]
    scored = score([contact("a"), contact("b")], events)
    rates = scored.learnt.rates.groups
    alpha, r = rates["customer"].alpha, rates["customer"].r
    customer = 100 * (1 - ((alpha + 100) / (alpha + 100 + 200)) ** (r + 2))
    medium = rates["medium"]
    lead = 100 * (1 - (medium.alpha / (medium.alpha + 150)) ** medium.r)
    assert row(scored)["dormancy_score"] == round(customer)
    assert row(scored, "b")["dormancy_score"] == round(lead)


@settings(max_examples=30, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 1_500), min_size=2, max_size=12),
    history=st.lists(st.integers(1, 400), max_size=6),
    kind=st.sampled_from(["purchase", "visit", "form"]),
)
def test_the_score_rises_with_the_silence_and_stays_in_0_to_100(
    gaps: list[int], history: list[int], kind: str
) -> None:
    people = [contact(str(i)) for i in range(len(gaps))]
    events = [
        event(str(i), gap + before, kind) for i, gap in enumerate(gaps) for before in (0, *history)
    ]
    frame = score(people, events, witness=False).frame.sort("quiet_days")
    scores = frame["dormancy_score"]
    assert scores.is_between(0, 100).all()
    assert scores.is_sorted()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 900) | st.none(), st.integers(0, 900) | st.none(), st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_every_contact_has_exactly_one_band_and_the_counts_agree_s3(
    people: list[tuple[int | None, int | None, bool]],
) -> None:
    contacts = [
        contact(
            str(i),
            created_at=None if age is None else NOW - timedelta(days=age),
            source="import" if imported else None,
        )
        for i, (_, age, imported) in enumerate(people)
    ]
    events = [event(str(i), quiet) for i, (quiet, _, _) in enumerate(people) if quiet is not None]
    scored = score(contacts, events)
    counts = dormant_counts(scored)
    expected = [quiet for quiet, _, _ in people if quiet is not None]
    assert counts["d90"] == sum(quiet >= 90 for quiet in expected)
    assert counts["d180"] == sum(quiet >= 180 for quiet in expected)
    assert counts["d365"] == sum(quiet >= 365 for quiet in expected)
    assert scored.frame["contact_id"].to_list() == [*map(str, range(len(people))), "witness"]
    # Mautic's bug: people who were read three weeks ago in "silent for half a year".
    silent = scored.frame.filter(pl.col("band").is_in(["90_179", "180_364", "365_plus"]))
    assert (silent["quiet_days"] >= 90).all()


@pytest.mark.parametrize(
    ("days", "pattern"),
    [
        ([], "never"),
        ([400, 397, 394], "one_and_done"),
        ([500, 490, 480, 470, 460, 450, 440], "heavy_then_stopped"),
        ([600, 590, 580, 570, 560, 300], "fading"),
        ([1_500, 1_495, 1_492, 700, 690, 200], "sporadic"),
        ([500, 400, 300], "steady"),
    ],
)
def test_patterns_of_design_point_6_s6(days: list[int], pattern: str) -> None:
    found = row(score([contact("a")], [event("a", day, "visit") for day in days]))
    assert found["pattern"] == pattern


@pytest.mark.parametrize(
    ("fields", "reachable"),
    [
        ({}, True),
        ({"email_opt_out": True}, False),
        ({"email_bounced": True}, False),
        ({"email_bounced": True, "has_phone": True}, True),  # by a call
        ({"email_opt_out": True, "has_phone": True}, False),
        ({"email_opt_out": True, "has_phone": True, "sms_consent": True}, False),  # D1, D2
        ({"has_email": False, "has_phone": True, "sms_consent": False}, False),
        ({"has_email": False}, False),
        ({"unengaged_sends": 15}, True),
        ({"unengaged_sends": 16}, False),
    ],
)
def test_reachable_needs_a_channel_that_may_be_used(
    fields: dict[str, Any], *, reachable: bool
) -> None:
    clicked = [event("a", 100, "click")]
    assert row(score([contact("a", **fields)], clicked))["reachable"] is reachable


@pytest.mark.parametrize(
    ("kind", "outcome", "usable"),
    [
        (None, None, False),
        ("form", None, False),
        ("click", "machine", False),
        ("click", None, True),
    ],
)
def test_who_never_clicked_in_an_email_is_skipped_after_11_unopened_sends_d6(
    kind: str | None, outcome: str | None, usable: bool
) -> None:
    """A form or a visit is no engagement with e-mail: the CRM would leave them out silently."""
    fresh = contact("a", created_at=NOW - timedelta(days=200), unengaged_sends=11)
    events = [event("a", 100, kind, outcome=outcome)] if kind else []
    assert row(score([fresh], events))["email_usable"] is usable


def test_priority_ranks_the_dormant_and_reachable_by_value_s9_s24() -> None:
    people = [contact(str(i)) for i in range(100)] + [contact("x", has_email=False), contact("y")]
    events = [event(str(i), 100 + i, "purchase", amount=50.0) for i in range(100)]
    steady = [event(who, days) for who in ("y", "witness") for days in range(5, 200, 20)]
    frame = score(people, [*events, event("x", 100), *steady]).frame
    letters = frame["priority"].value_counts().drop_nulls().sort("priority")["count"].to_list()
    assert letters == [10, 20, 30, 40]
    for better, worse in ("AB", "BC", "CD"):
        values = frame.filter(pl.col("priority") == better)["expected_value"].to_list()
        next_ones = frame.filter(pl.col("priority") == worse)["expected_value"].to_list()
        assert min(values) >= max(next_ones)
    others = frame.filter(pl.col("contact_id").is_in(["x", "y", "witness"]))
    assert others["priority"].null_count() == 3


def test_likelihood_is_a_planning_value_within_the_published_range_n4_n5() -> None:
    people = [contact(str(i)) for i in range(4)]
    kinds = ["meeting", "form", "visit", "purchase"]
    events = [event(str(i), 500, kind) for i, kind in enumerate(kinds)]
    dormant = score(people, events).frame.filter(pl.col("quiet_days") >= 90)
    assert dormant["likelihood"].is_between(0.10, 0.25).all()
    assert dormant["likelihood_source"].to_list() == ["prior"] * 4


def test_typical_sale_is_what_each_ones_money_is_made_with_pulled_towards_the_accounts() -> None:
    people = [contact(str(i)) for i in range(3)]
    events = [event("0", 200, "purchase", amount=100.0), event("1", 200, "purchase", amount=300.0)]
    events += [event("1", 150, "purchase", amount=500.0), event("2", 120, "form")]
    scored = score(people, events)
    basis = scored.yardstick.basis
    assert basis is not None
    assert (basis.typical, basis.counted, basis.is_median) == (300.0, 3, True)
    assert row(scored, "0")["typical_sale"] == pytest.approx((100 + 30 * 300) / 31, abs=0.01)
    assert row(scored, "1")["typical_sale"] == pytest.approx(
        ((300**2 + 500**2) / 800 + 30 * 300) / 31, abs=0.01
    )
    first_sales = (2 * 200 + 30 * 300) / 32
    assert row(scored, "2")["typical_sale"] == pytest.approx(first_sales, abs=0.01)


def test_without_sales_there_is_no_value_but_still_a_priority() -> None:
    found = row(score([contact("a")], [event("a", 100)]))
    assert found["expected_value"] is None
    assert found["priority"] is not None


@settings(max_examples=40, deadline=None)
@given(
    days=st.lists(st.integers(0, 1_900), max_size=8),
    age=st.integers(0, 1_900) | st.none(),
    kind=st.sampled_from(["purchase", "visit", "form", "meeting"]),
)
def test_the_sentence_is_short_and_its_numbers_are_the_frames(
    days: list[int], age: int | None, kind: str
) -> None:
    created = None if age is None else NOW - timedelta(days=age)
    found = row(score([contact("a", created_at=created)], [event("a", day, kind) for day in days]))
    sentence = found["explanation"]
    assert 0 < len(sentence) <= 160
    known = {
        *(found[name] for name in ("quiet_days", "age_days", "rhythm_days", "purchases")),
        100 if found["uplift"] is not None else None,
        *(
            round(100 * found[name])
            for name in ("likelihood", "likelihood_low", "likelihood_high", "p_return")
            if found[name] is not None
        ),
    }
    # The sentence tells dates, which stay true, and no ages.
    told = [found["last_human_at"], created, *(NOW - timedelta(days=day) for day in days)]
    known |= {part for moment in told if moment for part in (moment.day, moment.year)}
    assert {int(number) for number in re.findall(r"\d+", sentence)} <= known


def test_a_naive_as_of_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        score_contacts(
            pl.DataFrame(schema=CONTACT_COLUMNS),
            pl.DataFrame(schema=EVENT_COLUMNS),
            as_of=NOW.replace(tzinfo=None),
            settings=ScoreSettings(),
        )


def test_an_empty_account_scores_to_an_empty_frame() -> None:
    assert score([], [], witness=False).frame.height == 0
