"""An agency looks at all its accounts, opens each with a click, and settles many at once."""

import re

import pytest
from sqlalchemy.engine import Engine

from app.pages.account_rows import State
from core.db import reading
from oauth.account_settings.changing import Owner, change, load_held, load_settings
from oauth.notices import record_notice
from oauth.store import Installation
from tests.app.entrance import BROWSER, Entrance, open_entrance

AGENCY = "highlevel-agency-north"


@pytest.fixture
def entrance(engine: Engine, database_url: str) -> Entrance:
    return open_entrance(engine, database_url)


@pytest.fixture
def accounts(entrance: Entrance) -> list[Installation]:
    made = [
        entrance.install(f"highlevel-{n}", agency=AGENCY, name=f"Practice {n:02}")
        for n in range(60)
    ]
    entrance.install("highlevel-foreign", agency="highlevel-agency-south", name="Of somebody else")
    entrance.sign_in("highlevel-0", agency=AGENCY)
    return made


def names(text: str) -> list[str]:
    return re.findall(r">(Practice \d\d|Of somebody else)</a>", text)


def test_all_accounts_of_the_agency_are_listed_and_no_other(
    entrance: Entrance, accounts: list[Installation]
) -> None:
    first = entrance.web.get("/admin/accounts", params={"sort": "name"}).text
    second = entrance.web.get("/admin/accounts", params={"sort": "name", "page": 2}).text
    assert names(first) + names(second) == [one.name for one in accounts]
    sheet = entrance.web.get("/admin/accounts.csv").text
    assert len(sheet.splitlines()) == 1 + len(accounts)


def test_what_needs_somebody_comes_first_and_is_counted(
    entrance: Entrance, accounts: list[Installation]
) -> None:
    with entrance.context.engine.begin() as tx:
        record_notice(
            tx, "highlevel-33", "reconnect", job="x", message="Do.", now=entrance.context.wall.now()
        )
    shown = entrance.web.get("/admin/accounts", headers=BROWSER).text
    assert names(shown)[0] == "Practice 33"
    assert "1 of your 60 accounts needs you." in shown
    entrance.web.get("/admin/accounts/highlevel-33")
    assert ">1 notice</a>" in entrance.web.get("/admin/progress", headers=BROWSER).text
    filtered = entrance.web.get("/admin/accounts", params={"state": State.ATTENTION.value}).text
    assert names(filtered) == ["Practice 33"]
    assert names(entrance.web.get("/admin/accounts", params={"q": "ice 07"}).text) == [
        "Practice 07"
    ]


def test_an_account_opens_with_a_click_and_a_foreign_one_does_not(
    entrance: Entrance, accounts: list[Installation]
) -> None:
    assert (
        entrance.web.get("/admin/accounts/highlevel-7", follow_redirects=False).status_code == 303
    )
    assert "Practice 07" in entrance.web.get("/admin/progress").text
    assert entrance.web.get("/admin/accounts/highlevel-foreign").status_code == 401


def test_settings_are_given_to_many_at_once_and_what_names_an_account_stays(
    entrance: Entrance, accounts: list[Installation]
) -> None:
    token = entrance.sign_in("highlevel-0", agency=AGENCY)
    source = Owner("highlevel-0", accounts[0])
    own = {"cooldown_days": "120", "business_name": "Only mine"}
    change(entrance.context, source, own, looked_at=0, by="Somebody")
    chosen = ["highlevel-1", "highlevel-2", "highlevel-0"]
    for expected in (2, 0):
        answer = entrance.web.post(
            "/admin/accounts/apply",
            data={"form_token": token, "what": "settings", "account": chosen},
            follow_redirects=False,
        )
        assert answer.headers["location"] == f"/admin/accounts?changed={expected}"
    settings = load_settings(entrance.context, accounts[1])
    assert settings.cooldown_days == 120
    assert settings.business_name == ""
    assert load_settings(entrance.context, accounts[3]).cooldown_days == 90


@pytest.mark.parametrize(
    ("role", "chosen", "token", "status"),
    [
        ("admin", ["highlevel-foreign"], "form-token", 401),
        ("admin", ["highlevel-1", "highlevel-foreign"], "form-token", 401),
        ("admin", ["highlevel-1"], "forged", 401),
        ("team", ["highlevel-1"], "form-token", 403),
        ("admin", [], "form-token", 400),
    ],
)
def test_nobody_settles_an_account_that_is_not_theirs(
    entrance: Entrance,
    accounts: list[Installation],
    role: str,
    chosen: list[str],
    token: str,
    status: int,
) -> None:
    entrance.sign_in("highlevel-0", agency=AGENCY, role=role)
    answer = entrance.web.post(
        "/admin/accounts/apply",
        data={"form_token": token, "what": "playbooks", "account": chosen},
    )
    assert answer.status_code == status
    with reading(entrance.context.engine) as connection:
        held = load_held(connection, entrance.context.settings, Owner("highlevel-1", accounts[1]))
    assert held.version == 0


def test_playbooks_are_not_given_to_another_line_of_business(
    entrance: Entrance, accounts: list[Installation]
) -> None:
    token = entrance.sign_in("highlevel-0", agency=AGENCY)
    owner = Owner("highlevel-1", accounts[1])
    change(entrance.context, owner, {"vertical": "audiology"}, looked_at=0, by="Somebody")
    answer = entrance.web.post(
        "/admin/accounts/apply",
        data={"form_token": token, "what": "playbooks", "account": ["highlevel-1", "highlevel-2"]},
    )
    assert answer.status_code == 400
    assert "Practice 01" in answer.text


def test_an_audit_that_is_not_there_yet_leads_to_the_progress(
    entrance: Entrance, accounts: list[Installation]
) -> None:
    shown = entrance.web.get("/admin/audit", headers=BROWSER)
    assert shown.status_code == 404
    assert "Not there yet" in shown.text
    assert 'href="/admin/progress"' in shown.text
