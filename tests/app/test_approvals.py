"""What is approved carries the name of a person: a user of the CRM, or the operator of this machine."""

import getpass

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from app.pages.session import sign_link
from app.pages.standing import load_standing
from core.db import reading
from sync.outbox import plans as outbox
from tests.rekindle import Rekindle
from workflows.enrollment.tables import enrollments

ADDRESS = "http://localhost:8321"


def approve_plan(rekindle: Rekindle) -> str | None:
    """Approve the plan that waits: who is on record for it."""
    plan_id = str(load_standing(rekindle.context, rekindle.account_id).plan_id)
    assert rekindle.press("/admin/plan", f"/plans/{plan_id}/approve").status_code == 303
    with reading(rekindle.context.engine) as connection:
        plan = outbox.find_plan(connection, rekindle.account_id, plan_id)
    assert plan is not None
    assert plan.approved_at is not None
    return plan.approved_by


def test_who_installed_is_on_record_for_a_plan_and_for_a_wave(rekindle: Rekindle) -> None:
    rekindle.ready()
    assert "Approved by" not in rekindle.web.get("/admin/plan").text
    person = approve_plan(rekindle)
    assert person is not None
    assert person.removeprefix("HubSpot user ").isdigit()
    assert rekindle.web.get("/admin/plan").text.count(f"Approved by {person} on") == 1
    rekindle.drain()
    wave_id = load_standing(rekindle.context, rekindle.account_id).wave_id
    assert rekindle.press("/admin/plan", f"/waves/{wave_id}/approve").status_code == 303
    with reading(rekindle.context.engine) as connection:
        query = sa.select(enrollments.c.approved_by, enrollments.c.approved_at)
        found = set(connection.execute(query).all())
    ((by, at),) = found
    assert by == person
    assert at is not None
    assert rekindle.web.get("/admin/plan").text.count(f"Approved by {person} on") == 2


@pytest.mark.parametrize("name", ["ada", None])
def test_an_operator_is_on_record_by_their_name_on_the_machine_that_made_the_link(
    rekindle: Rekindle, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    """The link is made by one process and opened at another, which may run as somebody else."""
    if name is not None:
        monkeypatch.setenv("LOGNAME", name)
    maker = getpass.getuser()
    assert name in {maker, None}
    rekindle.ready()
    link = sign_link(rekindle.context, rekindle.account_id).removeprefix(ADDRESS)
    monkeypatch.setenv("LOGNAME", "www-data")
    rekindle.web = TestClient(rekindle.web.app, base_url=ADDRESS)
    assert rekindle.web.get(link).status_code == 200
    assert approve_plan(rekindle) == f"operator {maker}"
