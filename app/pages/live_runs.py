"""What is under way on an account, as its live page shows it: runs, the queue of touches, and what was set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.pages.notice_lines import work_of
from app.pipeline import READING, WRITING, claim_of
from app.reports.progress import Progress, progress_of
from core.context import Context
from core.db import reading
from core.jobs import pauses
from core.jobs import store as jobs
from core.jobs.pauses import Pause
from sync.backfill import runs
from sync.backfill.states import RunState
from sync.inbox import store as inbox
from sync.mirror.store import load_full_names
from sync.outbox import plan_rows
from sync.outbox import plans as outbox
from sync.outbox.plans import Plan
from sync.outbox.rate import load_rate
from sync.outbox.states import PlanState
from workflows.enrollment import counting
from workflows.enrollment.states import End, EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.handoff import store as handoffs
from workflows.handoff.states import HandoffState
from workflows.properties import playbook_label
from workflows.stops import store as stops
from workflows.stops.store import Stop
from workflows.touches import store as touches

SHOWN = 25
_S = EnrollmentState
# Let go ahead by a person, whatever became of it.
_LET_GO = (_S.APPROVED, _S.STARTING, _S.STARTED, _S.ENDED, _S.REFUSED, _S.FAILED)


@dataclass(frozen=True, slots=True)
class Reading:
    """The last reading of the account, while it goes on or where it stopped."""

    progress: Progress
    state: RunState
    started_at: datetime
    error: str | None
    pause: Pause | None


@dataclass(frozen=True, slots=True)
class Writing:
    """A plan that is being written."""

    plan: Plan
    rate: float
    pause: Pause | None

    @property
    def done(self) -> int:
        return self.plan.succeeded + self.plan.failed

    @property
    def seconds_left(self) -> float | None:
        left = self.plan.planned - self.done
        if self.rate:
            return left / self.rate
        whole = self.plan.expected_seconds
        return whole * left / self.plan.planned if whole and self.plan.planned else None


@dataclass(frozen=True, slots=True)
class Programme:
    """A playbook's people who were let go ahead: how many are where."""

    key: str
    label: str
    counts: Mapping[EnrollmentState, int]
    ends: Mapping[End, int]
    today: int
    stop: Stop | None

    @property
    def let_go(self) -> int:
        return sum(self.counts.get(state, 0) for state in _LET_GO)

    @property
    def settled(self) -> int:
        """Whoever does not wait any more: started, or refused just before it."""
        return self.let_go - self.waiting

    @property
    def started(self) -> int:
        return self.counts.get(_S.STARTED, 0) + self.counts.get(_S.ENDED, 0)

    @property
    def waiting(self) -> int:
        return self.counts.get(_S.APPROVED, 0) + self.counts.get(_S.STARTING, 0)


@dataclass(frozen=True, slots=True)
class Aside:
    """A record that something was refused for, and why."""

    contact_id: str
    name: str
    source: str  # write or start
    reason: str


@dataclass(frozen=True, slots=True)
class Live:
    """Everything of the page."""

    reading: Reading | None
    writing: Writing | None
    programmes: Sequence[Programme]
    queue: Sequence[Mapping[str, Any]]
    planned: int
    aside: Sequence[Aside]
    waiting_notices: int
    parked: Sequence[tuple[str, int, datetime]]
    letters: Sequence[tuple[str, jobs.Letter]]
    answers_waiting: int
    plan_state: PlanState | None  # of the latest values to write
    names: Mapping[str, str] = field(default_factory=dict)


def load_live(here: Context, account_id: str, *, today: datetime) -> Live:
    """As the database has it now; `today` is when the account's day began."""
    now = here.wall.now()
    with reading(here.engine) as connection:
        held = pauses.load_pauses(connection, account_id)
        queue = touches.load_coming(connection, account_id, limit=SHOWN)
        aside = _aside(connection, account_id)
        ids = sorted({row["contact_id"] for row in queue} | {i for i, _, _ in aside})
        names = load_full_names(connection, account_id, ids)
        letters = jobs.load_given_up(connection, account_id)
        answers = handoffs.count(connection, account_id)
        plan = outbox.find_latest(connection, account_id, "values")
        return Live(
            reading=_reading(connection, account_id, held),
            writing=_writing(connection, account_id, plan, held, now=now),
            programmes=_programmes(connection, account_id, today=today),
            queue=queue,
            planned=touches.count_touches(connection, account_id).get(TouchState.PLANNED, 0),
            aside=[Aside(i, names.get(i, i), source, why) for i, source, why in aside],
            waiting_notices=inbox.count_waiting(connection, account_id),
            parked=inbox.load_parked(connection, account_id),
            letters=[(work_of(letter.job), letter) for letter in letters],
            answers_waiting=answers.get(HandoffState.OPEN, 0) + answers.get(HandoffState.LATE, 0),
            plan_state=plan.state if plan else None,
            names=names,
        )


def _reading(connection: Connection, account_id: str, held: Mapping[str, Pause]) -> Reading | None:
    run = runs.find_latest(connection, account_id)
    if run is None or run["state"] == RunState.DONE:
        return None
    progress = progress_of(
        run["parts"] or {}, is_read=False, asked=(), is_planned=False, beat_at=run["beat_at"]
    )
    pause = held.get(claim_of(READING, account_id))
    return Reading(progress, RunState(run["state"]), run["started_at"], run["error"], pause)


def _writing(
    connection: Connection,
    account_id: str,
    plan: Plan | None,
    held: Mapping[str, Pause],
    *,
    now: datetime,
) -> Writing | None:
    if plan is None or plan.state is not PlanState.APPROVED:
        return None
    rate = load_rate(connection, account_id, now=now)
    return Writing(plan, rate, held.get(claim_of(WRITING, account_id)))


def _programmes(connection: Connection, account_id: str, *, today: datetime) -> list[Programme]:
    counts = counting.count_by_playbook(connection, account_id)
    ends = counting.count_ends(connection, account_id)
    started = counting.count_started(connection, account_id, since=today)
    stopped = stops.load_stopped(connection, account_id)
    found = [
        Programme(
            key,
            playbook_label(key),
            states,
            ends.get(key, {}),
            started.get(key, 0),
            stopped.get(key),
        )
        for key, states in counts.items()
    ]
    return [one for one in found if one.let_go]


def _aside(connection: Connection, account_id: str) -> list[tuple[str, str, str]]:
    """(contact, from where, why) of what the CRM refused."""
    writes = plan_rows.load_failed(connection, account_id, limit=SHOWN)
    starts = counting.load_failed(connection, account_id, limit=SHOWN)
    return [
        *((contact_id, "write", why or "") for contact_id, why in writes),
        *((contact_id, "start", why or "") for contact_id, why in starts),
    ]
