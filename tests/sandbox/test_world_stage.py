"""Clock, agenda and stage: time moves forward only, and everything due happens in order."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from sandbox.clock import VirtualClock
from sandbox.stage import Stage

START = datetime(2026, 11, 16, 14, tzinfo=UTC)


def test_everything_due_happens_in_order_of_time_then_of_planning() -> None:
    stage = Stage.starting_at(START)
    seen: list[tuple[str, datetime]] = []

    def note(name: str) -> None:
        seen.append((name, stage.now()))

    for name, hours in (("late", 5), ("first", 1), ("second", 1), ("never", 50)):
        stage.agenda.schedule(START + timedelta(hours=hours), partial(note, name))
    assert stage.advance_to(START + timedelta(hours=6)) == 3
    hour = timedelta(hours=1)
    assert seen == [
        ("first", START + hour),
        ("second", START + hour),
        ("late", START + 5 * hour),
    ]
    assert stage.now() == START + 6 * hour
    assert len(stage.agenda) == 1


def test_what_actions_plan_happens_in_the_same_advance_if_due() -> None:
    stage = Stage.starting_at(START)
    seen: list[datetime] = []

    def reply() -> None:
        seen.append(stage.now())
        if len(seen) < 3:
            stage.agenda.schedule(stage.now() + timedelta(days=1), reply)

    stage.agenda.schedule(START, reply)
    stage.advance_to(START + timedelta(days=10))
    assert seen == [START, START + timedelta(days=1), START + timedelta(days=2)]


def test_time_does_not_run_backwards() -> None:
    stage = Stage.starting_at(START)
    with pytest.raises(ValueError, match="backwards"):
        stage.advance_to(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(datetime(2026, 11, 16))  # noqa: DTZ001 - that is the point


def test_progress_rises_to_one() -> None:
    stage = Stage.starting_at(START)
    heard: list[float] = []
    for day in range(1, 30):
        stage.agenda.schedule(START + timedelta(days=day), lambda: None)
    stage.advance_to(START + timedelta(days=30), heard.append)
    assert heard == sorted(heard)
    assert len(heard) > 5
    assert heard[-1] == 1.0


def test_restarting_forgets_plans_and_may_go_back() -> None:
    stage = Stage.starting_at(START)
    stage.agenda.schedule(START + timedelta(days=1), lambda: pytest.fail("was forgotten"))
    stage.restart_at(datetime(1997, 10, 1, tzinfo=UTC))
    assert stage.now().year == 1997
    assert stage.advance_to(START + timedelta(days=2)) == 0
