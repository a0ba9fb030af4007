"""The scores' report card: who counts in it, and when what came is not what was foretold."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.reports.results.foretold import ENOUGH, ReportCard, Verdict, report_card
from app.reports.results.loading import Known, shape
from oauth.account_settings.fields import AccountSettings

pl = pytest.importorskip("polars")
AT = datetime(2026, 3, 2, tzinfo=UTC)


def person(number: int, **more: Any) -> dict[str, Any]:
    usual = {
        "contact_id": f"c{number}", "programme": "p", "wave_id": "w", "track": "lead", "band": "90_179",
        "priority": "A", "segment": "s", "share": 0.2, "p_return": 0.1, "likelihood": 0.3, "held_out": False,
        "started_after_all": False, "responded": False, "assigned_at": AT,
    }  # fmt: skip
    return usual | more


def card_of(people: list[dict[str, Any]], never_started: int = 0) -> ReportCard:
    rounds = [
        {"contact_id": p["contact_id"], "playbook": "p", "wave_id": "w", "started_at": AT}
        for p in people[never_started:]
    ]
    known = Known("a", AT, AccountSettings(), (), (), rounds, ())
    return report_card(known, pl.DataFrame(people, schema=shape(), strict=False))


@pytest.mark.parametrize(
    ("came", "verdict"),
    [(60, Verdict.AGREES), (75, Verdict.MORE_CAME), (45, Verdict.FEWER_CAME)],
)
def test_what_luck_adds_is_no_fault_of_a_chance_and_what_it_does_not_is(
    came: int, verdict: Verdict
) -> None:
    """Of 200 with 3 in 10 each 60 come, give or take 13 (95 in 100)."""
    found = card_of([person(n, responded=n < came) for n in range(200)]).started.all
    assert (found.people, found.came.count, found.verdict) == (200, came, verdict)
    assert found.foretold == pytest.approx(60)


def test_who_got_nothing_or_was_started_all_the_same_says_nothing() -> None:
    people = [person(n) for n in range(50)]
    alone = [person(100 + n, held_out=True, started_after_all=n < 5) for n in range(40)]
    found = card_of(people + alone, never_started=8)
    assert (found.started.all.people, found.left_alone.all.people) == (42, 35)
    # Left alone the chance of coming back counts, and never that of an answer.
    assert found.left_alone.all.foretold == pytest.approx(3.5)


def test_of_few_people_nothing_is_said() -> None:
    found = card_of([person(n, responded=True) for n in range(ENOUGH - 1)])
    assert found.started.all.verdict is Verdict.TOO_FEW
    assert found.in_order is None
    assert card_of([]).started.all.foretold_share is None


@pytest.mark.parametrize(
    ("answered", "holds"), [((60, 20), True), ((40, 45), True), ((20, 60), False)]
)
def test_the_order_holds_unless_a_later_priority_answers_more_by_more_than_luck(
    answered: tuple[int, int], holds: bool
) -> None:
    people = [
        person(1000 * i + n, priority=letter, responded=n < count)
        for i, (letter, count) in enumerate(zip("AB", answered, strict=True))
        for n in range(150)
    ]
    assert card_of(people).in_order is holds


def test_months_are_those_of_the_draw_and_the_last_twelve() -> None:
    people = [
        person(n, assigned_at=AT.replace(year=2024 + n // 12, month=n % 12 + 1)) for n in range(20)
    ]
    months = [line.value for line in card_of(people).started.by_month]
    assert months == sorted(months)
    assert (len(months), months[-1]) == (12, "2025-08")
