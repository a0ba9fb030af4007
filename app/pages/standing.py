"""Where an account stands on its way from installed to started, for pages and for the demonstration."""

from dataclasses import dataclass
from datetime import datetime

from app.reports.progress import Progress, progress_of
from core.context import Context
from core.db import reading
from core.jobs import store as jobs
from scoring import store as scores
from sync.backfill import runs
from sync.backfill.states import RunState
from sync.outbox import plans as outbox
from sync.outbox.plans import Tally
from sync.outbox.states import PlanState
from workflows.decisions.store import find_decided_at
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts and states as the database has them now."""

    stream: str | None
    read_count: int
    total_count: int | None
    read_done: bool
    read_error: str | None
    unread: tuple[str, ...]  # streams that the account does not let us read
    scored_at: datetime | None
    plan_id: str | None
    plan_state: PlanState | None
    plan_reason: str | None
    wave_id: str | None
    wave_size: int
    enrollments: dict[EnrollmentState, int]
    next_due: datetime | None
    tally: Tally
    progress: Progress

    @property
    def share_read(self) -> float | None:
        """0..1 of the records that are known to exist; None while that is not known."""
        if self.read_done:
            return 1.0
        return min(1.0, self.read_count / self.total_count) if self.total_count else None


def load_standing(context: Context, account_id: str) -> Standing:
    with reading(context.engine) as connection:
        run = runs.find_latest(connection, account_id)
        scoring = scores.find_scoring(connection, account_id)
        plan = outbox.find_latest(connection, account_id, "values")
        wave = ledger.find_wave(connection, account_id)
        decided_at = find_decided_at(connection, account_id)
        return Standing(
            stream=run["stream"] if run else None,
            read_count=run["read_count"] if run else 0,
            total_count=run["total_count"] if run else None,
            read_done=bool(run and run["state"] == RunState.DONE),
            read_error=run["error"] if run else None,
            unread=tuple(m["stream"] for m in run["missing"] or ()) if run else (),
            scored_at=scoring["scored_at"] if scoring else None,
            plan_id=plan.plan_id if plan else None,
            plan_state=plan.state if plan else None,
            plan_reason=plan.reason if plan else None,
            wave_id=wave[0] if wave else None,
            wave_size=wave[1] if wave else 0,
            enrollments=ledger.count_enrollments(connection, account_id),
            next_due=ledger.find_next_due(connection, account_id),
            tally=outbox.tally(connection, account_id),
            progress=progress_of(
                (run["parts"] if run else None) or {},
                is_read=bool(run and run["state"] == RunState.DONE),
                asked=jobs.load_jobs_asked(connection, account_id),
                is_planned=plan is not None or decided_at is not None,
                beat_at=run["beat_at"] if run else None,
            ),
        )
