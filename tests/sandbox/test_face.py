"""What people see of the pretend CRMs: contacts, records with the app's own card, what happened while time passed."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.client import HighLevelClient
from sandbox.hubspot.accounts import HARBOR
from sandbox.hubspot.client import HubSpotClient, serving_hubspot
from sandbox.serving import eventually

ROOT = Path(__file__).parents[2]
FACE = ROOT / "sandbox" / "hubspot" / "face"
APP = ROOT / "manifest" / "hubspot" / "src" / "app"
LIST = f"/contacts/{HARBOR}/objects/0-1/views/all/list"


def record_of(contact: str) -> str:
    return f"/contacts/{HARBOR}/record/0-1/{contact}"


def test_the_built_card_is_of_the_sources_that_stand_here() -> None:
    """`npm run check` builds it anew and compares; where there is no npm, its sources' digest tells."""
    digest = hashlib.sha256()
    for folder in (APP / "cards", APP / "settings", FACE / "host"):
        for file in sorted(folder.glob("*.ts*")):
            if re.search(r"\.tsx?$", file.name) and ".test." not in file.name:
                digest.update(f"{file.name}\n".encode() + file.read_bytes())
    built = (FACE / "extensions.js").read_text(encoding="utf-8")
    assert f"of {digest.hexdigest()};" in built, "run `npm run bundle` in the cards folder"


def test_a_contact_is_found_and_its_record_tells_what_happened(lab: HubSpotClient) -> None:
    contact = lab.contact(firstname="<b>Zelda</b>", lastname="Quill", email="zelda@example.com")
    note = lab.control(
        f"records/{HARBOR}/notes", {"hs_note_body": "<p>Called about<br>batteries &amp; fit</p>"}
    )["id"]
    lab.control(f"records/{HARBOR}/contacts/{contact}/associate/notes/{note}", {})
    listed = lab.http.get(LIST, params={"q": "quill zelda"}).text
    assert record_of(contact) in listed
    assert "&lt;b&gt;Zelda" in listed
    assert record_of(contact) not in lab.http.get(LIST, params={"q": "somebody else"}).text
    first, following = lab.http.get(LIST).text, re.compile(r'href="\?q=&amp;after=(\d+)"')
    (after,) = following.findall(first)
    assert not set(re.findall(r"0-1/(\d+)", first)) & set(
        re.findall(r"0-1/(\d+)", lab.http.get(LIST, params={"after": after}).text)
    )
    record = lab.http.get(record_of(contact)).text
    assert "<p>Called about\nbatteries &amp; fit</p>" in record
    assert "<b>Zelda" not in record
    assert lab.http.get(record_of("1")).status_code == 404
    assert lab.http.get("/contacts/1/record/0-1/1").status_code == 404


def test_whoever_looks_lets_a_contact_reply_and_does_the_task(lab: HubSpotClient) -> None:
    contact = lab.contact(firstname="Reply", email="reply@example.com")
    before = lab.control("clock")["now"]
    written = {"kind": "SMS_IN", "text": "Yes, Tuesday suits me"}
    lab.http.post(f"{record_of(contact)}/happen", data=written)
    assert lab.control(f"contacts/{HARBOR}/{contact}")["messages"][0]["text"] == written["text"]
    task = lab.control(f"records/{HARBOR}/tasks", {"hs_task_subject": "Call back"})["id"]
    assert lab.http.post(f"{record_of(contact)}/tasks/{task}/done").status_code == 404
    lab.control(f"records/{HARBOR}/contacts/{contact}/associate/tasks/{task}", {})
    page = lab.http.get(record_of(contact)).text
    assert "Yes, Tuesday suits me" in page
    assert "Mark as done" in page
    lab.http.post(f"{record_of(contact)}/tasks/{task}/done")
    assert lab.stored(task, "tasks")["hs_task_status"] == "COMPLETED"
    assert "Mark as done" not in lab.http.get(record_of(contact)).text
    assert lab.http.post(f"{record_of(contact)}/happen", data={"kind": "X"}).status_code == 400
    passed = datetime.fromisoformat(lab.control("clock")["now"]) - datetime.fromisoformat(before)
    assert passed == timedelta(minutes=1), "what was sent just now is answered after it"


def test_an_apps_code_reaches_only_the_addresses_that_were_permitted(lab: HubSpotClient) -> None:
    """What HubSpot itself would refuse is never sent."""
    permitted = lab.http.get("/control/hubspot/extensions.js").text
    assert "https://app.example.com" not in permitted
    for url in ("https://elsewhere.example/steal", "http://127.0.0.1:1/", ""):
        told = lab.http.post(f"/control/hubspot/fetch/{HARBOR}", json={"url": url}).json()
        assert told["category"] == "VALIDATION_ERROR", url


def test_a_highlevel_record_tells_what_happened_and_takes_a_reply(
    highlevel: HighLevelClient,
) -> None:
    lab = highlevel.lab
    home = f"/highlevel/v2/location/{NORTHGATE}/contacts"
    made = highlevel.control(f"records/{NORTHGATE}/contacts", {"firstName": "Zelda"})["id"]
    listed = lab.http.get(f"{home}/smart_list/All", params={"q": "zelda"}).text
    assert f"{home}/detail/{made}" in listed
    record = f"{home}/detail/{made}"
    lab.http.post(f"{record}/happen", data={"kind": "EMAIL_IN", "text": "Please call me"})
    task = highlevel.api(
        "POST",
        f"/contacts/{made}/tasks",
        {"title": "Call Zelda", "dueDate": "2026-11-20T10:00:00Z", "completed": False},
    ).json()["task"]["id"]
    page = lab.http.get(record).text
    assert "Please call me" in page
    assert "Call Zelda" in page
    lab.http.post(f"{record}/tasks/{task}/done")
    assert highlevel.control(f"contacts/{NORTHGATE}/{made}")["tasks"][0]["completed"] is True
    assert lab.http.post(f"{record}/tasks/none/done").status_code == 404
    assert lab.http.get(f"{home}/detail/none").status_code == 404


@pytest.mark.parametrize("to", ["//elsewhere.example/", "https://elsewhere.example/"])
def test_choosing_who_looks_leads_nowhere_else(lab: HubSpotClient, to: str) -> None:
    answer = lab.http.get(f"/control/hubspot/looks/{HARBOR}/5100202", params={"to": to})
    assert answer.headers["location"] == "/control/"


@pytest.fixture
def young_lab() -> Iterator[HubSpotClient]:
    """A sandbox in which little time has passed, and no app that would be waited for is installed."""
    with serving_hubspot(SandboxConfig(contacts=60)) as lab:
        yield lab


def test_a_week_is_played_and_tells_what_happened(young_lab: HubSpotClient) -> None:
    lab = young_lab
    before = datetime.fromisoformat(lab.control("clock")["now"])
    answer = lab.http.post("/control/play", data={"hours": 168})
    shown = answer.headers["location"]

    def over() -> bool:
        return 'data-over="true"' in lab.http.get(shown).text

    eventually(over, "the end of the week", seconds=120)
    assert (datetime.fromisoformat(lab.control("clock")["now"]) - before).days == 7
    page = lab.http.get(shown).text
    assert "Harbor Hearing Center" in page
    links = set(re.findall(rf'"(/contacts/{HARBOR}/record/0-1/\d+)"', page))
    assert links, "people of a practice do something within a week"
    assert lab.http.get(links.pop()).status_code == 200
    assert lab.http.post("/control/play", data={"hours": 0}).status_code == 422
    assert lab.http.get("/control/happened", params={"since": "2026-11-16"}).status_code == 400
