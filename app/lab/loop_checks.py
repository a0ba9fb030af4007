"""Whether each answer of a trial became what it had to: a task of one person's within a minute, or nobody's."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.lab.histories import Histories, Row

# What the pretend people mean by their words: these are a person's turn.
_FOR_A_PERSON = frozenset({"positive", "unclear"})
_WISHES = frozenset({"stop_word", "stop", "leave_alone", "wrong_person", "deceased"})
_WITHIN = timedelta(minutes=1)
# An answer this long after the last message is still one to it.
_ANSWERED_WITHIN = timedelta(days=90)
# Every task of an answer says what was answered; that of a call does not.
_OF_AN_ANSWER, _OVERDUE = "What was answered", "Overdue: "


@dataclass(slots=True)
class Answers:
    """Counts of first answers by what they meant; `wrong` names those that did not become what they had to."""

    by_meaning: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        return {
            "by_meaning": dict(self.by_meaning),
            "slowest_seconds": round(self.slowest_seconds, 1),
            "wrong": len(self.wrong),
        }


def count_answers(histories: Histories) -> Answers:
    """Look at everybody who was ever started."""
    found = Answers()
    for contact_id, held in histories.held.items():
        asked = histories.asked.get(contact_id, [])
        answers = _answers(held["messages"], asked)
        if not answers:
            continue
        rows = histories.handoffs.get(contact_id, [])
        tasks = [task for task in held["tasks"] if _OF_AN_ANSWER in _body(task)]
        found.by_meaning[answers[0][0]] += 1
        for meaning, at in answers:
            if meaning in _FOR_A_PERSON:
                _look_at_task(found, contact_id, at, rows, tasks)
            elif meaning in _WISHES and _made_of(rows, at):
                found.wrong.append(f"{contact_id}: a wish became a task")
        _look_at_touches(found, contact_id, answers[0][1], asked)
    return found


def _answers(messages: list[Row], asked: list[Row]) -> list[tuple[str, datetime]]:
    """Meaning and moment of what somebody wrote to whom one of ours had gone before, the first one first."""
    moments = [row["asked_at"] for row in asked if row["asked_at"] is not None]
    found = [
        (str(message["means"]), datetime.fromisoformat(message["at"]))
        for message in messages
        if message["direction"] == "in" and message.get("means")
    ]
    return [
        (meaning, at)
        for meaning, at in sorted(found, key=lambda one: one[1])
        if any(timedelta() < at - moment < _ANSWERED_WITHIN for moment in moments)
    ]


def _look_at_task(
    found: Answers, contact_id: str, at: datetime, rows: list[Row], tasks: list[Row]
) -> None:
    made = _made_of(rows, at)
    if not made and any(_is_open(row, at) for row in rows):
        return
    if len(made) != 1:
        found.wrong.append(f"{contact_id}: {len(made)} tasks for the answer of {at:%Y-%m-%d %H:%M}")
        return
    after = made[0]["asked_at"] - at
    found.slowest_seconds = max(found.slowest_seconds, after.total_seconds())
    if after > _WITHIN:
        found.wrong.append(f"{contact_id}: the task came {after} after the answer")
    # Of the same answer: a late one is handed on by a second task, which says so.
    ids = [str(task["id"]) for task in tasks if _OVERDUE not in _body(task)]
    if made[0]["task_id"] not in ids:
        found.wrong.append(f"{contact_id}: the CRM does not show the task")
    elif len(ids) > len([row for row in rows if row["task_id"]]):
        found.wrong.append(f"{contact_id}: {len(ids)} tasks in the CRM, {len(rows)} answers known")


def _is_open(row: Row, at: datetime) -> bool:
    """Whether a task stands in the CRM at that moment, for an earlier answer of the same person."""
    if not row["task_id"] or row["asked_at"] > at:
        return False
    return row.get("done_at") is None or bool(row["done_at"] > at)


def _made_of(rows: list[Row], at: datetime) -> list[Row]:
    """The answers of that moment that became a task."""
    return [row for row in rows if row["task_id"] and abs(row["answered_at"] - at) < _WITHIN]


def _look_at_touches(found: Answers, contact_id: str, at: datetime, asked: list[Row]) -> None:
    late = [row["asked_at"] for row in asked if row["asked_at"] and row["asked_at"] > at]
    within = [moment for moment in late if moment - at < _ANSWERED_WITHIN]
    if within:
        found.wrong.append(f"{contact_id}: a message at {within[0]:%Y-%m-%d %H:%M} after an answer")


def _body(task: Row) -> str:
    return " ".join(str(value) for value in task.values())
