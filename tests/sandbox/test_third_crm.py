"""A third pretend CRM needs one new folder and one line of the registry, and gets all that the kit gives."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2 as httpx
import pytest

from app.lab.browser import read_forms
from sandbox.__main__ import read_config
from sandbox.config import SandboxConfig
from sandbox.kit.limits import Limits
from sandbox.registry import CRMS
from sandbox.serving import SandboxClient, eventually, serving
from tests.contract.mailbox import open_mailbox
from tests.fakecrm.sandbox.crm import APP, CORNER_SHOP, SECRET, FakeOptions

FOLDER = Path(__file__).parents[2] / "sandbox"
PEOPLE = 12
WISH = {
    "client_id": APP,
    "redirect_uri": "http://localhost:8321/back",
    "scope": "contacts",
    "state": "s1",
}


@pytest.fixture(autouse=True)
def third_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line in the registry; the folder is tests/fakecrm/sandbox."""
    monkeypatch.setitem(CRMS, "fake", "tests.fakecrm.sandbox.crm")


@pytest.fixture
def client() -> Iterator[SandboxClient]:
    limits = Limits(
        requests=4, window_seconds=600, webhook_duplicate_rate=0, webhook_reorder_rate=0
    )
    with serving(SandboxConfig(contacts=PEOPLE, options=(FakeOptions(limits),))) as served:
        yield served


def install(client: SandboxClient) -> dict[str, str]:
    """The headers of an app that was let in on the consent page."""
    page = client.http.get(f"/fake/oauth/authorize?{urlencode(WISH)}")
    assert "a pretend Fake CRM" in page.text
    (form,) = read_forms(page.text)
    answered = client.http.post(form.action, data={"account": CORNER_SHOP, "decision": "grant"})
    back = dict(parse_qsl(urlsplit(answered.headers["location"]).query))
    assert back["state"] == "s1"
    issued = client.http.post("/fake/oauth/token", data={"code": back["code"]})
    again = client.http.post("/fake/oauth/token", data={"code": back["code"]})
    assert again.status_code == 400
    return {"Authorization": f"Bearer {issued.json()['access_token']}"}


def contacts(client: SandboxClient, headers: dict[str, str]) -> httpx.Response:
    return client.http.get("/fake/contacts", headers=headers)


def test_an_app_is_let_in_and_reads_until_the_limit(client: SandboxClient) -> None:
    assert contacts(client, {"Authorization": "Bearer nobody"}).json() == {"oops": 401}
    headers = install(client)
    replies = [contacts(client, headers) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert [reply.headers["X-Fake-Remaining"] for reply in replies] == ["2", "1", "0", "0"]
    assert len(replies[0].json()) == PEOPLE
    (shown,) = client.control("state")["fake"]["accounts"]
    assert (shown["installed"], shown["records"][0]["number"]) == (True, PEOPLE)
    assert "Corner Shop" in client.http.get("/control/").text


def test_a_person_may_say_no_or_be_asked_by_a_stranger(client: SandboxClient) -> None:
    address = f"/fake/oauth/authorize?{urlencode(WISH)}"
    refused = client.http.post(address, data={"decision": "deny"})
    assert "error=access_denied" in refused.headers["location"]
    stranger = client.http.get(f"/fake/oauth/authorize?{urlencode({**WISH, 'client_id': 'x'})}")
    assert (stranger.status_code, "There is no such app." in stranger.text) == (400, True)


def test_changes_are_told_signed_and_counted(client: SandboxClient) -> None:
    headers = install(client)
    with open_mailbox() as mailbox:
        client.control("fake/project", {"webhook_target": f"{mailbox.url}/told"})
        one, two = [row["id"] for row in contacts(client, headers).json()][:2]
        client.http.patch(f"/fake/contacts/{one}", json={"name": "Ann"}, headers=headers)
        client.control(f"fake/contacts/{two}", {"name": "Bob"}, "PATCH")
        eventually(lambda: client.control("state")["fake"]["webhooks"]["pending"] == 0, "webhooks")
        posts = mailbox.take()
    changed = [event["changed"] for post in posts for event in json.loads(post.body)["events"]]
    assert sorted(changed) == sorted([one, two])
    for post in posts:
        right = hmac.new(SECRET, post.body, hashlib.sha256).hexdigest()
        assert post.headers["x-fake-signature"] == right
    counted = client.control("counters")
    assert counted["writes"] == {CORNER_SHOP: {"contacts": {one: 1}}}
    assert counted["fake_webhooks"]["events"] == 2
    names = {row["name"] for row in contacts(client, headers).json()}
    assert {"Ann", "Bob"} <= names


def test_faults_and_unknown_paths_speak_its_language(client: SandboxClient) -> None:
    client.control("faults", {"path": "^/fake/contacts", "status": 503, "times": 1})
    assert contacts(client, {}).json() == {"oops": 503}
    unknown = client.http.get("/fake/no/such/path")
    assert (unknown.status_code, unknown.json()["oops"]) == (404, 404)
    assert "correlationId" in client.http.get("/no/such/path").json()
    counted = {(r["path"], r["status"]) for r in client.control("counters")["requests"]}
    assert counted == {("/fake/contacts", 503)}


def test_its_arguments_stand_on_the_command_line() -> None:
    config = read_config(["--fake-requests", "7", "--contacts", "3"])
    assert config.options_of(FakeOptions).limits.requests == 7
    assert config.people == 3


def test_nothing_outside_a_folder_and_the_registry_names_a_crm() -> None:
    folders = {FOLDER / name for name in CRMS}
    knowing = [
        f"{file.relative_to(FOLDER)}: {name}"
        for file in FOLDER.rglob("*")
        if file.suffix in {".py", ".html"}
        and not folders & set(file.parents)
        and file != FOLDER / "registry.py"
        for name in CRMS
        if name in file.read_text(encoding="utf-8").lower()
    ]
    assert knowing == []
