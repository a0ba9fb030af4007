"""Clock and agenda: time moves forward only, and everything due happens in order."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from sandbox.clock import VirtualClock
from sandbox.virtual_time import VirtualTime

START = datetime(2026, 11, 16, 14, tzinfo=UTC)


def test_everything_due_happens_in_order_of_time_then_of_planning() -> None:
    time = VirtualTime.starting_at(START)
    seen: list[tuple[str, datetime]] = []

    def note(name: str) -> None:
        seen.append((name, time.now()))

    for name, hours in (("late", 5), ("first", 1), ("second", 1), ("never", 50)):
        time.agenda.schedule(START + timedelta(hours=hours), partial(note, name))
    assert time.advance_to(START + timedelta(hours=6)) == 3
    hour = timedelta(hours=1)
    assert seen == [
        ("first", START + hour),
        ("second", START + hour),
        ("late", START + 5 * hour),
    ]
    assert time.now() == START + 6 * hour
    assert len(time.agenda) == 1


def test_what_actions_plan_happens_in_the_same_advance_if_due() -> None:
    time = VirtualTime.starting_at(START)
    seen: list[datetime] = []

    def reply() -> None:
        seen.append(time.now())
        if len(seen) < 3:
            time.agenda.schedule(time.now() + timedelta(days=1), reply)

    time.agenda.schedule(START, reply)
    time.advance_to(START + timedelta(days=10))
    assert seen == [START, START + timedelta(days=1), START + timedelta(days=2)]


def test_time_does_not_run_backwards() -> None:
    time = VirtualTime.starting_at(START)
    with pytest.raises(ValueError, match="backwards"):
        time.advance_to(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(datetime(2026, 11, 16))  # noqa: DTZ001 - that is the point


def test_progress_rises_to_one() -> None:
    time = VirtualTime.starting_at(START)
    heard: list[float] = []
    for day in range(1, 30):
        time.agenda.schedule(START + timedelta(days=day), lambda: None)
    time.advance_to(START + timedelta(days=30), heard.append)
    assert heard == sorted(heard)
    assert len(heard) > 5
    assert heard[-1] == 1.0


def test_restarting_forgets_plans_and_may_go_back() -> None:
    time = VirtualTime.starting_at(START)
    time.agenda.schedule(START + timedelta(days=1), lambda: pytest.fail("was forgotten"))
    time.restart_at(datetime(1997, 10, 1, tzinfo=UTC))
    assert time.now().year == 1997
    assert time.advance_to(START + timedelta(days=2)) == 0
