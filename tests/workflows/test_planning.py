"""Everybody is decided about and planned some at a time, a few contacts without touching anybody else."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.port.writing import Pace
from core.clock import SystemClock
from core.context import entered
from core.db import reading
from core.facts import PlanApproved
from oauth.account_settings.fields import AccountSettings
from scoring import jobs as scoring_jobs
from scoring import store as scores
from scoring.tables import cohorts
from scoring.tables import scores as score_rows
from sync.mirror.tables import contacts
from sync.outbox import amending
from sync.outbox import plans as outbox
from sync.outbox.plans import Plan
from sync.outbox.tables import plan_writes, plans
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows import waves
from workflows.decisions import planning
from workflows.decisions import store as decision_store
from workflows.decisions import store as decisions
from workflows.decisions.planning import Planning
from workflows.decisions.tables import decision_counts, draws, programmes
from workflows.decisions.tables import decisions as decided_rows
from workflows.enrollment import store
from workflows.enrollment.tables import enrollments
from workflows.jobs import plan_contacts

pytestmark = pytest.mark.integration

PACE = Pace(contacts_per_second=100.0)


class Killed(BaseException):
    """A worker ends without a word."""


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


def crowded(mirrored: Mirrored, size: int = 60, **more: Any) -> list[str]:
    people = mirrored.crowd(size, **more)
    mirrored.run(scoring_jobs.score_account)
    return people


def of(mirrored: Mirrored) -> Planning:
    own = AccountSettings(timezone="America/New_York")
    return Planning(mirrored.context, ACCOUNT, own, at=mirrored.clock.now())


def plan_all(mirrored: Mirrored) -> Plan | None:
    return of(mirrored).plan_all(PACE)


def load(mirrored: Mirrored, table: sa.Table, *names: str) -> dict[str, tuple[Any, ...]]:
    """Contact → columns of its row."""
    query = sa.select(table.c.contact_id, *(table.c[name] for name in names))
    with reading(mirrored.engine) as connection:
        return {row[0]: tuple(row[1:]) for row in connection.execute(query)}


def load_now(tx: sa.Connection, table: sa.Table, name: str) -> list[Any]:
    return list(tx.execute(sa.select(table.c[name])).scalars())


def decided(mirrored: Mirrored) -> dict[str, tuple[Any, ...]]:
    return load(mirrored, decided_rows, "status", "playbook", "rule", "reason")


def written(mirrored: Mirrored) -> dict[str, tuple[Any, ...]]:
    return load(mirrored, plan_writes, "new_values", "old_values", "state", "rank")


def counted(mirrored: Mirrored) -> dict[str, int]:
    """Status → contacts, as the page shows them; each kind of decision as a recount finds it."""
    with reading(mirrored.engine) as connection:
        told = decision_store.count_decisions(connection, ACCOUNT)
    again = Counter((s, rule, reason) for s, _, rule, reason in decided(mirrored).values())
    assert {(s, rule, reason): n for s, rule, reason, n in told} == again
    sums = Counter[str]()
    for status, _, _, contacts_of in told:
        sums[status] += contacts_of
    return dict(sums)


def approve(mirrored: Mirrored, plan: Plan | None) -> None:
    assert plan is not None
    with mirrored.engine.begin() as tx:
        outbox.approve(tx, ACCOUNT, plan.plan_id, by="operator ada", now=SystemClock().now())


def take(mirrored: Mirrored, plan: Plan | None) -> None:
    """As if the plan had been applied: the mirror has its values, and it is over."""
    assert plan is not None
    with mirrored.engine.begin() as tx:
        for row in tx.execute(sa.select(plan_writes)).all():
            tx.execute(
                sa.update(contacts)
                .where(contacts.c.contact_id == row.contact_id)
                .values(known=row.new_values)
            )
        tx.execute(sa.delete(plan_writes))
        tx.execute(sa.update(plans).values(state="applied"))


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    said: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", hear)
    yield said
    sa.event.remove(engine, "before_cursor_execute", hear)


def test_some_at_a_time_says_what_all_at_once_says(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded(mirrored, 61)
    once = plan_all(mirrored)
    first = decided(mirrored), written(mirrored), counted(mirrored), once and once.planned
    with mirrored.engine.begin() as tx:
        for table in (decided_rows, plans, plan_writes, decision_counts):
            tx.execute(sa.delete(table))
    monkeypatch.setattr(planning, "AT_ONCE", 7)
    again = plan_all(mirrored)
    assert (decided(mirrored), written(mirrored), counted(mirrored)) == first[:3]
    assert again is not None
    assert (again.planned, again.state) == (first[3], "waiting") == (61, "waiting")
    assert load(mirrored, draws) == {}, "planning draws nobody"


def test_a_pass_that_finds_nothing_new_writes_nothing(mirrored: Mirrored) -> None:
    crowded(mirrored)
    take(mirrored, plan_all(mirrored))
    before = load(mirrored, decided_rows, "decided_at")
    assert plan_all(mirrored) is None
    assert load(mirrored, decided_rows, "decided_at") == before
    assert written(mirrored) == {}


def test_one_changed_contact_touches_its_own_rows_alone_however_many_there_are(
    mirrored: Mirrored,
) -> None:
    def change(person: str) -> tuple[list[str], set[str]]:
        mirrored.happen((person, 0.01, "form"))
        mirrored.change(person)
        mirrored.run(scoring_jobs.score_changed)
        before = load(mirrored, decided_rows, "decided_at")
        with statements(mirrored.engine) as said:
            of(mirrored).plan_some([person])
        after = load(mirrored, decided_rows, "decided_at")
        return said, {i for i in after if after[i] != before.get(i)}

    dormant = crowded(mirrored, 50)
    take(mirrored, plan_all(mirrored))
    person = next(i for i in dormant if decided(mirrored)[i][0] in {"ready", "held_out"})
    few, touched = change(person)
    assert touched == {person} == set(written(mirrored))
    assert decided(mirrored)[person][0] == "active"
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(plans).values(state="applied"))
    mirrored.crowd(400, prefix="m", seed=5)
    mirrored.run(scoring_jobs.score_account)
    take(mirrored, plan_all(mirrored))
    other = next(i for i in dormant if decided(mirrored)[i][0] in {"ready", "held_out"})
    many, touched = change(other)
    assert touched == {other} == set(written(mirrored))
    assert len(many) == len(few) <= 45
    counted(mirrored)


def test_the_job_says_that_a_small_plan_may_be_applied(mirrored: Mirrored) -> None:
    people = crowded(mirrored)
    take(mirrored, plan_all(mirrored))
    person = next(i for i in people if decided(mirrored)[i][0] in {"ready", "held_out"})
    mirrored.happen((person, 0.01, "form"))
    mirrored.change(person)
    mirrored.run(scoring_jobs.score_changed)
    mirrored.facts.clear()
    for _ in range(2):
        with entered(mirrored.context):
            plan_contacts(ACCOUNT, person)
    with reading(mirrored.engine) as connection:
        plan = outbox.find_latest(connection, ACCOUNT, "values")
    assert plan is not None
    assert mirrored.facts == [PlanApproved(ACCOUNT, plan.plan_id)], "the second time it is there"
    assert plan.planned == 1


def test_before_everybody_has_been_counted_nobody_is_drawn(mirrored: Mirrored) -> None:
    people = crowded(mirrored)
    assert of(mirrored).plan_some(people[:5]) is None
    assert decided(mirrored) == {}
    assert load(mirrored, draws) == {}


def test_who_has_lost_their_score_has_no_decision_and_no_row_any_more(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = crowded(mirrored)
    monkeypatch.setattr(planning, "AT_ONCE", 7)
    plan = plan_all(mirrored)
    with mirrored.engine.begin() as tx:
        scores.forget_scores(tx, ACCOUNT, people[10:13])
    of(mirrored).plan_some(people[9:14])
    left = set(people) - set(people[10:13])
    assert set(decided(mirrored)) == set(written(mirrored)) == left
    with mirrored.engine.begin() as tx:
        scores.forget_scores(tx, ACCOUNT, [people[0], people[30], people[-1]])
    approve(mirrored, plan)
    plan_all(mirrored)
    left -= {people[0], people[30], people[-1]}
    assert set(decided(mirrored)) == set(written(mirrored)) == left
    assert sum(counted(mirrored).values()) == len(left)
    with reading(mirrored.engine) as connection:
        assert outbox.tally(connection, ACCOUNT).planned == len(left)


DRAWN = ("programme", "held_out", "drawn_at", "wave_id", "assigned_at")


def propose(mirrored: Mirrored, **more: Any) -> waves.Wave:
    own = AccountSettings(timezone="America/New_York", **more)
    with mirrored.engine.begin() as tx:
        at, now = mirrored.clock.now(), SystemClock().now()
        size = own.later_wave if store.has_started(tx, ACCOUNT) else own.first_wave
        wave = waves.propose_wave(tx, ACCOUNT, own, size=size, at=at, now=now)
    assert wave is not None
    return wave


def let_go(mirrored: Mirrored, wave: waves.Wave) -> None:
    """The wave is approved, and comes to its end."""
    at, now = mirrored.clock.now(), SystemClock().now()
    with mirrored.engine.begin() as tx:
        waves.approve_wave(tx, ACCOUNT, wave.wave_id, by="operator ada", at=at, now=now)
        tx.execute(sa.update(enrollments).values(state="started", started_at=at))


def test_s21_a_batch_has_both_arms_and_says_of_each_what_was_known(mirrored: Mirrored) -> None:
    crowded(mirrored, 120)
    plan_all(mirrored)
    wave = propose(mirrored, first_wave=20)
    rows = load(mirrored, draws, *DRAWN, "share", "track", "band", "priority", "segment")
    scored = mirrored.scores()
    held = {i for i, row in rows.items() if row[1]}
    assert held == {*wave.controls}
    assert wave.starts == len(rows) - len(held)
    assert 19 <= wave.starts <= 20
    assert 7 <= len(held) <= 10, "30 in 100 of the batch, not of the account"
    for i, (programme, _, _, wave_id, assigned_at, share, *known) in rows.items():
        assert (wave_id, assigned_at, share) == (wave.wave_id, None, 0.3)
        assert known == [scored[i][n] for n in ("track", "band", "priority", "segment")]
        status, playbook = decided(mirrored)[i][:2]
        assert (status, playbook) == ("held_out" if i in held else "ready", programme)
    # Whatever plans and pages say later, planning finds them where the draw put them.
    plan_all(mirrored)
    again = {i for i, row in decided(mirrored).items() if row[0] == "held_out"}
    assert again == held
    counted(mirrored)


def test_s21_both_arms_are_watched_from_the_approval_on(mirrored: Mirrored) -> None:
    crowded(mirrored, 60)
    plan_all(mirrored)
    wave = propose(mirrored)
    mirrored.later(3)
    let_go(mirrored, wave)
    rows = load(mirrored, draws, "assigned_at")
    assert {row[0] for row in rows.values()} == {mirrored.clock.now()}
    watched = load(mirrored, cohorts, "arm", "decided_at")
    assert watched == {i: ("control", mirrored.clock.now()) for i in wave.controls}


def test_s21_a_proposal_that_is_made_anew_keeps_its_draws(mirrored: Mirrored) -> None:
    """Controls of a proposal that was withdrawn compete for a place as their partners do, and nobody is redrawn."""
    crowded(mirrored, 120)
    plan_all(mirrored)
    propose(mirrored, first_wave=20)
    before = load(mirrored, draws, *DRAWN)
    with mirrored.engine.begin() as tx:
        tx.execute(sa.delete(enrollments))
    again = propose(mirrored, first_wave=20)
    after = load(mirrored, draws, *DRAWN)
    assert {i: row[:3] for i, row in before.items()} == {i: after[i][:3] for i in before}
    # Nothing has changed meanwhile, so the same people are the best.
    in_it = {i for i, row in after.items() if row[3] == again.wave_id}
    assert len(in_it & {*before}) >= len(before) - 1
    assert len(after) <= len(before) + 2
    let_go(mirrored, again)
    mine = load(mirrored, draws, "wave_id", "assigned_at")
    assert {i for i, row in mine.items() if row[1] is not None} == in_it


def test_s21_a_share_and_a_draw_outlast_a_change_of_who_is_eligible(mirrored: Mirrored) -> None:
    crowded(mirrored, 60, buys=0)
    plan_all(mirrored)
    let_go(mirrored, propose(mirrored))
    drawn = load(mirrored, draws, *DRAWN)
    with reading(mirrored.engine) as connection:
        shares = connection.execute(sa.select(programmes.c.programme, programmes.c.share)).all()
    assert {row.programme: row.share for row in shares}["lead_reactivation"] == 0.3
    lead = programmes.c.programme == "lead_reactivation"
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(programmes).where(lead).values(share=0.8))
    mirrored.crowd(60, seed=3, prefix="n", buys=0)
    mirrored.run(scoring_jobs.score_account)
    plan_all(mirrored)
    let_go(mirrored, propose(mirrored))
    after = load(mirrored, draws, *DRAWN)
    assert {i: after[i] for i in drawn} == drawn
    new = [row[1] for i, row in after.items() if i not in drawn]
    assert len(new) > 10
    assert sum(new) == pytest.approx(0.8 * len(new), abs=2)
    with reading(mirrored.engine) as connection:
        again = connection.execute(sa.select(programmes.c.share).where(lead)).scalar_one()
    assert again == 0.8, "a person's share stays"


def test_s21_who_is_not_eligible_for_a_while_keeps_their_draw(mirrored: Mirrored) -> None:
    crowded(mirrored, 60)
    plan_all(mirrored)
    held = sorted(propose(mirrored).controls)
    assert held
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(contacts).values(email_opt_out=True))
    plan_all(mirrored)
    assert counted(mirrored).get("held_out") is None
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(programmes).values(share=0.0))
        tx.execute(sa.update(contacts).values(email_opt_out=False))
    plan_all(mirrored)
    assert sorted(i for i, row in decided(mirrored).items() if row[0] == "held_out") == held


@pytest.mark.parametrize("die_at", [1, 3, 8])
def test_a_pass_that_dies_leaves_no_plan_and_the_next_one_removes_its_rows(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch, die_at: int
) -> None:
    crowded(mirrored, 60)
    monkeypatch.setattr(planning, "AT_ONCE", 8)
    with monkeypatch.context() as broken:
        amend, calls = amending.amend, iter(range(100))

        def dying(*args: Any, **more: Any) -> None:
            amend(*args, **more)
            if next(calls) == die_at - 1:
                raise Killed

        broken.setattr(amending, "amend", dying)
        with pytest.raises(Killed):
            plan_all(mirrored)
    with reading(mirrored.engine) as connection:
        assert outbox.find_latest(connection, ACCOUNT, "values") is None
        assert decisions.find_decided_at(connection, ACCOUNT) is None
    plan = plan_all(mirrored)
    assert plan is not None
    assert plan.planned == len(load(mirrored, plan_writes, "plan_id")) == 60
    assert {row[0] for row in load(mirrored, plan_writes, "plan_id").values()} == {plan.plan_id}
    assert sum(counted(mirrored).values()) == 60


def test_who_is_scored_while_being_thought_about_is_thought_about_again(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = crowded(mirrored)
    think = Planning._think
    thoughts: list[planning.Thought] = []

    def slow(self: Planning, ids: Sequence[str]) -> planning.Thought:
        thought = think(self, ids)
        if not thoughts:
            with mirrored.engine.begin() as tx:
                band = {"band": "active", "pass_no": 99}
                tx.execute(
                    sa.update(score_rows).where(score_rows.c.contact_id == people[3]).values(**band)
                )
        thoughts.append(thought)
        return thought

    monkeypatch.setattr(Planning, "_think", slow)
    plan_all(mirrored)
    assert len(thoughts) == 2
    assert decided(mirrored)[people[3]][0] == "active"


def test_a_plan_approved_during_a_pass_is_known_to_the_pass(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is in two plans: what the approved one is about to write is brought up to date there."""
    crowded(mirrored, 60)
    waiting = plan_all(mirrored)
    approved: list[bool] = []
    think = Planning._think

    def thinking(self: Planning, ids: Sequence[str]) -> planning.Thought:
        if not approved:
            approved.append(True)
            approve(mirrored, waiting)
        return think(self, ids)

    monkeypatch.setattr(Planning, "_think", thinking)
    assert plan_all(mirrored) is None
    assert waiting is not None
    rows = load(mirrored, plan_writes, "plan_id")
    assert {row[0] for row in rows.values()} == {waiting.plan_id}
    assert len(rows) == 60


