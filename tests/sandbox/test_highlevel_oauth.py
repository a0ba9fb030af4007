"""HighLevel: installing, tokens, an agency's locations, uninstalling (capability S1)."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2 as httpx
import pytest

from sandbox.highlevel.accounts import AGENCY, HARBORVIEW, NORTHGATE, PIONEER, SOLSTICE
from sandbox.highlevel.client import HighLevelClient
from sandbox.highlevel.config import HighLevelCredentials

APP = HighLevelCredentials()
REDIRECT = "http://localhost:3000/oauth/highlevel/callback"
CHOOSE, TOKEN = "/highlevel/v2/oauth/chooselocation", "/highlevel/oauth/token"
SECRETS = {"client_id": APP.client_id, "client_secret": APP.client_secret}
SCOPES = "contacts.readonly contacts.write oauth.readonly oauth.write users.readonly"
V3 = {"Version": "v3"}


def wish(**changes: str) -> dict[str, str]:
    usual = {
        "response_type": "code",
        "client_id": APP.client_id,
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "s-1 &",
    }
    return usual | changes


def choose(highlevel: HighLevelClient, asked: dict[str, str], **form: Any) -> dict[str, str]:
    """Open the page, send its form, and return what came back with the redirect."""
    http = highlevel.lab.http
    page = http.get(f"{CHOOSE}?{urlencode(asked)}")
    assert page.status_code == 200
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    reply = http.post(action.group(1).replace("&amp;", "&"), data={"decision": "grant"} | form)
    assert reply.status_code == 302, reply.text
    location = reply.headers["location"]
    assert location.startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def post(highlevel: HighLevelClient, **form: str) -> httpx.Response:
    return highlevel.lab.http.post(TOKEN, data=SECRETS | form)


def exchange(highlevel: HighLevelClient, code: str, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    return post(highlevel, **(form | {"user_type": "Location"} | more))


def refresh(highlevel: HighLevelClient, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "user_type": "Location"}
    return post(highlevel, **form)


def one_location(highlevel: HighLevelClient) -> dict[str, Any]:
    back = choose(highlevel, wish(), installer="location", location=NORTHGATE)
    return dict(exchange(highlevel, back["code"]).json())


def whole_agency(highlevel: HighLevelClient, *locations: str, **form: str) -> dict[str, Any]:
    chosen = {"installer": "agency", "company": AGENCY, "location": list(locations)}
    return dict(exchange(highlevel, choose(highlevel, wish(), **chosen, **form)["code"]).json())


def test_a_sub_accounts_admin_installs_and_gets_a_location_token(
    highlevel: HighLevelClient,
) -> None:
    back = choose(highlevel, wish(), installer="location", location=NORTHGATE)
    assert back["state"] == "s-1 &"
    tokens = exchange(highlevel, back["code"]).json()
    assert tokens["userType"] == "Location"
    assert (tokens["locationId"], tokens["companyId"]) == (NORTHGATE, AGENCY)
    assert tokens["expires_in"] == 86_399
    assert tokens["scope"].split() == SCOPES.split()
    assert tokens["isBulkInstallation"] is False
    found = highlevel.api(
        "POST",
        "/contacts/search",
        {"locationId": NORTHGATE, "pageLimit": 1},
        token=tokens["access_token"],
    )
    assert found.status_code == 200
    assert highlevel.describe()["installed"] is True


def test_a_code_is_good_for_one_exchange(highlevel: HighLevelClient) -> None:
    code = choose(highlevel, wish(), installer="location", location=NORTHGATE)["code"]
    assert exchange(highlevel, code, redirect_uri="http://localhost/other").status_code == 400
    code = choose(highlevel, wish(), installer="location", location=SOLSTICE)["code"]
    assert exchange(highlevel, code).status_code == 200
    again = exchange(highlevel, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_without_state_none_comes_back(highlevel: HighLevelClient) -> None:
    asked = wish()
    del asked["state"]
    back = choose(highlevel, asked, installer="location", location=NORTHGATE)
    assert set(back) == {"code"}


def test_denial_comes_back_as_access_denied(highlevel: HighLevelClient) -> None:
    back = choose(highlevel, wish(), decision="deny")
    assert back == {"error": "access_denied", "state": "s-1 &"}
    assert highlevel.describe()["installed"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody-1"},
        {"redirect_uri": "https://elsewhere.example.com/cb"},
        {"scope": "contacts.readonly saas/company.write"},
        {"scope": ""},
        {"response_type": "token"},
        {"version_id": "other"},
    ],
)
def test_a_wrong_wish_shows_a_page_that_says_so(
    highlevel: HighLevelClient, changes: dict[str, str]
) -> None:
    page = highlevel.lab.http.get(f"{CHOOSE}?{urlencode(wish(**changes))}")
    assert page.status_code == 400
    assert "Installation failed" in page.text


def test_the_old_address_fails_for_new_apps(highlevel: HighLevelClient) -> None:
    page = highlevel.lab.http.get(f"/highlevel/oauth/chooselocation?{urlencode(wish())}")
    assert page.status_code == 400
    assert "No integration found with the id" in page.text


def test_an_installed_location_is_not_offered_again(highlevel: HighLevelClient) -> None:
    one_location(highlevel)
    asked = f"{CHOOSE}?{urlencode(wish())}"
    assert NORTHGATE not in highlevel.lab.http.get(asked).text
    form = {"decision": "grant", "installer": "location", "location": NORTHGATE}
    assert highlevel.lab.http.post(asked, data=form).status_code == 400


def test_an_agency_user_cannot_choose_another_companys_location(highlevel: HighLevelClient) -> None:
    asked = f"{CHOOSE}?{urlencode(wish())}"
    form = {"decision": "grant", "installer": "agency", "company": AGENCY, "location": HARBORVIEW}
    assert highlevel.lab.http.post(asked, data=form).status_code == 400


def test_a_bulk_installation_gives_a_company_token_without_its_locations(
    highlevel: HighLevelClient,
) -> None:
    tokens = whole_agency(highlevel, NORTHGATE, SOLSTICE)
    assert (tokens["userType"], tokens["companyId"]) == ("Company", AGENCY)
    assert tokens["isBulkInstallation"] is True
    assert "locationId" not in tokens
    assert not any(location in str(tokens) for location in (NORTHGATE, SOLSTICE))
    rows = highlevel.api(
        "GET",
        "/oauth/installedLocations",
        token=tokens["access_token"],
        companyId=AGENCY,
        appId=APP.app_id,
        isInstalled="true",
    ).json()
    assert {row["_id"] for row in rows["locations"]} == {NORTHGATE, SOLSTICE}
    assert (rows["count"], rows["installToFutureLocations"]) == (2, False)


def mint(highlevel: HighLevelClient, token: str, location: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Version": "2021-07-28"}
    form = {"companyId": AGENCY, "locationId": location}
    return highlevel.lab.http.post("/highlevel/oauth/locationToken", data=form, headers=headers)


def test_a_company_token_mints_tokens_of_its_locations_only(highlevel: HighLevelClient) -> None:
    company = whole_agency(highlevel, NORTHGATE)["access_token"]
    minted = mint(highlevel, company, NORTHGATE).json()
    assert minted["locationId"] == NORTHGATE
    assert (minted["appId"], bool(minted["versionId"])) == (APP.app_id, True)
    assert minted["refresh_token"]
    search = {"locationId": NORTHGATE, "pageLimit": 1}
    reply = highlevel.api("POST", "/contacts/search", search, token=minted["access_token"])
    assert reply.status_code == 200
    assert mint(highlevel, company, SOLSTICE).status_code == 400
    # A location's token may not mint, and an agency's token does not read contacts.
    assert mint(highlevel, minted["access_token"], NORTHGATE).status_code == 401
    assert highlevel.api("POST", "/contacts/search", search, token=company).status_code == 401
    highlevel.control("limits", {"agency_plan_lacks_oauth": True})
    lacking = mint(highlevel, company, NORTHGATE)
    assert lacking.json()["message"] == "You do not have access to this feature"


def test_a_later_location_is_installed_where_the_agency_wished_so(
    highlevel: HighLevelClient,
) -> None:
    wanted = {"company": AGENCY, "name": "Later Location", "contacts": 3}
    whole_agency(highlevel, PIONEER)
    assert highlevel.control("add-location", wanted)["installed"] is False
    highlevel.control("uninstall", {"company": AGENCY})
    tokens = whole_agency(highlevel, PIONEER, future="true")
    assert tokens["installToFutureLocations"] is True
    later = highlevel.control("add-location", wanted)
    assert later["installed"] is True
    assert mint(highlevel, tokens["access_token"], str(later["id"])).status_code == 200
    assert highlevel.describe(str(later["id"]))["counts"]["contacts"] == 3


def test_a_refresh_rotates_and_repeats_itself_within_the_grace(highlevel: HighLevelClient) -> None:
    first = one_location(highlevel)
    second = refresh(highlevel, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert refresh(highlevel, first["refresh_token"]).json() == second
    highlevel.control("limits", {"refresh_grace_seconds": 0})
    time.sleep(0.01)  # the used token is now older than the grace
    late = refresh(highlevel, first["refresh_token"])
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
    assert refresh(highlevel, second["refresh_token"]).status_code == 200


def test_v3_speaks_camel_case(highlevel: HighLevelClient) -> None:
    tokens = one_location(highlevel)
    form = {
        "clientId": APP.client_id,
        "clientSecret": APP.client_secret,
        "grantType": "refresh_token",
        "refreshToken": tokens["refresh_token"],
        "userType": "Location",
    }
    http = highlevel.lab.http
    refused = http.post(TOKEN, data=form)
    assert refused.status_code == 422
    assert "property userType should not exist" in refused.json()["message"]
    renewed = http.post(TOKEN, json=form, headers=V3).json()
    assert renewed["accessToken"]
    assert renewed["locationId"] == NORTHGATE
    assert http.post(TOKEN, json=form).status_code == 415


def test_v3_renamed_the_agency_paths(highlevel: HighLevelClient) -> None:
    token = whole_agency(highlevel, NORTHGATE)["access_token"]
    asked = {"companyId": AGENCY, "appId": APP.app_id, "isInstalled": "true"}
    old, new = "/oauth/installedLocations", "/oauth/installed-locations"
    page = highlevel.api("GET", new, token=token, version="v3", **asked).json()
    assert [row["_id"] for row in page["items"]] == [NORTHGATE]
    assert page["pagination"] == {"hasNextPage": False, "hasPrevPage": False, "currentPageSize": 1}
    assert highlevel.api("GET", new, token=token, **asked).status_code == 404
    # The old path is there in every version, in that version's shape.
    mixed = highlevel.api("GET", old, token=token, version="v3", **asked).json()
    assert mixed["items"] == page["items"]
    wanted = {"companyId": AGENCY, "locationId": NORTHGATE}
    minted = highlevel.api(
        "POST", "/oauth/location-token", wanted, token=token, version="v3"
    ).json()
    assert minted["accessToken"]
    assert "access_token" not in minted


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"company_id": "x"}, 422, "Unprocessable Entity"),
    ],
)
def test_wrong_token_requests(
    highlevel: HighLevelClient, form: dict[str, str], status: int, error: str
) -> None:
    reply = post(highlevel, **({"grant_type": "authorization_code"} | form))
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_uninstalling_ends_tokens_and_refreshes(highlevel: HighLevelClient) -> None:
    tokens = one_location(highlevel)
    path = f"/marketplace/app/{APP.app_id}/installations"
    gone = highlevel.api("DELETE", path, {"locationId": NORTHGATE}, token=tokens["access_token"])
    assert gone.json()["success"] is True
    reply = highlevel.api("GET", "/users/search", token=tokens["access_token"], companyId=AGENCY)
    assert (reply.status_code, reply.json()["message"]) == (401, "Invalid JWT")
    late = refresh(highlevel, tokens["refresh_token"])
    assert late.status_code == 400
    assert late.json()["error_description"] == "Location is not active"
    assert one_location(highlevel)["locationId"] == NORTHGATE


def test_installer_details_name_the_white_label_domain(highlevel: HighLevelClient) -> None:
    path = f"/marketplace/app/{APP.app_id}/installations"
    details = highlevel.api("GET", path).json()["installationDetails"]
    assert details["whitelabelDetails"]["domain"] == "crm.lighthouse.example"
    token = highlevel.token(location=HARBORVIEW)
    alone = highlevel.api("GET", path, token=token).json()["installationDetails"]
    assert alone["isWhitelabelCompany"] is False


def test_access_tokens_expire(highlevel: HighLevelClient) -> None:
    token = highlevel.token()
    assert highlevel.control("expire", {"location": NORTHGATE})["expired"] >= 1
    reply = highlevel.api("GET", "/workflows/", token=token, locationId=NORTHGATE)
    assert (reply.status_code, reply.json()["message"]) == (401, "Invalid JWT")
