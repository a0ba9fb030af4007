"""Access that ends and limits that are reached, against a HighLevel that answers over HTTP."""

import pytest

from connector import errors
from connector.budget import Unlimited
from sandbox.hubspot.client import HubSpotClient
from tests.connector.highlevel.pretend import Open, location

pytestmark = pytest.mark.integration


def first_contact(lab: HubSpotClient) -> str:
    """The id of a contact that the location really holds."""
    answer = lab.control(f"highlevel/records/{location(lab)}/contacts?limit=1")
    return str(answer["results"][0]["id"])


class Learns(Unlimited):
    def __init__(self) -> None:
        self.learnt: set[tuple[str, int]] = set()
        self.taken = 0

    def take(self, bucket: str) -> None:
        self.taken += 1

    def learn(self, bucket: str, limit: int) -> None:
        self.learnt.add((bucket, limit))


def test_an_expired_token_is_renewed_once(own_crm_side: HubSpotClient, open_account: Open) -> None:
    crm = open_account(own_crm_side)
    own_crm_side.control("highlevel/expire", {"location": location(own_crm_side)})
    assert crm.fetch_account().name == "Northgate Dental"


def test_an_uninstalled_app_is_told_so(own_crm_side: HubSpotClient, open_account: Open) -> None:
    crm = open_account(own_crm_side)
    fault = {"path": "/highlevel/locations", "kind": "status", "status": 401}
    own_crm_side.control("faults", fault)
    with pytest.raises(errors.CrmAuthInvalid):
        crm.fetch_account()


def test_a_missing_scope_is_no_lost_access(own_crm_side: HubSpotClient, open_account: Open) -> None:
    crm = open_account(own_crm_side, scopes=["contacts.readonly"])
    with pytest.raises(errors.CrmForbidden):
        crm.fetch_workflows()
    assert crm.fetch_contacts([first_contact(own_crm_side)]).count == 1


def test_the_limit_is_learnt_and_its_end_is_waited_for(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    budget = Learns()
    crm = open_account(own_crm_side, budget=budget)
    own_crm_side.control("highlevel/limits", {"requests": 2, "window_seconds": 20.0})
    crm.fetch_workflows()
    crm.fetch_workflows()
    with pytest.raises(errors.CrmRateLimited) as limited:
        crm.fetch_workflows()
    assert limited.value.retry_after == 20.0
    assert budget.learnt == {("burst", 1)}
    assert budget.taken == 3


def test_a_used_up_day_ends_when_the_answer_says(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(own_crm_side)
    own_crm_side.control("highlevel/limits", {"daily": 1})
    crm.fetch_workflows()
    with pytest.raises(errors.CrmRateLimited) as limited:
        crm.fetch_workflows()
    assert limited.value.retry_after is not None
    assert 0 < limited.value.retry_after <= 86_400


@pytest.mark.parametrize("kind", ["status", "truncate", "drop"])
def test_trouble_on_the_way_is_trouble_on_the_way(
    own_crm_side: HubSpotClient, open_account: Open, kind: str
) -> None:
    crm = open_account(own_crm_side)
    fault = {"path": "/highlevel/workflows", "kind": kind, "status": 503}
    own_crm_side.control("faults", fault)
    with pytest.raises(errors.CrmUnavailable):
        crm.fetch_workflows()
