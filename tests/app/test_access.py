"""Who may see and press what on the admin pages."""

import pytest
from fastapi.testclient import TestClient

from app.pages.session import sign_link
from app.pages.standing import load_standing
from tests.house import House

PAGES = [f"/admin/{name}" for name in ("", "progress", "fields", "audit", "plan", "contacts")]


@pytest.mark.parametrize("page", PAGES)
def test_without_a_session_nothing_is_shown(house: House, page: str) -> None:
    house.ready()
    stranger = TestClient(house.web.app, base_url="http://localhost:8321")
    assert stranger.get(page).status_code == 401


def test_a_signed_link_opens_its_account(house: House) -> None:
    house.ready()
    link = sign_link(house.context, house.account_id).removeprefix("http://localhost:8321")
    guest = TestClient(house.web.app, base_url="http://localhost:8321")
    assert guest.get(link).status_code == 200
    assert guest.get("/admin/audit").status_code == 200


def test_a_changed_link_opens_nothing(house: House) -> None:
    house.ready()
    link = sign_link(house.context, house.account_id).removeprefix("http://localhost:8321")
    guest = TestClient(house.web.app, base_url="http://localhost:8321")
    assert guest.get(link[:-3] + "abc").status_code == 401


def test_a_form_without_its_token_is_refused(house: House) -> None:
    house.ready()
    plan = load_standing(house.context, house.account_id).plan_id
    answer = house.web.post(f"/admin/plans/{plan}/approve", data={"form_token": "guess"})
    assert answer.status_code == 401
    assert load_standing(house.context, house.account_id).plan_state == "waiting"


def test_approving_twice_is_a_clear_conflict(house: House) -> None:
    house.ready()
    plan = load_standing(house.context, house.account_id).plan_id
    page = house.web.get("/admin/plan").text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    for expected in (303, 409):
        answer = house.web.post(
            f"/admin/plans/{plan}/approve", data={"form_token": token}, follow_redirects=False
        )
        assert answer.status_code == expected


def test_an_unknown_contact_is_a_clear_404(house: House) -> None:
    house.ready()
    answer = house.web.get("/admin/contacts/999999999")
    assert answer.status_code == 404
    assert "does not know this contact" in answer.text


def test_health_and_readiness(house: House) -> None:
    assert house.web.get("/healthz").status_code == 200
    assert house.web.get("/readyz").json() == {"database": True, "queue": True}
    assert "rekindle_requests_total" in house.web.get("/metrics").text


def test_the_first_plan_of_a_fresh_account_tells_how_far_reading_is(house: House) -> None:
    house.install()
    shown = house.web.get("/admin/").text
    assert "Nothing is written to your CRM" in shown
