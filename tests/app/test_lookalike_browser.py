"""A rep at work in a pretend CRM: from a record to a started and a stopped playbook, from a reply to a done task."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest
from sqlalchemy.engine import Engine

from core.db import reading
from sandbox.serving import eventually
from tests.app.walking import Walker, open_account, opened_crm, work
from tests.browsing import axe_findings
from tests.contract.rekindle import CrmRekindle
from workflows.decisions import store as decisions
from workflows.handoff import store as handoffs
from workflows.handoff.states import HandoffState
from workflows.status import Status

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser
YES = "Yes please. Does Thursday still work?"


@contextmanager
def at_work(crm: str, engine: Engine, database_url: str) -> Iterator[CrmRekindle]:
    """An account whose values are written."""
    with opened_crm(crm, engine, database_url) as made:
        made.write_values()
        yield made


def find_a_ready_person(made: CrmRekindle) -> str:
    with reading(made.context.engine) as connection:
        return decisions.load_standing(connection, made.account_id, Status.READY, limit=1)[0]


def open_record(page: "Page", contact_id: str) -> None:
    """As a rep does, from the list of contacts on."""
    page.get_by_role("searchbox").fill(contact_id)
    page.get_by_role("searchbox").press("Enter")
    page.locator("tbody a").first.click()
    page.get_by_role("heading", name="History").wait_for()


def start_and_stop(walker: Walker, card: "Locator") -> None:
    """Undone within the minute, stopped, and let go ahead at last."""
    for button in ("Start playbook", "Undo", "Start playbook", "Stop", "Start playbook"):
        walker.press(card.get_by_role("button", name=button, exact=True).first)
        if button == "Start playbook":
            card.get_by_role("heading", name="About to start").wait_for()


def let_it_go_out(page: "Page", made: CrmRekindle) -> None:
    """An hour passes by a button; more, until somebody may decently be written to, in a moment."""
    before = made.context.clock.now()
    page.get_by_role("button", name="Play an hour").press("Enter")
    eventually(lambda: made.context.clock.now() > before, "an hour")
    work(made)
    made.start_all_due()


def reply(page: "Page", made: CrmRekindle, contact_id: str) -> None:
    """The contact answers, and what comes of it stands on the record without a reload."""
    page.get_by_label("In these words").fill(YES)
    page.get_by_role("button", name="Do it").click()
    page.locator("#history").get_by_text(YES).wait_for()
    side: Any = made.crm_side

    def is_handed_over() -> bool:
        pass_minutes(made, 1)
        return bool(side.tasks(side.account, contact_id))

    eventually(is_handed_over, "a task for the answer", seconds=60)
    page.get_by_role("button", name="Mark as done").wait_for()


def pass_minutes(made: CrmRekindle, minutes: int) -> None:
    work(made)
    made.crm_side.advance(made.context.clock.now() + timedelta(minutes=minutes))


def task_is_done(made: CrmRekindle) -> bool:
    pass_minutes(made, 20)
    with reading(made.context.engine) as connection:
        return handoffs.count(connection, made.account_id) == {HandoffState.DONE: 1}


def test_s30_a_rep_in_hubspot_starts_stops_and_answers_from_the_card(
    browser: "Browser", engine: Engine, database_url: str
) -> None:
    """The card's own code, each request signed as HubSpot signs."""
    with at_work("hubspot", engine, database_url) as made:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        contact_id = find_a_ready_person(made)
        open_account(page, made)
        open_record(page, contact_id)
        card = page.locator("#extension")
        assert "in 100 answer" in card.get_by_role("heading").first.inner_text()
        start_and_stop(Walker(page, by_keyboard=True), card)
        let_it_go_out(page, made)
        card.get_by_role("heading", name=re.compile("Touch 1")).wait_for()
        reply(page, made, contact_id)
        card.get_by_role("heading", name=re.compile("said yes|answered")).wait_for()
        assert axe_findings(page) == []
        page.get_by_role("button", name="Mark as done").click()
        eventually(lambda: task_is_done(made), "the task is done", seconds=60)
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        page.get_by_role("link", name="Settings: Rekindle").click()
        page.get_by_role("button", name="Open Rekindle").click()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Go to Rekindle").click()
        opened.value.get_by_role("link", name="Policy").first.wait_for()  # for admins alone
        assert complaints == []


def open_card(walker: Walker, contact_id: str) -> "Locator":
    """From the location's menu to the desk in its frame, and on it to a person."""
    walker.frame = None
    walker.link("Rekindle")
    walker.frame = walker.page.frame_locator("#app")
    walker.link("Win-back desk")
    walker.sees("Win-back desk")
    walker.types("Find a person: name, address, number or id", contact_id)
    walker.press(walker.frame.locator("tbody a[href^='/admin/contacts/']").first)
    return walker.frame.locator("article.side")


def bind_workflow(made: CrmRekindle, contact_id: str) -> None:
    """An admin says which workflow the person's playbook starts."""
    with reading(made.context.engine) as connection:
        found = decisions.find_decision(connection, made.account_id, contact_id)
    assert found is not None
    page = f"/admin/playbooks?segment={found.segment}"
    made.press(page, f"/bindings/{found.playbook}", way="touches")


@pytest.mark.parametrize(
    ("width", "scheme", "by_keyboard"), [(1440, "light", False), (320, "dark", True)]
)
def test_s30_a_rep_in_highlevel_starts_stops_and_answers_from_the_desk(
    width: int,
    scheme: Literal["light", "dark"],
    by_keyboard: bool,
    browser: "Browser",
    engine: Engine,
    database_url: str,
) -> None:
    """Our pages in the location's frame, on another site, without third parties' cookies."""
    with at_work("highlevel", engine, database_url) as made:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        walker = Walker(page, by_keyboard)
        contact_id = find_a_ready_person(made)
        open_account(page, made)
        card = open_card(walker, contact_id)
        walker.press(card.get_by_role("button", name="Start playbook"))
        walker.waits_for("Nobody has said yet which workflow")
        bind_workflow(made, contact_id)
        start_and_stop(walker, open_card(walker, contact_id))
        let_it_go_out(page, made)
        card = open_card(walker, contact_id)
        card.get_by_role("heading", name=re.compile("Touch 1")).wait_for()
        page.get_by_role("link", name="Contacts", exact=True).press("Enter")
        open_record(page, contact_id)
        reply(page, made, contact_id)
        card = open_card(walker, contact_id)
        card.get_by_role("heading", name=re.compile("said yes|answered")).wait_for()
        assert axe_findings(page) == []
        page.get_by_role("link", name="Contacts", exact=True).press("Enter")
        open_record(page, contact_id)
        page.get_by_role("button", name="Mark as done").click()
        eventually(lambda: task_is_done(made), "the task is done", seconds=60)
        assert walker.problems == []
        assert walker.complaints == []
