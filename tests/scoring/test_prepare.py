"""What happened after as_of, what we did ourselves, and how events arrive: none of it changes what is known."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from scoring.features.hours import HOUR_BLOCKS
from scoring.features.input_frames import EVENT_COLUMNS
from scoring.features.prepare import Prepared, ScoreSettings, facts_of, prepare
from scoring.learn.learnt import Learnt
from scoring.score import rescore_contacts, score_contacts
from tests.scoring.people import (
    NOW,
    WITNESS,
    WITNESSED,
    Row,
    contact,
    contacts_of,
    event,
    events_of,
    experienced,
    made_up_account,
)

pytestmark = pytest.mark.integration

HUMAN: tuple[dict[str, Any], ...] = (
    {"kind": "visit"},
    {"kind": "form"},
    {"kind": "email", "direction": "in"},
    {"kind": "meeting"},
    {"kind": "purchase", "amount": 90.0},
)
OURS: tuple[dict[str, Any], ...] = (
    {"kind": "email", "direction": "out"},
    {"kind": "sms", "direction": "out"},
    {"kind": "call", "direction": "out", "outcome": "no_answer"},
)
# Neither the contact's doing nor an attempt to reach this one person.
NOISE: tuple[dict[str, Any], ...] = (
    {"kind": "open"},
    {"kind": "open", "direction": "in"},
    {"kind": "click", "outcome": "machine"},
    {"kind": "email", "direction": "out", "outcome": "automated"},
    {"kind": "email"},
    {"kind": "note"},
    {"kind": "feedback", "outcome": "positive"},
    {"kind": "carrier pigeon", "direction": "in"},
)
TELLING: tuple[dict[str, Any], ...] = (
    {"kind": "lost_deal", "reason": "competitor", "reason_confidence": 0.7},
    {"kind": "ticket"},
    {"kind": "refund"},
    {"kind": "note", "reason": "moved", "reason_confidence": 0.7},
)


def events_like(kinds: tuple[dict[str, Any], ...], days: st.SearchStrategy[float]) -> Any:
    made = st.builds(
        lambda who, ago, fields: event(who, ago) | fields,
        who=st.sampled_from(["a", "b", "c"]),
        ago=days,
        fields=st.sampled_from(kinds),
    )
    return st.lists(made, max_size=10)


PEOPLE = [
    contact("a"),
    contact("b", created_at=NOW - timedelta(days=300)),
    contact("c", created_at=None),
]
_past = events_like((*HUMAN, *OURS, *NOISE, *TELLING), st.floats(0, 900))
_future = events_like((*HUMAN, *OURS, *NOISE, *TELLING), st.floats(-900, -0.001))


def scored(
    events: Any, people: list[Row] = PEOPLE, as_of: datetime = NOW, learnt: Learnt | None = None
) -> pl.DataFrame:
    made = events_of([*events, *WITNESSED]) if isinstance(events, list) else events
    contacts = contacts_of([*people, WITNESS])
    return score_contacts(
        contacts, made, as_of=as_of, settings=ScoreSettings(), learnt=learnt
    ).frame


def prepared(
    events: list[Row], people: list[Row] = PEOPLE, *, as_of: datetime = NOW, zone: str = "UTC"
) -> Prepared:
    contacts, made = contacts_of([*people, WITNESS]), events_of([*events, *WITNESSED])
    return prepare(contacts, made, as_of=as_of, settings=ScoreSettings(timezone=zone))


@settings(max_examples=20, deadline=None)
@given(past=_past, future=_future)
def test_no_column_of_a_score_knows_what_happens_after_as_of(
    past: list[Row], future: list[Row]
) -> None:
    assert scored([*future, *past]).equals(scored(past))


@settings(max_examples=12, deadline=None)
@given(events=_past, ago=st.floats(0, 600))
def test_an_earlier_moment_is_seen_as_it_was_then(events: list[Row], ago: float) -> None:
    then = NOW - timedelta(days=ago)
    known = [one for one in events if one["occurred_at"] <= then]
    assert scored(events, as_of=then).equals(scored(known, as_of=then))


def test_a_field_set_after_as_of_says_nothing_s7() -> None:
    field: Row = {"reason": "Price", "reason_at": NOW + timedelta(hours=1)}
    usual = scored([event("a", 200)], [contact("a")])
    assert scored([event("a", 200)], [contact("a", **field)]).equals(usual)


@pytest.mark.parametrize("micros", [0, 1, 999, 421_000, 421_999, 999_999])
def test_what_happens_at_as_of_itself_is_known_and_nobody_elses(micros: int) -> None:
    now = NOW.replace(microsecond=micros)
    at_once: Row = {"contact_id": "a", "occurred_at": now, "kind": "visit"}
    frame = prepared([at_once], as_of=now).frame
    assert frame["human_events"].to_list() == [1, 0, 0, 2]
    assert frame["quiet_days"].to_list() == [0, None, None, 1]


@settings(max_examples=15, deadline=None)
@given(past=events_like((*HUMAN, *OURS, *TELLING), st.floats(0, 900)), data=st.data())
def test_opens_bulk_mail_and_machines_change_no_column_s1(
    past: list[Row], data: st.DataObject
) -> None:
    noise = data.draw(events_like(NOISE, st.floats(0, 900)))
    assert scored([*past, *noise]).equals(scored(past))
    assert prepared([*past, *noise]).frame.equals(prepared(past).frame)


@pytest.mark.parametrize("noise", NOISE)
def test_each_kind_of_noise_between_an_attempt_and_its_answer_changes_no_feature_s1(
    noise: dict[str, Any],
) -> None:
    story = [event("a", 50) | OURS[0], event("a", 40) | HUMAN[2]]
    assert prepared([*story, event("a", 45) | noise]).frame.equals(prepared(story).frame)


LIFE = ("band", "track", "quiet_days", "last_human_at", "last_human_kind", "human_events", "repeats",
        "span_days", "interest_level", "pattern", "dormancy_score", "segment", "purchases")  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(
    past=events_like((*HUMAN, *NOISE), st.floats(0, 900)),
    ours=events_like(OURS, st.floats(0, 900)),
)
def test_our_own_attempts_are_no_sign_of_life_s1(past: list[Row], ours: list[Row]) -> None:
    with_ours, without = (scored(seen, learnt=experienced()) for seen in ([*past, *ours], past))
    assert with_ours.select(LIFE).equals(without.select(LIFE))


def test_our_attempts_and_their_answers_are_counted_apart_s1() -> None:
    events = [event("a", 50) | OURS[0], event("a", 40) | HUMAN[2], event("a", 20) | OURS[1]]
    frame = prepared(events).frame
    assert frame.select("outreach", "answered", "human_events").row(0) == (2, 1, 1)


def in_parts(events: pl.DataFrame, seed: int, cuts: int) -> Iterator[pl.DataFrame]:
    muddled = events.sample(fraction=1, shuffle=True, seed=seed)
    edges = sorted(np.random.default_rng(seed).integers(0, events.height, cuts).tolist())
    for first, last in zip([0, *edges], [*edges, events.height], strict=True):
        yield muddled[first:last]


@pytest.mark.parametrize(("seed", "cuts"), [(1, 0), (2, 1), (3, 7)])
def test_events_in_parts_and_in_any_order_are_one_record(seed: int, cuts: int) -> None:
    contacts, events = made_up_account(5, 400)
    whole, parted = (
        score_contacts(contacts, given, as_of=NOW, settings=ScoreSettings())
        for given in (events, in_parts(events, seed, cuts))
    )
    # Sums of amounts depend on the order by less than a cent.
    money = pl.col("revenue").round(2)
    assert parted.frame.with_columns(money).equals(whole.frame.with_columns(money))
    assert parted.account == whole.account


def test_neither_the_order_of_rows_nor_the_zone_a_moment_is_told_in_moves_a_score() -> None:
    contacts, events = made_up_account(5, 400)
    usual, other = (
        score_contacts(people, given, as_of=moment, settings=ScoreSettings()).frame
        for people, given, moment in (
            (contacts, events, NOW),
            (
                contacts.sample(fraction=1.0, shuffle=True, seed=9),
                events.sample(fraction=1.0, shuffle=True, seed=9),
                NOW.astimezone(ZoneInfo("Asia/Tokyo")),
            ),
        )
    )
    shown = pl.selectors.float().round(6)
    assert (
        other.sort("contact_id")
        .with_columns(shown)
        .equals(usual.sort("contact_id").with_columns(shown))
    )


def test_events_may_name_the_contacts_place_instead_of_its_id() -> None:
    contacts, events = made_up_account(5, 400)
    places = contacts.select("contact_id", person=pl.int_range(pl.len(), dtype=pl.UInt32))
    placed = events.join(places, on="contact_id").drop("contact_id")
    usual = prepare(contacts, events, as_of=NOW, settings=ScoreSettings()).frame
    assert prepare(contacts, placed, as_of=NOW, settings=ScoreSettings()).frame.equals(usual)


@pytest.mark.parametrize("seed", [1, 2])
def test_some_contacts_scored_by_the_accounts_measures_are_as_in_the_whole_account(
    seed: int,
) -> None:
    contacts, events = made_up_account(6, 700)
    setting = ScoreSettings(typical_sale=120.0)
    whole = score_contacts(contacts, events, as_of=NOW, settings=setting)
    some = contacts.sample(90, seed=seed)["contact_id"]
    mine = pl.col("contact_id").is_in(some.implode())
    again = rescore_contacts(
        contacts.filter(mine),
        events.filter(mine),
        as_of=NOW,
        settings=setting,
        learnt=whole.learnt,
        yardstick=whole.yardstick,
    )
    expected = whole.frame.filter(mine)
    floats = pl.selectors.float()
    assert again.select(~floats).equals(expected.select(~floats))
    for name in expected.select(floats).columns:
        one, other = (frame[name].to_numpy() for frame in (again, expected))
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True), name


def test_scored_without_the_accounts_history_some_contacts_would_be_unmeasurable_s3() -> None:
    people = [contact("a", created_at=NOW - timedelta(days=400))]
    whole = score_contacts(
        contacts_of([*people, WITNESS]), events_of(WITNESSED), as_of=NOW, settings=ScoreSettings()
    )
    alone = rescore_contacts(
        contacts_of(people),
        events_of([]),
        as_of=NOW,
        settings=ScoreSettings(),
        learnt=whole.learnt,
        yardstick=whole.yardstick,
    )
    assert alone["band"].to_list() == ["never"]
    assert scored(events_of([]), people)["band"].to_list() == ["unmeasurable"] * 2


def test_events_of_people_we_do_not_know_are_left_out() -> None:
    strangers = [event("stranger", 5), event("stranger", 1_999, "purchase", amount=1e6)]
    assert scored([event("a", 200), *strangers]).equals(scored([event("a", 200)]))


def test_a_purchase_without_an_amount_makes_a_customer_but_no_sale_s2() -> None:
    bought = [event("a", 300, "purchase"), event("b", 200, "purchase", amount=0.0)]
    found = prepared([*bought, event("b", 100, "purchase", amount=80.0)])
    assert found.frame["track"].to_list() == ["customer", "customer", "lead", "lead"]
    assert found.frame["purchases"].to_list() == [1, 2, 0, 0]
    assert found.frame["revenue"].to_list() == [0.0, 80.0, 0.0, 0.0]
    facts = facts_of(found, as_of=NOW, settings=ScoreSettings(currency="EUR"))
    assert (found.sales["amount"].to_list(), facts.currency) == ([80.0], "EUR")


def test_the_history_begins_with_the_first_sign_of_life_of_anybody_s3() -> None:
    ours = [event("a", 1_995) | OURS[0], event("b", 1_998) | NOISE[0]]
    found = prepared(ours)
    assert found.history_start == NOW - timedelta(days=1_990)
    facts = facts_of(found, as_of=NOW, settings=ScoreSettings())
    assert (facts.contacts, facts.events, facts.human_events) == (4, 4, 2)


def test_the_accounts_zone_says_what_hour_it_was() -> None:
    events = [
        {
            "contact_id": "a",
            "occurred_at": datetime(2026, month, 10, 16, 30, tzinfo=UTC),
            "kind": "visit",
        }
        for month in (1, 6)
    ]
    blocks = [f"hours_{i}" for i in range(len(HOUR_BLOCKS))]
    by_zone = {zone: prepared(events, zone=zone).frame for zone in ("UTC", "America/New_York")}
    assert by_zone["UTC"].select(blocks).row(0) == (0, 0, 2, 0)
    assert by_zone["America/New_York"].select(blocks).row(0) == (1, 1, 0, 0)  # 11:30, 12:30
    same = pl.exclude([*blocks, "signal_at", "signal_until", "signal_next"])  # days begin there
    assert by_zone["UTC"].select(same).equals(by_zone["America/New_York"].select(same))


@pytest.mark.parametrize(("zone", "days"), [("UTC", 2), ("America/Los_Angeles", 1)])
def test_an_evening_in_los_angeles_is_one_day_there(zone: str, days: int) -> None:
    # From 15:30 to 17:10 in January, over midnight in UTC.
    evening = [
        {"contact_id": "a", "occurred_at": at, "kind": "purchase", "amount": 10.0}
        for at in (
            datetime(2026, 1, 9, 23, 30, tzinfo=UTC),
            datetime(2026, 1, 10, 1, 10, tzinfo=UTC),
        )
    ]
    found = prepared(evening, zone=zone)
    assert found.frame["repeats"][0] == days - 1
    assert (found.line.person == 0).sum() == days
    assert (found.bought.person == 0).sum() == days
    assert found.today == (NOW.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def test_who_is_older_than_the_record_is_born_at_the_first_contact_in_it_or_where_it_begins() -> (
    None
):
    old = NOW - timedelta(days=6_000)
    people = [contact(who, created_at=old) for who in "abc"]
    people[2]["created_at"] = NOW - timedelta(days=300)
    events = [event("a", 120), event("c", 100)]
    contacts, made = contacts_of([*people, WITNESS]), events_of([*events, *WITNESSED])
    line = prepare(contacts, made, as_of=NOW, settings=ScoreSettings()).line
    opened = -float(line.birth.min())
    assert line.birth[:3].tolist() == [-120.0, -opened, -300.0]
    assert opened < 2_000  # where the witness was first heard from


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.DataFrame({"contact_id": ["a"], "kind": ["form"]}), "occurred_at"),
        (pl.DataFrame({"occurred_at": [NOW], "kind": ["form"]}), "contact_id"),
        (pl.DataFrame({"contact_id": ["a"], "occurred_at": [NOW.replace(tzinfo=None)], "kind": ["form"]}),
         "time zone"),
    ],
)  # fmt: skip
def test_unusable_events_are_refused_with_a_reason(frame: pl.DataFrame, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        scored(frame)


def test_absent_columns_of_events_are_empty() -> None:
    few = pl.DataFrame(
        {"contact_id": ["a"], "occurred_at": [NOW], "kind": ["visit"]},
        schema={name: EVENT_COLUMNS[name] for name in ("contact_id", "occurred_at", "kind")},
    )
    assert scored(few)["human_events"].to_list() == [1, 0, 0, 0]
