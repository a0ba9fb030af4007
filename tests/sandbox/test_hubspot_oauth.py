"""Installing, tokens and their errors over HTTP (capability S1)."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2 as httpx
import pytest

from sandbox.hubspot.accounts import BAYSIDE
from sandbox.hubspot.client import HubSpotClient
from sandbox.hubspot.config import REQUIRED_SCOPES, HubSpotCredentials

APP = HubSpotCredentials()
REDIRECT = "http://localhost:3000/oauth/hubspot/callback"
TOKEN = "/oauth/2026-09/token"
SECRETS = {"client_id": APP.client_id, "client_secret": APP.client_secret}


def wish(**changes: str) -> dict[str, str]:
    usual = {
        "client_id": APP.client_id,
        "redirect_uri": REDIRECT,
        "scope": " ".join(REQUIRED_SCOPES),
        "state": "s-1 &",
    }
    return usual | changes


def authorize(lab: HubSpotClient, asked: dict[str, str], **form: str) -> dict[str, str]:
    """Open the page, press a button, and return what came back with the redirect."""
    path = f"/oauth/authorize?{urlencode(asked)}"
    page = lab.http.get(path)
    assert page.status_code == 200
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    target = action.group(1).replace("&amp;", "&")
    reply = lab.http.post(target, data={"decision": "grant", "portal": str(lab.portal)} | form)
    assert reply.status_code == 302, reply.text
    location = reply.headers["location"]
    assert location.startswith(asked["redirect_uri"])
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def post(lab: HubSpotClient, form: dict[str, str], path: str = TOKEN) -> httpx.Response:
    return lab.http.post(path, data=form)


def exchange(lab: HubSpotClient, code: str, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": code}
    return post(lab, SECRETS | form | more)


def installed(lab: HubSpotClient, **changes: str) -> dict[str, Any]:
    reply = exchange(lab, authorize(lab, wish(**changes))["code"])
    assert reply.status_code == 200
    return dict(reply.json())


def test_install_exchange_call_refresh_introspect(lab: HubSpotClient) -> None:
    back = authorize(lab, wish(optional_scope="crm.lists.read automation"))
    assert back["state"] == "s-1 &"
    tokens = exchange(lab, back["code"]).json()
    assert tokens["hub_id"] == lab.portal
    assert tokens["expires_in"] == 1_800
    assert set(tokens["scopes"]) == {*REQUIRED_SCOPES, "crm.lists.read", "automation"}
    contacts = lab.api("GET", "/crm/objects/2026-09/contacts", token=tokens["access_token"])
    assert contacts.status_code == 200
    form = SECRETS | {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    renewed = post(lab, form).json()
    assert renewed["refresh_token"] == tokens["refresh_token"]
    assert renewed["access_token"] != tokens["access_token"]
    shown = post(lab, SECRETS | {"token": renewed["access_token"]}, f"{TOKEN}/introspect").json()
    assert shown["active"] is True
    assert (shown["hub_id"], shown["app_id"]) == (lab.portal, APP.app_id)


def test_the_account_may_stand_in_the_path(lab: HubSpotClient) -> None:
    page = lab.http.get(f"/oauth/{lab.portal}/authorize?{urlencode(wish())}")
    assert page.status_code == 200
    assert page.text.count("<option") == 1
    assert lab.http.get(f"/oauth/1/authorize?{urlencode(wish())}").status_code == 400


def test_denial_comes_back_as_access_denied(lab: HubSpotClient) -> None:
    back = authorize(lab, wish(), decision="deny")
    assert back["error"] == "access_denied"
    assert back["error_description"]
    assert back["state"] == "s-1 &"
    assert "code" not in back


def test_optional_scopes_the_tier_lacks_are_dropped(lab: HubSpotClient) -> None:
    free = BAYSIDE
    asked = wish(optional_scope="automation crm.lists.read")
    code = authorize(lab, asked, portal=str(free))["code"]
    tokens = exchange(lab, code).json()
    assert tokens["hub_id"] == free
    assert "automation" not in tokens["scopes"]
    assert "crm.lists.read" in tokens["scopes"]
    with_required = wish(scope=f"{wish()['scope']} automation")
    refused = lab.http.post(
        f"/oauth/authorize?{urlencode(with_required)}",
        data={"decision": "grant", "portal": str(free)},
    )
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"client_id": "nobody"}, "client_id"),
        ({"redirect_uri": "http://evil.example.com/cb"}, "redirect_uri"),
        ({"redirect_uri": "https://elsewhere.example.com/cb"}, "redirect_uri"),
        ({"redirect_uri": "http://localhost.evil.example/cb"}, "redirect_uri"),
        ({"scope": "oauth"}, "lacks scopes"),
        ({"scope": ""}, "lacks scopes"),
        ({"optional_scope": "crm.export"}, "does not declare"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "S256"),
    ],
)
def test_wrong_install_addresses_show_an_error_page(
    lab: HubSpotClient, changes: dict[str, str], told: str
) -> None:
    page = lab.http.get(f"/oauth/authorize?{urlencode(wish(**changes))}")
    assert page.status_code == 400
    assert told in page.text


def test_codes_work_once_and_only_with_their_redirect(lab: HubSpotClient) -> None:
    code = authorize(lab, wish())["code"]
    elsewhere = exchange(lab, code, redirect_uri="http://localhost:3000/other")
    assert elsewhere.json()["status"] == "BAD_REDIRECT_URI"
    assert exchange(lab, code).json()["status"] == "BAD_AUTH_CODE"
    code = authorize(lab, wish())["code"]
    assert exchange(lab, code).status_code == 200
    again = exchange(lab, code)
    assert again.status_code == 400
    assert again.json()["status"] == "BAD_AUTH_CODE"
    assert again.json()["error"] == "invalid_grant"


def test_codes_expire(lab: HubSpotClient) -> None:
    lab.control("limits", {"code_seconds": 0})
    code = authorize(lab, wish())["code"]
    assert exchange(lab, code).json()["status"] == "BAD_AUTH_CODE"


def test_pkce_needs_the_verifier(lab: HubSpotClient) -> None:
    verifier = "v" * 64
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = wish(code_challenge=challenge, code_challenge_method="S256")
    wrong = exchange(lab, authorize(lab, asked)["code"], code_verifier="w" * 64)
    assert wrong.json()["status"] == "BAD_CODE_VERIFIER"
    right = exchange(lab, authorize(lab, asked)["code"], code_verifier=verifier)
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"client_id": "nobody"}, "BAD_CLIENT_ID"),
        ({"client_secret": "wrong"}, "BAD_CLIENT_SECRET"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE"),
        ({"grant_type": "authorization_code", "code": "x"}, "BAD_REDIRECT_URI"),
        ({"grant_type": "refresh_token", "refresh_token": "na1-nothing"}, "BAD_REFRESH_TOKEN"),
    ],
)
def test_token_errors_have_their_status(
    lab: HubSpotClient, form: dict[str, str], status: str
) -> None:
    reply = post(lab, SECRETS | form)
    assert reply.status_code == 400
    assert reply.json()["status"] == status
    assert {"error", "error_description", "message"} <= set(reply.json())


def test_refresh_may_not_widen_scopes(lab: HubSpotClient) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": installed(lab)["refresh_token"]}
    reply = post(lab, SECRETS | form | {"scope": "oauth automation"})
    assert reply.json()["status"] == "BAD_SCOPES"


def test_tokens_take_forms_only(lab: HubSpotClient) -> None:
    assert lab.http.post(TOKEN, json=SECRETS).status_code == 415
    query = f"{TOKEN}?{urlencode(SECRETS | {'grant_type': 'refresh_token'})}"
    assert lab.http.post(query).status_code == 415


def test_revoking_a_refresh_token_spares_access_tokens(lab: HubSpotClient) -> None:
    tokens = installed(lab)
    form = SECRETS | {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"}
    assert post(lab, form, f"{TOKEN}/revoke").status_code == 200
    assert post(lab, form, f"{TOKEN}/introspect").json() == {"active": False}
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert post(lab, SECRETS | refresh).json()["status"] == "BAD_REFRESH_TOKEN"
    path = "/account-info/2026-09/details"
    assert lab.api("GET", path, token=tokens["access_token"]).status_code == 200


def test_expired_and_unknown_tokens_are_told_apart(lab: HubSpotClient) -> None:
    path, token = "/account-info/2026-09/details", lab.token()
    assert lab.control("expire", {"portal": lab.portal})["expired"] >= 1
    expired = lab.api("GET", path, token=token)
    assert (expired.status_code, expired.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    unknown = lab.api("GET", path, token="CJnothing")
    assert (unknown.status_code, unknown.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    assert lab.http.get(path).json()["category"] == "INVALID_AUTHENTICATION"


def test_tokens_live_as_long_as_they_say(lab: HubSpotClient) -> None:
    lab.control("limits", {"access_token_seconds": 0})
    reply = lab.api("GET", "/account-info/2026-09/details", token=lab.token())
    assert reply.json()["category"] == "EXPIRED_AUTHENTICATION"


def test_a_missing_scope_is_named(lab: HubSpotClient) -> None:
    token = lab.token(scopes=["oauth", "crm.objects.contacts.read"])
    reply = lab.api("GET", "/crm/lists/2026-09/1", token=token)
    assert reply.status_code == 403
    assert reply.json()["category"] == "MISSING_SCOPES"
    required = reply.json()["errors"][0]["context"]["requiredGranularScopes"]
    assert required == ["crm.lists.read"]
    emails = lab.api("GET", "/crm/objects/2026-09/emails", token=token)
    assert emails.status_code == 403
    assert "sales-email-read" in emails.text
    write = lab.api("POST", "/crm/objects/2026-09/contacts", {"properties": {}}, token=token)
    assert write.status_code == 403


def test_uninstall_kills_every_token(lab: HubSpotClient) -> None:
    tokens = installed(lab)
    first = tokens["access_token"]
    gone = lab.api("DELETE", "/appinstalls/2026-09/external-install", token=first)
    assert (gone.status_code, gone.content) == (204, b"")
    after = lab.api("GET", "/account-info/2026-09/details", token=first)
    assert after.status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert post(lab, SECRETS | refresh).json()["status"] == "BAD_REFRESH_TOKEN"
    assert installed(lab)["hub_id"] == lab.portal


def test_project_upload_changes_what_may_be_asked(empty_lab: HubSpotClient) -> None:
    lab = empty_lab
    auth = {
        "type": "oauth",
        "redirectUrls": ["https://app.example.com/cb"],
        "requiredScopes": ["oauth"],
        "optionalScopes": ["crm.lists.read"],
    }
    lab.control("project", {"app": {"uid": "a", "type": "app", "config": {"auth": auth}}})
    asked = wish(redirect_uri="https://app.example.com/cb", scope="oauth", state="x")
    assert authorize(lab, asked)["code"]
    undeclared = wish(scope="oauth crm.objects.contacts.read")
    page = lab.http.get(f"/oauth/authorize?{urlencode(undeclared)}")
    assert page.status_code == 400
    wrong = {"app": {"type": "app", "config": {"auth": auth | {"requiredScopes": []}}}}
    assert lab.http.post("/control/project", json=wrong).status_code == 400
