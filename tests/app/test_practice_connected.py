"""A practice with its patients in a CRM: the dormant and the customers are found without a click, on every CRM."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from connector.registry import sandbox_variables
from core.db import reading
from sandbox.config import SandboxConfig
from sandbox.highlevel.client import easy_highlevel
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from scoring.store import find_scoring
from sync.fields.mapping_store import load_findings, load_settled_mapping
from sync.frames import load_frames
from tests.app.test_map_fields import INSTALL
from tests.practice import Patient, english, fitted, german, patients, quiet_for
from tests.rekindle import Rekindle, build_rekindle
from workflows.gate.people import load_people

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)
TODAY = AS_OF.date()
COUNT = 200
FILES: dict[str, Callable[[list[Patient]], bytes]] = {"english": english, "german": german}

pytestmark = pytest.mark.integration


@dataclass
class Connected:
    rekindle: Rekindle
    account_id: str
    people: list[Patient]


@pytest.fixture(params=[("hubspot", "english"), ("hubspot", "german"), ("highlevel", "german")])
def connected(
    request: pytest.FixtureRequest, engine: Engine, database_url: str
) -> Iterator[Connected]:
    provider, written = request.param
    people = patients(COUNT, as_of=TODAY)
    config = SandboxConfig(contacts=0, options=(easy_hubspot(), easy_highlevel(0)))
    with serving_hubspot(config) as lab:
        _load(lab, provider, FILES[written](people))
        more = sandbox_variables("highlevel", lab.url)
        rekindle = build_rekindle(lab, engine, database_url, **more)
        yield Connected(rekindle, INSTALL[provider](rekindle, lab), people)


def _load(lab: HubSpotClient, provider: str, content: bytes) -> None:
    path = "/control/load" if provider == "hubspot" else f"/control/{provider}/load"
    answer = lab.http.post(f"{path}/contacts", content=content).json()
    assert answer["contacts"] == COUNT, answer


def test_s31_a_practices_dormant_and_customers_are_found_without_a_click(
    connected: Connected,
) -> None:
    here, account_id = connected.rekindle.context, connected.account_id
    with reading(here.engine) as connection:
        scoring = find_scoring(connection, account_id)
        settled = load_settled_mapping(connection, account_id)
        findings = load_findings(connection, account_id)
    assert scoring is not None
    for name, days in (("d90", 90), ("d180", 180), ("d365", 365)):
        expected = quiet_for(connected.people, days, as_of=TODAY)
        assert scoring["dormant"][name] == pytest.approx(expected, rel=0.01), name
    assert scoring["tracks"]["customer"] == fitted(connected.people)
    assert {
        "last_appointment_at",
        "fitting_at",
        "next_appointment_at",
        "birth_date",
    } <= settled.keys()
    found = {name: f for (name, _), f in findings.items()}
    with_one = sum(p.last_appointment is not None for p in connected.people)
    assert (found["last_appointment_at"].filled, found["last_appointment_at"].unread) == (
        with_one,
        0,
    )


def test_s31_who_has_an_appointment_to_come_is_expected(connected: Connected) -> None:
    here, account_id = connected.rekindle.context, connected.account_id
    now = here.clock.now()
    people, _ = load_frames(here.engine, account_id, as_of=now)
    ids = people["contact_id"].to_list()
    with reading(here.engine) as connection:
        seen = load_people(connection, account_id, dict.fromkeys(ids), at=now)
    coming = {p.contact_id: p.next_meeting_at for p in seen.values() if p.next_meeting_at}
    assert len(coming) == sum(p.next_appointment is not None for p in connected.people) > 0
    columns = dict(zip(ids, people["next_meeting_at"], strict=True))
    assert {i: at for i, at in columns.items() if at is not None} == coming


def test_asking_for_some_says_the_same_as_asking_for_all(connected: Connected) -> None:
    here, account_id = connected.rekindle.context, connected.account_id
    as_of = here.clock.now()
    people, events = load_frames(here.engine, account_id, as_of=as_of)
    some = people["contact_id"].sort().to_list()[::7]
    fewer, their_events = load_frames(here.engine, account_id, as_of=as_of, contact_ids=some)
    order = ["contact_id", "occurred_at", "kind"]
    assert fewer.sort("contact_id").equals(
        people.filter(people["contact_id"].is_in(some)).sort("contact_id")
    )
    assert their_events.sort(order).equals(
        events.filter(events["contact_id"].is_in(some)).sort(order)
    )
    assert (events["occurred_at"] <= as_of).all()
