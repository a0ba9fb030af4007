"""The whole loop in one process against the sandbox over HTTP (S1, S26-S29)."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy.engine import Engine

from app.pages.standing import load_standing
from app.schedule import _to_poll
from core.db import reading
from oauth.store import find_installation
from scoring.store import find_scoring
from sync.backfill import polls
from tests.rekindle import Rekindle
from workflows.decisions import store as decision_store
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState


def run_to_end(rekindle: Rekindle) -> None:
    rekindle.ready()
    standing = load_standing(rekindle.context, rekindle.account_id)
    assert standing.plan_state == "waiting"
    assert rekindle.press("/admin/plan", f"/plans/{standing.plan_id}/approve").status_code == 303
    rekindle.drain()
    standing = load_standing(rekindle.context, rekindle.account_id)
    assert standing.wave_id is not None
    assert rekindle.press("/admin/plan", f"/waves/{standing.wave_id}/approve").status_code == 303
    rekindle.drain()


def test_s26_to_s29_the_main_job_runs_from_install_to_started_workflows(rekindle: Rekindle) -> None:
    run_to_end(rekindle)
    standing = load_standing(rekindle.context, rekindle.account_id)
    started = standing.enrollments[EnrollmentState.STARTED]
    assert 0 < started <= 50, "D12: the first batch is small"
    assert standing.tally.is_verified
    counters = rekindle.lab.control("counters")
    enrolled = counters["workflow_enrollments"][str(rekindle.lab.portal)]
    assert sum(enrolled.values()) == started


@pytest.mark.parametrize("runs", [True, False])
def test_s19_who_may_answer_is_asked_for_again_within_half_a_minute(
    rekindle: Rekindle, *, runs: bool
) -> None:
    """Twice, for what no notice tells is found by the second poll; where nothing runs it has time."""
    if runs:
        run_to_end(rekindle)
    else:
        rekindle.ready()
    here = rekindle.context
    for seconds, is_due in ((20, False), (30, runs), (130, True)):
        since = timedelta(seconds=seconds)
        with here.engine.begin() as tx:
            polls.record_asked(
                tx, rekindle.account_id, now=here.wall.now() - since, at=here.clock.now() - since
            )
        with reading(here.engine) as connection:
            due = _to_poll(connection, here)
        assert due == ([rekindle.account_id] if is_due else [])


def test_d12_nothing_is_written_before_the_admin_approves(rekindle: Rekindle) -> None:
    rekindle.ready()
    assert rekindle.writes() == {}
    assert load_standing(rekindle.context, rekindle.account_id).plan_reason


def test_every_written_value_is_what_the_crm_holds(rekindle: Rekindle) -> None:
    run_to_end(rekindle)
    with reading(rekindle.context.engine) as connection:
        scoring = find_scoring(connection, rekindle.account_id)
        decided = {
            status: count
            for status, _, _, count in decision_store.count_decisions(
                connection, rekindle.account_id
            )
        }
    assert scoring is not None
    assert decided
    contact = next(iter(rekindle.writes()))
    stored = rekindle.lab.stored(contact)
    assert stored["rekindle_track"] in {"lead", "customer"}
    assert stored["rekindle_scored_at"].startswith("2026-11-16T14:00")


def test_a_second_round_writes_nothing_and_starts_nobody_twice(rekindle: Rekindle) -> None:
    run_to_end(rekindle)
    before = rekindle.writes()
    rekindle.install()
    rekindle.drain()
    standing = load_standing(rekindle.context, rekindle.account_id)
    if standing.plan_state == "waiting":
        rekindle.press("/admin/plan", f"/plans/{standing.plan_id}/approve")
        rekindle.drain()
    again = {k: n for k, n in rekindle.writes().items() if n != before.get(k)}
    statuses = {rekindle.lab.stored(k)["rekindle_status"] for k in again}
    assert statuses <= {"suppressed"}, "only those approached meanwhile may change"
    counters = rekindle.lab.control("counters")
    enrolled = counters["workflow_enrollments"][str(rekindle.lab.portal)]
    assert sum(enrolled.values()) == standing.enrollments[EnrollmentState.STARTED]


def test_losing_our_database_starts_nobody_a_second_time(
    rekindle: Rekindle, make_rekindle: Callable[..., Rekindle]
) -> None:
    run_to_end(rekindle)
    started = [
        c for c, n in rekindle.writes().items() if rekindle.lab.stored(c).get("rekindle_trigger_at")
    ]
    rekindle.lab.control("counters", method="DELETE")
    fresh = make_rekindle(rekindle.lab)
    run_to_end(fresh)
    twice = [c for c in started if rekindle.writes().get(c, 0) and _started_again(fresh, c)]
    assert twice == []


def _started_again(rekindle: Rekindle, contact_id: str) -> bool:
    with reading(rekindle.context.engine) as connection:
        decision = decision_store.find_decision(connection, rekindle.account_id, contact_id)
    return decision is not None and decision.status in {"ready", "started"}


def test_d1_an_opt_out_after_the_approval_is_seen_just_before_the_start(rekindle: Rekindle) -> None:
    """No webhook tells of it: the person is read again before the gate is asked a last time."""
    rekindle.ready()
    standing = load_standing(rekindle.context, rekindle.account_id)
    rekindle.press("/admin/plan", f"/plans/{standing.plan_id}/approve")
    rekindle.drain()
    standing = load_standing(rekindle.context, rekindle.account_id)
    with reading(rekindle.context.engine) as connection:
        chosen = ledger.load_wave(connection, rekindle.account_id, str(standing.wave_id))
    left = chosen[0]
    rekindle.lab.control(
        f"records/{rekindle.lab.portal}/contacts/{left}",
        {"hs_email_optout": "true", "sms_consent": "false"},
        method="PATCH",
    )
    rekindle.press("/admin/plan", f"/waves/{standing.wave_id}/approve")
    rekindle.drain()
    assert not rekindle.lab.stored(left).get("rekindle_trigger_at")
    after = load_standing(rekindle.context, rekindle.account_id).enrollments
    assert after[EnrollmentState.REFUSED] == 1
    assert (
        after[EnrollmentState.STARTED] + after.get(EnrollmentState.APPROVED, 0) == len(chosen) - 1
    )


def test_tokens_are_sealed_in_the_database(rekindle: Rekindle, engine: Engine) -> None:
    rekindle.install()
    with reading(engine) as connection:
        installation = find_installation(connection, rekindle.account_id)
    assert installation is not None
    assert installation.access_token.startswith("dev:")
    opened = rekindle.context.vault.open(installation.access_token, identity=rekindle.account_id)
    assert opened not in repr(installation)
    answer = httpx2.get(
        f"{rekindle.lab.url}/account-info/2026-09/details",
        headers={"Authorization": f"Bearer {opened}"},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("page", ["/admin/", "/admin/audit", "/admin/plan", "/admin/contacts"])
def test_pages_show_once_everything_is_read(ready_rekindle: Rekindle, page: str) -> None:
    answer = ready_rekindle.web.get(page)
    assert answer.status_code == 200, answer.text
    assert "Traceback" not in answer.text
