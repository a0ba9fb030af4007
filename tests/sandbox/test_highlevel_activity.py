"""HighLevel: conversations, messages, appointments, opportunities, payments (capability D1)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.highlevel.accounts import NORTHGATE, SOLSTICE
from sandbox.highlevel.client import HighLevelClient
from sandbox.highlevel.gateway import TALK
from sandbox.kit.moments import epoch_ms

EXPORT = "/conversations/messages/export"
SALES = {"altId": NORTHGATE, "altType": "location"}
POST_SEARCH = {
    "locationId": NORTHGATE,
    "query": "",
    "limit": 500,
    "page": 1,
    "searchAfter": [],
    "additionalDetails": {
        "notes": False,
        "tasks": False,
        "calendarEvents": False,
        "unReadConversations": False,
    },
}


def talk(highlevel: HighLevelClient, path: str, **params: str) -> dict[str, Any]:
    reply = highlevel.api("GET", path, version=TALK, **params)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def export(highlevel: HighLevelClient, **params: str) -> list[dict[str, Any]]:
    """All messages, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = talk(highlevel, EXPORT, locationId=NORTHGATE, limit="50", **params, **cursor)
        rows += page["messages"]
        if "nextCursor" not in page:
            assert len(rows) == page["total"]
            return rows
        cursor = {"cursor": page["nextCursor"]}


def test_the_export_has_mail_only_when_asked(highlevel: HighLevelClient) -> None:
    rest, mail = export(highlevel), export(highlevel, channel="Email")
    assert {row["messageType"] for row in mail} == {"TYPE_EMAIL", "TYPE_CAMPAIGN_EMAIL"}
    kinds = {row["messageType"] for row in rest}
    assert {"TYPE_CALL", "TYPE_SMS", "TYPE_FORM_SUBMISSION"} <= kinds
    assert not kinds & {"TYPE_EMAIL", "TYPE_CAMPAIGN_EMAIL"}
    assert any(kind.startswith("TYPE_ACTIVITY_") for kind in kinds)
    calls = export(highlevel, channel="Call")
    assert {row["messageType"] for row in calls} == {"TYPE_CALL"}
    assert {row["meta"]["callStatus"] for row in calls} == {"completed", "no-answer"}
    total = highlevel.describe()["counts"]["messages"]
    assert len({row["id"] for row in rest + mail}) == total
    times = [row["dateAdded"] for row in rest]
    assert times == sorted(times, reverse=True)


