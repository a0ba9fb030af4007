"""An account read and written through the port, against a HighLevel that answers over HTTP."""

from collections import Counter
from typing import Any

import orjson
import pytest

from connector import errors
from connector.highlevel import contacts
from connector.highlevel.provider import HighLevelCrm
from connector.port.automation import AddsToWorkflow, StartsByProperty
from connector.port.oauth import AuthorizesAgencies
from connector.port.provider import Describes
from connector.port.records import (
    ActivityRow,
    ContactRow,
    DealRow,
    Page,
    ReadsContacts,
    ReadsRecords,
    Stream,
)
from connector.port.writing import ContactWrite, Provisioned, ProvisionsProperties, WritesProperties
from sandbox.hubspot.client import HubSpotClient
from tests.connector.highlevel.pretend import SCOPES, Open, location, provider
from workflows.properties import DEFINITIONS

pytestmark = pytest.mark.integration

VALUES = {
    "text": "Quiet since May",
    "long_text": "Hi Maria,\n\nthis is a text of two lines.",
    "choice": "lead",
    "number": "61.5",
    "flag": "true",
    "moment": "2026-11-22T01:02:03.000Z",
}
WANTED = {d.name: VALUES[d.kind] for d in DEFINITIONS}


def stored(lab: HubSpotClient, kind: str) -> list[dict[str, Any]]:
    """What the location really holds."""
    answer = lab.control(f"highlevel/records/{location(lab)}/{kind}?limit=1000")
    rows: list[dict[str, Any]] = answer["results"]
    assert len(rows) == answer["total"]
    return rows


def read(crm: HighLevelCrm, stream: Stream) -> list[Page]:
    """All pages of a stream, each cursor through its text."""
    pages: list[Page] = []
    cursor: str | None = None
    (part,) = crm.bounds(stream).ranges
    while not pages or cursor is not None:
        page = crm.fetch_page(stream, part, cursor)
        pages.append(page)
        assert crm.halve(part, cursor) is None
        cursor = page.cursor
    return pages


