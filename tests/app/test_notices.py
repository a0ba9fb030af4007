"""What stands still is on the admin's pages until it is mended, and a job that was given up can be run again."""

import pytest
import sqlalchemy as sa

from app.pages.standing import load_standing
from app.pipeline import ask_of
from connector.errors import CrmForbidden
from core.db import reading
from core.jobs import store
from core.jobs.tables import jobs
from tests.rekindle import Rekindle


def refuse(rekindle: Rekindle, status: int, path: str, **more: object) -> None:
    rekindle.lab.control("faults", {"path": path, "status": status, "times": 999, **more})


def given_up(rekindle: Rekindle) -> list[str]:
    with reading(rekindle.context.engine) as connection:
        return [letter.job for letter in store.load_given_up(connection, rekindle.account_id)]


def test_a_missing_permission_stands_as_a_notice_until_the_job_succeeds(rekindle: Rekindle) -> None:
    rekindle.ready()
    plan = load_standing(rekindle.context, rekindle.account_id).plan_id
    refuse(rekindle, 403, "/contacts/batch/update", method="POST")
    rekindle.press("/admin/plan", f"/plans/{plan}/approve")
    with pytest.raises(CrmForbidden):
        rekindle.drain()
    assert given_up(rekindle) == ["workflows.jobs.apply_plan"]
    for page in ("/admin/plan", "/admin/notices"):
        assert "Grant a permission" in rekindle.web.get(page).text
    rekindle.lab.control("faults", method="DELETE")
    shown = rekindle.web.get("/admin/notices").text
    token = shown.split('name="form_token" value="')[1].split('"')[0]
    key = ask_of("workflows.jobs.apply_plan", rekindle.account_id, str(plan)).key
    again = rekindle.web.post("/admin/notices/replay", data={"form_token": token, "key": key})
    assert again.status_code == 200
    rekindle.drain()
    assert given_up(rekindle) == []
    assert "Grant a permission" not in rekindle.web.get("/admin/plan").text
    assert "Nothing waits for you" in rekindle.web.get("/admin/notices").text
    assert load_standing(rekindle.context, rekindle.account_id).tally.is_verified


def test_a_job_of_another_account_is_neither_run_nor_dropped(rekindle: Rekindle) -> None:
    rekindle.ready()
    with rekindle.context.engine.begin() as tx:
        theirs = ask_of("sync.jobs.reread", "hubspot-1")
        store.ask(tx, theirs, now=rekindle.context.wall.now())
        tx.execute(sa.update(jobs).where(jobs.c.job_key == theirs.key).values(state="given_up"))
    shown = rekindle.web.get("/admin/fields").text
    token = shown.split('name="form_token" value="')[1].split('"')[0]
    for action in ("replay", "drop"):
        answer = rekindle.web.post(
            f"/admin/notices/{action}", data={"form_token": token, "key": theirs.key}
        )
        assert answer.status_code == 404
    with reading(rekindle.context.engine) as connection:
        assert store.load_given_up(connection, "hubspot-1")[0].key == theirs.key


def test_installing_again_clears_what_waited_for_access(rekindle: Rekindle) -> None:
    rekindle.ready()
    refuse(rekindle, 403, "/contacts/batch/update", method="POST")
    plan = load_standing(rekindle.context, rekindle.account_id).plan_id
    rekindle.press("/admin/plan", f"/plans/{plan}/approve")
    with pytest.raises(CrmForbidden):
        rekindle.drain()
    rekindle.lab.control("faults", method="DELETE")
    rekindle.install()
    assert "Grant a permission" not in rekindle.web.get("/admin/plan").text
    rekindle.queue.recover(rekindle.context)
    rekindle.drain()
    assert given_up(rekindle) == []
    assert load_standing(rekindle.context, rekindle.account_id).tally.is_verified
