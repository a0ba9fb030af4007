"""Histories out of packed events against the same counted slowly, one contact and one event at a time."""

import itertools
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features.history import (
    DAY_MS,
    IGNORED,
    OUTREACH,
    UTC_ALWAYS,
    Days,
    Offsets,
    Packing,
    histories,
    timeline_of,
)
from scoring.features.hours import HOUR_BLOCKS
from scoring.features.input_frames import HUMAN_KINDS
from scoring.features.prepare import _offsets

pytestmark = pytest.mark.integration

NOW = datetime(2026, 6, 30, 15, 17, 3, 421_000, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNTIL = (NOW - EPOCH) // timedelta(milliseconds=1)
KINDS = (*HUMAN_KINDS, OUTREACH)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")

Happening = tuple[int, int, str]  # person, milliseconds since 1970, kind
Row = dict[str, Any]


def packed(packing: Packing, events: list[Happening]) -> np.ndarray:
    code = [KINDS.index(kind) if kind in KINDS else IGNORED for _, _, kind in events]
    return packing.pack(
        np.array([person for person, _, _ in events], dtype=np.uint32),
        np.array([at for _, at, _ in events], dtype=np.int64),
        np.array(code, dtype=np.uint8),
    )


def found_in(
    people: int, *parts: list[Happening], offsets: Offsets = UTC_ALWAYS
) -> tuple[pl.DataFrame, Days]:
    packing = Packing(people, UNTIL, KINDS)
    frame, days, _ = histories(packing, [packed(packing, part) for part in parts], offsets)
    return frame, days


def slow_row(events: list[tuple[int, str]], zone: str) -> Row:
    """What one contact's (milliseconds, kind) say, the plain way."""
    order = sorted(events, key=lambda event: (event[0], KINDS.index(event[1])))
    human = [(at, kind) for at, kind in order if kind != OUTREACH]
    count = Counter(kind for _, kind in human)
    answered = [
        following - at <= 14 * DAY_MS
        for (at, kind), (following, then) in itertools.pairwise(order)
        if kind == OUTREACH and then != OUTREACH
    ]
    hours = Counter(block for at, _ in human if (block := slow_block(at, zone)) is not None)
    return {
        "last_human_at": EPOCH + timedelta(milliseconds=human[-1][0]) if human else None,
        "last_human_kind": human[-1][1] if human else None,
        "human_events": len(human),
        "outreach": len(order) - len(human),
        "answered": sum(answered),
        "forms": count["form"],
        "written": count["email"] + count["sms"],
        "visits": count["visit"] + count["click"],
        "middle": count["form"] + count["email"] + count["sms"] > 0,
        "deep": count["meeting"] + count["call"] + count["purchase"] > 0,
        **{f"hours_{i}": hours[i] for i in range(len(HOUR_BLOCKS))},
        **slow_rhythm(sorted({(at + slow_offset(at, zone)) // DAY_MS for at, _ in human})),
    }


def slow_offset(at: int, zone: str) -> int:
    """The zone's offset at that day's noon in UTC, in milliseconds."""
    noon = EPOCH + timedelta(days=at // DAY_MS, hours=12)
    offset = noon.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return offset // timedelta(milliseconds=1)


def slow_block(at: int, zone: str) -> int | None:
    """The block of the waking day there."""
    hour = (EPOCH + timedelta(milliseconds=at + slow_offset(at, zone))).hour
    return next((i for i, (first, end) in enumerate(HOUR_BLOCKS) if first <= hour < end), None)


def slow_rhythm(days: list[int]) -> Row:
    gaps = [later - earlier for earlier, later in itertools.pairwise(days)]
    span = sum(gaps)
    mean = span / len(gaps) if gaps else None
    into = [3 * (day - days[0]) for day in days]
    return {
        "repeats": len(gaps),
        "span_days": span,
        "mean_gap": mean,
        "gap_cv": statistics.stdev(gaps) / mean if mean and len(gaps) > 1 else None,
        "first_third": sum(0 < part <= span for part in into),
        "last_third": sum(part > 2 * span for part in into),
    }


def slow(people: int, events: list[Happening], zone: str = "UTC") -> list[Row]:
    known = [event for event in events if event[2] in KINDS]
    return [
        slow_row([(at, kind) for person, at, kind in known if person == i], zone)
        for i in range(people)
    ]


def assert_rows(frame: pl.DataFrame, expected: list[Row]) -> None:
    assert frame.height == len(expected)
    for found, wanted in zip(frame.iter_rows(named=True), expected, strict=True):
        assert found.keys() == wanted.keys()
        rhythm = {name: wanted[name] for name in ("mean_gap", "gap_cv")}
        assert found | rhythm == wanted
        # Kept in four bytes.
        for name, value in rhythm.items():
            assert found[name] == (
                None if value is None else pytest.approx(value, rel=1e-5, abs=1e-4)
            )


# Times that clash, midnights, the last weeks, and up to three years back.
_ago = st.one_of(
    st.sampled_from([0, 1, 5 * DAY_MS, 5 * DAY_MS + 1, 19 * DAY_MS]),
    st.integers(0, 60).map(lambda days: UNTIL % DAY_MS + days * DAY_MS),
    st.integers(0, 40 * DAY_MS),
    st.integers(0, 1_100 * DAY_MS),
)
_kind = st.sampled_from([*KINDS, OUTREACH, OUTREACH, "visit", "form", "an open"])
_event = st.tuples(st.integers(0, 4), _ago.map(lambda ago: UNTIL - ago), _kind)


@settings(max_examples=150, deadline=None)
@given(
    events=st.lists(_event, max_size=40),
    zone=st.sampled_from(ZONES),
    cuts=st.lists(st.integers(0, 40), max_size=3),
)
def test_histories_are_what_plain_counting_says_in_any_parts(
    events: list[Happening], zone: str, cuts: list[int]
) -> None:
    edges = [0, *sorted(cuts), len(events)]
    parts = [events[a:b] for a, b in itertools.pairwise(edges)]
    frame, days = found_in(6, *parts, offsets=_offsets(zone, NOW))
    assert_rows(frame, slow(6, events, zone))
    known = {
        (i, (at + slow_offset(at, zone)) // DAY_MS) for i, at, kind in events if kind in HUMAN_KINDS
    }
    assert list(zip(days.person.tolist(), days.day.tolist(), strict=True)) == sorted(known)


@settings(max_examples=25, deadline=None)
@given(events=st.lists(_event, max_size=30), seed=st.integers(0, 99))
def test_the_order_of_events_changes_nothing(events: list[Happening], seed: int) -> None:
    usual, days = found_in(6, events)
    muddled = [events[i] for i in np.random.default_rng(seed).permutation(len(events))]
    frame, other = found_in(6, muddled[::2], muddled[1::2])
    assert frame.equals(usual)
    assert other.day.tolist() == days.day.tolist()


@pytest.mark.parametrize("zone", ZONES)
def test_the_hour_is_the_clock_on_the_wall_but_for_the_days_it_is_changed(zone: str) -> None:
    where, expected, events = ZoneInfo(zone), [0] * len(HOUR_BLOCKS), []
    for at in range(UNTIL - 500 * DAY_MS, UNTIL, 5 * 3_600_000 + 7 * 60_000):
        moment = EPOCH + timedelta(milliseconds=at)
        clocks = {(moment + timedelta(days=d)).astimezone(where).utcoffset() for d in (-1, 0, 1)}
        if len(clocks) > 1:
            continue
        events.append((0, at, "visit"))
        hour = moment.astimezone(where).hour
        for i, (first, end) in enumerate(HOUR_BLOCKS):
            expected[i] += first <= hour < end
    frame, _ = found_in(1, events, offsets=_offsets(zone, NOW))
    assert [frame[f"hours_{i}"][0] for i in range(len(HOUR_BLOCKS))] == expected
    assert len(events) > 2_000


def test_more_people_than_milliseconds_fit_keep_their_days_and_whole_seconds() -> None:
    people, dice = 1 << 19, np.random.default_rng(5)
    assert Packing(people, UNTIL, KINDS).unit > 1
    who = sorted({0, people - 1, *dice.integers(0, people, 40).tolist()})
    # Purchases are often dated to the day: midnight must stay on its day.
    ago = dice.integers(0, 900, 600) * 86_400 + dice.choice([0, 0, 1, 40_000], 600)
    midnight = UNTIL // DAY_MS * DAY_MS
    events = [
        (int(dice.choice(who)), midnight - 1_000 * int(seconds), str(dice.choice(KINDS)))
        for seconds in ago
    ]
    for until in (UNTIL, UNTIL + 1):
        packing = Packing(people, until, KINDS)
        frame, *_ = histories(packing, [packed(packing, events)])
        assert frame.height == people
        theirs = [[(at, kind) for i, at, kind in events if i == one] for one in who]
        assert_rows(frame[who], [slow_row(each, "UTC") for each in theirs])
        assert frame["human_events"].sum() == sum(kind != OUTREACH for *_, kind in events)


def test_more_people_than_milliseconds_fit_move_a_moment_by_less_than_a_unit() -> None:
    packing = Packing(1 << 21, UNTIL, KINDS)
    assert packing.unit == 8
    frame, *_ = histories(packing, [packed(packing, [(i, UNTIL - i, "visit") for i in range(20)])])
    for i, last in enumerate(frame["last_human_at"][:20]):
        moved = UNTIL - i - (last - EPOCH) // timedelta(milliseconds=1)
        assert 0 <= moved < packing.unit


def test_events_of_more_than_69_years_ago_are_kept_at_the_origin() -> None:
    origin = Packing(1, UNTIL, KINDS).origin
    assert UNTIL - origin > 69 * 365 * DAY_MS
    frame, _ = found_in(1, [(0, origin - 5_000 * DAY_MS, "form"), (0, origin - 1, "call")])
    assert frame.row(0, named=True)["human_events"] == 2
    assert frame["last_human_at"][0] == EPOCH + timedelta(milliseconds=origin)


def test_very_busy_contacts_stop_being_counted_at_two_bytes() -> None:
    busy = [(0, UNTIL - i, "form") for i in range(70_000)]
    found = found_in(1, busy)[0].row(0, named=True)
    assert (found["human_events"], found["forms"]) == (70_000, 65_535)


@pytest.mark.parametrize(
    ("after", "answered"), [(0, 0), (1, 1), (14 * DAY_MS, 1), (14 * DAY_MS + 1, 0)]
)
def test_an_answer_comes_within_14_days_or_is_none(after: int, answered: int) -> None:
    sent = UNTIL - 30 * DAY_MS
    found = found_in(1, [(0, sent, OUTREACH), (0, sent + after, "email")])[0]
    assert found["answered"].to_list() == [answered]


def test_an_answer_of_somebody_else_is_none() -> None:
    found = found_in(2, [(0, UNTIL - 5, OUTREACH), (1, UNTIL, "email")])[0]
    assert found["answered"].to_list() == [0, 0]


@pytest.mark.parametrize("people", [0, 3])
def test_nobody_and_people_without_events_have_empty_rows(people: int) -> None:
    frame, days = found_in(people)
    assert_rows(frame, slow(people, []))
    assert len(days.day) == 0


def test_the_timeline_counts_from_today_and_begins_at_the_first_contact_or_before() -> None:
    days = Days(np.array([0, 0, 2], dtype=np.int32), np.array([90, 95, 80], dtype=np.int32))
    line = timeline_of(days, today=100, born=np.array([92, 70, 75]))
    assert line.person.tolist() == [0, 0, 2]
    assert line.day.tolist() == [-10, -5, -20]
    assert line.birth.tolist() == [-10, -30, -25]


def test_who_becomes_known_after_today_is_born_today() -> None:
    nobody = Days(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))
    assert timeline_of(nobody, today=100, born=np.array([130])).birth.tolist() == [0.0]
