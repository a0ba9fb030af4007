"""The page of settings: what holds and from where, changes with their author, mistakes, two admins at once."""

import re
from typing import Any

import httpx2

from app.lab.browser import read_forms
from core.db import reading
from oauth.account_settings.changing import Owner, load_settings
from oauth.account_settings.fields import FIELDS, AccountSettings
from oauth.account_settings.history import load_changes
from oauth.store import find_installation
from tests.house import House

PAGE = "/admin/settings"


def form(house: House, **typed: str) -> dict[str, str]:
    """The page's form as a browser has it, with what somebody types into it."""
    shown = house.web.get(PAGE)
    assert shown.status_code == 200, shown.text
    found = next(f for f in read_forms(shown.text) if f.action == PAGE)
    return {**dict.fromkeys((field.name for field in FIELDS), ""), **found.fields, **typed}


def send(house: House, fields: dict[str, str], **headers: str) -> httpx2.Response:
    return house.web.post(PAGE, data=fields, headers=headers, follow_redirects=False)


def own(house: House) -> AccountSettings:
    with reading(house.context.engine) as connection:
        account = find_installation(connection, house.account_id)
    assert account is not None
    return load_settings(house.context, account)


def page(house: House, query: str = "") -> str:
    return " ".join(house.web.get(f"{PAGE}{query}").text.split())


def test_the_page_shows_what_holds_and_from_where(house: House) -> None:
    house.install()
    shown = page(house)
    for field in FIELDS:
        assert f'name="{field.name}"' in shown
    assert 'Any business <span class="pill">Default</span>' in shown
    assert 'US/Eastern <span class="pill">Your CRM</span>' in shown
    assert "Nobody has changed anything yet." in shown
    assert "All accounts of the agency" not in shown


def test_a_change_holds_at_once_and_is_in_the_history_with_its_author(house: House) -> None:
    house.install()
    answer = send(house, form(house, vertical="dental", hours="10–18", cooldown_days="120"))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PAGE}?saved=yes"
    found = own(house)
    assert (found.vertical, found.hours, found.cooldown_days) == ("dental", "10:00-18:00", 120)
    shown = page(house, "?saved=yes")
    assert "Saved." in shown
    assert 'Dental <span class="pill accent">This account</span>' in shown
    assert '<option value="">Default: Any business</option>' in shown
    assert "<li>Line of business: not set → Dental</li>" in shown
    assert "<li>Pause after an approach: not set → 120 days</li>" in shown
    assert re.search(r"<span>HubSpot user \d+</span>", shown)
    send(house, form(house, vertical=""))
    assert own(house).vertical == "general"
    assert own(house).cooldown_days == 120
    assert "<li>Line of business: Dental → not set</li>" in page(house)


def test_saving_what_is_there_already_changes_nothing(house: House) -> None:
    house.install()
    send(house, form(house, vertical="dental"))
    assert send(house, form(house)).headers["location"] == f"{PAGE}?saved=same"
    assert "nothing was saved" in page(house, "?saved=same")
    with reading(house.context.engine) as connection:
        account = find_installation(connection, house.account_id)
        assert account is not None
        assert len(load_changes(connection, Owner(house.account_id, account), limit=9)) == 1


def test_a_mistake_is_shown_where_it_is_and_nothing_is_saved(house: House) -> None:
    house.install()
    answer = send(house, form(house, vertical="dental", hours="6–23", first_wave="99"))
    assert answer.status_code == 400
    shown = " ".join(answer.text.split())
    assert "Nothing was saved. 2 settings need another value" in shown
    assert 'id="problem-hours">Nobody may be contacted before 08:00 or after 21:00' in shown
    assert 'value="6–23"' in shown
    assert '<option value="dental" selected>' in shown
    assert own(house).vertical == "general"


def test_of_two_admins_who_save_at_once_the_second_is_told_and_nothing_is_lost(
    house: House,
) -> None:
    house.install()
    first, second = form(house, vertical="dental"), form(house, cooldown_days="200")
    assert send(house, first).status_code == 303
    answer = send(house, second, accept="text/html")
    assert answer.status_code == 409
    assert re.search(r"changed by HubSpot user \d+ after you had opened them", answer.text)
    assert (own(house).vertical, own(house).cooldown_days) == ("dental", 90)
    assert send(house, form(house, cooldown_days="200")).status_code == 303
    assert (own(house).vertical, own(house).cooldown_days) == ("dental", 200)


def test_the_form_is_ours_and_complete(house: House) -> None:
    house.install()
    assert send(house, form(house, form_token="guess")).status_code == 401
    assert send(house, form(house, version="x")).status_code == 400
    assert send(house, {}).status_code == 401


def test_only_who_installed_for_the_agency_may_speak_for_it(house: House) -> None:
    house.install()
    assert house.web.get(f"{PAGE}?level=agency").status_code == 401
    assert send(house, form(house, level="agency", vertical="dental")).status_code == 401
    assert own(house).vertical == "general"


def waiting_after(house: House, **typed: str) -> list[str]:
    send(house, form(house, **typed))
    return house.queue.waiting()


def test_what_a_change_alters_is_done_anew(house: House) -> None:
    house.ready()
    assert waiting_after(house, sender_name="Ann") == []
    assert waiting_after(house, quiet_after_activity_days="60") == ["workflows.jobs.plan_account"]
    house.drain()
    assert waiting_after(house, vertical="b2b") == ["scoring.jobs.score_again"]
    house.drain()
    assert house.queue.ran[-2:] == ["scoring.jobs.score_again", "workflows.jobs.plan_account"]
    assert waiting_after(house, read_texts="off") == ["sync.jobs.reread"]
    house.drain()
    assert house.queue.ran[-4:] == [
        "sync.jobs.reread",
        "sync.jobs.judge_fields",
        "scoring.jobs.score_account",
        "workflows.jobs.plan_account",
    ]


def test_a_change_before_the_first_reading_waits_for_it(house: House) -> None:
    """What was asked for early ends without a word; the reading and the scoring then go by the new settings."""
    house.install()
    waiting_after(house, vertical="b2b")
    waiting_after(house, read_texts="off")
    waiting_after(house, hours="10-18")
    early: list[Any] = house.queue.waiting()
    assert set(early[1:]) == {
        "scoring.jobs.score_again",
        "sync.jobs.reread",
        "workflows.jobs.plan_account",
    }
    house.drain()
    assert house.queue.ran.count("scoring.jobs.score_account") == 1
    assert house.queue.ran[-2:] == ["scoring.jobs.score_account", "workflows.jobs.plan_account"]
