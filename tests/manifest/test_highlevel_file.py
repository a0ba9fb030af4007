"""What we promise HighLevel's marketplace, and what its portal would refuse (S32)."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from manifest.highlevel.read import FILE, read_promise
from manifest.promise import (
    ContactEvent,
    ManifestInvalid,
    WebhookSubscription,
    load_promise,
    with_public_url,
)

DOCUMENT: dict[str, Any] = orjson.loads(
    (Path(__file__).parents[2] / "manifest" / "highlevel" / FILE).read_bytes()
)


def test_the_promise_says_what_the_file_says() -> None:
    promise = load_promise("highlevel")
    assert promise.app_name == "Rekindle"
    assert "contacts.write" in promise.required_scopes
    assert "oauth.write" in promise.optional_scopes
    assert not set(promise.required_scopes) & set(promise.optional_scopes)
    assert promise.redirect_urls == (
        "https://app.example.com/oauth/highlevel/callback",
        "http://localhost:8321/oauth/highlevel/callback",
    )
    assert promise.webhook_target == "https://app.example.com/webhooks/highlevel"
    assert promise.webhook_subscriptions == (
        WebhookSubscription(ContactEvent.CREATED),
        WebhookSubscription(ContactEvent.PROPERTY_CHANGED),
        WebhookSubscription(ContactEvent.DELETED),
    )


def test_a_deployment_moves_our_addresses() -> None:
    moved = with_public_url(load_promise("highlevel"), "https://crm.acme.test")
    assert moved.webhook_target == "https://crm.acme.test/webhooks/highlevel"
    assert "app.example.com" not in str(moved.documents)


def refused(folder: Path, document: object) -> ManifestInvalid:
    folder.joinpath(FILE).write_bytes(orjson.dumps(document))
    with pytest.raises(ManifestInvalid) as found:
        read_promise(folder)
    assert FILE in str(found.value)
    return found.value


def test_a_good_copy_is_read(tmp_path: Path) -> None:
    tmp_path.joinpath(FILE).write_bytes(orjson.dumps(DOCUMENT))
    assert read_promise(tmp_path).required_scopes == load_promise("highlevel").required_scopes


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"tagline": "short"}, "tagline"),
        ({"targetUser": "Agency"}, "targetUser"),
        ({"bulkInstallation": False}, "bulkInstallation"),
        ({"typo": 1}, "typo"),
        ({"scopes": {"core": [], "further": []}}, "scopes.core"),
        ({"scopes": {"core": ["contacts.read"], "further": []}}, "scopes.core.0"),
        ({"redirectUrls": ["http://app.example.com/x"]}, "redirectUrls.0"),
        ({"webhooks": {"defaultUrl": "http://app.example.com", "events": ["A"]}}, "webhooks"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, changed: dict[str, Any], field: str) -> None:
    assert refused(tmp_path, {**DOCUMENT, **changed}).field.startswith(field)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"scopes": {"core": ["contacts.readonly"], "further": []}}, "scope is not asked for"),
        (
            {"webhooks": {**DOCUMENT["webhooks"], "events": ["ContactUpdate", "Everything"]}},
            "Everything is not known",
        ),
        (
            {"webhooks": {**DOCUMENT["webhooks"], "defaultUrl": "https://other.example.com/x"}},
            "webhooks' origin",
        ),
        ({"listingType": "White-label"}, "may not name the brand"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    tmp_path: Path, changed: dict[str, Any], problem: str
) -> None:
    assert problem in refused(tmp_path, {**DOCUMENT, **changed}).problem


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"7"])
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, content: bytes) -> None:
    tmp_path.joinpath(FILE).write_bytes(content)
    with pytest.raises(ManifestInvalid):
        read_promise(tmp_path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match="missing"):
        read_promise(tmp_path)
