"""What a week's report tells, counted in the same rows and taken from the same sums as the pages."""

from collections import Counter
from typing import Any

from app.reports.results.loading import Known
from app.reports.weekly.week import Week
from contact_rules.tones import Tone
from scoring.summary.audit_summary import AuditSummary
from workflows.enrollment.states import End, EnrollmentState
from workflows.handoff.states import HandoffState


def count_week(known: Known, answers: list[dict[str, Any]], week: Week) -> dict[str, Any]:
    """What happened between the week's first moment and its last; `answers` are the account's handoffs in it."""
    sent = Counter(row["channel"] for row in known.touched if week.has(row["asked_at"]))
    heard = [row for row in answers if row["ended_by"] != End.TAKEN_OVER]
    return {
        "started": sum(week.has(row["started_at"]) for row in known.rounds),
        "left_alone": sum(
            row["held_out"] and week.has(row["assigned_at"]) for row in known.assigned
        ),
        "messages": sum(sent.values()),
        "channels": dict(sorted(sent.items())),
        "answers": len(heard),
        "positive": sum(row["tone"] == Tone.POSITIVE for row in heard),
        "opted_out": sum(row["ended_by"] == End.OPTED_OUT for row in heard),
        "tasks": sum(row["task_id"] is not None for row in answers),
        "done": sum(
            row["state"] == HandoffState.DONE and row["done_at"] is not None for row in answers
        ),
    }


def standing_of(
    audit: AuditSummary | None,
    enrollments: dict[EnrollmentState, int],
    handed: dict[HandoffState, int],
) -> dict[str, Any]:
    """Where the account stands: the numbers of its audit, its live page and its desk."""
    return {
        "contacts": None if audit is None else audit.contacts,
        "dormant": None if audit is None else audit.dormant["d90"],
        "reachable": None if audit is None else audit.value.reachable,
        "running": enrollments.get(EnrollmentState.STARTED, 0),
        "late": handed.get(HandoffState.LATE, 0),
    }


def results_of(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Of the results what a report repeats; None before anybody was assigned."""
    if found is None or not (found["assigned"]["started"] + found["assigned"]["left_alone"]):
        return None
    now = next(h for h in found["horizons"] if h["days"] == found["at_days"])
    return {
        "at_days": found["at_days"],
        "currency": found["currency"],
        "started": now["started"]["people"],
        "left_alone": now["left_alone"]["people"],
        "extra": {
            name: found["extra"][name] for name in ("responded", "booked", "sold", "revenue")
        },
        "smallest": {
            name: now["lift"][name]["smallest_detectable"]
            for name in ("responded", "booked", "sold")
        },
    }
