"""The live page: what is under way, and its buttons that pause, resume and cancel it (S30)."""

import pytest
import sqlalchemy as sa

from app.lab.browser import read_forms
from app.pages.standing import load_standing
from app.pipeline import WRITING, claim_of
from core.context import entered
from core.db import reading
from core.jobs import pauses
from sync.backfill import runs
from sync.backfill.states import RunState
from sync.jobs import reread
from sync.outbox import plans as outbox
from sync.outbox.states import PlanState
from tests.rekindle import Rekindle
from workflows.enrollment.tables import enrollments
from workflows.stops.store import load_stopped

# More than one batch of writes.
pytestmark = pytest.mark.people(120)


def send(rekindle: Rekindle, action: str, **fields: str) -> int:
    """Press the button of the live page's form with these hidden fields."""
    shown = rekindle.web.get("/admin/live").text
    form = next(
        f
        for f in read_forms(shown)
        if f.action == action and all(f.fields.get(k) == v for k, v in fields.items())
    )
    answer = rekindle.web.post(action, data=form.fields, follow_redirects=False)
    assert answer.headers["location"] == "/admin/live"
    return int(answer.status_code)


def plan_of(rekindle: Rekindle) -> outbox.Plan:
    with reading(rekindle.context.engine) as connection:
        found = outbox.find_latest(connection, rekindle.account_id, "values")
    assert found is not None
    return found


def test_s30_writing_is_paused_resumed_and_cancelled_and_the_next_plan_waits(
    rekindle: Rekindle,
) -> None:
    rekindle.install()
    assert rekindle.web.get("/admin/live").status_code == 200, "before anything was read"
    rekindle.drain()
    account_id, claim = rekindle.account_id, claim_of(WRITING, rekindle.account_id)
    page = rekindle.web.get("/admin/live").text
    assert "Nothing is under way" in page
    plan = plan_of(rekindle)
    rekindle.press("/admin/plan", f"/plans/{plan.plan_id}/approve")
    assert send(rekindle, "/admin/live/pause", work="writing") == 303
    rekindle.drain()
    assert sum(rekindle.writes().values()) == 0, "what is paused is not taken up"
    assert "Paused by" in rekindle.web.get("/admin/live").text
    assert send(rekindle, "/admin/live/cancel", work="writing") == 303
    with reading(rekindle.context.engine) as connection:
        assert not pauses.is_paused(connection, claim)
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        ended = outbox.find_plan(connection, account_id, plan.plan_id)
    assert ended is not None
    assert (ended.state, ended.planned, bool(ended.cancelled_by)) == (PlanState.APPLIED, 0, True)
    assert sum(rekindle.writes().values()) == 0
    rekindle.queue.run(rekindle.context, "workflows.jobs.plan_account", account_id)
    again = plan_of(rekindle)
    assert again.state is PlanState.WAITING
    assert again.reason == "Not all of the last plan was let go ahead, so this one waits for you."
    # A newer plan in its place waits as well, until somebody has approved one.
    rekindle.queue.run(rekindle.context, "workflows.jobs.plan_account", account_id)
    rekindle.press("/admin/plan", f"/plans/{plan_of(rekindle).plan_id}/approve")
    assert send(rekindle, "/admin/live/pause", work="writing") == 303
    rekindle.drain()
    assert sum(rekindle.writes().values()) == 0
    assert send(rekindle, "/admin/live/resume", work="writing") == 303
    rekindle.drain()
    assert plan_of(rekindle).state is PlanState.APPLIED
    assert sum(rekindle.writes().values()) > 0

    wave_id = load_standing(rekindle.context, account_id).wave_id
    rekindle.press("/admin/plan", f"/waves/{wave_id}/approve")
    page = rekindle.web.get("/admin/live").text
    programme = next(f.fields["programme"] for f in read_forms(page) if "programme" in f.fields)
    assert send(rekindle, "/admin/stop", programme=programme) == 303
    with reading(rekindle.context.engine) as connection:
        assert programme in load_stopped(connection, account_id)
    assert send(rekindle, "/admin/live/cancel", work="starting", subject=programme) == 303
    with reading(rekindle.context.engine) as connection:
        e = enrollments.c
        query = sa.select(e.state).distinct().where(e.playbook == programme)
        assert set(connection.execute(query).scalars()) == {"refused"}

    # A reading that is cancelled ends; what was read stays, and it begins anew when it is asked for.
    with rekindle.context.engine.begin() as tx:
        now = rekindle.context.wall.now()
        runs.start_or_take_over(tx, account_id, as_of=now, now=now)
    assert send(rekindle, "/admin/live/cancel", work="reading") == 303
    with reading(rekindle.context.engine) as connection:
        latest = runs.find_latest(connection, account_id)
    assert latest is not None
    assert latest["state"] == RunState.FAILED
    assert latest["error"].startswith("Cancelled by")
    with entered(rekindle.context):
        reread(account_id)
    with reading(rekindle.context.engine) as connection:
        run = runs.find_latest(connection, account_id)
        assert run is not None
        assert run["state"] == RunState.DONE
        read = {name: part["read"] for name, part in run["parts"].items()}
        assert read["contacts"] >= 120
        assert sum(read.values()) == run["read_count"]
        assert all(part["done"] for part in run["parts"].values())
    assert load_standing(rekindle.context, account_id).progress.share == 1.0
