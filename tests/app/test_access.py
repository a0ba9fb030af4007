"""Who may see and press what on the admin pages."""

import pytest
from fastapi.testclient import TestClient

from app.pages.session import sign_link
from app.pages.standing import load_standing
from tests.rekindle import Rekindle

PAGES = [f"/admin/{name}" for name in ("", "progress", "fields", "audit", "plan", "contacts")]


@pytest.mark.parametrize("page", PAGES)
def test_without_a_session_nothing_is_shown(ready_rekindle: Rekindle, page: str) -> None:
    stranger = TestClient(ready_rekindle.web.app, base_url="http://localhost:8321")
    assert stranger.get(page).status_code == 401


def test_a_signed_link_opens_its_account(ready_rekindle: Rekindle) -> None:
    link = sign_link(ready_rekindle.context, ready_rekindle.account_id).removeprefix(
        "http://localhost:8321"
    )
    guest = TestClient(ready_rekindle.web.app, base_url="http://localhost:8321")
    assert guest.get(link).status_code == 200
    assert guest.get("/admin/audit").status_code == 200


def test_a_changed_link_opens_nothing(ready_rekindle: Rekindle) -> None:
    link = sign_link(ready_rekindle.context, ready_rekindle.account_id).removeprefix(
        "http://localhost:8321"
    )
    guest = TestClient(ready_rekindle.web.app, base_url="http://localhost:8321")
    assert guest.get(link[:-3] + "abc").status_code == 401


def test_a_form_without_its_token_is_refused(ready_rekindle: Rekindle) -> None:
    plan = load_standing(ready_rekindle.context, ready_rekindle.account_id).plan_id
    answer = ready_rekindle.web.post(f"/admin/plans/{plan}/approve", data={"form_token": "guess"})
    assert answer.status_code == 401
    assert load_standing(ready_rekindle.context, ready_rekindle.account_id).plan_state == "waiting"


def test_approving_twice_is_a_clear_conflict(rekindle: Rekindle) -> None:
    rekindle.ready()
    plan = load_standing(rekindle.context, rekindle.account_id).plan_id
    page = rekindle.web.get("/admin/plan").text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    for expected in (303, 409):
        answer = rekindle.web.post(
            f"/admin/plans/{plan}/approve", data={"form_token": token}, follow_redirects=False
        )
        assert answer.status_code == expected


def test_an_unknown_contact_is_a_clear_404(ready_rekindle: Rekindle) -> None:
    answer = ready_rekindle.web.get("/admin/contacts/999999999")
    assert answer.status_code == 404
    assert "does not know this contact" in answer.text


def test_health_and_readiness(rekindle: Rekindle) -> None:
    assert rekindle.web.get("/healthz").status_code == 200
    assert rekindle.web.get("/readyz").json() == {"database": True, "queue": True}
    assert "rekindle_requests_total" in rekindle.web.get("/metrics").text


def test_the_first_plan_of_a_fresh_account_tells_how_far_reading_is(rekindle: Rekindle) -> None:
    rekindle.install()
    shown = rekindle.web.get("/admin/").text
    assert "Nothing is written to your CRM" in shown