def test_the_export_narrows_by_contact_and_date(highlevel: HighLevelClient) -> None:
    rows = export(highlevel, sortOrder="asc")
    middle = rows[len(rows) // 2]
    late = export(highlevel, startDate=middle["dateAdded"])
    assert {row["id"] for row in late} == {
        row["id"] for row in rows if row["dateAdded"] >= middle["dateAdded"]
    }
    own = export(highlevel, contactId=middle["contactId"])
    assert {row["contactId"] for row in own} == {middle["contactId"]}


@pytest.mark.parametrize(
    "params", [{"limit": "9"}, {"limit": "501"}, {"channel": "Fax"}, {"cursor": "x"}]
)
def test_wrong_exports(highlevel: HighLevelClient, params: dict[str, str]) -> None:
    reply = highlevel.api("GET", EXPORT, version=TALK, locationId=NORTHGATE, **params)
    assert reply.status_code in {400, 422}


def test_conversations_page_by_their_last_date(highlevel: HighLevelClient) -> None:
    path = "/conversations/search"
    whole = talk(highlevel, path, locationId=NORTHGATE, limit="100")
    assert whole["total"] == highlevel.describe()["counts"]["conversations"]
    dates = [row["lastMessageDate"] for row in whole["conversations"]]
    assert dates == sorted(dates, reverse=True)
    first = talk(highlevel, path, locationId=NORTHGATE, limit="10")["conversations"]
    after = str(first[-1]["sort"][0])
    second = talk(highlevel, path, locationId=NORTHGATE, limit="10", startAfterDate=after)
    ids = [row["id"] for row in first + second["conversations"]]
    assert ids == [row["id"] for row in whole["conversations"][:20]]
    inbound = talk(
        highlevel, path, locationId=NORTHGATE, limit="100", lastMessageDirection="inbound"
    )
    last = [
        talk(highlevel, f"/conversations/{row['id']}/messages", limit="1")["messages"]["messages"]
        for row in inbound["conversations"][:5]
    ]
    assert {row["direction"] for rows in last for row in rows} == {"inbound"}


def test_messages_are_nested_newest_first(highlevel: HighLevelClient) -> None:
    contact_id = highlevel.contact(firstName="Mia")
    for hour in range(3):
        made = {"contactId": contact_id, "at": f"2026-11-10T0{hour}:00:00Z", "body": str(hour)}
        highlevel.control(f"records/{NORTHGATE}/messages", made)
    found = talk(highlevel, "/conversations/search", locationId=NORTHGATE, contactId=contact_id)
    path = f"/conversations/{found['conversations'][0]['id']}/messages"
    page = talk(highlevel, path, limit="2")["messages"]
    assert [row["body"] for row in page["messages"]] == ["2", "1"]
    assert page["nextPage"] is True
    rest = talk(highlevel, path, limit="2", lastMessageId=page["lastMessageId"])["messages"]
    assert ([row["body"] for row in rest["messages"]], rest["nextPage"]) == (["0"], False)
    highlevel.api("DELETE", f"/contacts/{contact_id}")


def test_events_need_a_calendar_and_carry_offsets(highlevel: HighLevelClient) -> None:
    now = datetime.fromisoformat(highlevel.lab.control("clock")["now"])
    window = {
        "startTime": str(epoch_ms(now - timedelta(days=400))),
        "endTime": str(epoch_ms(now)),
    }
    refused = highlevel.api(
        "GET", "/calendars/events", version=TALK, locationId=NORTHGATE, **window
    )
    assert refused.status_code == 422
    calendars = talk(highlevel, "/calendars/", locationId=NORTHGATE)["calendars"]
    events = [
        event
        for calendar in calendars
        for event in talk(
            highlevel,
            "/calendars/events",
            locationId=NORTHGATE,
            calendarId=str(calendar["id"]),
            **window,
        )["events"]
    ]
    assert {"showed", "confirmed", "noshow"} <= {event["appointmentStatus"] for event in events}
    starts = datetime.fromisoformat(events[0]["startTime"])
    assert starts.utcoffset() == starts.astimezone(ZoneInfo("America/Chicago")).utcoffset()
    path = f"/contacts/{events[0]['contactId']}/appointments"
    own = {row["id"]: row for row in highlevel.api("GET", path).json()["events"]}
    # The contact's own list has naive times of the location.
    assert own[events[0]["id"]]["startTime"] == f"{starts:%Y-%m-%d %H:%M:%S}"


def test_opportunities_need_the_whole_body(highlevel: HighLevelClient) -> None:
    path = "/opportunities/search"
    rows = highlevel.api("POST", path, POST_SEARCH).json()
    assert rows["total"] == highlevel.describe()["counts"]["opportunities"]
    assert {"won", "lost"} <= {row["status"] for row in rows["opportunities"]}
    for name in POST_SEARCH:
        partial = {key: value for key, value in POST_SEARCH.items() if key != name}
        assert highlevel.api("POST", path, partial).status_code == 422, name
    won = {"field": "status", "operator": "eq", "value": "won"}
    filtered = highlevel.api("POST", path, {**POST_SEARCH, "filters": [won]}).json()
    expected = {row["id"] for row in rows["opportunities"] if row["status"] == "won"}
    assert {row["id"] for row in filtered["opportunities"]} == expected


def test_opportunities_page_by_cursor(highlevel: HighLevelClient) -> None:
    path, ids = "/opportunities/search", list[str]()
    whole = highlevel.api("POST", path, POST_SEARCH).json()["opportunities"]
    body: dict[str, Any] = {**POST_SEARCH, "limit": 9}
    while rows := highlevel.api("POST", path, body).json()["opportunities"]:
        ids += [row["id"] for row in rows]
        body["searchAfter"] = rows[-1]["sort"]
    assert ids == [row["id"] for row in whole]


def test_the_older_search_needs_both_parts_of_its_cursor(highlevel: HighLevelClient) -> None:
    path = "/opportunities/search"
    first = highlevel.api("GET", path, location_id=NORTHGATE, limit="5").json()
    after = {name: str(first["meta"][name]) for name in ("startAfter", "startAfterId")}
    second = highlevel.api("GET", path, location_id=NORTHGATE, limit="5", **after).json()
    ids = [{row["id"] for row in page["opportunities"]} for page in (first, second)]
    assert not ids[0] & ids[1]
    half = {"startAfter": after["startAfter"]}
    again = highlevel.api("GET", path, location_id=NORTHGATE, limit="5", **half).json()
    assert {row["id"] for row in again["opportunities"]} == ids[0]


def test_won_opportunities_name_stages_of_the_pipeline(highlevel: HighLevelClient) -> None:
    pipelines = highlevel.api("GET", "/opportunities/pipelines", locationId=NORTHGATE).json()
    stages = {stage["id"] for row in pipelines["pipelines"] for stage in row["stages"]}
    rows = highlevel.api("POST", "/opportunities/search", POST_SEARCH).json()["opportunities"]
    assert {row["pipelineStageId"] for row in rows} <= stages
    reasons = highlevel.api("GET", "/opportunities/lost-reason", locationId=NORTHGATE).json()
    known = {row["id"] for row in reasons["lostReasons"]}
    assert {row["lostReasonId"] for row in rows if row["status"] == "lost"} <= known


def test_transactions_belong_to_orders_and_invoices(highlevel: HighLevelClient) -> None:
    path = "/payments/transactions"
    page = highlevel.api("GET", path, **SALES).json()
    assert len(page["data"]) == 10  # the default limit
    rows = highlevel.api("GET", path, limit="100", **SALES).json()
    assert rows["totalCount"] == highlevel.describe()["counts"]["transactions"]
    entities = {row["entityId"]: row["amount"] for row in rows["data"]}
    orders = highlevel.api("GET", "/payments/orders", limit="100", **SALES).json()["data"]
    invoices = highlevel.api("GET", "/invoices/", limit="100", offset="0", **SALES).json()
    paid = {row["_id"]: row["amount"] for row in orders}
    paid |= {row["_id"]: row["amountPaid"] for row in invoices["invoices"]}
    assert paid == entities


def test_refunds_and_test_mode_can_be_told(highlevel: HighLevelClient) -> None:
    contact_id, path = highlevel.contact(firstName="Pat"), f"records/{NORTHGATE}/transactions"
    ids = [
        highlevel.control(path, {"contactId": contact_id, "amount": 10 + n})["id"]
        for n in range(41)
    ]
    highlevel.control(f"{path}/{ids[0]}", {}, "PATCH")
    asked = {"limit": "100", "contactId": contact_id, **SALES}
    rows = highlevel.api("GET", "/payments/transactions", **asked).json()["data"]
    by_id = {row["_id"]: row for row in rows}
    refunded = by_id[ids[0]]
    assert (refunded["amountRefunded"], refunded["status"]) == (10, "refunded")
    dead = {row["_id"] for row in rows if not row["liveMode"]}
    assert dead  # every fortieth
    live = highlevel.api("GET", "/payments/transactions", paymentMode="live", **asked).json()
    assert {row["_id"] for row in live["data"]} == set(ids) - dead
    highlevel.api("DELETE", f"/contacts/{contact_id}")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"altId": SOLSTICE}, 403),
        ({"altType": "company"}, 422),
        ({"startAt": "yesterday"}, 422),
        ({"limit": "many"}, 422),
    ],
)
def test_wrong_payment_requests(
    highlevel: HighLevelClient, changes: dict[str, str], status: int
) -> None:
    reply = highlevel.api("GET", "/payments/transactions", **(SALES | changes))
    assert reply.status_code == status


def test_users_of_a_location(highlevel: HighLevelClient) -> None:
    company = highlevel.describe()["company"]
    found = highlevel.api("GET", "/users/search", companyId=company, locationId=NORTHGATE).json()
    assert found["count"] == 2
    admin = next(row for row in found["users"] if row["roles"]["role"] == "admin")
    one = highlevel.api("GET", f"/users/{admin['id']}").json()
    assert one["roles"]["locationIds"] == [NORTHGATE]
    assert highlevel.api("GET", "/users/search").status_code == 422


def test_locations_tell_their_time_zone_and_company(highlevel: HighLevelClient) -> None:
    shown = highlevel.api("GET", f"/locations/{NORTHGATE}").json()["location"]
    assert (shown["name"], shown["timezone"]) == ("Northgate Dental", "America/Chicago")
    assert highlevel.api("GET", f"/locations/{SOLSTICE}").status_code == 403
    agency = highlevel.token(company=shown["companyId"])
    assert highlevel.api("GET", f"/locations/{SOLSTICE}", token=agency).status_code == 200
