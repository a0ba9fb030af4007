"""Webhooks: verified, stored once, answered at once, and never believed (S10)."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn

from app.processes import free_port
from app.web import create_app
from connector.port.records import ContactRow
from core.db import reading
from core.moments import to_millis
from manifest.promise import load_promise, with_public_url
from sandbox.serving import eventually
from sync.inbox.tables import deliveries
from sync.mirror.store import find_contact, save_contacts
from sync.mirror.tables import contacts
from tests.rekindle import Rekindle

pytestmark = pytest.mark.integration

SECRET = "sandbox-hubspot-secret-not-for-production"
URL = "http://localhost:8321/webhooks/hubspot"


def event(rekindle: Rekindle, contact_id: str, **more: Any) -> dict[str, Any]:
    return {
        "eventId": 1,
        "subscriptionId": 7,
        "portalId": rekindle.lab.portal,
        "appId": 1,
        "occurredAt": to_millis(rekindle.context.wall.now()),
        "subscriptionType": "object.propertyChange",
        "attemptNumber": 0,
        "objectId": int(contact_id),
        "objectTypeId": "0-1",
        "propertyName": "lifecyclestage",
        "propertyValue": "customer",
        "changeSource": "CRM_UI",
        **more,
    }


def deliver(rekindle: Rekindle, events: Any, *, secret: str = SECRET, url: str = URL) -> int:
    body = json.dumps(events).encode()
    stamp = str(to_millis(rekindle.context.wall.now()))
    text = b"POST" + url.encode() + body + stamp.encode()
    signature = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    answer = rekindle.web.post(
        "/webhooks/hubspot",
        content=body,
        headers={"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp},
    )
    return int(answer.status_code)


def stored(rekindle: Rekindle) -> int:
    with reading(rekindle.context.engine) as connection:
        query = sa.select(sa.func.count()).select_from(deliveries)
        return int(connection.execute(query).scalar_one())


def a_contact(rekindle: Rekindle) -> str:
    rows = rekindle.lab.api("GET", "/crm/objects/2026-09/contacts?limit=1").json()["results"]
    return str(rows[0]["id"])


def test_five_deliveries_of_one_event_are_one(rekindle: Rekindle) -> None:
    rekindle.ready()
    one = event(rekindle, a_contact(rekindle))
    assert {deliver(rekindle, [one, one]) for _ in range(5)} == {204}
    assert stored(rekindle) == 1


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_a_wrong_signature_is_refused_and_stores_nothing(rekindle: Rekindle, secret: str) -> None:
    rekindle.install()
    assert deliver(rekindle, [event(rekindle, "1")], secret=secret) == 401
    assert stored(rekindle) == 0


def test_an_unsigned_request_is_refused(rekindle: Rekindle) -> None:
    assert rekindle.web.post("/webhooks/hubspot", json=[]).status_code == 401


def test_a_signed_body_that_is_not_a_list_of_events_is_a_clear_400(rekindle: Rekindle) -> None:
    rekindle.install()
    assert deliver(rekindle, {"no": "list"}) == 400


def test_our_own_writes_coming_back_are_dropped(rekindle: Rekindle) -> None:
    rekindle.ready()
    echo = event(rekindle, a_contact(rekindle), changeSource="INTEGRATION", sourceId="2210011")
    assert deliver(rekindle, [echo]) == 204
    assert stored(rekindle) == 0


def test_events_of_accounts_we_do_not_know_are_answered_and_dropped(rekindle: Rekindle) -> None:
    rekindle.install()
    assert deliver(rekindle, [event(rekindle, "1", portalId=999)]) == 204
    assert stored(rekindle) == 0


def test_a_webhooks_content_is_never_trusted_the_record_is_read_again(rekindle: Rekindle) -> None:
    rekindle.ready()
    contact_id = a_contact(rekindle)
    lied = event(rekindle, contact_id, propertyName="firstname", propertyValue="Mallory")
    deliver(rekindle, [lied])
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, contact_id)
    assert row is not None
    assert row["first_name"] == rekindle.lab.stored(contact_id).get("firstname")


def test_a_contact_deleted_in_the_crm_is_archived_here(rekindle: Rekindle) -> None:
    rekindle.ready()
    contact_id = a_contact(rekindle)
    rekindle.lab.control(f"records/{rekindle.lab.portal}/contacts/{contact_id}", method="DELETE")
    deliver(rekindle, [event(rekindle, contact_id, subscriptionType="object.deletion")])
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, contact_id)
    assert row is not None
    assert row["archived"]


def test_d10_an_erased_person_leaves_nothing_in_the_mirror(rekindle: Rekindle) -> None:
    rekindle.ready()
    contact_id = a_contact(rekindle)
    deliver(rekindle, [event(rekindle, contact_id, subscriptionType="contact.privacyDeletion")])
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        assert find_contact(connection, rekindle.account_id, contact_id) is None


def test_d1_an_opt_out_in_the_crm_reaches_us_by_the_sandboxs_own_delivery(
    rekindle: Rekindle,
) -> None:
    """The sandbox signs as HubSpot does; the change is read again and the person is suppressed."""
    rekindle.ready()
    contact_id = a_contact(rekindle)
    rekindle.lab.control(
        f"records/{rekindle.lab.portal}/contacts/{contact_id}",
        {"hs_email_optout": "true"},
        method="PATCH",
    )
    deliver(rekindle, [event(rekindle, contact_id, propertyName="hs_email_optout")])
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, contact_id)
    assert row is not None
    assert row["email_opt_out"] is True


def test_webhooks_delivered_by_the_sandbox_itself_arrive_and_verify(rekindle: Rekindle) -> None:
    port = free_port()
    public = f"http://localhost:{port}"
    context = rekindle.context
    settings = context.settings.model_copy(update={"public_url": public})
    rekindle.ready()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(replace(context, settings=settings)), port=port, log_level="critical"
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started, "our web process")
        documents = with_public_url(load_promise("hubspot"), public).documents
        rekindle.lab.control("project", dict(documents))
        contact_id = a_contact(rekindle)
        rekindle.lab.control(
            f"records/{rekindle.lab.portal}/contacts/{contact_id}",
            {"lifecyclestage": "customer", "hs_email_optout": "true"},
            method="PATCH",
        )
        eventually(lambda: stored(rekindle) >= 1, "a delivery in our inbox")
    finally:
        server.should_exit = True
        thread.join()


def test_d1_a_list_that_says_nothing_of_opt_outs_unsays_none(rekindle: Rekindle) -> None:
    """Some CRMs tell of them only when a contact is read by itself."""
    rekindle.ready()
    contact_id = a_contact(rekindle)
    with rekindle.context.engine.begin() as tx:
        tx.execute(
            sa.update(contacts)
            .where(contacts.c.contact_id == contact_id)
            .values(email_opt_out=True, sms_consent=False)
        )
        row = find_contact(tx, rekindle.account_id, contact_id)
        assert row is not None
        columns = {k: row[k] for k in ContactRow.__annotations__}
        silent = {**columns, "email_opt_out": None, "sms_consent": None, "first_name": "New"}
        save_contacts(tx, rekindle.account_id, [silent], asked_at=0)  # type: ignore[list-item]
        after = find_contact(tx, rekindle.account_id, contact_id)
    assert after is not None
    assert (after["email_opt_out"], after["sms_consent"]) == (True, False)
    assert after["first_name"] == "New"
