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
from tests.contract.house import CrmHouse, build_house
from tests.contract.street import AgencyStreet, Street
from tests.contract.streets.fake import FakeStreet
from tests.contract.streets.fake import open_street as open_fake

LARGEST_COOKIE = 4_096  # RFC 6265, 6.1


def cookie(web: TestClient) -> str:
    return str(web.cookies["rekindle_session"])


def session(web: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(b64decode(cookie(web).split(".")[0]))
    return found


def is_person_of(house: CrmHouse, name: str) -> bool:
    """A user's number there, and nothing else of the person."""
    return re.fullmatch(rf"{house.provider.label} user [\w-]+", name) is not None


def test_who_consents_is_a_person_of_the_crm_and_signs_what_they_approve(
    first_house: CrmHouse,
) -> None:
    house = first_house
    house.install()
    person = session(house.web)["person"]
    assert is_person_of(house, person)
    house.drain()
    plan_id = str(house.standing().plan_id)
    house.press("/admin/plan", f"/plans/{plan_id}/approve")
    with reading(house.context.engine) as connection:
        plan = outbox.find_plan(connection, house.account_id, plan_id)
    assert plan is not None
    assert plan.approved_by == person
    assert f"Approved by {person} on" in house.web.get("/admin/plan").text


def test_who_consents_for_an_agency_is_a_person_as_well(house: CrmHouse) -> None:
    if not isinstance(house.provider.authorizer(), AuthorizesAgencies):
        pytest.skip(f"{house.street.provider} has no agencies")
    assert isinstance(house.street, AgencyStreet)
    back = house.street.consent_agency(house.begin_install())
    assert house.come_back(back).status_code == 303
    assert is_person_of(house, session(house.web)["person"])


@pytest.fixture
def agency(pretend_crm: None, engine: Engine, database_url: str) -> Iterator[CrmHouse]:
    with open_fake() as street:
        yield build_house(cast("Street", street), engine, database_url)


def test_an_agency_with_two_hundred_accounts_may_open_each_of_them(agency: CrmHouse) -> None:
    street = cast("FakeStreet", agency.street)
    names = street.add_accounts(200)
    assert agency.come_back(street.consent_agency(agency.begin_install())).status_code == 303
    active = {i.remote_account_id: i.name for i in agency.active().values()}
    assert set(active) == {*names, *street.agency_accounts}
    for name in (names[0], names[99], names[199]):
        agency.web.get(f"/admin/accounts/{account_id_of('fake', name)}", follow_redirects=False)
        assert active[name] in agency.web.get("/admin/progress").text
        assert len(cookie(agency.web)) < LARGEST_COOKIE / 4
    alone = account_id_of("fake", street.account)
    assert agency.web.get(f"/admin/accounts/{alone}").status_code == 401
