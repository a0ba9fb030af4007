"""How a chance has moved is kept with each change, and goes with the contact (S9)."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from app.pages.person_course import course_of
from core.db import reading
from scoring import jobs, over_time, store
from tests.scoring.mirrored import ACCOUNT, START, Mirrored

pytestmark = pytest.mark.integration


def scores_of(account: Mirrored) -> dict[str, dict[str, Any]]:
    with reading(account.engine) as connection:
        return {row["contact_id"]: dict(row) for row in store.load_scores(connection, ACCOUNT)}


def changes_of(account: Mirrored, contact_id: str) -> list[tuple[Any, float | None]]:
    with reading(account.engine) as connection:
        return over_time.load_changes(connection, ACCOUNT, contact_id)


def test_each_whole_step_of_a_chance_is_kept_with_both_its_sides(engine: Engine) -> None:
    account = Mirrored(engine)
    people = account.crowd(120)
    seen: dict[str, list[tuple[Any, float | None]]] = {contact_id: [] for contact_id in people}
    for days in (0, 1, 59, 140, 1, 199):
        account.later(days)
        account.run(jobs.score_account)
        for contact_id, row in scores_of(account).items():
            seen[contact_id].append((row["as_of"], row["likelihood"]))
    moved = 0
    for contact_id, told in seen.items():
        expected = []
        for old, new in pairwise(told):
            if over_time.in_100(old[1]) != over_time.in_100(new[1]):
                expected += [old, new]
        assert changes_of(account, contact_id) == sorted(set(expected), key=lambda one: one[0])
        moved += bool(expected)
    assert moved > 20
    # Who comes back is scored by themselves, and that is a step as well.
    who = next(i for i, told in seen.items() if told[-1][1] is not None)
    before = changes_of(account, who)
    account.later(0.25)
    account.happen((who, 0, "form"))
    account.change(who)
    account.run(jobs.score_changed)
    assert len(changes_of(account, who)) > len(before)
    with engine.begin() as tx:
        store.forget(tx, ACCOUNT, [who])
    assert changes_of(account, who) == []


def test_what_is_older_than_two_years_is_kept_no_longer(engine: Engine) -> None:
    account = Mirrored(engine)
    people = account.crowd(60)
    for days in (0, 200, over_time.KEPT.days + 1):
        account.later(days)
        account.run(jobs.score_account)
    kept = [at for contact_id in people for at, _ in changes_of(account, contact_id)]
    assert kept
    assert min(kept) >= account.clock.now() - over_time.KEPT


def test_the_line_of_a_course_stands_where_its_steps_do() -> None:
    at = [START + timedelta(days=days) for days in (0, 50, 60, 100)]
    course = course_of([(at[0], 0.10), (at[1], 0.20), (at[2], 0.20)], 0.05, at[3])
    assert course is not None
    assert [(one.start, one.end) for one in course.levels] == [(0, 50), (50, 60), (60, 100)]
    ys = [one.y for one in course.levels]
    assert ys[0] > ys[1] == ys[2]
    assert [one.x for one in course.rises] == [50, 100]
    assert min(ys) == 2, "the highest value stands at the top"
    assert course.sentence.startswith("10 in 100 on Jun 1, 2026, 5 in 100 today; between 5 and 20")


def test_nobody_has_a_course_whose_chance_has_not_moved_or_is_not_foretold() -> None:
    later = START + timedelta(days=9)
    assert course_of([], 0.1, later) is None
    assert course_of([(START, 0.1), (later, None)], None, later) is None
    gap = course_of(
        [(START, 0.1), (later, None), (later + timedelta(days=3), None)],
        0.1,
        later + timedelta(days=9),
    )
    assert gap is not None
    assert [(round(one.start), round(one.end)) for one in gap.levels] == [(0, 50)]


def test_a_course_begins_where_something_was_foretold() -> None:
    at = [START + timedelta(days=days) for days in (0, 50, 60, 100)]
    course = course_of([(at[0], None), (at[1], 0.15), (at[2], 0.15)], 0.12, at[3])
    assert course is not None
    assert course.since == "Jul 21, 2026"
    assert course.sentence.startswith("15 in 100 on Jul 21, 2026, 12 in 100 today")
    assert [(round(one.start), round(one.end)) for one in course.levels] == [(0, 20), (20, 100)]
