"""An account's choices: learnt by a job from its ledger, made at the gate, kept with the touch (S15, S16, S17)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from contact_rules.person import Policy
from core.clock import SystemClock
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from scoring import store as scores
from tests.scoring.mirrored import ACCOUNT, Mirrored
from tests.sync.fake_writer import FakeWriter
from tests.workflows.merging import GENERAL, score
from tests.workflows.test_choices import touch
from workflows import jobs
from workflows.choices import learning, telling
from workflows.choices import store as choices
from workflows.choices.choice import Choice
from workflows.choices.tables import choice_models
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.tables import enrollments, touches
from workflows.enrollment.touch_states import TouchState
from workflows.log import store as decision_log
from workflows.touches import asking
from workflows.touches.deciding import Decided, decide_due

pytestmark = pytest.mark.integration

PLAYBOOK = "lead_reactivation"
PEOPLE = [f"c{i:02d}" for i in range(40)]
POLICY = Policy(tenant_zone="America/New_York")


def remember(mirrored: Mirrored, count: int) -> None:
    """So many touches of the last weeks, of which texts were answered far more often than e-mails."""
    rounds, sent = [], []
    for number in range(count):
        channel = ("email", "sms")[number % 2]
        at = mirrored.clock.now() - timedelta(days=20 + number % 60)
        at += timedelta(hours=number // 2 % 4 * 2)
        answered = number % (20 if channel == "email" else 4) < 2
        row = touch(number, channel, at, answered=answered)
        row |= {"account_id": ACCOUNT, "playbook": PLAYBOOK}
        ended = {name: row.pop(name) for name in ("ended_at", "ended_by")}
        more = {"state": TouchState.PROVED, "angle": "opening", "after_days": 0, "due_at": at}
        sent.append({**row, **more})
        whose = {n: row[n] for n in ("account_id", "contact_id", "playbook", "round_no")}
        began = {"state": EnrollmentState.ENDED, "wave_id": "old", "created_at": at}
        rounds.append({**whose, **began, **ended, "started_at": at})
    with mirrored.engine.begin() as tx:
        nothing: dict[str, Any] = {
            "dormant": {},
            "tracks": {},
            "segments": {},
            "sales": {},
            "cuts": [],
        }
        scored = {"as_of": at, "scored_at": at, "contacts": 0, "pass_no": 1, **nothing}
        scores.record_scoring(tx, ACCOUNT, scored)
        tx.execute(sa.insert(enrollments), rounds)
        tx.execute(sa.insert(touches), sent)


def approve(mirrored: Mirrored) -> None:
    """People who may be written to, scored, and approved to be started now."""
    for number, contact_id in enumerate(PEOPLE):
        mirrored.know(
            contact_id,
            email=f"somebody{number}@example.com",
            phone=f"+1212555{number:04d}",
            timezone="America/New_York",
        )
    at = mirrored.clock.now()
    with mirrored.engine.begin() as tx:
        told: dict[str, Any] = {"likelihood": 0.2, "p_return": 0.02, "channels": "email sms"}
        told["last_human_at"] = at - timedelta(days=200)
        rows = [{**score(contact_id, at), **told} for contact_id in PEOPLE]
        scores.save_rows(tx, ACCOUNT, rows, pass_no=1)
        ledger.propose(tx, ACCOUNT, [(i, PLAYBOOK) for i in PEOPLE], wave_id="w", now=at)
        ledger.approve_wave(tx, ACCOUNT, "w", by="ann", at=at, now=at)


def decide(mirrored: Mirrored, own: AccountSettings | None = None) -> Decided:
    """What the gate lets through now is asked for, as the job does."""
    at, now = mirrored.clock.now(), SystemClock().now()
    own = own or AccountSettings(business_name="Ada's")
    with mirrored.engine.begin() as tx:
        found = decide_due(tx, ACCOUNT, at=at, now=now, policy=POLICY, playbooks=GENERAL, own=own)
        asking.record_asking(tx, ACCOUNT, found.allowed, FakeWriter(), own, at=at, now=now)
    return found


def load(mirrored: Mirrored, table: sa.Table) -> dict[str, Any]:
    query = sa.select(table).where(table.c.contact_id.in_(PEOPLE))
    if table is touches:
        query = query.where(touches.c.touch_no == 1)
    with reading(mirrored.engine) as connection:
        return {row["contact_id"]: dict(row) for row in connection.execute(query).mappings()}


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    found = Mirrored(engine)
    found.clock.advance(timedelta(hours=2))  # ten in the morning where the people live
    return found


def due_to_learn(mirrored: Mirrored) -> list[str]:
    with reading(mirrored.engine) as connection:
        return learning.load_accounts_due(mirrored.context, connection)


def test_what_touches_taught_is_chosen_waited_for_asked_for_and_recorded(
    mirrored: Mirrored,
) -> None:
    remember(mirrored, 600)
    approve(mirrored)
    assert due_to_learn(mirrored) == [ACCOUNT]
    mirrored.run(jobs.learn_choices)
    assert due_to_learn(mirrored) == []
    with reading(mirrored.engine) as connection:
        latest = choices.find_latest(connection, ACCOUNT)
    assert latest is not None
    assert latest.version == 1

    first = decide(mirrored)
    waiting = {i: row for i, row in load(mirrored, enrollments).items() if row["choice"]}
    begun = {row["contact_id"]: row for row in first.allowed}
    assert begun.keys() | waiting.keys() == set(PEOPLE)
    assert not begun.keys() & waiting.keys()
    at = mirrored.clock.now()
    for row in waiting.values():
        assert row["state"] == EnrollmentState.APPROVED
        assert at < row["due_at"] == datetime.fromisoformat(row["choice"]["at"])
        assert row["reason"] == row["choice"]["why"]
    decided = [*(row["choice"] for row in begun.values()), *(r["choice"] for r in waiting.values())]
    texts = [choice for choice in decided if choice["channel"] == "sms"]
    assert len(texts) > 0.8 * len(PEOPLE)
    assert all("as planned" in choice["why"] or "A try" in choice["why"] for choice in texts)

    # Once their hour has come they go out as it was chosen.
    mirrored.clock.advance(timedelta(days=2))
    later = decide(mirrored)
    assert {row["contact_id"] for row in later.allowed} == waiting.keys()
    stored = load(mirrored, touches)
    for contact_id in PEOPLE:
        choice = Choice.from_json(stored[contact_id]["choice"])
        assert choice is not None
        assert stored[contact_id]["channel"] == choice.channel
        assert choice.version == 1
        if contact_id in waiting:
            assert stored[contact_id]["choice"] == waiting[contact_id]["choice"]
    with reading(mirrored.engine) as connection:
        told = decision_log.load_entries(connection, ACCOUNT)
    asked = {row["contact_id"]: row["reason"] for row in told if row["what"] == "asked"}
    assert asked == {i: row["choice"]["why"] for i, row in stored.items()}
    assert sum(row["what"] == "deferred" for row in told) == len(waiting)


def test_where_an_admin_says_so_everything_goes_out_as_planned(mirrored: Mirrored) -> None:
    remember(mirrored, 600)
    approve(mirrored)
    mirrored.run(jobs.learn_choices)
    found = decide(mirrored, AccountSettings(business_name="Ada's", learns=False))
    assert {row["contact_id"] for row in found.allowed} == set(PEOPLE)
    assert {(row["channel"], row["choice"]["why"]) for row in found.allowed} == {
        ("email", telling.TURNED_OFF)
    }


def test_a_wording_is_chosen_only_where_it_says_something_else(mirrored: Mirrored) -> None:
    remember(mirrored, 600)
    approve(mirrored)
    mirrored.run(jobs.learn_choices)
    decided = decide(mirrored)
    chosen = [row["choice"] for row in decided.allowed]
    chosen += [row["choice"] for row in load(mirrored, enrollments).values() if row["choice"]]
    assert len(chosen) == len(PEOPLE)
    # The playbook has a short e-mail beside the usual one, and one text.
    assert {c["variant"] for c in chosen if c["channel"] == "sms"} == {"neutral"}
    assert {c["variant"] for c in chosen if c["channel"] == "email"} <= {"neutral", "short"}


def test_of_versions_the_last_are_kept(mirrored: Mirrored) -> None:
    with mirrored.engine.begin() as tx:
        for _ in range(choices.KEPT + 3):
            at = mirrored.clock.now()
            choices.record_model(tx, ACCOUNT, {}, people=1, messages=1, at=at)
        latest = choices.find_latest(tx, ACCOUNT)
        assert latest is not None
        assert latest.version == choices.KEPT + 3
        count = sa.select(sa.func.count()).select_from(choice_models)
        assert tx.execute(count).scalar_one() == choices.KEPT
