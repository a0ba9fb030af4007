"""Whoever works in a CRM is approached by nobody, though their own address has another domain (D8)."""

import pytest
import sqlalchemy as sa

from connector.port.team import ListsTeam
from core.db import reading
from tests.contract.rekindle import CrmRekindle
from workflows.decisions import store as decision_store
from workflows.enrollment.tables import enrollments

USERS = {
    "hubspot": ("dana.reyes@harborhearing.example", "miles.porter@harborhearing.example"),
    "highlevel": ("robin@northgatedental.example", "casey@northgatedental.example"),
}


def tell(rekindle: CrmRekindle) -> None:
    """Let the CRM's notices arrive."""
    for post in rekindle.crm_side.posts():
        assert rekindle.receive(post) == 204


def test_users_of_the_crm_are_left_alone_when_planning_and_just_before_a_start_d8(
    first_rekindle: CrmRekindle,
) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    if crm_side.provider not in USERS:
        pytest.skip("nobody works in this CRM")
    first, second = USERS[crm_side.provider]
    rekindle.install()
    rekindle.drain()
    with rekindle.opened() as crm:
        assert isinstance(crm, ListsTeam)
        assert {first, second} <= {*crm.fetch_team()}
    with reading(rekindle.context.engine) as connection:
        ready = sorted(
            str(row[0])
            for row in connection.execute(decision_store.ready_contacts(rekindle.account_id))
        )
    crm_side.change_email(crm_side.account, ready[0], first.title())
    tell(rekindle)
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        decided = decision_store.find_decision(connection, rekindle.account_id, ready[0])
    assert decided is not None
    assert (decided.status, decided.rule) == ("suppressed", "D8")
    assert decided.reason is not None
    assert decided.reason.startswith("Works for you")

    rekindle.approve_plan()
    wave = rekindle.approve_wave()
    assert ready[0] not in wave
    # Of this nobody is told: it is read just before the start.
    crm_side.change_email(crm_side.account, wave[0], second)
    rekindle.start_all_due()
    with reading(rekindle.context.engine) as connection:
        rows = {r["contact_id"]: r for r in connection.execute(sa.select(enrollments)).mappings()}
    assert rows[wave[0]]["state"] == "refused"
    assert rows[wave[0]]["reason"].startswith("Works for you")
    assert wave[0] not in crm_side.count_entries(crm_side.account)
    assert any(row["state"] == "started" for row in rows.values())
