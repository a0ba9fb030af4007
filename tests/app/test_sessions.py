"""A session and a link end with the installation they belong to, and say how to go on."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from itsdangerous import TimestampSigner

from app.lab.browser import read_forms
from app.pages.session import sign_link
from app.pages.standing import load_standing
from core.errors import NotFound
from oauth.store import find_installation, record_disconnected, save_installation
from tests.house import House

ADDRESS = "http://localhost:8321"
PAGES = [
    f"/admin/{name}" for name in ("", "progress", "fields", "audit", "plan", "contacts", "settings")
]
INSTALL = f"{ADDRESS}/oauth/hubspot/install"


def browser(house: House) -> TestClient:
    return TestClient(house.web.app, base_url=ADDRESS)


def leave(house: House) -> None:
    """The account uninstalls, as a notice or a refused token tells us."""
    with house.context.engine.begin() as tx:
        record_disconnected(tx, house.account_id, now=house.context.wall.now())


def link_to(house: House, account_id: str | None = None) -> str:
    return sign_link(house.context, account_id or house.account_id).removeprefix(ADDRESS)


def adopt_another(house: House, account_id: str, *, later: timedelta) -> None:
    """Another installation, as if its own admin had made it."""
    with house.context.engine.begin() as tx:
        ours = find_installation(tx, house.account_id)
        assert ours is not None
        other = replace(
            ours,
            account_id=account_id,
            remote_account_id=account_id,
            installed_at=ours.installed_at + later,
        )
        save_installation(tx, other)


def test_an_uninstall_closes_every_page_and_says_how_to_go_on(house: House) -> None:
    house.ready()
    assert house.web.get("/admin/plan").status_code == 200
    leave(house)
    for page in PAGES:
        answer = house.web.get(page, headers={"accept": "text/html"})
        assert answer.status_code == 401
        assert INSTALL in answer.text


def test_after_an_uninstall_nothing_can_be_approved(house: House) -> None:
    house.ready()
    plan = load_standing(house.context, house.account_id).plan_id
    form = next(f for f in read_forms(house.web.get("/admin/plan").text) if "/plans/" in f.action)
    leave(house)
    assert house.web.post(form.action, data=form.fields).status_code == 401
    standing = load_standing(house.context, house.account_id)
    assert (standing.plan_id, standing.plan_state) == (plan, "waiting")


@pytest.mark.parametrize("told", [True, False])
def test_an_old_session_does_not_open_what_somebody_installed_later(
    house: House, told: bool
) -> None:
    house.install()
    if told:
        leave(house)
    successor = replace(house, web=browser(house))
    successor.install()
    answer = house.web.get("/admin/progress")
    assert answer.status_code == 401
    assert INSTALL in answer.text
    assert successor.web.get("/admin/progress").status_code == 200


def test_installing_again_opens_the_pages_again(house: House) -> None:
    house.install()
    leave(house)
    house.install()
    assert house.web.get("/admin/progress").status_code == 200


def test_a_link_ends_with_its_installation(house: House) -> None:
    house.install()
    link = link_to(house)
    leave(house)
    guest = browser(house)
    assert guest.get(link).status_code == 401
    house.install()
    assert guest.get(link).status_code == 401
    assert guest.get(link_to(house)).status_code == 200
    assert guest.get("/admin/progress").status_code == 200


def test_a_link_to_one_account_brings_no_old_session_back(house: House) -> None:
    """Whoever could open an account before it changed hands gets a link to a younger one."""
    house.install()
    former = house.web
    successor = replace(house, web=browser(house))
    successor.install()
    adopt_another(house, "hubspot-other", later=timedelta(minutes=1))
    former.get(link_to(house, "hubspot-other"))
    assert former.get("/admin/progress").status_code == 200
    assert former.get(f"/admin/accounts/{house.account_id}").status_code == 401


def test_who_installed_one_account_of_an_agency_may_not_open_the_others(house: House) -> None:
    house.install()
    adopt_another(house, "hubspot-other", later=timedelta(0))
    with house.context.engine.begin() as tx:
        for account_id in (house.account_id, "hubspot-other"):
            found = find_installation(tx, account_id)
            assert found is not None
            save_installation(tx, replace(found, agency_id="hubspot-agency-1"))
    assert house.web.get("/admin/accounts/hubspot-other").status_code == 401
    assert house.web.get(f"/admin/accounts/{house.account_id}").status_code == 200


@pytest.mark.parametrize("missing", ["person", "agency_id"])
def test_a_session_of_an_older_version_signs_in_again(house: House, missing: str) -> None:
    house.install()
    begun = {"person": "HubSpot user 1", "account_id": house.account_id, "agency_id": None}
    content: dict[str, object] = {**begun, "since": 4_000_000_000_000, "form_token": "t"}
    put_session(house, content)
    assert house.web.get("/admin/progress").status_code == 200
    put_session(house, {key: value for key, value in content.items() if key != missing})
    assert house.web.get("/admin/progress").status_code == 401
    plan = house.web.post("/admin/plans/1/approve", data={"form_token": "t"})
    assert plan.status_code == 401


def put_session(house: House, content: dict[str, object]) -> None:
    secret = house.context.settings.session_secret.get_secret_value()
    signed = TimestampSigner(secret).sign(b64encode(json.dumps(content).encode()))
    house.web.cookies.clear()
    house.web.cookies.set("rekindle_session", signed.decode())


def test_no_link_is_made_to_an_account_that_is_not_there(house: House) -> None:
    with pytest.raises(NotFound):
        sign_link(house.context, "hubspot-none")
