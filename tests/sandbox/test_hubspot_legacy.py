"""Undated endpoints answer until the day that HubSpot has named, and not a day longer (S1)."""

import pytest

from sandbox.hubspot.client import HubSpotClient
from sandbox.hubspot.config import HubSpotCredentials

APP = HubSpotCredentials()


def refresh(lab: HubSpotClient, token: str) -> int:
    form = {
        "grant_type": "refresh_token",
        "client_id": APP.client_id,
        "client_secret": APP.client_secret,
        "refresh_token": token,
    }
    return lab.http.post("/oauth/v1/token", data=form).status_code


def test_pipelines_of_the_first_version_end(empty_lab: HubSpotClient) -> None:
    path = "/crm-pipelines/v1/pipelines/deals"
    (pipeline,) = empty_lab.api("GET", path).json()["results"]
    assert (pipeline["objectType"], pipeline["objectTypeId"]) == ("DEAL", "0-3")
    assert "closedwon" in [stage["stageId"] for stage in pipeline["stages"]]
    empty_lab.control("advance", {"to": "2026-12-04T00:00:00Z"})
    assert empty_lab.api("GET", path).status_code == 404
    assert empty_lab.api("GET", "/crm/pipelines/2026-09/deals").status_code == 200


def test_sign_in_of_the_first_version_ends(empty_lab: HubSpotClient) -> None:
    granted = empty_lab.control("token", {"portal": empty_lab.portal})
    token, told = granted["refresh_token"], f"/oauth/v1/access-tokens/{granted['access_token']}"
    assert refresh(empty_lab, token) == 200
    assert refresh(empty_lab, "no such token") == 400
    assert empty_lab.http.get(told).json()["hub_id"] == empty_lab.portal
    empty_lab.control("advance", {"to": "2027-02-16T00:00:00Z"})
    assert refresh(empty_lab, token) == 404
    assert empty_lab.http.get(told).status_code == 404


@pytest.mark.parametrize("path", ["/settings/v3/users/", "/settings/v3/users/teams"])
def test_users_need_their_scope(lab: HubSpotClient, path: str) -> None:
    assert lab.api("GET", path).status_code == 200
    assert lab.api("GET", path, token=lab.token(["oauth"])).status_code == 403
