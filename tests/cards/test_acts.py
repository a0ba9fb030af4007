"""What people do about one contact: through gate and ledger, once, logged, and taken back for a minute (S30)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from cards.loading import load_card
from cards.states import State
from core.clock import FixedClock
from core.context import Context
from core.db import reading
from core.errors import Conflict, Invalid, NotFound
from core.facts import ContactsChanged, ContactsSetAside, RoundsEnded, RoundsStopped
from oauth.account_settings.fields import AccountSettings
from oauth.store import find_installation
from scoring import jobs as scoring_jobs
from sync.mirror.tables import contacts
from tests.scoring.mirrored import ACCOUNT, START, Mirrored
from tests.workflows.planned import plan_all
from workflows.acting import doing
from workflows.acts import store as acts
from workflows.acts.kinds import Act
from workflows.decisions import store as decisions
from workflows.decisions.decide import Decision
from workflows.enrollment import store as ledger
from workflows.enrollment.begun import load_rounds_of
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.tables import touches
from workflows.handoff import store as handoffs
from workflows.handoff.states import HandoffState
from workflows.log import store as log
from workflows.log.entries import Entry, What, Who
from workflows.status import Status
from workflows.stops import store as stops

pytestmark = pytest.mark.integration

WHO = "HubSpot user 7"
KEY = "press-0001"
OWN = AccountSettings(timezone="America/New_York")


class Team:
    """Somebody of the team and one dormant contact who may start."""

    def __init__(self, mirrored: Mirrored, *, approved: bool = True) -> None:
        self.mirrored = mirrored
        self.wall = FixedClock(START)
        mirrored.know("1", region="NY", timezone="America/New_York", first_name="Ada")
        mirrored.happen(("1", 400, "form"), ("1", 300, "email"), ("1", 220, "meeting"))
        mirrored.run(scoring_jobs.score_account)
        plan_all(mirrored)
        if approved:
            with mirrored.engine.begin() as tx:
                told = [Entry(What.APPROVED, Who.PERSON, by="admin")]
                log.record(tx, ACCOUNT, told, at=START, now=START)
        mirrored.facts.clear()

    @property
    def here(self) -> Context:
        return replace(self.mirrored.context, wall=self.wall)

    def do(self, act: Act, key: str = KEY, **more: Any) -> Any:
        return doing.do(self.here, self.account, "1", doing.Wanted(act, key, **more), by=WHO)

    def undo(self, key: str = KEY) -> Any:
        return doing.undo(self.here, self.account, "1", key, by=WHO)

    @property
    def account(self) -> Any:
        with reading(self.mirrored.engine) as connection:
            return find_installation(connection, ACCOUNT)

    def later(self, **span: int) -> None:
        self.wall.advance(timedelta(**span))
        self.mirrored.clock.advance(timedelta(**span))

    def rounds(self) -> list[dict[str, Any]]:
        with reading(self.mirrored.engine) as connection:
            return load_rounds_of(connection, ACCOUNT, "1")

    def states(self) -> list[str]:
        return [row["state"] for row in self.rounds()]

    def logged(self) -> list[tuple[str, str | None]]:
        with reading(self.mirrored.engine) as connection:
            entries = log.load_entries(connection, ACCOUNT, contact_ids=["1"])
        return [(e["what"], e["by"]) for e in entries if e["who"] == Who.PERSON]

    def tasks(self) -> list[dict[str, Any]]:
        with reading(self.mirrored.engine) as connection:
            return list(handoffs.load_of(connection, ACCOUNT, ["1"]).get("1", ()))

    def card(self) -> Any:
        with reading(self.mirrored.engine) as connection:
            at, now = self.mirrored.clock.now(), self.wall.now()
            return load_card(connection, ACCOUNT, "1", OWN, at=at, now=now)

    def decide(self) -> Decision | None:
        plan_all(self.mirrored)
        with reading(self.mirrored.engine) as connection:
            return decisions.find_decision(connection, ACCOUNT, "1")

    def run(self) -> None:
        """The round begins, as the job of starts lets it."""
        [row] = self.rounds()
        with self.mirrored.engine.begin() as tx:
            ledger.record_state(tx, row, EnrollmentState.STARTING)
            at = self.mirrored.clock.now()
            ledger.record_state(tx, row, EnrollmentState.STARTED, started_at=at)
            planned = {n: row[n] for n in ("account_id", "contact_id", "playbook", "round_no")}
            usual = {"channel": "email", "angle": "opening", "variant": "a", "after_days": 5}
            for number, state in ((1, "asked"), (2, "planned"), (3, "planned")):
                due = at + timedelta(days=5 * number)
                told = {"touch_no": number, "state": state, "due_at": due}
                tx.execute(sa.insert(touches).values(**planned, **usual, **told))

    def touches(self) -> list[str]:
        query = sa.select(touches.c.state).order_by(touches.c.touch_no)
        with reading(self.mirrored.engine) as connection:
            return list(connection.execute(query).scalars())


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


@pytest.fixture
def team(mirrored: Mirrored) -> Team:
    return Team(mirrored)


def test_s30_a_start_waits_a_minute_in_the_ledger_and_is_made_once(team: Team) -> None:
    assert team.card().state is State.READY
    first, second = team.do(Act.START), team.do(Act.START)
    assert first["act_id"] == second["act_id"]
    [row] = team.rounds()
    assert (row["state"], row["approved_by"]) == ("approved", WHO)
    assert row["due_at"] == START + timedelta(minutes=1)
    with reading(team.mirrored.engine) as connection:
        assert ledger.load_accounts_due(connection, at=START) == []
        assert ledger.load_accounts_due(connection, at=START + timedelta(minutes=1)) == [ACCOUNT]
    assert team.logged() == [("approved", WHO)]
    assert team.card().state is State.RUNNING
    with pytest.raises(Conflict, match="started already"):
        team.do(Act.START, "press-0002")
    with pytest.raises(Conflict, match="something else"):
        team.do(Act.STOP)


def test_s30_a_start_is_taken_back_within_its_minute_and_not_after(team: Team) -> None:
    team.do(Act.START)
    team.later(seconds=59)
    team.undo()
    team.undo()
    assert team.states() == ["refused"]
    assert team.logged()[-1] == ("undone", WHO)
    team.do(Act.START, "press-0002")
    assert team.states() == ["refused", "approved"], "another start is another round"
    team.later(seconds=61)
    with pytest.raises(Conflict, match="minute"):
        team.undo("press-0002")
    assert team.states() == ["refused", "approved"]


def _held_out(team: Team) -> None:
    with team.mirrored.engine.begin() as tx:
        decisions.hold_out(tx, ACCOUNT, ["1"], now=START)


def _stopped(team: Team) -> None:
    with team.mirrored.engine.begin() as tx:
        stops.stop(tx, ACCOUNT, by="admin", reason="Wrong offer.", at=START, now=START)


def _opted_out(team: Team) -> None:
    with team.mirrored.engine.begin() as tx:
        refused = {"email_opt_out": True, "sms_consent": None}
        tx.execute(sa.update(contacts).where(contacts.c.contact_id == "1").values(**refused))


def _ticket(team: Team) -> None:
    team.mirrored.happen(("1", 1, "ticket"), outcome="open")


@pytest.mark.parametrize(
    ("speaks_against", "says"),
    [
        (_held_out, "nothing to start|alone"),
        (_stopped, "stands still: Wrong offer"),
        (_opted_out, "rule D1"),
        (_ticket, "open ticket"),
    ],
)
def test_s30_no_start_goes_round_what_speaks_against_it(
    team: Team, speaks_against: Callable[[Team], None], says: str
) -> None:
    speaks_against(team)
    with pytest.raises(Conflict, match=says):
        team.do(Act.START)
    assert team.rounds() == []
    with reading(team.mirrored.engine) as connection:
        assert acts.load_of(connection, ACCOUNT, ["1"]) == {}


def test_s30_nothing_starts_before_an_admin_has_approved_the_first_dry_run(
    mirrored: Mirrored,
) -> None:
    team = Team(mirrored, approved=False)
    with pytest.raises(Conflict, match="first dry run"):
        team.do(Act.START)
    assert team.rounds() == []


def test_s30_a_stop_ends_what_runs_tells_the_crm_and_is_taken_back(team: Team) -> None:
    team.do(Act.START)
    team.run()
    team.do(Act.STOP, "press-0002")
    assert team.states() == ["ended"]
    assert team.touches() == ["asked", "cancelled", "cancelled"]
    [told] = team.tasks()
    assert (told["state"], told["ended_by"], told["needs_person"]) == ("leaving", "stopped", False)
    assert {RoundsEnded(ACCOUNT, ("1",)), RoundsStopped(ACCOUNT)} <= set(team.mirrored.facts)
    assert team.logged()[-1] == ("ended", WHO)
    assert team.card().state is State.STOPPED
    with pytest.raises(Conflict, match="Nothing runs"):
        team.do(Act.STOP, "press-0003")
    team.undo("press-0002")
    assert team.states() == ["started"]
    assert team.touches() == ["asked", "planned", "planned"]
    assert team.tasks()[0]["state"] == HandoffState.CLOSED
    assert team.card().state is State.RUNNING


def test_s30_a_stop_before_the_first_message_leaves_nothing_to_send(team: Team) -> None:
    team.do(Act.START)
    team.do(Act.STOP, "press-0002")
    assert team.states() == ["refused"]
    assert team.card().state is State.READY
    team.undo("press-0002")
    assert team.states() == ["approved"]


def test_s30_whoever_takes_over_gets_a_task_and_nothing_automatic_goes_out(team: Team) -> None:
    team.do(Act.START)
    team.run()
    team.do(Act.TAKE_OVER, "press-0002", owner_id="7")
    assert team.states() == ["ended"]
    told, task = sorted(team.tasks(), key=lambda row: row["needs_person"])
    assert told["noticed_at"] == START, "out of the workflow at once"
    assert task["noticed_at"] == START + timedelta(minutes=1), "the task when it stays"
    assert (task["ended_by"], task["owner_id"]) == ("taken_over", "7")
    with reading(team.mirrored.engine) as connection:
        leaving = handoffs.load_in(connection, ACCOUNT, HandoffState.LEAVING, at=START)
        assert [row["answer_id"] for row in leaving] == ["act:press-0002"]
    card = team.card()
    assert (card.state, card.title) == (State.SET_ASIDE, "With a person")
    team.undo("press-0002")
    assert {row["state"] for row in team.tasks()} == {"closed"}
    assert team.card().state is State.RUNNING


def test_s30_whom_somebody_has_put_off_no_batch_takes_and_no_start_d8(team: Team) -> None:
    team.do(Act.SNOOZE, days=30)
    assert team.mirrored.facts == [ContactsSetAside(ACCOUNT, ("1",))]
    decided = team.decide()
    assert decided is not None
    assert (decided.status, decided.rule) == (Status.SUPPRESSED, "D8")
    assert decided.reason == "Set aside by your team: snoozed until Jul 1, 2026"
    with pytest.raises(Conflict, match="snoozed until"):
        team.do(Act.START, "press-0002")
    assert team.logged() == [("set_aside", WHO)]
    team.mirrored.later(30)
    again = team.decide()
    assert again is not None
    assert again.status is Status.READY, "the day has come"


def test_s30_not_a_fit_lasts_until_somebody_brings_them_back(team: Team) -> None:
    team.do(Act.NOT_A_FIT)
    team.mirrored.later(700)
    decided = team.decide()
    assert decided is not None
    assert decided.reason == "Set aside by your team: not a fit"
    team.later(minutes=2)
    team.do(Act.WAKE, "press-0002")
    back = team.decide()
    assert back is not None
    assert back.status is Status.READY
    with pytest.raises(Conflict, match="Nobody has set"):
        team.do(Act.WAKE, "press-0003")


@pytest.mark.parametrize("days", [None, 0, -1, 731])
def test_s30_nobody_is_snoozed_for_ever(team: Team, days: int | None) -> None:
    with pytest.raises(Invalid):
        team.do(Act.SNOOZE, days=days)


def test_s7_s30_a_corrected_reason_goes_before_what_the_crm_says_and_is_kept(team: Team) -> None:
    team.do(Act.CORRECT, reason="moved")
    assert team.mirrored.facts == [ContactsChanged(ACCOUNT, ("1",))]
    team.mirrored.run(scoring_jobs.score_changed)
    score = team.mirrored.scores()["1"]
    assert (score["reason"], score["reason_source"]) == ("moved", "person")
    assert score["reason_confidence"] == 1
    team.do(Act.CORRECT, "press-0002", reason="competitor")
    team.mirrored.run(scoring_jobs.score_changed)
    with reading(team.mirrored.engine) as connection:
        kept = acts.load_of(connection, ACCOUNT, ["1"])["1"]
    assert [(a["reason_before"], a["source_before"], a["reason"], a["by"]) for a in kept] == [
        (None, None, "moved", WHO),
        ("moved", "person", "competitor", WHO),
    ]
    team.undo("press-0002")
    team.mirrored.run(scoring_jobs.score_changed)
    assert team.mirrored.scores()["1"]["reason"] == "moved", "what was said before holds again"
    team.undo()
    team.mirrored.run(scoring_jobs.score_changed)
    assert team.mirrored.scores()["1"]["reason"] is None


def test_s30_a_reason_that_nobody_knows_is_refused(team: Team) -> None:
    with pytest.raises(Invalid):
        team.do(Act.CORRECT, reason="bored")


def test_s30_copied_words_stand_in_the_decision_log(team: Team) -> None:
    team.do(Act.COPY)
    team.do(Act.COPY)
    assert team.logged() == [("copied", WHO)]


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "has space 12"])
def test_s30_a_press_without_a_key_of_its_own_is_refused(team: Team, key: str) -> None:
    with pytest.raises(Invalid):
        team.do(Act.START, key)


def test_s30_nothing_is_done_about_another_accounts_contact(team: Team) -> None:
    wanted = doing.Wanted(Act.NOT_A_FIT, KEY)
    with pytest.raises(NotFound):
        doing.do(team.here, team.account, "2", wanted, by=WHO)
    team.do(Act.NOT_A_FIT)
    with pytest.raises(NotFound):
        doing.undo(team.here, team.account, "1", "press-9999", by=WHO)
