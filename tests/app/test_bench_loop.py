"""A trial of months finds an answer that became no task, a second task, and a message after an answer (S18, S19)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from app.lab.bench_loop import beside_odds
from app.lab.histories import as_line
from app.lab.loop_checks import count_answers

ASKED = datetime(2026, 11, 17, 15, tzinfo=UTC)
ANSWERED = ASKED + timedelta(hours=5)


class Told:
    """The history of one person, as a trial reads it."""

    def __init__(self, means: str = "positive", **changed: Any) -> None:
        moments = [ANSWERED, *changed.get("again", [])]
        messages = [{"at": at.isoformat(), "direction": "in", "means": means} for at in moments]
        task = {"id": "t1", "body": "What was answered: by e-mail"}
        handoff = {"task_id": "t1", "answered_at": ANSWERED, "asked_at": ANSWERED}
        self.held = {"c1": {"messages": messages, "tasks": changed.get("tasks", [task])}}
        self.asked = {"c1": changed.get("asked", [{"asked_at": ASKED}])}
        self.handoffs = {"c1": changed.get("handoffs", [handoff])}


LATE = {"task_id": "t1", "answered_at": ANSWERED, "asked_at": ANSWERED + timedelta(minutes=2)}
AGAIN = {"asked_at": ANSWERED + timedelta(days=3)}
NEXT_DAY = ANSWERED + timedelta(days=1)
DONE = {
    "task_id": "t1",
    "answered_at": ANSWERED,
    "asked_at": ANSWERED,
    "done_at": ANSWERED + timedelta(hours=2),
}
TASK = {"id": "t1", "body": "What was answered: by e-mail"}


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (Told(), None),
        (Told("negative", tasks=[], handoffs=[]), None),
        (Told("stop", tasks=[], handoffs=[]), None),
        (Told(handoffs=[], tasks=[]), "0 tasks for the answer"),
        (Told(tasks=[]), "does not show the task"),
        (Told(tasks=[TASK, {**TASK, "id": "t2"}]), "2 tasks in the CRM, 1 answers"),
        (Told(handoffs=[LATE]), "the task came 0:02:00 after"),
        (Told("stop"), "a wish became a task"),
        (Told(again=[NEXT_DAY]), None),
        (Told(again=[NEXT_DAY], handoffs=[DONE]), "0 tasks for the answer of 2026-11-18"),
        (Told("negative", tasks=[], asked=[{"asked_at": ASKED}, AGAIN]), "after an answer"),
    ],
)
def test_s18_s19_what_did_not_become_what_it_had_to_is_named(told: Any, wrong: str | None) -> None:
    found = count_answers(told)
    assert sum(found.by_meaning.values()) == 1
    assert len(found.wrong) == (wrong is not None)
    assert wrong is None or wrong in found.wrong[0]


def test_what_nobody_of_ours_wrote_to_is_no_answer() -> None:
    assert count_answers(Told(asked=[])).by_meaning == {}  # type: ignore[arg-type]


def test_counts_far_from_their_odds_are_named() -> None:
    def far(count: int) -> bool:
        told = {"answers": count, "answers_expected": 60.0, "answers_variance": 48.0}
        return bool(beside_odds(told, "answers")["far"])

    assert [far(count) for count in (20, 40, 60, 80, 100)] == [True, False, False, False, True]


def test_a_history_is_written_with_rows_as_the_database_names_their_columns() -> None:
    row = {sa.quoted_name("started_at", None): ASKED}
    line = as_line({"contact": "c1", "rounds": [row]})
    assert orjson.loads(line) == {
        "contact": "c1",
        "rounds": [{"started_at": "2026-11-17T15:00:00+00:00"}],
    }
