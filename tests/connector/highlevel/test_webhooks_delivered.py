"""Notices as a HighLevel really sends them: signed, over HTTP, read with its published key (S27)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.port.signed import Delivery, SignedRequest
from core.errors import Forbidden
from sandbox.hubspot.client import HubSpotClient
from sandbox.serving import eventually
from tests.connector.highlevel.pretend import SCOPES, location, provider
from tests.listening import Posted, listening

pytestmark = pytest.mark.integration


@contextmanager
def kept() -> Iterator[tuple[str, list[SignedRequest]]]:
    """An address that keeps what is sent to it."""
    received: list[SignedRequest] = []

    def answer(posted: Posted) -> tuple[int, bytes]:
        received.append(SignedRequest("POST", posted.path, posted.headers, posted.body))
        return 204, b""

    with listening(answer) as origin:
        yield f"{origin}/webhooks/highlevel", received


def listen(lab: HubSpotClient, target: str) -> dict[str, Any]:
    """Have the app's notices sent to `target`, and install it in the first location."""
    lab.control("highlevel/project", {"webhook_target": target})
    return lab.control("highlevel/token", {"location": location(lab), "scopes": SCOPES})


def read(lab: HubSpotClient, requests: list[SignedRequest]) -> list[Delivery]:
    verifier = provider(lab).webhooks()
    now = datetime.now(UTC)
    return [d for r in list(requests) for d in verifier.read_deliveries(r, now=now).notices]


def test_what_happens_in_an_account_is_heard(own_crm_side: HubSpotClient) -> None:
    with kept() as (target, received):
        listen(own_crm_side, target)
        where = f"highlevel/records/{location(own_crm_side)}"
        person = own_crm_side.control(f"{where}/contacts", {"firstName": "Ada"})["id"]
        own_crm_side.control(f"{where}/messages", {"contactId": person, "direction": "inbound"})
        own_crm_side.control(f"{where}/appointments", {"contactId": person})
        own_crm_side.control(f"{where}/opportunities", {"contactId": person})
        own_crm_side.control(f"{where}/contacts/{person}", {"dnd": True}, "PATCH")
        own_crm_side.control(f"{where}/contacts/{person}", method="DELETE")

        def heard() -> set[str]:
            return {d.event for d in read(own_crm_side, received)}

        wanted = {"installed", "created", "changed", "deleted"}
        eventually(lambda: heard() == wanted, "all notices")
        deliveries = read(own_crm_side, received)
    assert {d.remote_account_id for d in deliveries} == {location(own_crm_side)}
    assert {d.contact_id for d in deliveries if d.event != "installed"} == {person}
    assert len({d.delivery_key for d in deliveries}) == len(deliveries)
    assert sum(d.event == "changed" for d in deliveries) >= 4


def test_an_agencys_leaving_names_each_account_and_then_the_agency(
    own_crm_side: HubSpotClient,
) -> None:
    with kept() as (target, received):
        company = listen(own_crm_side, target)["companyId"]
        own_crm_side.control("highlevel/install", {"company": company})
        own_crm_side.control("highlevel/uninstall", {"company": company})
        eventually(
            lambda: sum(d.event == "uninstalled" for d in read(own_crm_side, received)) == 2, "ends"
        )
        ended = [d for d in read(own_crm_side, received) if d.event == "uninstalled"]
    assert {d.remote_account_id for d in ended} == {location(own_crm_side), ""}
    assert {d.remote_agency_id for d in ended} == {company}


def test_what_was_sent_unsigned_is_refused(own_crm_side: HubSpotClient) -> None:
    own_crm_side.control("highlevel/limits", {"webhook_unsigned_rate": 1.0})
    with kept() as (target, received):
        listen(own_crm_side, target)
        eventually(lambda: bool(received), "a notice")
        with pytest.raises(Forbidden):
            read(own_crm_side, received)
