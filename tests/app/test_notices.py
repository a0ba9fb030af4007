"""What stands still is on the admin's pages until it is mended, and a job that was given up can be run again."""

import pytest
import sqlalchemy as sa

from app.pages.standing import load_standing
from app.pipeline import ask_of
from connector.errors import CrmForbidden
from core.db import reading
from core.jobs import store
from core.jobs.tables import jobs
from tests.house import House


def refuse(house: House, status: int, path: str, **more: object) -> None:
    house.lab.control("faults", {"path": path, "status": status, "times": 999, **more})


def given_up(house: House) -> list[str]:
    with reading(house.context.engine) as connection:
        return [letter.job for letter in store.load_given_up(connection, house.account_id)]


def test_a_missing_permission_stands_as_a_notice_until_the_job_succeeds(house: House) -> None:
    house.ready()
    plan = load_standing(house.context, house.account_id).plan_id
    refuse(house, 403, "/contacts/batch/update", method="POST")
    house.press("/admin/plan", f"/plans/{plan}/approve")
    with pytest.raises(CrmForbidden):
        house.drain()
    assert given_up(house) == ["workflows.jobs.apply_plan"]
    for page in ("/admin/plan", "/admin/notices"):
        assert "Grant a permission" in house.web.get(page).text
    house.lab.control("faults", method="DELETE")
    shown = house.web.get("/admin/notices").text
    token = shown.split('name="form_token" value="')[1].split('"')[0]
    key = ask_of("workflows.jobs.apply_plan", house.account_id, str(plan)).key
    again = house.web.post("/admin/notices/replay", data={"form_token": token, "key": key})
    assert again.status_code == 200
    house.drain()
    assert given_up(house) == []
    assert "Grant a permission" not in house.web.get("/admin/plan").text
    assert "Nothing stands still" in house.web.get("/admin/notices").text
    assert load_standing(house.context, house.account_id).tally.is_verified


def test_a_job_of_another_account_is_neither_run_nor_dropped(house: House) -> None:
    house.ready()
    with house.context.engine.begin() as tx:
        theirs = ask_of("sync.jobs.reread", "hubspot-1")
        store.ask(tx, theirs, now=house.context.wall.now())
        tx.execute(sa.update(jobs).where(jobs.c.job_key == theirs.key).values(state="given_up"))
    shown = house.web.get("/admin/fields").text
    token = shown.split('name="form_token" value="')[1].split('"')[0]
    for action in ("replay", "drop"):
        answer = house.web.post(
            f"/admin/notices/{action}", data={"form_token": token, "key": theirs.key}
        )
        assert answer.status_code == 404
    with reading(house.context.engine) as connection:
        assert store.load_given_up(connection, "hubspot-1")[0].key == theirs.key


def test_installing_again_clears_what_waited_for_access(house: House) -> None:
    house.ready()
    refuse(house, 403, "/contacts/batch/update", method="POST")
    plan = load_standing(house.context, house.account_id).plan_id
    house.press("/admin/plan", f"/plans/{plan}/approve")
    with pytest.raises(CrmForbidden):
        house.drain()
    house.lab.control("faults", method="DELETE")
    house.install()
    assert "Grant a permission" not in house.web.get("/admin/plan").text
    house.queue.recover(house.context)
    house.drain()
    assert given_up(house) == []
    assert load_standing(house.context, house.account_id).tally.is_verified
