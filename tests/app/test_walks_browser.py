"""Whole ways through our pages in a browser, as an installer, an owner and an agency go them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy.engine import Engine

from tests.app.walking import Walker, open_account, opened_crm, work
from tests.contract.rekindle import CrmRekindle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PRESSES = 12  # from the first page to an approved dry run

AGENCY = ("Northgate Dental", "Solstice Med Spa", "Pioneer Home Services")


@dataclass(frozen=True)
class Screen:
    width: int
    scheme: Literal["light", "dark"]
    by_keyboard: bool

    def opened(self, browser: "Browser") -> Walker:
        page = browser.new_page(
            viewport={"width": self.width, "height": 900}, color_scheme=self.scheme
        )
        return Walker(page, self.by_keyboard)


DESK = Screen(1440, "light", by_keyboard=False)
KEYBOARD = Screen(1440, "dark", by_keyboard=True)
TABLET = Screen(768, "light", by_keyboard=True)
PHONE = Screen(320, "dark", by_keyboard=False)
CONSENT = {"hubspot": "Connect app", "highlevel": "Install in this location"}
INSTALL = {"hubspot": "Install in HubSpot", "highlevel": "Install in HighLevel"}


def install(walker: Walker, made: CrmRekindle) -> None:
    """From the first page to the account's own, by the CRM's consent."""
    walker.page.goto(made.crm_side.public_url)
    walker.sees("Who went quiet")
    walker.link(INSTALL[made.crm_side.provider])
    walker.button(CONSENT[made.crm_side.provider])
    walker.sees("Getting to know your contacts")


def approve_the_dry_run(walker: Walker) -> None:
    walker.link("See the audit")
    walker.sees("Your database at a glance")
    walker.link("Review playbooks")
    walker.sees("Playbooks")
    walker.link("Continue to the dry run")
    walker.sees("Dry run")
    walker.button("Approve writing")
    walker.waits_for("Being written")


@pytest.mark.parametrize(
    ("crm", "screen"),
    [("hubspot", PHONE), ("hubspot", KEYBOARD), ("highlevel", TABLET), ("highlevel", DESK)],
)
def test_an_installer_comes_from_the_first_page_to_an_approved_dry_run(
    crm: str, screen: Screen, browser: "Browser", engine: Engine, database_url: str
) -> None:
    with opened_crm(crm, engine, database_url) as made:
        walker = screen.opened(browser)
        install(walker, made)
        work(made)
        approve_the_dry_run(walker)
        assert made.standing().plan_state == "approved"
        work(made)
        walker.waits_for("Read back equal")
        assert made.standing().plan_state == "applied"
        assert walker.presses <= PRESSES
        assert walker.problems == []
        assert walker.complaints == []


@contextmanager
def a_month_on(crm: str, engine: Engine, database_url: str) -> Iterator[CrmRekindle]:
    """An account whose first batch was started a month ago."""
    with opened_crm(crm, engine, database_url) as made:
        made.write_values()
        made.approve_wave()
        made.start_all_due()
        for days in (8, 24):
            made.crm_side.advance(made.context.clock.now() + timedelta(days=days))
            work(made)
        yield made


def enter_from_the_crm(walker: Walker, made: CrmRekindle) -> None:
    """As an admin of the account does, who closed our pages weeks ago."""
    open_account(walker.page, made)
    if made.crm_side.provider == "highlevel":
        walker.link("Rekindle")
        walker.frame = walker.page.frame_locator("#app")
        return
    walker.link("Settings: Rekindle")
    walker.button("Open Rekindle")
    with walker.page.context.expect_page() as opened:
        walker.link("Go to Rekindle")
    walker.turn_to(opened.value)


@pytest.mark.parametrize(
    ("crm", "screen"), [("hubspot", replace(DESK, by_keyboard=True)), ("highlevel", PHONE)]
)
def test_s30_an_owner_comes_from_the_crm_to_the_results_and_prints_them(
    crm: str, screen: Screen, browser: "Browser", engine: Engine, database_url: str
) -> None:
    with a_month_on(crm, engine, database_url) as made:
        walker = screen.opened(browser)
        enter_from_the_crm(walker, made)
        walker.link("Results")
        walker.sees("Results after 30 days")
        walker.link("7 days")
        walker.sees("Results after 7 days")
        walker.link("How these numbers are defined")
        walker.sees("How numbers are defined")
        walker.link("Results")
        walker.sees("Results after 30 days")
        walker.sees_it_printed("Results after 30 days")
        walker.link("Weekly report")
        walker.sees("Week")
        assert walker.downloads("Download as PDF")[:5] == b"%PDF-"
        assert walker.problems == []
        assert walker.complaints == []


def install_three(walker: Walker, made: CrmRekindle) -> None:
    """By one consent of the agency."""
    walker.page.goto(made.crm_side.public_url)
    walker.link("Install in HighLevel")
    for name in AGENCY:
        walker.ticks(name)
    walker.button("Install in these locations")
    walker.sees("Getting to know your contacts")


@pytest.mark.parametrize("screen", [TABLET, PHONE])
def test_an_agency_installs_three_accounts_opens_each_and_settles_all(
    screen: Screen, browser: "Browser", engine: Engine, database_url: str
) -> None:
    with opened_crm("highlevel", engine, database_url) as made:
        walker = screen.opened(browser)
        install_three(walker, made)
        work(made)
        walker.link("See the audit")
        walker.link("Policy")
        walker.types("Pause after an approach", "120")
        walker.waits_for("Saved.")
        walker.link("Other accounts")
        walker.sees("Accounts")
        for name in reversed(AGENCY):
            walker.link(name)
            walker.sees("Your database at a glance")
            walker.link("Other accounts")
        for name in AGENCY[1:]:
            walker.ticks(f"Select {name}")
        walker.button("Apply these settings")
        walker.waits_for("2 accounts were changed.")
        walker.sees("Accounts")
        assert walker.problems == []
        assert walker.complaints == []
