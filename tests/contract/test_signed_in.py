"""Who consents is signed in as a person of that CRM, and the cookie stays small however much they may open."""

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, cast

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from connector.port.oauth import AuthorizesAgencies
from core.db import reading
from oauth.accounts import account_id_of
from sync.outbox import plans as outbox
from tests.contract.crm_side import AgencySide, CrmSide
from tests.contract.crm_sides.fake import FakeSide
from tests.contract.crm_sides.fake import open_side as open_fake
from tests.contract.rekindle import CrmRekindle, build_rekindle

LARGEST_COOKIE = 4_096  # RFC 6265, 6.1


def cookie(web: TestClient) -> str:
    return str(web.cookies["rekindle_session"])


def session(web: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(b64decode(cookie(web).split(".")[0]))
    return found


def is_person_of(rekindle: CrmRekindle, name: str) -> bool:
    """A user's number there, and nothing else of the person."""
    return re.fullmatch(rf"{rekindle.provider.label} user [\w-]+", name) is not None


def test_who_consents_is_a_person_of_the_crm_and_signs_what_they_approve(
    first_rekindle: CrmRekindle,
) -> None:
    rekindle = first_rekindle
    rekindle.install()
    person = session(rekindle.web)["person"]
    assert is_person_of(rekindle, person)
    rekindle.drain()
    plan_id = str(rekindle.standing().plan_id)
    rekindle.press("/admin/plan", f"/plans/{plan_id}/approve")
    with reading(rekindle.context.engine) as connection:
        plan = outbox.find_plan(connection, rekindle.account_id, plan_id)
    assert plan is not None
    assert plan.approved_by == person
    assert f"Approved by {person} on" in rekindle.web.get("/admin/plan").text


def test_who_consents_for_an_agency_is_a_person_as_well(rekindle: CrmRekindle) -> None:
    if not isinstance(rekindle.provider.authorizer(), AuthorizesAgencies):
        pytest.skip(f"{rekindle.crm_side.provider} has no agencies")
    assert isinstance(rekindle.crm_side, AgencySide)
    back = rekindle.crm_side.consent_agency(rekindle.begin_install())
    assert rekindle.come_back(back).status_code == 303
    assert is_person_of(rekindle, session(rekindle.web)["person"])


@pytest.fixture
def agency(pretend_crm: None, engine: Engine, database_url: str) -> Iterator[CrmRekindle]:
    with open_fake() as crm_side:
        yield build_rekindle(cast("CrmSide", crm_side), engine, database_url)


def test_an_agency_with_two_hundred_accounts_may_open_each_of_them(agency: CrmRekindle) -> None:
    crm_side = cast("FakeSide", agency.crm_side)
    names = crm_side.add_accounts(200)
    assert agency.come_back(crm_side.consent_agency(agency.begin_install())).status_code == 303
    active = {i.remote_account_id: i.name for i in agency.active().values()}
    assert set(active) == {*names, *crm_side.agency_accounts}
    for name in (names[0], names[99], names[199]):
        agency.web.get(f"/admin/accounts/{account_id_of('fake', name)}", follow_redirects=False)
        assert active[name] in agency.web.get("/admin/progress").text
        assert len(cookie(agency.web)) < LARGEST_COOKIE / 4
    alone = account_id_of("fake", crm_side.account)
    assert agency.web.get(f"/admin/accounts/{alone}").status_code == 401
