"""Where everybody stands at a day: the walk, the cut and the present all say the same of the same record."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features.timeline import State, Timeline, Walk, state_now, timeline

pytestmark = pytest.mark.integration

TAUS = (11.25, 45.0, 180.0)

# Somebody: days of contact before now, with repeats, and days known before the first of them.
_person = st.tuples(st.lists(st.integers(0, 400), max_size=12), st.integers(0, 60))
_people = st.lists(_person, max_size=8)
Known = list[tuple[list[int], int]]


def record(people: Known) -> Timeline:
    """The timeline of these people, their events in a muddled order."""
    events = [(i, -float(ago)) for i, (days, _) in enumerate(people) for ago in days]
    events.sort(key=lambda pair: math.sin(37 * pair[0] + pair[1]))
    person, day = (np.array([event[k] for event in events]) for k in (0, 1))
    birth = [-float(max(days, default=0) + before) for days, before in people]
    return timeline(person.astype(np.int64), day.astype(np.float64), np.array(birth))


def standing(days: list[int], before: int, at: float) -> tuple[float, ...] | None:
    """Where one stands at the end of day `at`, the plain way; None where unknown by then."""
    birth = -float(max(days, default=0) + before)
    if birth > at:
        return None
    past = sorted({-float(ago) for ago in days if -ago <= at})
    again = [day for day in past if day > birth]
    fading = [sum(math.exp((day - at) / tau) for day in past) for tau in TAUS]
    last = again[-1] - birth if again else 0.0
    return (float(len(again)), last, at - birth, float(bool(past)), *fading)


def rows(state: State) -> list[tuple[float, ...]]:
    columns = (state.x, state.t_x, state.age, state.touched.astype(float), *state.recent)
    return [tuple(float(v) for v in values) for values in zip(*columns, strict=True)]


def assert_same(found: list[tuple[float, ...]], expected: list[tuple[float, ...]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12)


@given(people=_people, stops=st.lists(st.integers(0, 420), min_size=1, max_size=4))
def test_the_walk_the_cut_record_and_plain_counting_agree_at_every_day(
    people: Known, stops: list[int]
) -> None:
    line = record(people)
    walk = Walk(line, TAUS)
    for at in sorted(-float(stop) for stop in stops):
        expected = [(i, standing(*one, at)) for i, one in enumerate(people)]
        known = [i for i, stands in expected if stands is not None]
        there = [stands for _, stands in expected if stands is not None]
        walk.to(at)
        assert_same(rows(walk.state(np.array(known, dtype=np.int64))), there)
        cut, who = line.until(at)
        assert who.tolist() == known
        assert_same(rows(state_now(cut, TAUS)), there)
        assert cut.reach == (max(row[2] for row in there) if there else 0.0)


@given(_people)
def test_the_present_is_plain_counting_up_to_today(people: Known) -> None:
    state = state_now(record(people), TAUS)
    expected = [standing(days, before, 0.0) for days, before in people]
    assert_same(rows(state), [stands for stands in expected if stands is not None])
    assert len(state) == len(people)
    assert (state.quiet >= 0).all()


@given(people=_people, picks=st.sets(st.integers(0, 7)), size=st.integers(1, 4))
def test_some_people_and_blocks_of_people_keep_their_own_record(
    people: Known, picks: set[int], size: int
) -> None:
    line = record(people)
    chosen = np.array(sorted(i for i in picks if i < len(people)), dtype=np.int64)
    whole = rows(state_now(line, TAUS))
    assert_same(rows(state_now(line.only(chosen), TAUS)), [whole[i] for i in chosen])
    blocks = list(line.blocks(size))
    assert [block.people for block in blocks] == [
        min(size, len(people) - first) for first in range(0, len(people), size)
    ]
    assert_same([each for block in blocks for each in rows(state_now(block, TAUS))], whole)


@given(people=_people, ends=st.tuples(st.integers(0, 400), st.integers(0, 400)))
def test_days_of_contact_after_a_day_are_counted_up_to_the_end_and_each_once(
    people: Known, ends: tuple[int, int]
) -> None:
    start, end = -float(max(ends)), -float(min(ends))
    among = np.arange(len(people))[::2]
    counts = record(people).counts_after(start, end, among)
    expected = [len({ago for ago in days if start < -ago <= end}) for days, _ in people]
    assert counts.tolist() == expected[::2]


def test_several_events_a_day_are_one_day_of_contact() -> None:
    line = timeline(np.array([0, 0, 0, 0]), np.array([-5.0, -9.0, -5.0, -9.0]))
    assert (line.day.tolist(), line.birth.tolist()) == ([-9.0, -5.0], [-9.0])
    assert state_now(line).x.tolist() == [1.0]


def test_known_before_the_first_contact_that_contact_is_a_repeat() -> None:
    person, day = np.array([0, 1]), np.array([-40.0, -40.0])
    state = state_now(timeline(person, day, np.array([-100.0, -40.0])))
    assert state.x.tolist() == [1.0, 0.0]
    assert state.t_x.tolist() == [60.0, 0.0]
    assert state.quiet.tolist() == [40.0, 40.0]
    assert state.touched.tolist() == [True, True]


def test_a_birth_after_the_first_contact_is_moved_to_it() -> None:
    line = timeline(np.array([0]), np.array([-40.0]), np.array([-10.0]))
    assert line.birth.tolist() == [-40.0]


def test_nobody_at_all_stands_nowhere() -> None:
    nobody = timeline(np.zeros(0, dtype=np.int64), np.zeros(0))
    assert (nobody.people, nobody.reach, len(state_now(nobody, TAUS))) == (0, 0.0, 0)
    assert list(nobody.blocks(3)) == []
    assert nobody.until(-10.0)[0].people == 0
    assert nobody.only(np.zeros(0, dtype=np.int64)).people == 0
    walk = Walk(nobody, TAUS)
    walk.to(-3.0)
    assert len(walk.state(np.zeros(0, dtype=np.int64))) == 0


def test_people_without_any_contact_are_untouched_since_their_birth() -> None:
    line = timeline(np.zeros(0, dtype=np.int64), np.zeros(0), np.array([-7.0, 0.0]))
    state = state_now(line, TAUS)
    assert state.touched.tolist() == [False, False]
    assert state.quiet.tolist() == [7.0, 0.0]
    assert all(part.tolist() == [0.0, 0.0] for part in state.recent)


@settings(max_examples=30)
@given(people=_people, ahead=st.floats(0, 500))
def test_staying_away_adds_to_the_silence_and_fades_what_was(people: Known, ahead: float) -> None:
    now = state_now(record(people), TAUS)
    later = now.later(ahead, tuple(math.exp(-ahead / tau) for tau in TAUS))
    expected = [
        (x, t_x, age + ahead, touched, *(f * math.exp(-ahead / t) for f, t in zip(rest, TAUS, strict=True)))
        for x, t_x, age, touched, *rest in rows(now)
    ]  # fmt: skip
    assert_same(rows(later), expected)
    assert later.quiet == pytest.approx(now.quiet + ahead)


def test_rows_of_a_state_are_those_people() -> None:
    state = state_now(record([([3], 2), ([], 5), ([9, 1], 0)]), TAUS)
    which = np.array([False, True, True])
    assert rows(state.rows(which)) == rows(state)[1:]
