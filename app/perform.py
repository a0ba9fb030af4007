"""The one edge of all jobs: claims a job, knows its account, runs it, and judges how it ended."""

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module

from app.failures import judge
from app.pipeline import JOBS, PAUSABLE
from connector.registry import PROVIDERS, load_clients
from contact_rules.wishes import find_wish
from core import log
from core.clock import stopwatch
from core.context import Context, current, entered
from core.db import reading
from core.jobs import store
from core.jobs.lease import Lease, keeping
from core.jobs.pauses import is_paused
from core.jobs.store import Row
from core.queue import Lane
from inputs.refusals import refused
from oauth.notices import clear_notices, record_notice
from sync.live import is_active
from workflows.openers.lint_words import load_words

# Seconds that a long job works before it lets more urgent ones go first, and others of its own lane.
BRIEF, FAIR = 0.5, 10.0
# What brings columns, models and the numbering plans of all countries with it.
_WORK = (
    *("workflows.choices.choosing", "scoring.score", "scoring.loading"),
    *("sync.fields.columns", "inputs.evidence", "phonenumbers", "phonenumbers.timezone"),
)
# Read once, it brings the words of all languages along.
_SAYS_NOTHING = "See you on Monday at ten, thank you!"


def perform(key: str) -> None:
    """What a worker does with a key from the queue; how a failure is judged stands in the job's row."""
    try:
        run_job(current(), key)
    except Exception as error:  # noqa: BLE001  it is recorded and logged, and the worker goes on
        log.get(__name__).debug("job.left", error=type(error).__name__)


def load_jobs() -> None:
    """Load every job and CRM, which is words alone: processes that are forked afterwards have them already."""
    for module in (*dict.fromkeys(job.rpartition(".")[0] for job in JOBS), *PROVIDERS.values()):
        import_module(module)


def load_work() -> None:
    """Load what jobs load with their first work: a second that nobody who waits has to wait for."""
    load_clients()
    for module in _WORK:
        import_module(module)
    for kind in ("email", "sms"):
        find_wish(_SAYS_NOTHING, kind=kind)
    refused((_SAYS_NOTHING,))
    load_words("en")


def keep_loaded() -> None:
    """What is loaded now stays: no collection of garbage looks through it again, and forked processes share it."""
    gc.collect()
    gc.freeze()


def run_job(here: Context, key: str) -> str | None:
    """Run the job of a row and answer its name; None where it is not due, or another process has its claim.

    Raises what the job raises, once that is recorded.
    """
    with here.engine.begin() as tx:
        row = store.take(tx, key, now=here.wall.now())
    if row is None:
        return None
    events = log.get(__name__).bind(job=row.job, account_id=row.account_id)
    elapsed = stopwatch()
    try:
        until = _run(here, row) if is_active(here, row.account_id) else None
    except Exception as error:
        _record_failure(here, row, error)
        raise
    with here.engine.begin() as tx:
        if until is None:
            store.finish(tx, row, now=here.wall.now())
            clear_notices(tx, row.account_id, job=row.job)
        else:
            store.postpone(tx, row, until=until)
    events.info("job.done" if until is None else "job.pauses", seconds=round(elapsed(), 3))
    carry_due(here, account_id=row.account_id)
    return row.job


def carry_due(here: Context, *, account_id: str | None = None) -> None:
    """Tell the workers what is due and unclaimed, of one account or of all; twice does no more than once."""
    now = here.wall.now()
    with reading(here.engine) as connection:
        has_abandoned = account_id is None and store.has_abandoned(connection, now=now)
    if has_abandoned:
        with here.engine.begin() as tx:
            freed = store.free_abandoned(tx, now=now)
        log.get(__name__).warning("jobs.taken_over", jobs=freed)
    with reading(here.engine) as connection:
        due = store.load_due(connection, now=now, account_id=account_id)
    for key, lane in due:
        here.queue.carry(key, lane)


def _run(here: Context, row: Row) -> datetime | None:
    """Call the job's function under its lease; answers when it wants to go on, or None when it is done."""
    module, _, name = row.job.rpartition(".")
    function: Callable[..., datetime | None] = getattr(import_module(module), name)
    with keeping(here.engine, row, clock=here.wall) as lease:
        there = replace(here, must_pause=_patience(here, row, lease))
        with entered(there):
            return function(row.account_id, *row.arguments)


def _patience(here: Context, row: Row, lease: Lease) -> Callable[[], bool]:
    elapsed, lane = stopwatch(), Lane(row.lane)

    def must_pause() -> bool:
        if lease.lost or here.must_pause() or _is_paused(here, row):
            return True
        worked = elapsed()
        return (worked > BRIEF and here.queue.waits(lane.more_urgent())) or (
            worked > FAIR and here.queue.waits([lane])
        )

    return must_pause


def _is_paused(here: Context, row: Row) -> bool:
    """Whether a person has paused this work; what cannot be paused is not looked up."""
    if JOBS[row.job].alone not in PAUSABLE:
        return False
    with reading(here.engine) as connection:
        return is_paused(connection, row.claim)


def _record_failure(here: Context, row: Row, error: Exception) -> None:
    """Note what is to become of the job, and what an admin must do; its claim is free again."""
    failure = judge(error, row.failures + 1)
    now = here.wall.now()
    retry_at = None if failure.retry_in is None else now + timedelta(seconds=failure.retry_in)
    with here.engine.begin() as tx:
        store.fail(tx, row, code=failure.code, error=failure.message, retry_at=retry_at, now=now)
        if failure.notice is not None:
            record_notice(
                tx,
                row.account_id,
                failure.notice.value,
                job=row.job,
                message=failure.message,
                now=now,
            )
    log.get(__name__).warning(
        "job.failed" if retry_at else "job.given_up",
        job=row.job,
        account_id=row.account_id,
        code=failure.code,
        message=failure.message,
        failures=row.failures + 1,
        retry_in=failure.retry_in,
        # What we did not foresee is a defect: where it happened helps, what it held does not.
        exc_info=error if failure.code == "unforeseen" else None,
    )
    carry_due(here, account_id=row.account_id)