def contact_rows(crm: HighLevelCrm) -> dict[str, ContactRow]:
    rows = [row for page in read(crm, Stream.CONTACTS) for row in page.contacts]
    found = {row["contact_id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def activity_rows(crm: HighLevelCrm, stream: Stream) -> list[ActivityRow]:
    return [row for page in read(crm, stream) for row in page.activities]


def deal_rows(crm: HighLevelCrm) -> dict[str, DealRow]:
    rows = [row for page in read(crm, Stream.DEALS) for row in page.deals]
    return {row["deal_id"]: row for row in rows}


def test_an_open_account_can_what_highlevel_can(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(crm_side)
    able = (
        Describes,
        ReadsRecords,
        ReadsContacts,
        ProvisionsProperties,
        WritesProperties,
        AddsToWorkflow,
    )
    assert all(isinstance(crm, capability) for capability in able)
    assert not isinstance(crm, StartsByProperty)
    assert isinstance(provider(crm_side).authorizer(), AuthorizesAgencies)
    assert provider(crm_side).cards() is None


def test_the_account_describes_itself(crm_side: HubSpotClient, open_account: Open) -> None:
    details = open_account(crm_side).fetch_account()
    assert (details.name, details.timezone) == ("Northgate Dental", "America/Chicago")
    assert details.currency == "USD"
    assert location(crm_side) in details.record_url
    assert details.record_url.endswith("{contact_id}")


def test_every_contact_is_read_once(crm_side: HubSpotClient, open_account: Open) -> None:
    crm = open_account(crm_side)
    people = stored(crm_side, "contacts")
    rows = contact_rows(crm)
    assert rows.keys() == {p["id"] for p in people}
    assert crm.bounds(Stream.CONTACTS).total == len(people)
    for person in people:
        row = rows[person["id"]]
        assert row["email"] == person.get("email")
        status = person["dndSettings"].get("Email", {}).get("status")
        assert row["email_opt_out"] is (person["dnd"] or status in {"active", "permanent"})
    assert {row["email_opt_out"] for row in rows.values()} == {True, False}
    assert True in {row["email_bounced"] for row in rows.values()}
    assert {True, None} <= {row["sms_consent"] for row in rows.values()}


def test_small_pages_give_the_same_contacts(
    crm_side: HubSpotClient, open_account: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = open_account(crm_side)
    whole = contact_rows(crm)
    monkeypatch.setattr(contacts, "PAGE", 7)
    assert len(read(crm, Stream.CONTACTS)) == len(whole) // 7 + 1
    assert contact_rows(crm) == whole


def test_a_large_account_leaves_open_what_a_search_does_not_say_s27(
    crm_side: HubSpotClient, open_account: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = open_account(crm_side)
    monkeypatch.setattr(contacts, "MOST_DETAILED", 5)
    rows = contact_rows(crm)
    blocked = {p["id"] for p in stored(crm_side, "contacts") if p["dnd"]}
    assert {row["email_opt_out"] for i, row in rows.items() if i not in blocked} == {None}
    assert all(rows[i]["email_opt_out"] for i in blocked)


def test_a_contact_read_by_id_is_the_contact_read_in_pages(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(crm_side)
    rows = contact_rows(crm)
    page = crm.fetch_contacts([*rows, "nobody"])
    assert {row["contact_id"]: row for row in page.contacts} == rows


def test_messages_calls_forms_and_mail_are_read(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(crm_side)
    said = [m for m in stored(crm_side, "messages") if "ACTIVITY" not in m["messageType"]]
    mail = activity_rows(crm, Stream.EMAILS)
    rest = activity_rows(crm, Stream.MESSAGES)
    found = Counter(row["activity_id"].partition(":")[2] for row in [*mail, *rest])
    assert found.keys() == {m["id"] for m in said}
    assert {row["kind"] for row in mail} == {"email", "click", "open"}
    assert {row["kind"] for row in rest} == {"sms", "call", "form"}
    bodies = {m["body"] for m in said if len(m["body"]) > 12}
    assert bodies
    assert not [body for body in bodies if body in str([*mail, *rest])]


def test_every_appointment_is_read_at_its_time(crm_side: HubSpotClient, open_account: Open) -> None:
    rows = activity_rows(open_account(crm_side), Stream.MEETINGS)
    booked = stored(crm_side, "appointments")
    assert {r["activity_id"] for r in rows} == {f"meeting:{a['id']}" for a in booked}
    assert len(rows) == len(booked)


def test_sales_are_counted_once(crm_side: HubSpotClient, open_account: Open) -> None:
    rows = deal_rows(open_account(crm_side))
    paid = [t for t in stored(crm_side, "transactions") if t["liveMode"]]
    kept = [t for t in paid if t["amount"] > t["amountRefunded"]]
    won = [row for row in rows.values() if row["is_won"]]
    assert {r["deal_id"] for r in won if r["deal_id"].startswith("txn:")} == {
        f"txn:{t['_id']}" for t in kept
    }
    net = sum(round(t["amount"] * 100) - round(t["amountRefunded"] * 100) for t in kept)
    assert sum(r["amount_minor"] or 0 for r in won if r["deal_id"].startswith("txn:")) == net
    # What was paid at the same time is one sale; opportunities paid in test mode alone stay sales.
    payments = {(t["contactId"], round(t["amount"] * 100)) for t in paid}
    others = [r for r in won if not r["deal_id"].startswith("txn:")]
    assert not [r for r in others if (r["contact_id"], r["amount_minor"]) in payments]
    assert {o["id"] for o in stored(crm_side, "opportunities")} <= rows.keys()


def test_an_opportunity_paid_elsewhere_is_a_sale(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(own_crm_side)
    where = f"highlevel/records/{location(own_crm_side)}"
    person = own_crm_side.control(f"{where}/contacts", {"firstName": "Ada"})["id"]
    made = own_crm_side.control(
        f"{where}/opportunities", {"contactId": person, "monetaryValue": 250}
    )["id"]
    assert not deal_rows(crm)[made]["is_closed"]
    own_crm_side.control(f"{where}/opportunities/{made}", {"status": "won"}, "PATCH")
    assert deal_rows(crm)[made]["is_won"]
    assert deal_rows(crm)[made]["amount_minor"] == 25_000


@pytest.mark.parametrize(
    ("scopes", "streams"),
    [
        ([], ()),
        (["contacts.readonly"], (Stream.CONTACTS,)),
        (["calendars.readonly"], ()),
        (["calendars.readonly", "calendars/events.readonly"], (Stream.MEETINGS,)),
        (["opportunities.readonly"], (Stream.DEALS,)),
        (["payments/transactions.readonly"], (Stream.DEALS,)),
        (["conversations/message.readonly"], (Stream.EMAILS, Stream.MESSAGES)),
        (
            SCOPES,
            (Stream.CONTACTS, Stream.DEALS, Stream.MEETINGS, Stream.EMAILS, Stream.MESSAGES),
        ),
    ],
)
def test_streams_need_their_scopes_s27(
    crm_side: HubSpotClient, open_account: Open, scopes: list[str], streams: tuple[Stream, ...]
) -> None:
    assert open_account(crm_side, scopes=scopes).streams() == streams


def test_one_part_of_the_deals_is_read_without_the_other(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    alone = deal_rows(open_account(own_crm_side, scopes=["opportunities.readonly"]))
    won = [o for o in stored(own_crm_side, "opportunities") if o["status"] == "won"]
    assert won
    assert all(alone[o["id"]]["is_won"] for o in won)
    paid = deal_rows(open_account(own_crm_side, scopes=["payments/transactions.readonly"]))
    assert all(deal_id.startswith("txn:") for deal_id in paid)


def test_news_of_a_contact_comes_with_it(own_crm_side: HubSpotClient, open_account: Open) -> None:
    crm = open_account(own_crm_side)
    where = f"highlevel/records/{location(own_crm_side)}"
    person = own_crm_side.control(
        f"{where}/contacts", {"firstName": "Ada", "phone": "+15555550100"}
    )
    said = {"contactId": person["id"], "messageType": "TYPE_SMS", "direction": "inbound"}
    sms = own_crm_side.control(f"{where}/messages", said)["id"]
    mail = own_crm_side.control(f"{where}/messages", {**said, "messageType": "TYPE_EMAIL"})["id"]
    booked = own_crm_side.control(f"{where}/appointments", {"contactId": person["id"]})["id"]
    page = crm.fetch_contacts([person["id"]])
    found = {row["activity_id"]: row for row in page.activities}
    assert found.keys() == {f"sms:{sms}", f"email:{mail}", f"meeting:{booked}"}
    # The contact's own list has local times, the calendar has offsets: the same moment.
    window = {row["activity_id"]: row for row in activity_rows(crm, Stream.MEETINGS)}
    meeting = found[f"meeting:{booked}"]
    assert meeting["occurred_at"] // 1000 == window[f"meeting:{booked}"]["occurred_at"] // 1000


def test_a_deleted_contact_is_absent(own_crm_side: HubSpotClient, open_account: Open) -> None:
    crm = open_account(own_crm_side)
    where = f"highlevel/records/{location(own_crm_side)}/contacts"
    person = own_crm_side.control(where, {"firstName": "Ada"})["id"]
    assert [r["contact_id"] for r in crm.fetch_contacts([person]).contacts] == [person]
    own_crm_side.control(f"{where}/{person}", method="DELETE")
    assert crm.fetch_contacts([person]).contacts == []
    assert crm.fetch_values([person], list(WANTED)) == {}


def test_our_fields_are_made_written_and_read_back_s28(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(own_crm_side)
    assert crm.provision(DEFINITIONS) == Provisioned(len(DEFINITIONS))
    assert crm.provision(DEFINITIONS) == Provisioned(0)
    people = stored(own_crm_side, "contacts")[: crm.batch_size]
    writes = [ContactWrite(p["id"], WANTED, trace="t") for p in people]
    assert all(outcome.succeeded for outcome in crm.write(writes))
    ids = [p["id"] for p in people]
    assert crm.fetch_values(ids, list(WANTED)) == dict.fromkeys(ids, WANTED)
    assert crm.fetch_values(ids[:1], ["rekindle_track"]) == {ids[0]: {"rekindle_track": "lead"}}
    rows = {row["contact_id"]: row for row in crm.fetch_contacts(ids).contacts}
    assert all(orjson.loads(rows[i]["known"]) == WANTED for i in ids)
    for before, after in zip(people, stored(own_crm_side, "contacts"), strict=False):
        assert after["tags"] == before["tags"]
        kept = {f["id"]: f["value"] for f in before["customFields"]}
        assert kept.items() <= {f["id"]: f["value"] for f in after["customFields"]}.items()


def test_an_empty_value_clears_s28(own_crm_side: HubSpotClient, open_account: Open) -> None:
    crm = open_account(own_crm_side)
    crm.provision(DEFINITIONS)
    person = stored(own_crm_side, "contacts")[0]["id"]
    crm.write([ContactWrite(person, WANTED, trace="t")])
    crm.write([ContactWrite(person, dict.fromkeys(WANTED, ""), trace="t")])
    assert crm.fetch_values([person], list(WANTED)) == {person: {}}


def test_one_lost_contact_does_not_stop_the_others_s28(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(own_crm_side)
    crm.provision(DEFINITIONS)
    person = stored(own_crm_side, "contacts")[0]["id"]
    lost, done = crm.write([ContactWrite(i, WANTED, trace="t") for i in ("nobody", person)])
    assert (lost.succeeded, done.succeeded) == (False, True)
    assert "nobody" not in str(lost.reason)


def test_a_field_deleted_by_the_customer_fails_the_write(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(own_crm_side)
    crm.provision(DEFINITIONS)
    person = stored(own_crm_side, "contacts")[0]["id"]
    write = [ContactWrite(person, WANTED, trace="t")]
    assert crm.write(write)[0].succeeded
    track = next(
        f for f in stored(own_crm_side, "customFields") if "rekindle_track" in f["fieldKey"]
    )
    where = f"highlevel/records/{location(own_crm_side)}/customFields/{track['id']}"
    own_crm_side.control(where, method="DELETE")
    assert not crm.write(write)[0].succeeded
    (outcome,) = open_account(own_crm_side).write(write)
    assert "rekindle_track" in str(outcome.reason)


def test_published_workflows_take_contacts_s29(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(own_crm_side)
    offered = crm.fetch_workflows()
    where = f"highlevel/workflows?location={location(own_crm_side)}"
    all_of_them = own_crm_side.control(where)["workflows"]
    assert {w.workflow_id for w in offered} == {
        w["id"] for w in all_of_them if w["status"] == "published"
    }
    assert 0 < len(offered) < len(all_of_them)
    people = [p["id"] for p in stored(own_crm_side, "contacts")]
    chosen = offered[0].workflow_id
    assert crm.fetch_members(people, chosen) == frozenset()
    crm.add_to_workflow(people[0], chosen)
    own_crm_side.control("advance", {"hours": 2})
    assert crm.fetch_members(people, chosen) == {people[0]}
    assert crm.fetch_members(people[1:], chosen) == frozenset()


def test_a_workflow_or_contact_that_is_gone_is_said(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(crm_side)
    with pytest.raises(errors.CrmNotFound):
        crm.add_to_workflow("nobody", crm.fetch_workflows()[0].workflow_id)
    with pytest.raises(errors.CrmNotFound):
        crm.add_to_workflow(stored(crm_side, "contacts")[0]["id"], "nothing")


def test_a_message_cursor_that_ran_out_is_replaced_by_its_time(
    own_crm_side: HubSpotClient, open_account: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = open_account(own_crm_side)
    monkeypatch.setattr("connector.highlevel.activities.PAGE", 50)
    whole = {row["activity_id"] for row in activity_rows(crm, Stream.EMAILS)}
    (part,) = crm.bounds(Stream.EMAILS).ranges
    first = crm.fetch_page(Stream.EMAILS, part, None)
    assert first.cursor is not None
    stale = {**orjson.loads(first.cursor), "cursor": "bm90IGEgY3Vyc29y"}
    pages = [first, crm.fetch_page(Stream.EMAILS, part, orjson.dumps(stale).decode())]
    while (cursor := pages[-1].cursor) is not None:
        pages.append(crm.fetch_page(Stream.EMAILS, part, cursor))
    assert {row["activity_id"] for page in pages for row in page.activities} == whole