def test_the_most_worthwhile_of_those_who_may_start_are_proposed(mirrored: Mirrored) -> None:
    crowded(mirrored, 80)
    plan_all(mirrored)
    standing, rows = decided(mirrored), mirrored.scores()
    with mirrored.engine.begin() as tx:
        best = waves.load_best_ready(tx, ACCOUNT, limit=10)
        everybody = waves.load_best_ready(tx, ACCOUNT, limit=1_000)
        at, now = mirrored.clock.now(), SystemClock().now()
        waves.propose_wave(tx, ACCOUNT, AccountSettings(), size=50, at=at, now=now)
        proposed = store.find_wave(tx, ACCOUNT)
        chosen = {i for i, _ in everybody} & {*load_now(tx, draws, "contact_id")}
    may = [i for i, row in standing.items() if row[0] == "ready" and rows[i]["priority"]]
    order = sorted(
        may,
        key=lambda i: (rows[i]["priority"], -rows[i]["expected_value"], rows[i]["quiet_days"], i),
    )
    assert [i for i, _ in everybody] == order
    assert best == everybody[:10]
    assert dict(everybody) == {i: standing[i][1] for i in order}
    assert proposed is not None
    assert chosen == {*order[: len(chosen)]}, "of both arms alike, nobody better is passed over"
    assert proposed[1] <= AccountSettings().first_wave
    assert len(chosen) == len(order) or proposed[1] >= AccountSettings().first_wave - 1
