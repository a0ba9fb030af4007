"""A value that was cleared is gone at once, although the search index still has it."""

import pytest

from sandbox.hubspot.client import HubSpotClient
from tests.connector.highlevel.pretend import Open, location

pytestmark = pytest.mark.integration


def test_a_cleared_address_does_not_come_back_from_the_search_index(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    lags = {"search_lag_min_seconds": 60, "search_lag_max_seconds": 60}
    own_crm_side.control("highlevel/limits", lags)
    room = f"highlevel/records/{location(own_crm_side)}/contacts"
    reachable = next(
        row
        for row in own_crm_side.control(room)["results"]
        if row.get("email") and row.get("phone")
    )
    path = f"{room}/{reachable['id']}"
    own_crm_side.control(path, {"email": None, "phone": None}, method="PATCH")
    (read,) = open_account(own_crm_side).fetch_contacts([reachable["id"]]).contacts
    assert (read["email"], read["phone"]) == (None, None)


def test_the_validity_of_an_address_is_not_that_of_the_one_before(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    lags = {"search_lag_min_seconds": 60, "search_lag_max_seconds": 60}
    room = f"highlevel/records/{location(own_crm_side)}/contacts"
    rows = own_crm_side.control(room)["results"]
    crm = open_account(own_crm_side)
    read = crm.fetch_contacts([row["id"] for row in rows]).contacts
    bounced = next(row["contact_id"] for row in read if row["email_bounced"])
    own_crm_side.control("highlevel/limits", lags)
    new = {"email": "another.address@example.com"}
    own_crm_side.control(f"{room}/{bounced}", new, method="PATCH")
    (again,) = crm.fetch_contacts([bounced]).contacts
    assert again["email"] == new["email"]
    assert not again["email_bounced"]
