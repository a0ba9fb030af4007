"""Our pages in a CRM's frame on another site, in a browser that sends no third party's cookies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.engine import Engine

from tests.browsing import served
from tests.contract.crm_sides.highlevel import open_side
from tests.contract.rekindle import CrmRekindle, build_rekindle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture
def side() -> Iterator[Any]:
    with open_side() as opened:
        yield opened


@pytest.fixture
def installed(side: Any, engine: Engine, database_url: str) -> CrmRekindle:
    made = build_rekindle(side, engine, database_url)
    made.install()
    return made


@pytest.fixture
def address(installed: CrmRekindle) -> Iterator[str]:
    with served(installed.web.app) as found:
        yield found


def test_an_admin_works_in_the_crms_frame_though_cookies_of_third_parties_are_blocked(
    browser: "Browser", side: Any, address: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(f"{told.type} {told.location['url']}"))
    page.goto(f"{side.url}/control/highlevel/menu/{side.account}?app={address}")
    ours = page.frame_locator("#app")
    ours.get_by_role("link", name="Policy").click()
    ours.get_by_label("Pause after an approach").fill("120")
    ours.get_by_role("button", name="Save").first.click()
    ours.get_by_role("status").get_by_text("Saved.").wait_for()
    ours.get_by_role("link", name="Progress").click()
    ours.get_by_role("link", name="Policy").click()
    assert ours.get_by_label("Pause after an approach").input_value() == "120"
    assert [told for told in complaints if address in told] == []
    # Another person in the same browser is not taken for the first.
    team = page.get_by_role("link", name="(user)").first
    team.click()
    ours.get_by_role("heading").first.wait_for()
    assert ours.get_by_role("link", name="Policy").count() == 0
    # Another site may not frame what is the account's.
    page.set_content(f'<iframe src="{address}/admin/policy"></iframe>')
    page.wait_for_timeout(300)
    assert page.frames[-1].evaluate("document.body.innerText").find("Pause after") < 0
