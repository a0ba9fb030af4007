"""Installing in accounts and agencies, refreshing and minting, against a HighLevel over HTTP (S26)."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson
import pytest

from app.lab.browser import read_forms
from connector import errors
from connector.errors import CrmError
from connector.highlevel import oauth
from connector.highlevel.oauth import HighLevelOAuth
from connector.highlevel.settings import HighLevelSettings
from connector.port.oauth import AgencyGrant, TokenGrant
from sandbox.hubspot.client import HubSpotClient
from tests.connector.highlevel.pretend import PROMISE, SCOPES, location, provider

pytestmark = pytest.mark.integration

TOKENS: dict[str, dict[str, Any]] = orjson.loads(
    (Path(__file__).parents[2] / "data" / "highlevel" / "tokens.json").read_bytes()
)
REDIRECT = "http://localhost:8321/oauth/highlevel/callback"
PERSON = "ada.lovelace@example.com"


def authorizer(lab: HubSpotClient) -> HighLevelOAuth:
    return provider(lab).authorizer()


def page(lab: HubSpotClient) -> str:
    """The address of the account chooser."""
    return (
        authorizer(lab)
        .authorize(
            state="state-1",
            redirect_uri=REDIRECT,
            required=PROMISE.required_scopes,
            optional=PROMISE.optional_scopes,
        )
        .url
    )


def agree(lab: HubSpotClient, **choices: Any) -> dict[str, list[str]]:
    """Choose on that page as an admin or an agency would: the query that comes back to us."""
    shown = lab.http.get(page(lab))
    assert shown.status_code == 200, shown.text
    form = read_forms(shown.text)[0]
    answer = lab.http.post(str(shown.url.join(form.action)), data={"decision": "grant", **choices})
    assert answer.is_redirect, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT
    return parse_qs(back.query)


def agencies(lab: HubSpotClient) -> str:
    """The id of the agency with several locations."""
    return str(lab.control("state")["locations"][0]["company"])


def install_agency(lab: HubSpotClient, *places: int, **more: str) -> AgencyGrant:
    chosen = [location(lab, place) for place in places]
    back = agree(lab, installer="agency", company=agencies(lab), location=chosen, **more)
    grant = authorizer(lab).exchange(
        code=back["code"][0], code_verifier=None, redirect_uri=REDIRECT
    )
    assert isinstance(grant, AgencyGrant)
    return grant


def install(lab: HubSpotClient, place: int = 0) -> TokenGrant:
    back = agree(lab, installer="location", location=location(lab, place))
    grant = authorizer(lab).exchange(code=back["code"][0], code_verifier="", redirect_uri=REDIRECT)
    assert isinstance(grant, TokenGrant)
    return grant


def works(lab: HubSpotClient, grant: TokenGrant) -> bool:
    answer = lab.http.get(
        f"/highlevel/locations/{grant.remote_account_id}",
        headers={"Authorization": f"Bearer {grant.access_token}", "Version": "2021-07-28"},
    )
    return answer.is_success


def test_the_chooser_is_asked_for_all_scopes_with_our_state(crm_side: HubSpotClient) -> None:
    query = parse_qs(urlsplit(page(crm_side)).query)
    assert urlsplit(page(crm_side)).path == "/highlevel/v2/oauth/chooselocation"
    assert query["scope"][0].split() == SCOPES
    assert (query["state"], query["redirect_uri"]) == (["state-1"], [REDIRECT])
    assert query["response_type"] == ["code"]


def test_an_install_may_begin_elsewhere() -> None:
    assert HighLevelOAuth.needs_state is False


def test_a_sub_account_gives_its_own_tokens(own_crm_side: HubSpotClient) -> None:
    grant = install(own_crm_side)
    assert grant.remote_account_id == location(own_crm_side)
    assert grant.remote_agency_id == agencies(own_crm_side)
    assert set(grant.scopes) == set(SCOPES)
    assert grant.expires_in == 86_399
    assert works(own_crm_side, grant)


def test_a_denied_install_has_no_code(own_crm_side: HubSpotClient) -> None:
    back = agree(own_crm_side, installer="location", decision="deny")
    assert back == {"error": ["access_denied"], "state": ["state-1"]}


def test_a_code_works_once(own_crm_side: HubSpotClient) -> None:
    back = agree(own_crm_side, installer="location", location=location(own_crm_side))
    code = back["code"][0]
    authorizer(own_crm_side).exchange(code=code, code_verifier=None, redirect_uri=REDIRECT)
    with pytest.raises(errors.CrmInvalid):
        authorizer(own_crm_side).exchange(code=code, code_verifier=None, redirect_uri=REDIRECT)


def test_our_own_wrong_secret_is_our_own_fault_s26(own_crm_side: HubSpotClient) -> None:
    grant = install(own_crm_side)
    url = f"{own_crm_side.url}/highlevel"
    ours = HighLevelOAuth(HighLevelSettings(url, url, "66f0a1b2c3d4e5f601234567-m1demo00", "bad"))
    with pytest.raises(errors.CrmMisconfigured):
        ours.refresh(grant.refresh_token)
    with pytest.raises(errors.CrmMisconfigured):
        ours.exchange(code="x", code_verifier=None, redirect_uri=REDIRECT)
    assert authorizer(own_crm_side).refresh(grant.refresh_token).remote_account_id


def test_a_refresh_gives_new_tokens_and_a_repeat_the_same(own_crm_side: HubSpotClient) -> None:
    grant = install(own_crm_side)
    first = authorizer(own_crm_side).refresh(grant.refresh_token)
    assert first.access_token != grant.access_token
    assert first.refresh_token != grant.refresh_token
    assert first.remote_account_id == grant.remote_account_id
    assert works(own_crm_side, first)
    # The answer to the first may have been lost: within half a minute it comes again.
    assert authorizer(own_crm_side).refresh(grant.refresh_token) == first


def test_a_used_refresh_token_means_that_we_are_out(own_crm_side: HubSpotClient) -> None:
    grant = install(own_crm_side)
    own_crm_side.control("highlevel/limits", {"refresh_grace_seconds": 0})
    authorizer(own_crm_side).refresh(grant.refresh_token)
    with pytest.raises(errors.CrmAuthInvalid) as ended:
        authorizer(own_crm_side).refresh(grant.refresh_token)
    assert grant.refresh_token not in str(ended.value)


def test_an_uninstalled_account_cannot_refresh(own_crm_side: HubSpotClient) -> None:
    grant = install(own_crm_side)
    own_crm_side.control("highlevel/uninstall", {"location": grant.remote_account_id})
    with pytest.raises(errors.CrmAuthInvalid):
        authorizer(own_crm_side).refresh(grant.refresh_token)


def test_an_agency_mints_the_tokens_of_its_accounts(own_crm_side: HubSpotClient) -> None:
    agency = install_agency(own_crm_side, 0, 2)
    ours = authorizer(own_crm_side)
    listed = ours.list_accounts(agency.access_token, agency.remote_agency_id)
    assert set(listed) == {location(own_crm_side, 0), location(own_crm_side, 2)}
    for remote in listed:
        grant = ours.mint(agency.access_token, agency.remote_agency_id, remote)
        assert (grant.remote_account_id, grant.remote_agency_id) == (
            remote,
            agency.remote_agency_id,
        )
        assert works(own_crm_side, grant)
        assert works(own_crm_side, ours.refresh(grant.refresh_token))


def test_an_account_without_the_app_has_no_tokens(own_crm_side: HubSpotClient) -> None:
    agency = install_agency(own_crm_side, 0)
    with pytest.raises(errors.CrmNotFound):
        authorizer(own_crm_side).mint(
            agency.access_token, agency.remote_agency_id, location(own_crm_side, 1)
        )


def test_accounts_are_listed_page_by_page(
    own_crm_side: HubSpotClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "ACCOUNTS_PER_PAGE", 2)
    agency = install_agency(own_crm_side, 0, 1, 2, future="true")
    new = own_crm_side.control(
        "highlevel/add-location", {"company": agency.remote_agency_id, "name": "New", "contacts": 1}
    )
    listed = authorizer(own_crm_side).list_accounts(agency.access_token, agency.remote_agency_id)
    assert sorted(listed) == sorted([*(location(own_crm_side, p) for p in range(3)), new["id"]])


def test_an_agencys_tokens_are_renewed_as_such(own_crm_side: HubSpotClient) -> None:
    agency = install_agency(own_crm_side, 0)
    renewed = authorizer(own_crm_side).refresh_agency(agency.refresh_token)
    assert renewed.remote_agency_id == agency.remote_agency_id
    assert authorizer(own_crm_side).list_accounts(renewed.access_token, renewed.remote_agency_id)


def test_an_agency_that_left_is_told_so(own_crm_side: HubSpotClient) -> None:
    agency = install_agency(own_crm_side, 0)
    own_crm_side.control("highlevel/uninstall", {"company": agency.remote_agency_id})
    with pytest.raises(errors.CrmAuthInvalid):
        authorizer(own_crm_side).refresh_agency(agency.refresh_token)
    with pytest.raises(errors.CrmAuthInvalid):
        authorizer(own_crm_side).list_accounts(agency.access_token, agency.remote_agency_id)


def test_a_plan_without_oauth_is_told_plainly(own_crm_side: HubSpotClient) -> None:
    agency = install_agency(own_crm_side, 0)
    own_crm_side.control("highlevel/limits", {"agency_plan_lacks_oauth": True})
    with pytest.raises(errors.CrmForbidden, match="plan"):
        authorizer(own_crm_side).mint(
            agency.access_token, agency.remote_agency_id, location(own_crm_side)
        )


@pytest.mark.parametrize("kind", ["status", "drop", "truncate"])
def test_trouble_on_the_way_disconnects_nobody_s26(own_crm_side: HubSpotClient, kind: str) -> None:
    grant = install(own_crm_side)
    own_crm_side.control(
        "faults", {"path": "/oauth/token", "kind": kind, "status": 503, "times": 1}
    )
    with pytest.raises(errors.CrmUnavailable):
        authorizer(own_crm_side).refresh(grant.refresh_token)
    assert works(own_crm_side, authorizer(own_crm_side).refresh(grant.refresh_token))


@pytest.mark.parametrize(
    ("status", "content", "on_exchange", "on_refresh"),
    [
        (400, {"error": "invalid_grant"}, errors.CrmInvalid, errors.CrmAuthInvalid),
        (400, {"message": "Location is not active"}, errors.CrmInvalid, errors.CrmAuthInvalid),
        (401, {"message": "Invalid refresh token"}, errors.CrmInvalid, errors.CrmAuthInvalid),
        (401, {"error": "invalid_client"}, errors.CrmMisconfigured, errors.CrmMisconfigured),
        (400, {"message": "redirect_uri wrong"}, errors.CrmMisconfigured, errors.CrmMisconfigured),
        (
            422,
            {"message": ["property userType should not exist"]},
        )
        + (errors.CrmInvalid,) * 2,
        (429, {}) + (errors.CrmRateLimited,) * 2,
        (503, {"error": "invalid_grant"}) + (errors.CrmUnavailable,) * 2,
        (403, "<html>") + (errors.CrmUnavailable,) * 2,
        (400, [], errors.CrmInvalid, errors.CrmInvalid),
        (400, {"message": PERSON}, errors.CrmInvalid, errors.CrmAuthInvalid),
    ],
)
def test_oauth_errors_tell_whose_fault_it_is_s26(
    status: int, content: object, on_exchange: type[CrmError], on_refresh: type[CrmError]
) -> None:
    response = httpx2.Response(status, content=orjson.dumps(content))
    for revoked, kind in ((False, on_exchange), (True, on_refresh)):
        found = oauth.refused(response, revoked=revoked)
        assert type(found) is kind
        assert PERSON not in str(found)


def test_both_spellings_of_an_answer_are_read() -> None:
    dated, newer = (
        oauth._account_grant(oauth._spelt(TOKENS[n])) for n in ("location", "location_v3")
    )
    assert dated.remote_user_id == "usrDemo01"
    assert replace(dated, remote_user_id="") == newer, "the newer sample names no user"
    assert dated.scopes == ("contacts.readonly", "contacts.write")
    agency = oauth._agency_grant(oauth._spelt(TOKENS["company"]))
    assert (agency.remote_agency_id, agency.remote_user_id) == ("cmpDemo01", "usrDemo01")
    assert "access-" not in repr([dated, agency])


def test_an_agencys_list_of_another_shape_ends_no_account(own_crm_side: HubSpotClient) -> None:
    agency = install_agency(own_crm_side, 0)
    alter = {"kind": "alter", "path": "/oauth/installedLocations", "body": {"drop": ["locations"]}}
    own_crm_side.control("faults", alter)
    with pytest.raises(errors.CrmUnexpected):
        authorizer(own_crm_side).list_accounts(agency.access_token, agency.remote_agency_id)
