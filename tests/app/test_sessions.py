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
from tests.rekindle import Rekindle
from tests.web_client import open_client

ADDRESS = "http://localhost:8321"
PAGES = [
    f"/admin/{name}" for name in ("", "progress", "fields", "audit", "plan", "contacts", "policy")
]
INSTALL = f"{ADDRESS}/oauth/hubspot/install"


def browser(rekindle: Rekindle) -> TestClient:
    return open_client(rekindle.web.app, ADDRESS)


def leave(rekindle: Rekindle) -> None:
    """The account uninstalls, as a notice or a refused token tells us."""
    with rekindle.context.engine.begin() as tx:
        record_disconnected(tx, rekindle.account_id, now=rekindle.context.wall.now())


def link_to(rekindle: Rekindle, account_id: str | None = None) -> str:
    return sign_link(rekindle.context, account_id or rekindle.account_id).removeprefix(ADDRESS)


def adopt_another(rekindle: Rekindle, account_id: str, *, later: timedelta) -> None:
    """Another installation, as if its own admin had made it."""
    with rekindle.context.engine.begin() as tx:
        ours = find_installation(tx, rekindle.account_id)
        assert ours is not None
        other = replace(
            ours,
            account_id=account_id,
            remote_account_id=account_id,
            installed_at=ours.installed_at + later,
        )
        save_installation(tx, other)


def test_an_uninstall_closes_every_page_and_says_how_to_go_on(rekindle: Rekindle) -> None:
    rekindle.ready()
    assert rekindle.web.get("/admin/plan").status_code == 200
    leave(rekindle)
    for page in PAGES:
        answer = rekindle.web.get(page, headers={"accept": "text/html"})
        assert answer.status_code == 401
        assert INSTALL in answer.text


def test_after_an_uninstall_nothing_can_be_approved(rekindle: Rekindle) -> None:
    rekindle.ready()
    plan = load_standing(rekindle.context, rekindle.account_id).plan_id
    form = next(
        f for f in read_forms(rekindle.web.get("/admin/plan").text) if "/plans/" in f.action
    )
    leave(rekindle)
    assert rekindle.web.post(form.action, data=form.fields).status_code == 401
    standing = load_standing(rekindle.context, rekindle.account_id)
    assert (standing.plan_id, standing.plan_state) == (plan, "waiting")


@pytest.mark.parametrize("told", [True, False])
def test_an_old_session_does_not_open_what_somebody_installed_later(
    rekindle: Rekindle, told: bool
) -> None:
    rekindle.install()
    if told:
        leave(rekindle)
    successor = replace(rekindle, web=browser(rekindle))
    successor.install()
    answer = rekindle.web.get("/admin/progress")
    assert answer.status_code == 401
    assert INSTALL in answer.text
    assert successor.web.get("/admin/progress").status_code == 200


def test_installing_again_opens_the_pages_again(rekindle: Rekindle) -> None:
    rekindle.install()
    leave(rekindle)
    rekindle.install()
    assert rekindle.web.get("/admin/progress").status_code == 200


def test_a_link_ends_with_its_installation(rekindle: Rekindle) -> None:
    rekindle.install()
    link = link_to(rekindle)
    leave(rekindle)
    guest = browser(rekindle)
    assert guest.get(link).status_code == 401
    rekindle.install()
    assert guest.get(link).status_code == 401
    assert guest.get(link_to(rekindle)).status_code == 200
    assert guest.get("/admin/progress").status_code == 200


def test_a_link_to_one_account_brings_no_old_session_back(rekindle: Rekindle) -> None:
    """Whoever could open an account before it changed hands gets a link to a younger one."""
    rekindle.install()
    former = rekindle.web
    successor = replace(rekindle, web=browser(rekindle))
    successor.install()
    adopt_another(rekindle, "hubspot-other", later=timedelta(minutes=1))
    former.get(link_to(rekindle, "hubspot-other"))
    assert former.get("/admin/progress").status_code == 200
    assert former.get(f"/admin/accounts/{rekindle.account_id}").status_code == 401


def test_who_installed_one_account_of_an_agency_may_not_open_the_others(rekindle: Rekindle) -> None:
    rekindle.install()
    adopt_another(rekindle, "hubspot-other", later=timedelta(0))
    with rekindle.context.engine.begin() as tx:
        for account_id in (rekindle.account_id, "hubspot-other"):
            found = find_installation(tx, account_id)
            assert found is not None
            save_installation(tx, replace(found, agency_id="hubspot-agency-1"))
    assert rekindle.web.get("/admin/accounts/hubspot-other").status_code == 401
    assert rekindle.web.get(f"/admin/accounts/{rekindle.account_id}").status_code == 200


@pytest.mark.parametrize("missing", ["person", "agency_id"])
def test_a_session_of_an_older_version_signs_in_again(rekindle: Rekindle, missing: str) -> None:
    rekindle.install()
    begun = {"person": "HubSpot user 1", "account_id": rekindle.account_id, "agency_id": None}
    content: dict[str, object] = {
        **begun,
        "since": 4_000_000_000_000,
        "role": "admin",
        "form_token": "t",
    }
    put_session(rekindle, content)
    assert rekindle.web.get("/admin/progress").status_code == 200
    put_session(rekindle, {key: value for key, value in content.items() if key != missing})
    assert rekindle.web.get("/admin/progress").status_code == 401
    plan = rekindle.web.post("/admin/plans/1/approve", data={"form_token": "t"})
    assert plan.status_code == 401


def put_session(rekindle: Rekindle, content: dict[str, object]) -> None:
    secret = rekindle.context.settings.session_secret.get_secret_value()
    signed = TimestampSigner(secret).sign(b64encode(json.dumps(content).encode()))
    rekindle.web.cookies.clear()
    rekindle.web.cookies.set("rekindle_session", signed.decode())


def test_no_link_is_made_to_an_account_that_is_not_there(rekindle: Rekindle) -> None:
    with pytest.raises(NotFound):
        sign_link(rekindle.context, "hubspot-none")
