"""The control API and its pages: time, counters, records, histories, workflows (capability S1)."""

import subprocess
import sys
from datetime import datetime

import httpx2 as httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.hubspot.accounts import BAYSIDE, HARBOR
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot

CONTACTS = "/crm/objects/2026-09/contacts"
PURCHASES = """customer_id,date,quantity,amount
0001,1997-01-01,1,11.77
0002,1997-01-12,2,20.00
0001,1997-03-04,1,12.50
0003,1997-06-01,1,9.99
0002,not a date,1,5.00
"""


def test_the_state_names_instance_time_and_accounts(lab: HubSpotClient) -> None:
    state = lab.control("state")
    assert state["instance"] == lab.control("state")["instance"]
    assert [portal["portal"] for portal in state["portals"]] == [HARBOR, BAYSIDE]
    assert datetime.fromisoformat(state["now"]).tzinfo is not None
    assert "client_secret" not in str(state)


def test_time_moves_forward_only(empty_lab: HubSpotClient) -> None:
    lab = empty_lab
    assert lab.control("clock") == {"now": "2026-11-16T14:00:00Z"}
    assert lab.control("advance", {"days": 1, "hours": 2})["now"] == "2026-11-17T16:00:00Z"
    assert lab.control("advance", {"minutes": 30})["now"] == "2026-11-17T16:30:00Z"
    assert lab.control("advance", {"to": "2026-12-01"})["now"] == "2026-12-01T00:00:00Z"
    for wrong in ({"to": "2026-11-30"}, {"to": "soon"}, {"days": -1}, {"days": "x"}, {}):
        assert lab.http.post("/control/advance", json=wrong).status_code == 400


def test_records_written_later_carry_the_later_time(empty_lab: HubSpotClient) -> None:
    empty_lab.control("advance", {"days": 3})
    contact = empty_lab.contact(email="later@example.com")
    assert empty_lab.stored(contact)["createdate"] == "2026-11-19T14:00:00.000Z"


def test_counters_prove_what_was_asked_and_written(lab: HubSpotClient) -> None:
    one, two = lab.contact(firstname="One"), lab.contact(firstname="Two")
    token = lab.token()
    inputs = [{"id": i, "properties": {"city": "Bath"}} for i in (one, two)]
    lab.api("POST", f"{CONTACTS}/batch/update", {"inputs": inputs}, token=token)
    again = {"inputs": inputs[:1]}
    lab.api("POST", f"{CONTACTS}/batch/update", again, token=token)
    lab.api("GET", f"{CONTACTS}/{one}", token=token)
    lab.api("GET", f"{CONTACTS}/1", token=token)
    counted = lab.control("counters")
    template = "/crm/objects/2026-09/contacts"
    wanted = [
        {"method": "GET", "path": f"{template}/{{id}}", "status": 200, "count": 1},
        {"method": "GET", "path": f"{template}/{{id}}", "status": 404, "count": 1},
        {"method": "POST", "path": f"{template}/batch/update", "status": 200, "count": 2},
    ]
    assert counted["requests"] == wanted
    assert counted["batch_inputs"] == {f"{template}/batch/update": 3}
    assert counted["writes"] == {str(HARBOR): {"contacts": {one: 2, two: 1}}}
    assert counted["writes_without_change"] == {str(HARBOR): {"contacts": {one: 1}}}
    assert lab.control("counters", method="DELETE")["requests"] == []


def test_staff_may_change_what_the_api_may_not(lab: HubSpotClient) -> None:
    contact = lab.contact(email="staff@example.com")
    room = f"records/{HARBOR}/contacts"
    lab.control(f"{room}/{contact}", {"hs_email_optout": "true"}, "PATCH")
    assert lab.stored(contact)["hs_email_optout"] == "true"
    page = lab.control(f"{room}?after={int(contact) - 1}&limit=1")
    assert page["results"][0]["id"] == contact
    assert lab.http.get(f"/control/records/{HARBOR}/unicorns").status_code == 404
    assert lab.http.get("/control/records/1/contacts").status_code == 404
    assert lab.http.get(f"/control/{room}/1").status_code == 404


