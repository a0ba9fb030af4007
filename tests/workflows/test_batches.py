"""A batch takes people for both arms, and its draws last (S21, S24)."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.clock import SystemClock
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from scoring import jobs as scoring_jobs
from scoring.tables import cohorts
from sync.mirror.tables import contacts
from tests.scoring.mirrored import ACCOUNT, Mirrored
from tests.workflows.planned import counted, crowded, decided, load, load_now, plan_all
from workflows import waves
from workflows.decisions.tables import draws, programmes
from workflows.enrollment import store
from workflows.enrollment.tables import enrollments

pytestmark = pytest.mark.integration

DRAWN = ("programme", "held_out", "drawn_at", "wave_id", "assigned_at")


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


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
