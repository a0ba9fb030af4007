"""The files HubSpot receives: complete, honest about scopes, and refused when broken."""

import json
import re
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import manifest.hubspot
from manifest.hubspot.read import read_promise
from manifest.promise import ContactEvent, ManifestInvalid, load_promise

PROJECT = Path(manifest.hubspot.__file__).parent
SOURCE = PROJECT / "src"
CARDS = SOURCE / "app" / "cards"
APP = "src/app/app-hsmeta.json"
WEBHOOKS = "src/app/webhooks/webhooks-hsmeta.json"
CARD = "src/app/cards/dormancy-card-hsmeta.json"

# Why we ask for each scope: a listing may only ask for what it uses.
REASONS = {
    "oauth": "every app",
    "crm.objects.contacts.read": "contacts, notes, calls, meetings and contact webhooks",
    "crm.objects.contacts.write": "scores written back",
    "crm.schemas.contacts.read": "which properties an account has",
    "crm.schemas.contacts.write": "our property group",
    "crm.objects.deals.read": "purchases and open deals",
    "sales-email-read": "e-mail engagements",
    "tickets": "open tickets stop a touch",
    "conversations.read": "what people wrote by text and chat",
    # Of what is being built, in one go: each later addition costs every account a new consent.
    "automation": "workflows to choose from, and answers to our workflow action",
    "automation.sequences.read": "sequences to choose from, and who is in one already",
    "automation.sequences.enrollments.write": "starting a sequence for its sender",
    "communication_preferences.read": "kinds of subscription, and who opted out of which",
    "communication_preferences.statuses.batch.read": "proof of consent, many people at once",
    "crm.lists.read": "do-not-contact lists",
    "crm.lists.write": "a segment as a list",
    "crm.objects.appointments.read": "the last and the next appointment",
    "crm.objects.owners.read": "whose task an answer becomes",
    "crm.schemas.deals.read": "what the stages of a pipeline mean",
    "scheduler.meetings.meeting-link.read": "the booking link of an owner",
}


GONE = object()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copy = tmp_path / "hubspot"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    return copy


def edit(file: Path, path: Sequence[str | int], value: object) -> None:
    """Puts `value` where `path` leads in a JSON file, or takes the field out for GONE."""
    document = json.loads(file.read_text())
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    if value is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    file.write_text(json.dumps(document))


def components() -> list[dict[str, Any]]:
    files = (file for file in SOURCE.rglob("*-hsmeta.json") if "node_modules" not in file.parts)
    return [json.loads(file.read_text()) for file in files]


def test_component_uids_are_unique_and_short_enough() -> None:
    uids = [component["uid"] for component in components()]
    assert len(set(uids)) == len(uids) == 4
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", uid) for uid in uids)


def test_the_documents_are_the_files_unchanged() -> None:
    documents = load_promise("hubspot").documents
    assert {kind: documents[kind] for kind in sorted(documents)} == {
        component["type"]: component for component in components()
    }


def test_every_scope_has_a_reason_and_is_asked_for_once() -> None:
    promise = load_promise("hubspot")
    asked = [*promise.required_scopes, *promise.optional_scopes]
    assert sorted(asked) == sorted(REASONS)


def test_the_card_asks_an_origin_it_is_allowed_to_ask() -> None:
    found = re.findall(
        r'^export const BACKEND = "(.*)";$', (CARDS / "backend.ts").read_text(), re.MULTILINE
    )
    assert tuple(found) == load_promise("hubspot").fetch_origins
    others = [file for file in CARDS.glob("*.ts*") if ".test." not in file.name]
    addresses = [file.name for file in others if "https://" in file.read_text()]
    assert addresses == ["backend.ts"]


def test_the_settings_page_asks_the_same_origin_for_a_way_in() -> None:
    folder = SOURCE / "app" / "settings"
    said = (folder / "ticket.ts").read_text()
    (origin,) = load_promise("hubspot").fetch_origins
    assert f'export const BACKEND = "{origin}";' in said
    assert "/actions/hubspot/ticket" in said
    assert "portalId" not in said + (folder / "SettingsPage.tsx").read_text()
    cards = json.loads((CARDS / "package.json").read_text())["dependencies"]
    own = json.loads((folder / "package.json").read_text())["dependencies"]
    assert own.items() <= cards.items()