def test_pages_for_people(lab: HubSpotClient) -> None:
    contact = lab.contact(firstname="<b>Bold</b>", email="page@example.com")
    note = lab.control(f"records/{HARBOR}/notes", {"hs_note_body": "Called about batteries"})["id"]
    lab.control(f"records/{HARBOR}/contacts/{contact}/associate/notes/{note}", {})
    home = lab.http.get("/control/")
    assert "Harbor Hearing Center" in home.text
    listing = lab.http.get(f"/control/browse/{HARBOR}/contacts?after={int(contact) - 1}")
    assert "&lt;b&gt;Bold" in listing.text
    record = lab.http.get(f"/control/browse/{HARBOR}/contacts/{contact}")
    assert "Called about batteries" in record.text
    assert "page@example.com" in record.text


def test_purchases_load_and_later_ones_wait(empty_lab: HubSpotClient) -> None:
    lab = empty_lab
    reply = lab.http.post("/control/load/purchases?as_of=1997-03-04", content=PURCHASES)
    assert reply.status_code == 200, reply.text
    report = reply.json()
    assert (report["contacts"], report["deals"], report["later"]) == (2, 3, 1)
    assert [row["line"] for row in report["bad_rows"]] == [6]
    assert lab.control("clock") == {"now": "1997-03-04T00:00:00Z"}
    assert lab.describe()["counts"]["contacts"] == 2
    lab.control("advance", {"to": "1997-07-01"})
    assert lab.describe()["counts"]["contacts"] == 3
    page = lab.api("GET", f"{CONTACTS}?properties=customer_id,total_revenue").json()["results"]
    assert [row["properties"]["customer_id"] for row in page] == ["0001", "0002", "0003"]
    past = lab.http.post("/control/load/purchases?as_of=1996-01-01", content=PURCHASES)
    assert past.status_code == 400
    nonsense = lab.http.post("/control/load/purchases", content="a,b\n1,2\n")
    assert nonsense.status_code == 400


def test_contact_exports_load(empty_lab: HubSpotClient) -> None:
    export = "Record ID,First Name,Email\n77,Ann,ann@example.com\n78,Bob,bob@example.com\n"
    reply = empty_lab.http.post("/control/load/contacts", content=export)
    assert reply.json()["contacts"] == 2
    found = empty_lab.api("GET", f"{CONTACTS}/ann@example.com?idProperty=email").json()
    assert found["properties"]["firstname"] == "Ann"


def test_writing_the_trigger_property_starts_the_customers_workflow(
    empty_lab: HubSpotClient,
) -> None:
    lab = empty_lab
    spec = {
        "name": "rekindle_trigger_at",
        "label": "Triggered at",
        "type": "datetime",
        "fieldType": "date",
        "groupName": "contactinformation",
    }
    assert lab.api("POST", "/crm/properties/2026-09/contacts", spec).status_code == 201
    contact = lab.contact(email="win@example.com")
    path = f"{CONTACTS}/{contact}"
    values = {"rekindle_trigger_at": "2026-11-16T15:00:00.000Z"}
    lab.api("PATCH", path, {"properties": values})
    lab.api("PATCH", path, {"properties": values})
    touch, whole = (row["id"] for row in lab.control("workflows")["workflows"])
    entered = lab.control(f"workflows/{touch}/enrollments")["enrollments"]
    assert [row["contactId"] for row in entered] == [contact]
    assert lab.control("counters")["workflow_enrollments"][str(HARBOR)] == {touch: 1, whole: 0}
    lab.control("advance", {"days": 30})
    emails = lab.api("GET", f"{CONTACTS}/{contact}/associations/emails").json()["results"]
    assert len(emails) == 1
    assert lab.http.get(f"/control/workflows?portal={BAYSIDE}").status_code == 404
    assert lab.http.post("/control/workflows", json={}).status_code == 400


def test_limits_are_checked(lab: HubSpotClient) -> None:
    for wrong in ({"no_such_limit": 1}, {"requests": -1}, {"requests": "many"}):
        assert lab.http.post("/control/limits", json=wrong).status_code == 400
    assert lab.control("limits", {"requests": 7})["requests"] == 7


@pytest.mark.processes
def test_the_module_runs_alone_and_says_when_it_is_ready() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--contacts", "5", "--parent-death"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        try:
            assert line.startswith("sandbox ready at http://127.0.0.1:"), line
            state = httpx.get(f"{line.split()[-1]}/control/state").json()
            assert state["portals"][0]["counts"]["contacts"] >= 5
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_a_seed_gives_the_same_accounts_again() -> None:
    def contacts() -> object:
        with serving_hubspot(SandboxConfig(contacts=30, options=(easy_hubspot(),))) as lab:
            return lab.control(f"records/{HARBOR}/contacts?limit=1000")["results"]

    assert contacts() == contacts()
