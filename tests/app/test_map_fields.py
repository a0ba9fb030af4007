"""Mapping fields in a browser, on every CRM: a date is found, tried on one contact, saved; the audit changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.engine import Engine

from app.pages.session import sign_link
from connector.registry import sandbox_variables
from core.db import reading
from manifest.promise import load_promise, with_public_url
from oauth.accounts import account_id_of
from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.client import easy_highlevel
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from scoring.store import find_scoring
from sync.fields.mapping import BY_CONTENT, CHOSEN
from sync.fields.mapping_store import find_version, load_proposals, load_settled_mapping
from tests.browsing import served
from tests.contract.crm_sides.highlevel import HighLevelSide
from tests.contract.mailbox import open_mailbox
from tests.practice import Patient, english, patients, quiet_for
from tests.rekindle import Rekindle, build_rekindle

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)
TODAY = AS_OF.date()
COUNT = 60
# A name that says nothing of what the column is.
PLAIN = "Field 7"

pytestmark = [pytest.mark.integration, pytest.mark.browser]


@dataclass
class Practice:
    """A practice's patients in a CRM, with the product in front of it."""

    rekindle: Rekindle
    account_id: str
    people: list[Patient]

    def dormant(self) -> int | None:
        with reading(self.rekindle.context.engine) as connection:
            scoring = find_scoring(connection, self.account_id)
        return None if scoring is None else scoring["dormant"]["d90"]


@pytest.fixture(params=["hubspot", "highlevel"])
def practice(
    request: pytest.FixtureRequest, engine: Engine, database_url: str
) -> Iterator[Practice]:
    """Sixty patients whose last appointment stands under a name that nobody can know."""
    people = [replace(p, next_appointment=None) for p in patients(COUNT, as_of=TODAY)]
    file = english(people).replace(b"Last Appointment", PLAIN.encode(), 1)
    config = SandboxConfig(contacts=0, options=(easy_hubspot(), easy_highlevel(0)))
    with serving_hubspot(config) as lab:
        path = "/control/load" if request.param == "hubspot" else f"/control/{request.param}/load"
        assert lab.http.post(f"{path}/contacts", content=file).json()["contacts"] == COUNT
        rekindle = build_rekindle(
            lab, engine, database_url, **sandbox_variables("highlevel", lab.url)
        )
        yield Practice(rekindle, INSTALL[request.param](rekindle, lab), people)


def _install_hubspot(rekindle: Rekindle, _lab: HubSpotClient) -> str:
    rekindle.ready()
    return rekindle.account_id


def _install_highlevel(rekindle: Rekindle, lab: HubSpotClient) -> str:
    with open_mailbox() as mailbox:
        side = HighLevelSide(lab, mailbox)
        side.register(with_public_url(load_promise("highlevel"), "http://localhost:8321"))
        begun = rekindle.web.get("/oauth/highlevel/install", follow_redirects=False)
        answer = rekindle.come_back(side.consent(begun.headers["location"]))
        assert answer.status_code == 303, answer.text
        rekindle.drain()
    return account_id_of("highlevel", NORTHGATE)


INSTALL: dict[str, Callable[[Rekindle, HubSpotClient], str]] = {
    "hubspot": _install_hubspot,
    "highlevel": _install_highlevel,
}


@pytest.fixture
def page(practice: Practice, browser: Browser) -> Iterator[Page]:
    """A browser on the page of fields."""
    link = sign_link(practice.rekindle.context, practice.account_id)
    with served(practice.rekindle.web.app) as address:
        opened = browser.new_page(viewport={"width": 390, "height": 844})
        opened.goto(link.replace("http://localhost:8321", address))
        opened.goto(f"{address}/admin/fields")
        yield opened


def test_s31_a_custom_date_is_found_tried_on_one_contact_saved_and_changes_the_audit(
    practice: Practice, page: Page
) -> None:
    expected = quiet_for(practice.people, 90, as_of=TODAY)
    assert expected > COUNT / 2
    with reading(practice.rekindle.context.engine) as connection:
        proposed = load_proposals(connection, practice.account_id)["last_appointment_at"]
        settled = load_settled_mapping(connection, practice.account_id)
    assert [one.match for one in proposed] == [BY_CONTENT], "its name says nothing"
    assert "last_appointment_at" not in settled, "what is only guessed waits for a person"
    assert "fitting_at" in settled, "what its name says is used"
    before = practice.dormant() or 0
    assert before < expected

    page.get_by_label("Find a property").fill("field 7")
    page.get_by_role("button", name="Find a property").click()
    found = (
        page.get_by_role("row")
        .filter(has_text=PLAIN)
        .filter(has=page.get_by_label("Use Field 7 for"))
    )
    assert found.get_by_role("button").count() == 1
    found.get_by_label(f"Use {PLAIN} for").select_option("last_appointment_at")
    found.get_by_role("button", name="Use").click()
    assert "This is a draft" in page.inner_text("main")
    mapped = page.get_by_label("Last visit or appointment, property 1").input_value()
    assert mapped.endswith("field_7")

    patient = next(
        p
        for p in practice.people
        if p.email and p.last_appointment and (TODAY - p.last_appointment).days > 90
    )
    page.get_by_label("Contact to test on").fill(patient.email)
    page.get_by_role("button", name="Test", exact=True).click()
    assert "Asking your CRM" in page.inner_text("main")
    assert practice.dormant() == before, "nothing is changed by a test"
    practice.rekindle.drain()
    page.wait_for_selector("text=What we'd make of them")
    told = page.inner_text("main")
    assert patient.last_appointment is not None
    assert patient.last_appointment.isoformat() in told
    assert (
        f"{(TODAY - patient.last_appointment).days:,} days, since {patient.last_appointment}"
        in told
    )
    with reading(practice.rekindle.context.engine) as connection:
        assert find_version(connection, practice.account_id) is None, "nothing is saved by a test"

    page.get_by_role("button", name="Save and run audit").click()
    assert page.get_by_role("status").inner_text().startswith("Saved.")
    practice.rekindle.drain()
    page.wait_for_selector("text=See the audit")
    assert practice.dormant() == expected
    row = page.get_by_role("row").filter(has_text="Quiet for 90 days or more")
    assert row.inner_text().split()[-2:] == [f"{before:,}", f"{expected:,}"]
    with reading(practice.rekindle.context.engine) as connection:
        version = find_version(connection, practice.account_id)
    assert version is not None
    assert version.changed_by.startswith("operator ")
    chosen = version.mapping["last_appointment_at"]
    assert [one.match for one in chosen.sources] == [CHOSEN]
    page.get_by_role("link", name="See the audit").click()
    assert f"{expected:,} of your {COUNT:,} contacts have been quiet" in page.inner_text("main")