def test_the_icon_has_the_size_a_listing_wants() -> None:
    header = (SOURCE / "app" / "app-logo.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:24]) == (800, 800)


def test_the_card_packages_are_locked_without_registry_addresses() -> None:
    lock = json.loads((CARDS / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert "omit-lockfile-registry-resolved=true" in (CARDS / ".npmrc").read_text()
    wanted = json.loads((CARDS / "package.json").read_text())
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_a_switched_off_subscription_is_not_promised(project: Path) -> None:
    edit(project / WEBHOOKS, ("config", "subscriptions", "hubEvents", 0, "active"), False)
    events = [event for event, _name in read_promise(project).webhook_subscriptions]
    assert ContactEvent.ERASED not in events
    assert ContactEvent.CREATED in events


OAUTH = ("config", "auth")
FETCH = ("config", "permittedUrls", "fetch")
FIRST = ("config", "subscriptions", "crmObjects", 0)
EVENT = (*FIRST, "subscriptionType")

# file, path to what is changed, the new value, the end of the field that the error names
BROKEN: dict[str, tuple[str, tuple[str | int, ...], object, str]] = {
    "missing scopes": (APP, (*OAUTH, "requiredScopes"), GONE, "config.auth.requiredScopes"),
    "misspelt field": (APP, (*OAUTH, "optionalScope"), [], "config.auth.optionalScope"),
    "no oauth scope": (APP, (*OAUTH, "requiredScopes"), ["crm.import"], "config.auth"),
    "scope twice": (APP, (*OAUTH, "optionalScopes"), ["oauth"], "config.auth"),
    "origin with path": (APP, FETCH, ["https://app.example.com/x"], "permittedUrls.fetch.0"),
    "another origin": (APP, FETCH, ["https://other.example.com"], "permittedUrls.fetch"),
    "http redirect": (APP, (*OAUTH, "redirectUrls", 0), "http://app.example.com/c", "Urls.0"),
    "no redirect of ours": (APP, (*OAUTH, "redirectUrls"), ["http://localhost:1/c"], "Urls"),
    "no such logo": (APP, ("config", "logo"), "/app/none.png", "config.logo"),
    "http target": (WEBHOOKS, ("config", "settings", "targetUrl"), "http://a.test/", "targetUrl"),
    "unknown event": (WEBHOOKS, EVENT, "object.explosion", "crmObjects.0.subscriptionType"),
    "no property name": (WEBHOOKS, EVENT, "object.propertyChange", "subscriptions.crmObjects.0"),
    "no such entrypoint": (CARD, ("config", "entrypoint"), "/app/cards/No.tsx", "entrypoint"),
    "unknown type": (CARD, ("type",), "poster", "type"),
    "old platform": ("hsproject.json", ("platformVersion",), "2025.2", "platformVersion"),
}


@pytest.mark.parametrize(("file", "path", "value", "field"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_named_with_its_field(
    project: Path, file: str, path: tuple[str | int, ...], value: object, field: str
) -> None:
    edit(project / file, path, value)
    with pytest.raises(ManifestInvalid) as refused:
        read_promise(project)
    assert refused.value.file == f"hubspot/{file}"
    assert refused.value.field.endswith(field)
    assert str(refused.value).endswith("Correct the file, then start again.")
    assert str(project.parent) not in str(refused.value)


def test_a_file_that_is_not_json_is_named_with_its_line(project: Path) -> None:
    (project / APP).write_text('{"uid": "rekindle_app",\n oops}')
    with pytest.raises(ManifestInvalid, match=r"hubspot/src/app/app-hsmeta.json, field at line 2"):
        read_promise(project)


@pytest.mark.parametrize("text", ["[]", '"app"', "null"])
def test_a_file_that_is_not_an_object_is_refused(project: Path, text: str) -> None:
    (project / APP).write_text(text)
    with pytest.raises(ManifestInvalid, match="must hold one JSON object"):
        read_promise(project)


def test_missing_files_are_named(project: Path) -> None:
    (project / WEBHOOKS).unlink()
    with pytest.raises(ManifestInvalid, match="no component of type webhooks"):
        read_promise(project)
    (project / "hsproject.json").unlink()
    with pytest.raises(ManifestInvalid, match=r"hubspot/hsproject\.json: the file is missing"):
        read_promise(project)


def test_a_component_in_the_wrong_folder_or_twice_is_refused(project: Path) -> None:
    card = project / CARD
    second = card.with_name("second-hsmeta.json")
    second.write_text(card.read_text())
    with pytest.raises(ManifestInvalid, match="a second card"):
        read_promise(project)
    second.rename(project / "src/app/second-hsmeta.json")
    with pytest.raises(ManifestInvalid, match="card belongs in app/cards"):
        read_promise(project)
