"""Who comes in from where, once, with which role; no CRM is running behind these tests."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from connector.hubspot.signature import sign_v3
from connector.port.signed import SignedRequest
from oauth.entries import record_admin
from oauth.notices import record_notice
from sandbox.highlevel.signing import encrypt_context
from tests.app.entrance import BROWSER, HOME, Entrance, open_entrance

KEY = "sandbox-highlevel-sso-key-not-for-production"
HUBSPOT_SECRET = "REKINDLE_HUBSPOT_CLIENT_SECRET"
FRAME = {**BROWSER, "sec-fetch-dest": "iframe"}


@pytest.fixture
def entrance(engine: Engine, database_url: str) -> Entrance:
    return open_entrance(engine, database_url)


def said(**change: Any) -> dict[str, Any]:
    usual = {
        "userId": "usr_1",
        "companyId": "agency_1",
        "role": "user",
        "type": "location",
        "activeLocation": "loc_1",
        "userName": "Demo Rep",
        "email": "rep@example.test",
    }
    return {**usual, **change}


def message(key: str = KEY, **change: Any) -> str:
    return encrypt_context(said(**change), key)


def come(web: TestClient, sealed: str, **form: str) -> int:
    answer = web.post(
        "/enter/highlevel",
        data={"message": sealed, "framed": "false", **form},
        headers=BROWSER,
        follow_redirects=False,
    )
    return answer.status_code


def signed_path(
    entrance: Entrance, *, age: timedelta = timedelta(0), **query: str
) -> tuple[str, Any]:
    path = f"/actions/hubspot/ticket?{urlencode(query)}"
    secret = entrance.context.environment.values[HUBSPOT_SECRET]
    request = SignedRequest("GET", HOME + path, {}, b"")
    return path, sign_v3(secret, request, now=entrance.context.wall.now() - age)


# The first page


def test_the_first_page_offers_install_and_sign_in_for_each_crm(entrance: Entrance) -> None:
    shown = entrance.web.get("/", headers=BROWSER)
    assert shown.status_code == 200
    for href in ("/oauth/hubspot/install", "/oauth/highlevel/install", "/oauth/hubspot/sign-in"):
        assert f'href="{href}"' in shown.text


def test_a_white_label_crm_has_addresses_and_pages_without_its_name(
    engine: Engine, database_url: str
) -> None:
    entrance = open_entrance(
        engine, database_url, REKINDLE_HIGHLEVEL_WHITE_LABEL="yes", REKINDLE_HIGHLEVEL_HOME_URL=""
    )
    start = entrance.web.get("/start/crm", headers=BROWSER)
    frame = entrance.web.get("/enter/crm", headers=FRAME)
    for page in (start, frame):
        assert page.status_code == 200
        for word in ("highlevel", "hubspot", "leadconnector", "ghl"):
            assert word not in page.text.lower()
    begun = entrance.web.get("/oauth/crm/install", follow_redirects=False).headers["location"]
    assert "redirect_uri=http%3A%2F%2Flocalhost%3A8321%2Foauth%2Fcrm%2Fcallback" in begun
    assert "Install in HubSpot" in entrance.web.get("/", headers=BROWSER).text


def test_what_a_white_label_account_is_told_names_no_vendor(
    engine: Engine, database_url: str
) -> None:
    entrance = open_entrance(engine, database_url, REKINDLE_HIGHLEVEL_WHITE_LABEL="yes")
    account = entrance.install("highlevel-loc_1")
    told = "HighLevel is not available (503). Open it: HighLevel's menu helps."
    with entrance.context.engine.begin() as tx:
        now = entrance.context.wall.now()
        record_notice(tx, account.account_id, "reconnect", job="x", message=told, now=now)
        record_admin(tx, account.account_id, "CRM user usr_1", now=now)
    assert come(entrance.web, message()) == 303
    for path in ("/admin/notices", "/admin/policy", "/admin/progress"):
        shown = entrance.web.get(path, headers=BROWSER)
        assert shown.status_code == 200
        assert "HighLevel" not in shown.text
    notices = entrance.web.get("/admin/notices", headers=BROWSER).text
    assert "Your CRM is not available (503). Open it: Your CRM&#39;s menu helps." in notices


# From a frame, by a sealed message


def test_somebody_of_the_team_comes_in_from_the_crms_menu(entrance: Entrance) -> None:
    entrance.install("highlevel-loc_1", agency="highlevel-agency-agency_1")
    assert come(entrance.web, message()) == 303
    assert entrance.web.get("/admin/policy").status_code == 403


def test_an_admins_role_counts_only_where_the_crm_confirms_it(entrance: Entrance) -> None:
    entrance.install("highlevel-loc_1")
    assert come(entrance.web, message(role="admin")) == 303
    assert entrance.web.get("/admin/policy").status_code == 403  # nobody answers there


def test_whoever_has_agreed_to_the_install_is_an_admin(entrance: Entrance) -> None:
    account = entrance.install("highlevel-loc_1")
    with entrance.context.engine.begin() as tx:
        now = entrance.context.wall.now()
        record_admin(tx, account.account_id, "HighLevel user usr_1", now=now)
    come(entrance.web, message())
    assert entrance.web.get("/admin/policy").status_code == 200


REFUSED = {
    "another key": message("another secret"),
    "another account": message(activeLocation="loc_2"),
    "no account": message(activeLocation=""),
    "another agency": message(companyId="agency_2"),
    "no person": message(userId=None),
    "cut short": message()[:-8],
    "no base64": "Salted__ nothing",
    "empty": "",
    "endless": "A" * 50_000,
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_forged_or_foreign_message_opens_nothing(entrance: Entrance, case: str) -> None:
    entrance.install("highlevel-loc_1", agency="highlevel-agency-agency_1")
    assert come(entrance.web, REFUSED[case]) in {401, 409, 422}
    assert entrance.web.get("/admin/progress").status_code == 401


def test_a_message_opens_one_session_and_a_replay_none(entrance: Entrance) -> None:
    entrance.install("highlevel-loc_1")
    sealed = message()
    assert come(entrance.web, sealed) == 303
    assert come(entrance.web, sealed) == 303  # the same browser has loaded the page again
    thief = entrance.browser()
    assert come(thief, sealed) == 401
    assert thief.get("/admin/progress").status_code == 401


def test_a_session_of_a_frame_is_a_partitioned_cookie_and_counts_there(entrance: Entrance) -> None:
    entrance.install("highlevel-loc_1")
    answer = entrance.web.post(
        "/enter/highlevel", data={"message": message()}, headers=FRAME, follow_redirects=False
    )
    made = answer.headers["set-cookie"]
    assert made.startswith("rekindle_framed=")
    assert all(part in made for part in ("SameSite=None", "Secure", "Partitioned", "HttpOnly"))
    value = made.partition("=")[2].partition(";")[0]
    guest = entrance.browser()
    guest.cookies.set("rekindle_framed", value)
    assert guest.get("/admin/", follow_redirects=False).status_code != 401
    # A cookie of the frame is none of the page beside it.
    other = entrance.browser()
    other.cookies.set("rekindle_session", value)
    assert other.get("/admin/", follow_redirects=False).status_code == 401


def test_only_the_accounts_own_crm_may_frame_its_pages(entrance: Entrance) -> None:
    entrance.install("highlevel-loc_1")
    come(entrance.web, message())
    policy = entrance.web.get("/admin/", headers=BROWSER).headers["content-security-policy"]
    ancestors = policy.partition("frame-ancestors ")[2].split()
    assert "https://crm.agency.test" in ancestors
    assert "https://*.leadconnectorhq.com" in ancestors
    assert not {"*", "https:", "http:"} & set(ancestors)
    entered = entrance.web.get("/enter/highlevel", headers=FRAME)
    assert "https:" in entered.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in entrance.web.get("/").headers["content-security-policy"]


def test_where_a_frame_keeps_no_cookie_the_page_says_what_to_do(entrance: Entrance) -> None:
    answer = entrance.web.get("/kept", headers=FRAME)
    assert answer.status_code == 401
    assert "Allow cookies" in answer.text
    ancestors = answer.headers["content-security-policy"].partition("frame-ancestors ")[2].split()
    assert {"https:", "https://*.leadconnectorhq.com"} <= set(ancestors)
    assert 'href="/" target="_blank"' in answer.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "/x"])
def test_nobody_is_sent_elsewhere(entrance: Entrance, to: str) -> None:
    entrance.install("highlevel-loc_1")
    come(entrance.web, message())
    answer = entrance.web.get("/kept", params={"to": to}, follow_redirects=False)
    assert answer.headers["location"] == "/admin/"


# From a CRM's own page, by a signed request and a ticket


def test_a_signed_request_brings_a_ticket_that_opens_once(entrance: Entrance) -> None:
    entrance.install("hubspot-77")
    path, headers = signed_path(entrance, portalId="77", userId="5", userEmail="a@b.example")
    ticket = entrance.web.get(path, headers=headers).json()["url"].removeprefix(HOME)
    guest = entrance.browser()
    assert guest.get(ticket, follow_redirects=False).status_code == 303
    assert guest.get("/admin/policy").status_code == 403
    assert entrance.browser().get(ticket).status_code == 401
    assert entrance.browser().get(ticket[:-2]).status_code == 401


BAD = {
    "old": ({"portalId": "77", "userId": "5"}, timedelta(minutes=6)),
    "another account": ({"portalId": "78", "userId": "5"}, timedelta(0)),
    "nobody": ({"portalId": "77"}, timedelta(0)),
    "no number": ({"portalId": "77", "userId": "5;6"}, timedelta(0)),
}


@pytest.mark.parametrize("case", BAD)
def test_a_request_that_is_not_clear_brings_none(entrance: Entrance, case: str) -> None:
    entrance.install("hubspot-77")
    query, age = BAD[case]
    path, headers = signed_path(entrance, age=age, **query)
    assert entrance.web.get(path, headers=headers).status_code in {401, 409}


def test_an_identity_that_is_said_twice_or_unsigned_brings_none(entrance: Entrance) -> None:
    entrance.install("hubspot-77")
    path = "/actions/hubspot/ticket?portalId=77&userId=5&userId=6"
    secret = entrance.context.environment.values[HUBSPOT_SECRET]
    request = SignedRequest("GET", HOME + path, {}, b"")
    headers = sign_v3(secret, request, now=entrance.context.wall.now())
    assert entrance.web.get(path, headers=headers).status_code == 401
    assert entrance.web.get("/actions/hubspot/ticket?portalId=77&userId=5").status_code == 401


# Several accounts


def test_a_browser_that_came_to_two_accounts_may_switch_and_sign_out(entrance: Entrance) -> None:
    for place in ("loc_1", "loc_2"):
        entrance.install(f"highlevel-{place}", name=f"Practice {place}")
        come(entrance.web, message(activeLocation=place))
    first = entrance.web.get("/", headers=BROWSER).text
    assert "Practice loc_1" in first
    assert "Practice loc_2" in first
    switched = entrance.web.get("/admin/accounts/highlevel-loc_1", follow_redirects=False)
    assert switched.status_code == 303
    assert entrance.browser().get("/admin/accounts/highlevel-loc_1").status_code == 401
