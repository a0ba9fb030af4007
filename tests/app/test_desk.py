"""The win-back desk, looking for people, and one person's page: who may be approached and nobody else (S30)."""

import re

import pytest
import sqlalchemy as sa

from app.lab.browser import read_forms
from contact_rules.verdict import Allow, Defer, choose_channel
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from sync.mirror.finding import find_contacts
from sync.mirror.tables import contacts
from sync.mirror.timeline import load_timeline
from tests.rekindle import Rekindle
from workflows.decisions import store as decisions
from workflows.gate.asking import load_looked_at
from workflows.gate.policy import policy_of
from workflows.status import Status

pytestmark = pytest.mark.integration


def standing(rekindle: Rekindle, status: Status) -> set[str]:
    with reading(rekindle.context.engine) as connection:
        return set(decisions.load_standing(connection, rekindle.account_id, status, limit=1_000))


def listed(rekindle: Rekindle, address: str) -> list[str]:
    """Contacts of a list, over all its pages."""
    found: list[str] = []
    while True:
        page = rekindle.web.get(address)
        assert page.status_code == 200
        found += re.findall(r'<th scope="row"><a href="/admin/contacts/([^"]+)"', page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if following is None:
            return found
        address = address.partition("?")[0] + following[1].replace("&amp;", "&")


def test_s30_the_desk_lists_who_may_be_approached_today_and_nobody_else(
    ready_rekindle: Rekindle,
) -> None:
    here = ready_rekindle.context
    shown = listed(ready_rekindle, "/admin/desk")
    assert len(shown) == len(set(shown))
    assert shown
    assert set(shown) <= standing(ready_rekindle, Status.READY)
    at, policy = here.clock.now(), policy_of(AccountSettings(timezone="US/Eastern"))
    with reading(here.engine) as connection:
        ids = sorted(standing(ready_rekindle, Status.READY))
        people = load_looked_at(connection, ready_rekindle.account_id, ids, at=at, policy=policy)
    now = {i for i, p in people.items() if isinstance(choose_channel(p, at, policy), Allow)}
    later = {i for i, p in people.items() if isinstance(choose_channel(p, at, policy), Defer)}
    assert now <= set(shown) <= now | later


@pytest.mark.parametrize("name", ["segment", "priority", "channel"])
def test_s30_what_is_chosen_above_the_desk_divides_it(ready_rekindle: Rekindle, name: str) -> None:
    page = ready_rekindle.web.get("/admin/desk").text
    choices = re.search(rf'<select name="{name}">(.*?)</select>', page)
    assert choices is not None
    values = [value for value in re.findall(r'value="([^"]*)"', choices[1]) if value]
    parts = [listed(ready_rekindle, f"/admin/desk?{name}={value}") for value in values]
    whole = listed(ready_rekindle, "/admin/desk")
    assert sorted(i for part in parts for i in part) == sorted(whole)
    assert sum(1 for part in parts if part) >= 1


def test_s30_a_list_of_who_stands_so_has_those_alone(ready_rekindle: Rekindle) -> None:
    for status in (Status.READY, Status.SUPPRESSED, Status.ACTIVE, Status.HUMAN_FIRST):
        shown = listed(ready_rekindle, f"/admin/contacts?status={status}")
        assert set(shown) == standing(ready_rekindle, status), status
    assert listed(ready_rekindle, "/admin/contacts") == listed(
        ready_rekindle, "/admin/contacts?status=ready"
    )


def test_people_are_found_by_name_address_number_and_id(ready_rekindle: Rekindle) -> None:
    c, account_id = contacts.c, ready_rekindle.account_id
    query = sa.select(c.contact_id, c.first_name, c.last_name, c.email, c.phone).where(
        c.account_id == account_id, ~c.archived, c.email.is_not(None), c.phone.is_not(None)
    )
    with reading(ready_rekindle.context.engine) as connection:
        one = connection.execute(query.limit(1)).one()
        typed = [
            *(one.contact_id, one.email, one.email.upper(), one.phone),
            *(one.last_name, one.first_name[:2].upper(), one.last_name[:3].lower()),
            *(f"{one.first_name} {one.last_name}", f"  {one.last_name}  {one.first_name[0]}"),
        ]
        for text in typed:
            found = find_contacts(connection, account_id, text, limit=200, code="1")
            assert one.contact_id in found, text
        for text in ("", "   ", "zzzz", "%", "_", "nobody@nowhere.example"):
            assert list(find_contacts(connection, account_id, text, limit=200)) == []
        assert list(find_contacts(connection, "hubspot-2", one.email, limit=9)) == []
    page = ready_rekindle.web.get("/admin/contacts", params={"q": one.email}).text
    assert f"/admin/contacts/{one.contact_id}" in page


def test_a_persons_page_says_what_each_channel_may_and_what_was_decided(
    ready_rekindle: Rekindle,
) -> None:
    for status, says in ((Status.READY, "Yes"), (Status.SUPPRESSED, "No")):
        contact_id = min(standing(ready_rekindle, status))
        page = ready_rekindle.web.get(f"/admin/contacts/{contact_id}").text
        for label in ("E-mail", "Text", "Call"):
            assert f'<th scope="row">{label}</th>' in page
        verdicts = re.findall(r'class="pill \w+">(Yes|No|Later)<', page)
        assert len(verdicts) == 3
        assert says in verdicts or "Later" in verdicts
        assert "What we did, and why" in page
        with reading(ready_rekindle.context.engine) as connection:
            ids = [contact_id]
            at = ready_rekindle.context.clock.now()
            told = load_timeline(connection, ready_rekindle.account_id, ids, at=at, limit=30)
        assert told
        section = page.partition('id="record"')[2]
        assert section.count("<li>") == len(told)
        assert ("from them" in section) == any(
            one.direction == "in" and one.kind in {"email", "sms", "call", "other"} for one in told
        )
    record = ready_rekindle.web.get(f"/admin/contacts/{contact_id}").text
    assert 'target="_blank"' in record


def test_s30_nothing_is_done_without_the_forms_own_token_or_to_others_contacts(
    ready_rekindle: Rekindle,
) -> None:
    contact_id = min(standing(ready_rekindle, Status.READY))
    address = f"/admin/contacts/{contact_id}"
    page = ready_rekindle.web.get(address)
    form = next(f for f in read_forms(page.text) if f.action.endswith("/acts"))
    for path, more in (("/acts", {"act": "not_a_fit"}), ("/undo", {"act_id": "press-0001"})):
        told = {**form.fields, **more, "form_token": "forged"}
        assert ready_rekindle.web.post(address + path, data=told).status_code == 401
    wrong = {**form.fields, "act": "erase"}
    assert ready_rekindle.web.post(f"{address}/acts", data=wrong).status_code == 400
    foreign = {**form.fields, "act": "not_a_fit"}
    assert ready_rekindle.web.post("/admin/contacts/424242/acts", data=foreign).status_code == 404
    # What a rule speaks against is said on the page, which stays as it is.
    stop = ready_rekindle.web.post(f"{address}/acts", data={**form.fields, "act": "stop"})
    assert stop.status_code == 409
    assert "Nothing runs that could be stopped." in stop.text
