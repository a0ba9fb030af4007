"""A made-up account in each of the states an account can be in, one after another, for pictures and for tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from app.lab.bench_account import (
    ACCOUNT,
    Place,
    contact_id,
    context_of,
    environment_of,
    fill_mirror,
    install,
)
from app.lab.made_up_results import make_results
from app.migrate import migrate
from app.perform import run_job
from app.pipeline import ask_of
from app.reports.weekly.jobs import tell_week
from connector.port.fields import ContactProperty, Option, PropertyPage
from connector.port.records import Bounds, IdRange, Stream
from connector.registry import PROVIDERS, sandbox_variables
from core.context import Context, entered
from core.db import reading
from core.errors import AppError
from core.jobs import store as jobs
from oauth.store import record_disconnected
from scoring.over_time import keep_steps
from scoring.store import load_scores
from sync.backfill import runs
from sync.fields.proposing import propose_fields
from sync.jobs import note_unread
from sync.outbox import plan_rows, plans
from sync.outbox.diff import load_diff
from sync.outbox.states import WriteState
from workflows.enrollment import store as ledger
from workflows.stops.store import go, stop

ADMIN = "An admin"
# Of the made-up people somebody who has written, and who may be started.
SOMEBODY = contact_id(10)
_STREAMS = (Stream.CONTACTS, Stream.DEALS, Stream.EMAILS, Stream.TICKETS)
_WHOLE = Bounds((IdRange(None, None),))
_COURSE = (
    (400, 0.21),
    (310, 0.21),
    (309, 0.26),
    (160, 0.26),
    (159, 0.34),
    (40, 0.34),
    (39, 0.31),
)
_WAVE = "pictured-next"


def context_at(place: Place, public_url: str) -> Context:
    """A product at this place, every CRM of which answers nobody."""
    crms: dict[str, str] = {}
    for name in PROVIDERS:
        crms |= sandbox_variables(name, "http://127.0.0.1:9")
    return context_of(environment_of(place, public_url=public_url, **crms))


def _is_new(context: Context, _size: int) -> None:
    migrate(context.engine)
    token = context.vault.seal("made up", identity=ACCOUNT)
    install(context.engine, now=context.wall.now(), token=token)


def _reads(context: Context, size: int) -> None:
    """A third of the contacts has been read, at a hundred a second."""
    now = context.wall.now()
    propose_fields(
        context.engine, _Fields(), ACCOUNT, as_of=now, now=now, pause=lambda _seconds: None
    )
    began = now - timedelta(seconds=size / 300)
    with context.engine.begin() as tx:
        run = runs.start_or_take_over(tx, ACCOUNT, as_of=now, now=began)
        runs.record_streams(tx, run, _STREAMS)
        total = Bounds(_WHOLE.ranges, size)
        runs.begin_stream(tx, run, Stream.CONTACTS, total, now=began)
        whole = runs.Checkpoint(0, _WHOLE.ranges[0], None)
        runs.record_page(
            tx, run, Stream.CONTACTS, whole, cursor="1", count=size // 3, now=context.wall.now()
        )


def _is_scored(context: Context, size: int) -> None:
    # Columns and models are loaded by who makes an account.
    from scoring.jobs import score_account  # noqa: PLC0415

    now = context.wall.now()
    fill_mirror(context.engine, size, now=now)
    with context.engine.begin() as tx:
        run = runs.start_or_take_over(tx, ACCOUNT, as_of=now, now=now)
        runs.finish(tx, run, now=now)
    with entered(context):
        score_account(ACCOUNT)


def _waits(context: Context, _size: int) -> None:
    from workflows.jobs import plan_account  # noqa: PLC0415

    with entered(context):
        plan_account(ACCOUNT)


def _is_written_to(context: Context, _size: int) -> None:
    """Approved, and half of it is written."""
    now = context.wall.now()
    plan = _plan(context)
    with context.engine.begin() as tx:
        plans.approve(tx, ACCOUNT, plan.plan_id, by=ADMIN, now=now)
    _write(context, plan, plan.planned // 2)


def _is_written(context: Context, _size: int) -> None:
    plan, now = _plan(context), context.wall.now()
    _write(context, plan, plan.planned)
    with context.engine.begin() as tx:
        plans.record_applied(tx, plan.plan_id, at=now)


def _runs(context: Context, size: int) -> None:
    """The results of a batch of long ago, and another one that was let go ahead."""
    make_results(context, ACCOUNT, people=size * 9 // 20)
    now = context.wall.now()
    with context.engine.begin() as tx:
        keep_steps(
            tx,
            ACCOUNT,
            [(SOMEBODY, now - timedelta(days=ago), chance) for ago, chance in _COURSE],
        )
    with reading(context.engine) as connection:
        names = ("contact_id", "playbook", "likelihood", "priority")
        rows = load_scores(connection, ACCOUNT, names=names)
    able = [(r["contact_id"], r["playbook"]) for r in rows if r["priority"] and r["playbook"]]
    with context.engine.begin() as tx:
        ledger.propose(tx, ACCOUNT, able[-size // 50 :], wave_id=_WAVE, now=now)
        due = now + timedelta(hours=3)
        ledger.approve_wave(tx, ACCOUNT, _WAVE, by=ADMIN, at=due, now=now)
    with entered(context):
        tell_week(ACCOUNT)


def _is_stopped(context: Context, _size: int) -> None:
    now = context.wall.now()
    with context.engine.begin() as tx:
        stop(tx, ACCOUNT, by=ADMIN, reason="A holiday", at=now, now=now)


def _crm_is_down(context: Context, _size: int) -> None:
    """The account goes on, and the CRM does not answer the next job: here it never does."""
    now = context.wall.now()
    wanted = ask_of("sync.jobs.poll", ACCOUNT)
    with context.engine.begin() as tx:
        go(tx, ACCOUNT, by=ADMIN, reason="Back again", at=now, now=now)
        jobs.ask(tx, wanted, now=now)
    try:
        run_job(replace(context, pause=lambda _seconds: None), wanted.key)
    except AppError:
        return  # it is recorded where every job's failure is


def _scope_is_missing(context: Context, _size: int) -> None:
    """The CRM answers again, and keeps tickets to itself."""
    now = context.wall.now()
    with context.engine.begin() as tx:
        jobs.drop_all(tx, [ACCOUNT])
        latest = runs.find_latest(tx, ACCOUNT)
        assert latest is not None  # noqa: S101  made above
        run = runs.Run(latest["run_id"], ACCOUNT, latest["fence"], latest["started_at"])
        runs.record_missing(tx, run, Stream.TICKETS, ("tickets",))
        note_unread(tx, ACCOUNT, now=now)


def _has_left(context: Context, _size: int) -> None:
    with context.engine.begin() as tx:
        record_disconnected(tx, ACCOUNT, now=context.wall.now())


class _Fields:
    """What the made-up account has a place for on a contact, and what some contacts have in it."""

    def fetch_properties(self) -> Sequence[ContactProperty]:
        choices = tuple(Option(value, value) for value in ("High", "Medium", "Low"))
        return (
            ContactProperty("email", "Email", "text", read_as=("email",), means="email"),
            ContactProperty("phone", "Phone number", "text", read_as=("phone",), means="phone"),
            ContactProperty("birthday", "Birthday", "date", is_own=True),
            ContactProperty("inquiry_level", "Inquiry level", "choice", choices, is_own=True),
            ContactProperty("last_purchase", "Last purchase", "date", is_own=True),
            ContactProperty("notes_internal", "Internal notes", "text", is_own=True),
        )

    def fetch_property_page(self, names: Sequence[str], cursor: str | None) -> PropertyPage:
        assert cursor is None  # noqa: S101  there is one page
        return PropertyPage(
            self.fetch_properties_of([contact_id(i) for i in range(50)], names), None
        )

    def fetch_properties_of(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        one = {
            "email": "ada@example.com",
            "phone": "+1 202 555 0100",
            "birthday": "1958-03-14",
            "inquiry_level": "High",
            "last_purchase": "2024-06-14",
        }
        return {i: {name: one[name] for name in names if name in one} for i in contact_ids}


# State → what brings the account there from the one before; takes how many contacts it is to have.
STATES: Mapping[str, Callable[[Context, int], None]] = {
    "new": _is_new,
    "reading": _reads,
    "scored": _is_scored,
    "waiting": _waits,
    "writing": _is_written_to,
    "written": _is_written,
    "running": _runs,
    "stopped": _is_stopped,
    "crm-down": _crm_is_down,
    "scope-missing": _scope_is_missing,
    "uninstalled": _has_left,
}


def _plan(context: Context) -> plans.Plan:
    with reading(context.engine) as connection:
        found = plans.find_latest(connection, ACCOUNT, "values")
    assert found is not None  # noqa: S101  made above
    return found


def _write(context: Context, plan: plans.Plan, upto: int) -> None:
    """Note of the plan's first contacts that the CRM has taken their values and was read back equal."""
    with context.engine.begin() as tx:
        rows = load_diff(tx, plan.plan_id, limit=plan.planned)
        left = [row.contact_id for row in rows if row.state == WriteState.PLANNED]
        left = left[: upto - plan.succeeded]
        plan_rows.record_sent(tx, plan.plan_id, left, at=context.wall.now())
        plan_rows.record_succeeded(
            tx, account_id=ACCOUNT, kind="values", plan_id=plan.plan_id, contact_ids=left
        )
        plan_rows.record_verdicts(tx, plan.plan_id, dict.fromkeys(left, True))
