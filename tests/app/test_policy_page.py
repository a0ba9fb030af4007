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
from tests.app.test_results_page import words_of
from tests.rekindle import Rekindle

PAGE = "/admin/policy"


def form(rekindle: Rekindle, **typed: str) -> dict[str, str]:
    """The page's form as a browser has it, with what somebody types into it."""
    shown = rekindle.web.get(PAGE)
    assert shown.status_code == 200, shown.text
    found = next(f for f in read_forms(shown.text) if f.action == PAGE)
    return {**dict.fromkeys((field.name for field in FIELDS), ""), **found.fields, **typed}


def send(rekindle: Rekindle, fields: dict[str, str], **headers: str) -> httpx2.Response:
    return rekindle.web.post(PAGE, data=fields, headers=headers, follow_redirects=False)


def own(rekindle: Rekindle) -> AccountSettings:
    with reading(rekindle.context.engine) as connection:
        account = find_installation(connection, rekindle.account_id)
    assert account is not None
    return load_settings(rekindle.context, account)


def page(rekindle: Rekindle, query: str = "") -> str:
    return " ".join(rekindle.web.get(f"{PAGE}{query}").text.split())


def test_the_page_shows_what_holds_and_from_where(rekindle: Rekindle) -> None:
    rekindle.install()
    shown = page(rekindle)
    for field in FIELDS:
        assert f'name="{field.name}"' in shown
    assert 'Any business <span class="pill">Default</span>' in shown
    assert 'US/Eastern <span class="pill">Your CRM</span>' in shown
    assert "Nobody has changed anything yet." in shown
    rules = words_of(shown[shown.index('id="rules"') :])
    assert "Was approached in the last 90 days D7" in rules
    assert "No proof of consent to texts D3" in rules
    assert "All accounts of the agency" not in shown


def test_a_change_holds_at_once_and_is_in_the_history_with_its_author(rekindle: Rekindle) -> None:
    rekindle.install()
    answer = send(rekindle, form(rekindle, vertical="dental", hours="10–18", cooldown_days="120"))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PAGE}?saved=yes"
    found = own(rekindle)
    assert (found.vertical, found.hours, found.cooldown_days) == ("dental", "10:00-18:00", 120)
    shown = page(rekindle, "?saved=yes")
    assert "Saved." in shown
    assert 'Dental <span class="pill accent">This account</span>' in shown
    assert '<option value="">Default: Any business</option>' in shown
    assert "<li>Line of business: not set → Dental</li>" in shown
    assert "<li>Pause after an approach: not set → 120 days</li>" in shown
    assert re.search(r"<span>HubSpot user \d+</span>", shown)
    send(rekindle, form(rekindle, vertical=""))
    assert own(rekindle).vertical == "general"
    assert own(rekindle).cooldown_days == 120
    assert "<li>Line of business: Dental → not set</li>" in page(rekindle)


def test_saving_what_is_there_already_changes_nothing(rekindle: Rekindle) -> None:
    rekindle.install()
    send(rekindle, form(rekindle, vertical="dental"))
    assert send(rekindle, form(rekindle)).headers["location"] == f"{PAGE}?saved=same"
    assert "nothing was saved" in page(rekindle, "?saved=same")
    with reading(rekindle.context.engine) as connection:
        account = find_installation(connection, rekindle.account_id)
        assert account is not None
        assert len(load_changes(connection, Owner(rekindle.account_id, account), limit=9)) == 1


def test_a_mistake_is_shown_where_it_is_and_nothing_is_saved(rekindle: Rekindle) -> None:
    rekindle.install()
    answer = send(rekindle, form(rekindle, vertical="dental", hours="6–23", first_wave="99"))
    assert answer.status_code == 400
    shown = " ".join(answer.text.split())
    assert "Nothing was saved. 2 settings need another value" in shown
    assert 'id="problem-hours">Nobody may be contacted before 08:00 or after 21:00' in shown
    assert 'value="6–23"' in shown
    assert '<option value="dental" selected>' in shown
    assert own(rekindle).vertical == "general"


def test_of_two_admins_who_save_at_once_the_second_is_told_and_nothing_is_lost(
    rekindle: Rekindle,
) -> None:
    rekindle.install()
    first, second = form(rekindle, vertical="dental"), form(rekindle, cooldown_days="200")
    assert send(rekindle, first).status_code == 303
    answer = send(rekindle, second, accept="text/html")
    assert answer.status_code == 409
    assert re.search(r"changed by HubSpot user \d+ after you had opened them", answer.text)
    assert (own(rekindle).vertical, own(rekindle).cooldown_days) == ("dental", 90)
    assert send(rekindle, form(rekindle, cooldown_days="200")).status_code == 303
    assert (own(rekindle).vertical, own(rekindle).cooldown_days) == ("dental", 200)


def test_the_form_is_ours_and_complete(rekindle: Rekindle) -> None:
    rekindle.install()
    assert send(rekindle, form(rekindle, form_token="guess")).status_code == 401
    assert send(rekindle, form(rekindle, version="x")).status_code == 400
    assert send(rekindle, {}).status_code == 401


def test_only_who_installed_for_the_agency_may_speak_for_it(rekindle: Rekindle) -> None:
    rekindle.install()
    assert rekindle.web.get(f"{PAGE}?level=agency").status_code == 401
    assert send(rekindle, form(rekindle, level="agency", vertical="dental")).status_code == 401
    assert own(rekindle).vertical == "general"


def waiting_after(rekindle: Rekindle, **typed: str) -> list[str]:
    send(rekindle, form(rekindle, **typed))
    return rekindle.queue.waiting()


def test_what_a_change_alters_is_done_anew(rekindle: Rekindle) -> None:
    rekindle.ready()
    assert waiting_after(rekindle, later_wave="40") == []
    assert waiting_after(rekindle, quiet_after_activity_days="60") == [
        "workflows.jobs.plan_account"
    ]
    rekindle.drain()
    assert waiting_after(rekindle, vertical="b2b") == ["scoring.jobs.score_again"]
    rekindle.drain()
    assert rekindle.queue.ran[-2:] == ["scoring.jobs.score_again", "workflows.jobs.plan_account"]
    assert waiting_after(rekindle, read_texts="off") == ["sync.jobs.reread"]
    rekindle.drain()
    assert rekindle.queue.ran[-4:] == [
        "sync.jobs.reread",
        "sync.jobs.judge_fields",
        "scoring.jobs.score_account",
        "workflows.jobs.plan_account",
    ]


def test_a_change_before_the_first_reading_waits_for_it(rekindle: Rekindle) -> None:
    """What was asked for early ends without a word; the reading and the scoring then go by the new settings."""
    rekindle.install()
    waiting_after(rekindle, vertical="b2b")
    waiting_after(rekindle, read_texts="off")
    waiting_after(rekindle, hours="10-18")
    early: list[Any] = rekindle.queue.waiting()
    assert set(early[1:]) == {
        "scoring.jobs.score_again",
        "sync.jobs.reread",
        "workflows.jobs.plan_account",
    }
    rekindle.drain()
    assert rekindle.queue.ran.count("scoring.jobs.score_account") == 1
    assert rekindle.queue.ran[-2:] == ["scoring.jobs.score_account", "workflows.jobs.plan_account"]
