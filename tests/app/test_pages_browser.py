"""The pages in a real browser: they fit a phone, work by keyboard, and call nobody else."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
import sqlalchemy as sa

from app.lab.account_states import STATES as STATES_OF_ACCOUNTS
from app.lab.account_states import context_at
from app.lab.bench_account import ACCOUNT, opened_place
from app.lab.card_states import STATES
from app.lab.screenshots import INSIDE, OUTSIDE, SIZES, draw_card
from app.pages.session import sign_link
from app.pages.standing import load_standing
from app.processes import free_port
from app.web import create_app
from core.db import reading
from oauth.tables import installations
from sync.mirror.tables import contacts
from tests.browsing import axe_findings, served, too_wide
from tests.rekindle import Rekindle
from workflows.decisions.store import ready_contacts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEAVIEST = 150_000
TABLET = 768
# Nothing in them invites to begin a new line.
LONG_FIRST, LONG_LAST = "Wilhelmina-Alexandrine", "Wolfeschlegelsteinhausenbergerdorff"
LONG_ACCOUNT = "Hörakustikmeisterbetriebsgesellschaft Wolfeschlegelsteinhausen"

Built = tuple[tuple[str, ...], ...]

pytestmark = pytest.mark.browser


@pytest.fixture
def address(rekindle: Rekindle) -> Iterator[str]:
    """A served product with an account that is read, scored and waits for its admin; names are as long as they get."""
    rekindle.ready()
    with rekindle.context.engine.begin() as tx:
        tx.execute(sa.update(contacts).values(first_name=LONG_FIRST, last_name=LONG_LAST))
        tx.execute(sa.update(installations).values(name=LONG_ACCOUNT))
    with served(rekindle.web.app) as found:
        yield found


def enter(page: "Page", rekindle: Rekindle, address: str) -> None:
    link = sign_link(rekindle.context, rekindle.account_id)
    page.goto(link.replace("http://localhost:8321", address))


def test_every_page_fits_is_accessible_and_asks_nobody_else(
    browser: "Browser", rekindle: Rekindle, address: str
) -> None:
    """On a desk, a tablet and a small phone, light and dark; pages of errors among them."""
    asked: list[str] = []
    complaints: list[str] = []
    problems: list[str] = []
    inside = {**INSIDE, "contact": f"/admin/contacts/{somebody_ready(rekindle)}"}
    for width, scheme in SIZES:
        page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for path in OUTSIDE.values():
            problems += problems_of(page, address, path, width)
        enter(page, rekindle, address)
        for path in inside.values():
            problems += problems_of(page, address, path, width)
        for case in STATES:
            page.set_content(draw_card(case))
            problems += too_wide(page, f"card, {case}")
        page.close()
    assert problems == []
    assert complaints == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_every_page_is_accessible_in_every_state_of_an_account(browser: "Browser") -> None:
    """On a desk and a small phone, light and dark; pages that differ in words alone are looked at once."""
    seen: set[tuple[str, Built]] = set()
    looked_at: set[str] = set()
    problems: list[str] = []
    port = free_port()
    with opened_place(None) as place:
        context = replace(
            context_at(place, f"http://localhost:{port}"), pause=lambda _seconds: None
        )
        with served(create_app(context), port) as address:
            page = browser.new_page()
            for state, prepare in STATES_OF_ACCOUNTS.items():
                prepare(context, 400)
                page.goto(sign_link(context, ACCOUNT))
                for path in INSIDE.values():
                    before, main, after = in_parts(page.request.get(address + path).text())
                    built = {("around", before + after), ("main", main)}
                    if built <= seen:
                        continue
                    seen |= built
                    looked_at.add(path)
                    page.goto(address + path)
                    problems += [f"{path}, {state}, {one}" for one in looks(page)]
        context.engine.dispose()
    assert looked_at == {*INSIDE.values()}
    assert problems == []


def looks(page: "Page") -> Iterator[str]:
    """What is wrong with a page as it stands, on a desk and on a small phone."""
    for width, scheme in SIZES:
        if width != TABLET:
            page.set_viewport_size({"width": width, "height": 844})
            page.emulate_media(color_scheme=scheme)
            for one in (*too_wide(page, "the page"), *axe_findings(page)):
                yield f"{width}: {one}"


def in_parts(document: str) -> tuple[Built, Built, Built]:
    """What a page is built of before its heading, with what every page says, from there on, and after its main part."""
    before, _, rest = document.partition("<h1")
    main, _, after = rest.partition("</main>")
    return built_of(before), built_of(main), built_of(after)


def built_of(document: str) -> Built:
    """The kinds of elements, each with its classes, its type, its role and the names of what else it says."""
    return tuple(
        sorted(
            {
                (name, *sorted(re.findall(r'\b(?:class|type|role)="[^"]*"|[\w-]+(?==)', said)))
                for name, said in re.findall(r"<(\w+)([^>]*)>", document)
            }
        )
    )


def somebody_ready(rekindle: Rekindle) -> str:
    with reading(rekindle.context.engine) as connection:
        return str(connection.execute(ready_contacts(rekindle.account_id)).scalars().first())


def test_the_longer_words_of_german_are_neither_cut_nor_wider_than_a_screen(
    browser: "Browser", rekindle: Rekindle, address: str
) -> None:
    problems: list[str] = []
    inside = {**INSIDE, "contact": f"/admin/contacts/{somebody_ready(rekindle)}"}
    for width, _ in SIZES:
        page = browser.new_page(viewport={"width": width, "height": 844}, locale="de-DE")
        enter(page, rekindle, address)
        for path in (*OUTSIDE.values(), *inside.values()):
            page.goto(address + path)
            assert page.locator("html").get_attribute("lang") == "de"
            cut = page.evaluate(_CUT)
            problems += [f"{path} at {width}: {one}" for one in (*too_wide(page, "page"), *cut)]
        page.close()
    assert problems == [], "\n".join(problems)


# Elements that hide a part of their text, where nobody can scroll to it.
_CUT = """() => [...document.querySelectorAll("body *")]
  .filter(e => e.innerText && getComputedStyle(e).overflowX !== "visible")
  .filter(e => !["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.tagName !== "svg")
  .filter(e => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
  .map(e => `cut: ${e.outerHTML.slice(0, 120)}`)"""


def problems_of(page: "Page", address: str, path: str, width: int) -> list[str]:
    page.goto(address + path)
    found = too_wide(page, "the page")
    weight = page.evaluate("document.documentElement.outerHTML.length")
    found += [f"{weight} characters"] if weight > HEAVIEST else []
    # A tablet shows what a desk does, in the same colours.
    found += axe_findings(page) if width != TABLET else []
    return [f"{path} at {width}: {one}" for one in found]


def test_the_dry_run_is_approved_with_the_keyboard_alone(
    browser: "Browser", rekindle: Rekindle, address: str
) -> None:
    page = browser.new_page()
    enter(page, rekindle, address)
    page.goto(f"{address}/admin/plan")
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent")
        if focused and focused.startswith("Approve writing"):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert load_standing(rekindle.context, rekindle.account_id).plan_state == "approved"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_s31_a_field_is_chosen_with_the_keyboard_and_a_refused_one_cannot_be(
    browser: "Browser", rekindle: Rekindle, address: str, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    enter(page, rekindle, address)
    page.goto(f"{address}/admin/fields")
    offered = page.get_by_role("radio").all()
    assert [radio.get_attribute("value") for radio in offered] == ["inquiry_level", ""]
    refused = page.get_by_text("Filled in after the outcome, so it can't be used.")
    assert refused.is_visible()
    offered[0].focus()
    page.keyboard.press("ArrowDown")
    assert offered[1].is_checked()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Saved.")
    assert page.get_by_role("radio").nth(1).is_checked()
    if folder := os.environ.get("REKINDLE_TEST_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"fields-none-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_settings_are_changed_with_the_keyboard_alone_and_without_scripts(
    browser: "Browser", rekindle: Rekindle, address: str, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, java_script_enabled=False
    )
    enter(page, rekindle, address)
    page.goto(f"{address}/admin/policy")
    for label, typed in (("Monday to Saturday", "6-23"), ("Pause after an approach", "120")):
        page.get_by_label(label).focus()
        page.keyboard.type(typed)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text().startswith("Nothing was saved.")
    hours = page.get_by_label("Monday to Saturday")
    assert hours.get_attribute("aria-invalid") == "true"
    assert hours.input_value() == "6-23"
    if folder := os.environ.get("REKINDLE_TEST_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"settings-refused-{scheme}.png", full_page=True)
    hours.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("10-18")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Saved.")
    assert page.get_by_label("Monday to Saturday").input_value() == "10:00–18:00"
    assert page.get_by_text("Pause after an approach: not set → 120 days").is_visible()
    overflow = page.locator("html").evaluate("e => e.scrollWidth - e.clientWidth")
    assert overflow <= 0
    if folder := os.environ.get("REKINDLE_TEST_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"settings-saved-{scheme}.png", full_page=True)


def test_s30_a_rep_goes_from_the_desk_to_a_started_and_a_stopped_playbook(
    browser: "Browser", rekindle: Rekindle, address: str
) -> None:
    """In a sidebar's width, by buttons and the keyboard alone: no typed address and no reload."""
    rekindle.press("/admin/plan", "/approve")
    rekindle.write_plan()
    page = browser.new_page(viewport={"width": 352, "height": 900})
    enter(page, rekindle, address)
    page.get_by_role("link", name="Win-back desk").first.click()
    page.locator("section[aria-labelledby=ready] tbody a").first.click()
    card = page.locator("article.side")
    assert "in 100 answer" in card.locator("h2").inner_text()
    card.get_by_role("button", name="Start playbook").click()
    assert card.locator("h2").inner_text() == "About to start"
    card.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    card.get_by_role("button", name="Start playbook").wait_for()
    card.get_by_role("button", name="Start playbook").press("Enter")
    card.get_by_role("button", name="Stop").wait_for()
    assert page.get_by_text("Let go ahead").count() >= 2, "each start stands in the history"
    card.get_by_role("button", name="Stop").click()
    card.get_by_role("button", name="Start playbook").wait_for()
    card.get_by_text("Snooze").click()
    card.get_by_role("button", name="A month").click()
    assert card.locator("h2").inner_text().startswith("Snoozed until")
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    if folder := os.environ.get("REKINDLE_TEST_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "person.png", full_page=True)
