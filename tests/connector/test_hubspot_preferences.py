"""Lists that refuse contact by their names, and subscriptions as they are just now, asked for sparingly."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector.hubspot.provider import HubSpotCrm
from connector.port.records import ContactRow
from sandbox.config import SandboxConfig
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from tests.connector.test_hubspot_conversations import SCOPES, opened

pytestmark = pytest.mark.integration

LISTS = frozenset({"crm.lists.read", "crm.lists.write"})
STATUSES = "communication_preferences.statuses.batch.read"


@pytest.fixture(scope="module")
def lab() -> Iterator[HubSpotClient]:
    config = SandboxConfig(contacts=0, crms=("hubspot",), options=(easy_hubspot(),))
    with serving_hubspot(config) as served:
        yield served


def read(crm: HubSpotCrm, contact: str, *, closely: bool = False) -> ContactRow:
    (row,) = crm.fetch_contacts([contact], closely=closely).contacts
    return row


def in_list(lab: HubSpotClient, name: str, *contacts: str, kind: str = "0-1") -> None:
    token = lab.token(sorted(SCOPES | LISTS))
    made = {"name": name, "objectTypeId": kind, "processingType": "MANUAL"}
    answer = lab.api("POST", "/crm/lists/2026-09", made, token=token).raise_for_status()
    path = f"/crm/lists/2026-09/{answer.json()['list']['listId']}/memberships/add"
    lab.api("PUT", path, list(contacts), token=token).raise_for_status()


def asked(lab: HubSpotClient, part: str) -> int:
    requests = lab.control("counters")["requests"]
    return sum(int(r["count"]) for r in requests if part in r["path"])


def test_a_list_refuses_what_its_name_says_and_asks_nobody_where_there_is_none(
    lab: HubSpotClient,
) -> None:
    one, other = lab.contact(email="one@example.test"), lab.contact(email="other@example.test")
    lab.control("counters", method="DELETE")
    with opened(lab) as crm:
        assert read(crm, one)["do_not_contact"] is False
    assert (asked(lab, "/crm/lists/"), asked(lab, "memberships")) == (1, 0)
    for number in range(260):  # more than one page of the search
        in_list(lab, f"Webinar {number}", one)
    in_list(lab, "No contact in 90 days", one)
    in_list(lab, "Nicht kontaktieren", one)
    in_list(lab, "Opted out of SMS", other)
    with opened(lab) as crm:
        first, second = read(crm, one), read(crm, other)
    assert (first["do_not_contact"], first["sms_opt_out"]) == (True, False)
    assert (second["do_not_contact"], second["sms_opt_out"]) == (False, True)
    with opened(lab, SCOPES - LISTS) as crm:
        assert read(crm, one)["do_not_contact"] is False, "without the permission nobody can know"


def test_subscriptions_are_asked_for_just_before_a_start(lab: HubSpotClient) -> None:
    contact = lab.contact(email="Zoe@Example.test")
    lab.contact(email=None)
    token = lab.token(sorted({*SCOPES, "communication_preferences.write"}))
    told: dict[str, Any] = {"emailAddress": "zoe@example.test", "subscriptionId": "284110503"}
    where = "/communication-preferences/2026-09/unsubscribe"
    lab.api("POST", where, told, token=token).raise_for_status()
    # The contact's own property lags behind.
    values = {"hs_email_optout_284110503": None}
    lab.control(f"records/{lab.portal}/contacts/{contact}", values, method="PATCH")
    with opened(lab) as crm:
        assert read(crm, contact)["email_consent"] is None
        assert read(crm, contact, closely=True)["email_consent"] is False
        assert read(crm, contact, closely=True)["email_opt_out"] is None
    lab.control(f"records/{lab.portal}/contacts/{contact}", {"hs_email_optout": "true"}, "PATCH")
    with opened(lab) as crm:
        assert read(crm, contact, closely=True)["email_opt_out"] is True
    with opened(lab, SCOPES - {STATUSES}) as crm:
        assert read(crm, contact, closely=True)["email_consent"] is None
