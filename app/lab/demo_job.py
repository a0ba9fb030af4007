"""The main job as an admin does it: install, wait, look, approve, approve the first wave, read the result."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.lab.browser import Browser
from app.lab.days import Days
from app.lab.demo_progress import Progress
from app.pages.session import sign_link
from app.pages.standing import Standing, load_standing
from app.pipeline import ask_for
from app.processes import Children
from core.clock import pause
from core.context import Context
from core.db import reading
from core.errors import AppError
from oauth.store import Installation, load_installations
from scoring import store as scores
from sync.backfill import runs
from sync.outbox.states import PlanState
from workflows.decisions import store as decision_store
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.states import BEGUN, EnrollmentState
from workflows.enrollment.touch_states import IN_VAIN, SPENT, TouchState
from workflows.handoff import store as handoffs
from workflows.results.measuring import HORIZONS
from workflows.touches import store as touches

if TYPE_CHECKING:
    from app.reports.results.assemble import Results
    from workflows.results.comparing import Comparison

# Processes that are started again when they end by themselves: everything they do survives that.
RESTARTED = ("web", "worker", "schedule")

_EVERY = 0.15
_PATIENCE = 600.0
# Workflows send in the hours that their owner has set: the next may be after a Sunday.
_LOOKS, _BETWEEN_LOOKS = 60, timedelta(hours=1)


def longest_reached(horizons: "Mapping[int, Comparison]", days: int) -> int:
    """The longest number of days that is over and that somebody has behind them; else the shortest there is."""
    reached = [
        n for n, c in horizons.items() if n <= days and c.started.people + c.left_alone.people
    ]
    return max(reached, default=min(horizons))


class Install:
    """The consent pages of one CRM, pressed as an admin presses them."""

    def __init__(self, context: Context, progress: Progress, *, provider: str) -> None:
        self._context = context
        self.progress = progress
        self._provider = provider

    def run(self) -> list[str]:
        """Install and answer the accounts that this made or renewed."""
        self.progress.stage("install", "Installing by OAuth")
        before = {i.account_id: i.installed_at for i in installations(self._context)}
        browser = Browser()
        browser.open(f"{self._context.settings.public_url}/oauth/{self._provider}/install")
        browser.press()
        browser.close()
        installed = [
            i.account_id
            for i in installations(self._context)
            if before.get(i.account_id) != i.installed_at
        ]
        if not installed:
            raise AppError("The install page answered, but no account was installed.")
        return installed


def installations(context: Context) -> list[Installation]:
    with reading(context.engine) as connection:
        return load_installations(connection)


class Job:
    """One account from the first reading to verified values and started workflows."""

    def __init__(
        self,
        context: Context,
        children: Children,
        progress: Progress,
        *,
        sandbox: str,
        account_id: str,
    ) -> None:
        self._context = context
        self._children = children
        self._progress = progress
        self._days = Days(context, sandbox, self._watch)
        self._browser = Browser()
        self._public = context.settings.public_url
        self.account_id = account_id

    def run(self) -> dict[str, Any]:
        """Do it all and answer the account's part of the result."""
        self.write()
        self.start()
        self._prove()
        return self.result()

    def look(self) -> dict[str, Any]:
        """Read the account and score it, up to the dry run: everything else is for whoever watches."""
        self.read()
        return self.result()

    def write(self) -> None:
        """Read the account, score it and write its values; nobody is started."""
        self.read()
        self._write()

    def approve_wave(self) -> None:
        """Let the wave start that the page shows: a newer one may have taken the place of what was known before."""
        self._browser.open(sign_link(self._context, self.account_id))
        self._browser.open(f"{self._public}/admin/plan")
        self._browser.press("/admin/waves/")

    def close(self) -> None:
        self._browser.close()
        self._days.close()

    def read(self) -> None:
        """Wait until the account is read and scored, and what is to be written is planned."""
        self._browser.open(sign_link(self._context, self.account_id))
        self._progress.stage("read", "Making our properties and reading contacts and activities")
        self._wait(lambda s: s.read_done and _is_since(self._read_at(), self._installed_at()))
        self._progress.stage("score", "Scoring")
        self._wait(lambda s: _is_since(s.scored_at, self._read_at()))
        self._progress.stage("plan", "Planning what to write, as a dry run")
        self._wait(lambda _: self._is_planned())

    def _write(self) -> None:
        self._progress.stage("write", "Writing scores and reading them back")
        while (standing := self._standing()).plan_state is PlanState.WAITING:
            self._browser.open(f"{self._public}/admin/plan")
            try:
                self._browser.press(f"/plans/{standing.plan_id}/approve")
            except AppError:
                if self._standing().plan_id == standing.plan_id:
                    raise
                # The account was scored once more, and a newer plan has taken the place of this one.
                self._wait(lambda _: self._is_planned())
        self._wait(lambda s: s.plan_state in {PlanState.APPLIED, None})

    def start(self) -> None:
        """Approve the first wave, and wait until everybody who is due has been started."""
        self._progress.stage("start_workflow", "Starting the CRM's workflow for the first wave")
        self._wait(lambda _: not self._pending_proposal())
        standing = self._standing()
        # A later wave is for another day: a second run repeats nothing and begins nothing.
        if standing.wave_id is not None and not any(
            standing.enrollments.get(state) for state in BEGUN
        ):
            self.approve_wave()
        for _ in range(40):
            standing = self._wait(self._has_started_due)
            if standing.next_due is None:
                break
            # It is night where these people live: let the virtual time run to the next decent hour.
            self._days.advance(standing.next_due)
        self._wait(lambda s: not s.enrollments.get(EnrollmentState.STARTING))

    def _prove(self) -> None:
        """Until the CRM itself shows every message that it was asked for, or a day has passed without a trace."""
        self._progress.stage("prove", "Looking for the messages in the CRM")
        for _ in range(_LOOKS):
            self._days.settle()
            counts = self._touches()
            open_ones = counts.get(TouchState.ASKED, 0) + counts.get(TouchState.ASKING, 0)
            if not open_ones:
                return
            self._progress.count(sum(counts.values()) - open_ones, None)
            self._days.advance(self._days.now() + _BETWEEN_LOOKS)
            self._days.settle()
            # No notice tells of a receipt: the clockwork's searches do, and there is no clockwork here.
            ask_for(self._context, "sync.jobs.poll", self.account_id)
            self._days.settle()
            ask_for(self._context, "workflows.jobs.prove_touches", self.account_id)

    def play(self, days: int) -> None:
        """Let so many days pass with nobody's hand on it."""
        self._progress.stage("days", f"Letting {days} days pass")
        begins = self._days.now()
        until = begins + timedelta(days=days)
        self._days.pass_to(until, told=lambda at: self._progress.count((at - begins).days, days))

    def live(self, days: int, *, daily: Callable[[datetime], None]) -> None:
        """Let so many days pass as closely as people answer; `daily` is called after each."""
        begins = self._days.now()
        for number in range(1, days + 1):
            until = begins + timedelta(days=number)
            self._days.pass_to(until, closely=True)
            self._progress.count(number, days)
            daily(until)

    def results(self, days: int) -> "Results":
        """What came of it by the number of days that is over."""
        # Columns and statistics are loaded where days have passed alone.
        from app.reports.results.assemble import assemble  # noqa: PLC0415
        from app.reports.results.loading import load  # noqa: PLC0415

        known = load(self._context, self.account_id)
        found = assemble(known, days=HORIZONS[0])
        told = longest_reached(found.horizons, days)
        return found if told == found.days else assemble(known, days=told)

    def _touches(self) -> dict[TouchState, int]:
        with reading(self._context.engine) as connection:
            return touches.count_touches(connection, self.account_id)

    def result(self) -> dict[str, Any]:
        with reading(self._context.engine) as connection:
            scoring = scores.find_scoring(connection, self.account_id)
            tasks = handoffs.count_tasks(connection, self.account_id)
        if scoring is None:
            raise AppError("The account was not scored.")
        standing, asked = self._standing(), self._touches()
        tally = standing.tally
        installation = self._installation()
        return {
            "provider": installation.provider,
            "account": installation.remote_account_id,
            "name": installation.name,
            "as_of": scoring["as_of"].isoformat(),
            "contacts": scoring["contacts"],
            "dormant": scoring["dormant"],
            "tracks": scoring["tracks"],
            "segments": scoring["segments"],
            "writes": {
                "planned": tally.planned,
                "succeeded": tally.succeeded,
                "failed": tally.failed,
            },
            "enrollments": sum(standing.enrollments.get(state, 0) for state in BEGUN),
            "touches": {
                "asked": sum(asked.get(state, 0) for state in SPENT),
                "proved": asked.get(TouchState.PROVED, 0),
                "failed": sum(asked.get(state, 0) for state in IN_VAIN),
            },
            "tasks": tasks,
            "verified": tally.is_verified and tally.failed == 0,
        }

    def _wait(self, done: Callable[[Standing], bool]) -> Standing:
        """Look again and again until `done`; raises AppError when it fails or nothing more comes for a long time."""
        waited = 0.0
        reached: object = None
        while waited < _PATIENCE:
            standing = self._standing()
            moves = (standing.read_count, standing.tally, standing.enrollments)
            if moves != reached:
                waited, reached = 0.0, moves
            if done(standing):
                return standing
            if standing.read_error:
                raise AppError(
                    f"Reading stopped: {standing.read_error} Run again to go on from there."
                )
            if not standing.read_done and standing.read_count:
                self._progress.count(standing.read_count, standing.total_count)
            self._watch()
            pause(_EVERY)
            waited += _EVERY
        raise AppError(f"It took too long {self._progress.where()}.\n{self._worker_words()}")

    def _watch(self) -> None:
        gone = self._children.ended()
        if gone in RESTARTED:
            self._children.restart(str(gone))
        elif gone is not None:
            raise AppError(f"The {gone} process ended:\n{self._children.last_words(gone)}")

    def _worker_words(self) -> str:
        return self._children.last_words("worker")

    def _standing(self) -> Standing:
        return load_standing(self._context, self.account_id)

    @property
    def remote_id(self) -> str:
        """The account's id in its CRM."""
        return self._installation().remote_account_id

    def _installation(self) -> Installation:
        return next(i for i in installations(self._context) if i.account_id == self.account_id)

    def _installed_at(self) -> datetime:
        return self._installation().installed_at

    def _read_at(self) -> datetime | None:
        """When the latest reading ended; None while it goes on, which may have begun just now."""
        with reading(self._context.engine) as connection:
            run = runs.find_latest(connection, self.account_id)
        return run["finished_at"] if run else None

    def _is_planned(self) -> bool:
        with reading(self._context.engine) as connection:
            scoring = scores.find_scoring(connection, self.account_id)
            decided = decisions.find_decided_at(connection, self.account_id)
        return scoring is not None and (
            scoring["contacts"] == 0 or (decided is not None and decided >= scoring["scored_at"])
        )

    def _has_started_due(self, standing: Standing) -> bool:
        """Whether nobody is due by now; asks for it as the clockwork would, until that is so."""
        if standing.next_due is None or standing.next_due > self._days.now():
            return True
        ask_for(self._context, "workflows.jobs.start_due", self.account_id)
        return False

    def _pending_proposal(self) -> bool:
        """Whether people are ready and no wave has been proposed yet."""
        with reading(self._context.engine) as connection:
            return decision_store.has_ready(connection, self.account_id) and not (
                ledger.has_open_wave(connection, self.account_id)
                or ledger.count_enrollments(connection, self.account_id)
            )


def _is_since(at: datetime | None, moment: datetime | None) -> bool:
    """Whether something happened at a moment or later; what has not happened has not."""
    return at is not None and moment is not None and at >= moment
