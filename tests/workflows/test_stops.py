"""The kill switch and the circuit breaker: what is stopped is not asked for, up to the very next call (D12, D6)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from app.cli.main import app
from connector.port.automation import WorkflowChoice
from connector.port.writing import ContactWrite
from contact_rules.person import Policy
from core import log
from core.clock import SystemClock
from core.db import reading
from core.vault import new_key
from oauth.account_settings.fields import AccountSettings
from oauth.notices import STOPPED, load_notices
from sync.mirror.tables import contacts
from tests.scoring.mirrored import ACCOUNT, Mirrored
from tests.sync.fake_writer import FakeWriter
from tests.workflows.merging import GENERAL
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import Binding, bind
from workflows.enrollment.states import EnrollmentState, Way
from workflows.enrollment.tables import enrollments
from workflows.enrollment.tables import touches as touch_rows
from workflows.enrollment.touch_states import TouchState
from workflows.log import store as decision_log
from workflows.stops import store as stops
from workflows.touches import asking, guarding, making
from workflows.touches.deciding import decide_due

pytestmark = pytest.mark.integration

PLAYBOOK = "lead_reactivation"
PEOPLE = [f"c{i:02d}" for i in range(30)]


@dataclass
class Triggered(FakeWriter):
    """Starts by a property, five contacts in a call."""

    batch_size: int = 5

    def trigger_values(self, *, playbook: str, at: Any) -> dict[str, str]:
        return {"rekindle_playbook": playbook, "rekindle_trigger_at": at.isoformat()}


@dataclass
class Adding(FakeWriter):
    """Adds contacts to a workflow, one by one."""

    added: list[str] = field(default_factory=list)
    after_each: Callable[[], None] = lambda: None

    def fetch_workflows(self) -> Sequence[WorkflowChoice]:
        return [WorkflowChoice("w", "One touch")]

    def add_to_workflow(self, contact_id: str, workflow_id: str) -> None:
        self.added.append(contact_id)
        self.after_each()

    def fetch_members(
        self, contact_ids: Sequence[str], workflow_id: str, *, now_only: bool = False
    ) -> frozenset[str]:
        return frozenset(self.added) & frozenset(contact_ids)


@dataclass
class Stopping:
    """An account whose people are due to be started."""

    mirrored: Mirrored

    def __post_init__(self) -> None:
        self.mirrored.know(*PEOPLE)
        at = self.mirrored.clock.now()
        with self.engine.begin() as tx:
            picked = [(i, PLAYBOOK) for i in PEOPLE]
            ledger.propose(tx, ACCOUNT, picked, wave_id="w", now=at)
            ledger.approve_wave(tx, ACCOUNT, "w", by="ann", at=at, now=at)
            bind(tx, ACCOUNT, [PLAYBOOK], Binding("w", Way.TOUCHES), now=at)

    @property
    def engine(self) -> Engine:
        return self.mirrored.engine

    def ask(self, crm: Any) -> None:
        """Everybody who is due is asked for, as the job does after the gate."""
        at = self.mirrored.clock.now()
        with self.engine.begin() as tx:
            rows = [_allowed(row, at) for row in ledger.load_due(tx, ACCOUNT, at=at)]
            plan = asking.record_asking(
                tx, ACCOUNT, rows, crm, AccountSettings(), at=at, now=SystemClock().now()
            )
        assert plan is not None
        self.plan = plan
        more: dict[str, Any] = {"clock": SystemClock(), "at": at, "pause": lambda _s: None}
        more["own"] = AccountSettings()
        making.apply_asking(self.engine, crm, plan, **more)

    def finish(self, crm: Any) -> None:
        more: dict[str, Any] = {
            "own": AccountSettings(),
            "clock": SystemClock(),
            "at": self.mirrored.clock.now(),
            "pause": lambda _s: None,
        }
        making.finish(self.engine, crm, self.plan, **more)

    def stop(self, *_: object) -> None:
        now = SystemClock().now()
        with self.engine.begin() as tx:
            stops.stop(tx, stops.EVERYTHING, by="ann", reason="A mistake", at=now, now=now)

    def go(self) -> None:
        now = SystemClock().now()
        with self.engine.begin() as tx:
            assert stops.go(tx, stops.EVERYTHING, by="bo", reason="It was mended", at=now, now=now)

    def count(self, table: sa.Table) -> dict[str, int]:
        query = sa.select(table.c.state, sa.func.count()).group_by(table.c.state)
        with reading(self.engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}


def _allowed(row: Any, at: Any) -> dict[str, Any]:
    touch = {name: row[name] for name in ("account_id", "contact_id", "playbook", "round_no")}
    touch |= {"touch_no": 1, "state": TouchState.PLANNED, "channel": "email", "angle": "opening"}
    touch |= {"variant": "whole", "after_days": 0, "due_at": at}
    return {**touch, "enrollment": row, "following": [], "consent": None}


@pytest.fixture
def stopping(engine: Engine) -> Stopping:
    return Stopping(Mirrored(engine))


def test_d12_a_running_start_stops_between_two_calls(stopping: Stopping) -> None:
    """Six calls of five contacts; the switch is thrown during the first: at most those under way go out."""
    crm = Triggered(meanwhile=stopping.stop)
    stopping.ask(crm)
    begun = crm.calls
    assert 1 <= begun <= 4, "calls that were under way at that moment"
    sent = len(crm.written)
    assert sent == 5 * begun < len(PEOPLE)
    assert stopping.count(touch_rows)["asked"] == sent
    stopping.go()
    crm.meanwhile = None
    stopping.finish(crm)
    assert crm.calls == begun, "what was not sent is not sent afterwards: it goes to the gate first"
    assert stopping.count(touch_rows) == {"asked": sent}
    assert stopping.count(enrollments) == {"started": sent, "approved": len(PEOPLE) - sent}
    stopping.ask(crm)
    assert crm.written == dict.fromkeys(PEOPLE, 1), "nobody twice, nobody lost"


def test_d12_adding_to_a_workflow_stops_before_the_next_person(stopping: Stopping) -> None:
    crm = Adding()
    crm.after_each = lambda: stopping.stop() if len(crm.added) == 3 else None
    stopping.ask(crm)
    assert len(crm.added) == 3
    assert stopping.count(enrollments) == {"started": 3, "approved": len(PEOPLE) - 3}
    stopping.go()
    stopping.ask(crm)
    assert sorted(crm.added) == PEOPLE


def test_d12_what_a_call_without_an_answer_did_is_looked_up_after_a_stop(
    stopping: Stopping,
) -> None:
    """The switch is thrown while a call is being tried again: it is not tried again, and not forgotten."""
    from connector.errors import CrmUnavailable  # noqa: PLC0415

    class Lost(Triggered):
        def write(self, writes: Sequence[ContactWrite]) -> Any:
            stopping.stop()
            super().write(writes)
            raise CrmUnavailable("no answer")

    crm = Lost()
    stopping.ask(crm)
    calls = crm.calls
    stopping.go()
    stopping.finish(crm)
    assert crm.calls == calls
    sent = set(crm.written)
    assert stopping.count(touch_rows) == {"asked": len(sent)}, "each that the CRM took is known"
    assert set(crm.written.values()) == {1}


def test_d12_stops_of_an_account_of_everything_and_of_a_programme(engine: Engine) -> None:
    now = SystemClock().now()
    more: dict[str, Any] = {"at": now, "now": now}
    with engine.begin() as tx:
        assert stops.find_stop(tx, ACCOUNT) is None
        assert stops.stop(tx, ACCOUNT, by="ann", reason="r", **more)
        assert not stops.stop(tx, ACCOUNT, by="bo", reason="r", **more), "it stands still already"
        found = stops.find_stop(tx, ACCOUNT)
        assert found is not None
        assert (found.by, found.is_everywhere) == ("ann", False)
        assert stops.find_stop(tx, "another") is None
        assert stops.load_going(tx, [ACCOUNT, "another"]) == {"another"}
        assert stops.go(tx, ACCOUNT, by="ann", reason="r", **more)
        assert not stops.go(tx, ACCOUNT, by="ann", reason="r", **more)
        assert stops.find_stop(tx, ACCOUNT) is None
        stops.stop(tx, stops.EVERYTHING, by="ann", reason="r", **more)
        assert stops.load_going(tx, [ACCOUNT, "another"]) == frozenset()
        stops.go(tx, stops.EVERYTHING, by="ann", reason="r", **more)
        stops.stop(tx, ACCOUNT, programme="p", by=None, reason="r", **more)
        assert stops.find_stop(tx, ACCOUNT) is None
        assert stops.find_stop(tx, ACCOUNT, "p") is not None
        assert set(stops.load_stopped(tx, ACCOUNT)) == {"p"}
        told = decision_log.load_entries(tx, ACCOUNT)
    assert [(row["what"], row["by"], row["programme"]) for row in told] == [
        ("stopped", "ann", None),
        ("resumed", "ann", None),
        ("stopped", "ann", None),
        ("resumed", "ann", None),
        ("stopped", None, "p"),
    ]


def test_d12_who_belongs_to_a_programme_that_stands_still_stays_due(stopping: Stopping) -> None:
    at = stopping.mirrored.clock.now()
    with stopping.engine.begin() as tx:
        guarding.stop_programme(tx, ACCOUNT, PLAYBOOK, "Too many.", at=at, now=at)
        decided = decide_due(tx, ACCOUNT, at=at, now=at, policy=Policy(), playbooks=GENERAL)
    assert decided.allowed == []
    assert stopping.count(enrollments) == {"approved": len(PEOPLE)}


def send(mirrored: Mirrored, count: int) -> list[str]:
    """So many e-mails went out an hour ago, each to somebody else."""
    people = [f"s{i:04d}" for i in range(count)]
    mirrored.know(*people)
    at = mirrored.clock.now() - timedelta(hours=1)
    rows = [
        {
            "account_id": ACCOUNT,
            "contact_id": person,
            "playbook": PLAYBOOK,
            "round_no": 1,
            "touch_no": 1,
            "state": TouchState.PROVED,
            "channel": "email",
            "angle": "recall",
            "variant": "a",
            "after_days": 0,
            "due_at": at,
            "asked_at": at,
        }
        for person in people
    ]
    with mirrored.engine.begin() as tx:
        tx.execute(sa.insert(touch_rows), rows)
    return people


@pytest.mark.parametrize("how", ["column", "wish", "complaint", "bounce"])
def test_d6_a_programme_whose_sends_do_harm_stops_and_says_why(engine: Engine, how: str) -> None:
    mirrored = Mirrored(engine)
    people = send(mirrored, 250)
    at, now = mirrored.clock.now(), SystemClock().now()
    with engine.begin() as tx:
        assert guarding.guard(tx, ACCOUNT, at=at, now=now) == []
    harmed = people[: {"column": 7, "wish": 7, "complaint": 2, "bounce": 20}[how]]
    if how in {"column", "bounce"}:
        name = "email_opt_out" if how == "column" else "email_bounced"
        with engine.begin() as tx:
            mine = contacts.c.contact_id.in_(harmed)
            tx.execute(sa.update(contacts).where(mine).values({name: True}))
    else:
        outcome = "left_alone" if how == "wish" else "complained"
        mirrored.happen(*((i, 0.01, "email") for i in harmed), outcome=outcome)
    with engine.begin() as tx:
        (trip,) = guarding.guard(tx, ACCOUNT, at=at, now=now)
        assert guarding.guard(tx, ACCOUNT, at=at, now=now) == [], "it stands still already"
    assert (trip.programme, trip.sends, trip.harmed) == (PLAYBOOK, 250, len(harmed))
    with reading(engine) as connection:
        (notice,) = load_notices(connection, ACCOUNT)
        (told,) = decision_log.load_entries(connection, ACCOUNT)
    assert notice.kind == STOPPED
    assert "Of 250 e-mails of the last day" in notice.message
    assert (told["what"], told["who"], told["rule"]) == ("stopped", "schedule", "D6")
    with engine.begin() as tx:
        more: dict[str, Any] = {"by": "ann", "reason": "The list was old", "at": at, "now": now}
        assert guarding.let_go(tx, ACCOUNT, PLAYBOOK, **more)
        assert guarding.guard(tx, ACCOUNT, at=at, now=now) == [], "ann has seen it"
        assert load_notices(tx, ACCOUNT) == []


def test_d12_the_commands_stop_and_let_go_on(
    stopping: Stopping, database_url: str, queue_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "DATABASE_URL": database_url,
        "REDIS_URL": queue_server,
        "VAULT_KEYS": new_key(),
        "SESSION_SECRET": "x" * 40,
    }.items():
        monkeypatch.setenv(f"REKINDLE_{name}", value)
    run = CliRunner()
    with stopping.engine.begin() as tx:
        row = next(iter(ledger.load_due(tx, ACCOUNT, at=stopping.mirrored.clock.now())))
        ledger.record_state(tx, row, EnrollmentState.STARTING)
        ledger.record_state(tx, row, EnrollmentState.STARTED)
    done = json.loads(run.invoke(app, ["stop", ACCOUNT, "--because", "Why", "--json"]).stdout)
    assert [s["reason"] for s in done["stopped"]] == ["Why"]
    assert done["running"] == 1, "who is in a workflow is shown"
    again = run.invoke(app, ["stop", ACCOUNT])
    assert "stands still already" in str(again.exception)
    assert "Nothing stands still" in run.invoke(app, ["go", ACCOUNT]).stderr
    run.invoke(app, ["stop"])
    with reading(stopping.engine) as connection:
        found = stops.find_stop(connection, "whoever")
    assert found is not None
    assert found.is_everywhere
    assert "There is no account x" in str(run.invoke(app, ["stop", "x"]).exception)
    log.configure("json", level="CRITICAL")
