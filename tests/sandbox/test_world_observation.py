"""What a business sees of its people, and how wrong that is: the sheet's observation noise."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sandbox.agenda import Agenda
from sandbox.highlevel.config import HighLevelLimits
from sandbox.highlevel.journal import LEAD_QUALITY as HIGHLEVEL_QUALITY
from sandbox.highlevel.location import Location, Profile, User
from sandbox.highlevel.population import Population as HighLevelPopulation
from sandbox.hubspot.custom_properties import INQUIRY_LEVEL, LEAD_QUALITY, LOST_REASON
from sandbox.hubspot.population import Population
from sandbox.hubspot.records import Record, Records
from sandbox.kit.moments import read_moment
from sandbox.virtual_time import VirtualTime
from sandbox.world.events import Event, Kind, Sentiment, to_ms
from sandbox.world.history import campaign_ms
from sandbox.world.identity import DEPTHS
from sandbox.world.latents import REASONS
from sandbox.world.tenant import hearing_care
from sandbox.world.verticals import DENTAL, business
from sandbox.world.world import World

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
PROFILE = Profile(
    "Test Dental", "Madison", "WI", "53703", "America/Chicago", "a@example.com", "+16085550100"
)


@pytest.fixture(scope="module")
def world() -> World:
    """A large practice, only looked at."""
    return World(hearing_care(seed=71, contacts=8000, as_of=AS_OF))


@pytest.fixture(scope="module")
def portal() -> Population:
    """A portal with people, only looked at."""
    time = VirtualTime.starting_at(AS_OF)
    people = World(hearing_care(seed=72, contacts=900, as_of=AS_OF))
    population = Population(Records(time.now), time.agenda, people, owners=("11",))
    population.settle()
    return population


@pytest.fixture(scope="module")
def location() -> HighLevelPopulation:
    """A location with people, only looked at."""
    return settle_location(500)


def settle_location(contacts: int) -> HighLevelPopulation:
    place = Location(
        id="Lo1",
        company_id="Co1",
        profile=PROFILE,
        users=(User("u1", "Co1", "Robin", "Hale", "robin@example.com", location_ids=("Lo1",)),),
        now=lambda: AS_OF,
        limits=HighLevelLimits(),
        wall=lambda: 0.0,
        seed=1,
        tell=lambda _name, _body: None,
    )
    zone = PROFILE.zone
    tenant = business(DENTAL, name="T", seed=73, contacts=contacts, as_of=AS_OF, zone=zone)
    population = HighLevelPopulation(place, Agenda(), World(tenant), DENTAL)
    population.settle()
    return population


def correlation(world: World) -> float:
    asked = [person for person in world.people() if person.inquiry != "unknown"]
    depth = [DEPTHS.index(person.inquiry) for person in asked]
    intent = world.latents.intent[[person.number for person in asked]]
    return float(np.corrcoef(depth, intent)[0, 1])


def test_the_noted_depth_follows_intent_through_noise(world: World) -> None:
    """F: depth = cut(z + N(0, .8)); the visible level tells much of intent and not all."""
    assert 0.5 < correlation(world) < 0.9
    people = world.people()
    shares = {level: sum(p.inquiry == level for p in people) / 8000 for level in DEPTHS}
    assert min(shares.values()) > 0.15
    unasked = [p for p in people if p.inquiry == "unknown"]
    assert 0.15 < len(unasked) / 8000 < 0.25
    assert all(p.inquiry == "unknown" for p in people if p.source == "import")


def test_the_noted_depth_is_that_of_the_form_where_it_was_asked(world: World) -> None:
    for person in world.people():
        assert person.inquiry in {person.depth, "unknown"}


def test_noise_has_the_stated_size(world: World) -> None:
    """F: reason seen for 35 %, of those 10 % wrong; 5 % wrong lifecycles; 45 % machine opens."""
    people, latents = world.people(), world.latents
    noted = [p for p in people if p.reason_noted is not None]
    wrong = [p for p in noted if p.reason_noted != REASONS[latents.reason[p.number]]]
    assert len(noted) / 8000 == pytest.approx(0.35, abs=0.02)
    assert len(wrong) / len(noted) == pytest.approx(0.10, abs=0.02)
    buyers = [p for p in people if world.customer[p.number]]
    misplaced = [p for p in buyers if p.lifecycle != "customer"]
    assert len(misplaced) / len(buyers) == pytest.approx(0.05, abs=0.015)
    assert float(latents.machine_opens.mean()) == pytest.approx(0.45, abs=0.02)


def test_scanners_click_within_five_seconds_and_people_do_not(world: World) -> None:
    """F: 3 % of the mail to a scanned mailbox is clicked by a machine at once."""
    history, sent = world.history, campaign_ms(world.tenant)
    clicks = history.take(history.kind == Kind.CLICK)
    seconds = (clicks.at_ms - sent[clicks.subject]) / 1000
    assert float(seconds[clicks.by_machine].min()) >= 1.0
    assert float(seconds[clicks.by_machine].max()) <= 5.0
    assert float(seconds[~clicks.by_machine].min()) > 60.0
    opens = history.take((history.kind == Kind.OPEN) & history.by_machine)
    share = clicks.by_machine.sum() / (len(opens) / 0.9)
    assert float(share) == pytest.approx(0.03, abs=0.005)
    minutes = (opens.at_ms - sent[opens.subject]) / 60_000
    assert float(np.quantile(minutes, 0.95)) < 20


def test_of_many_imported_contacts_nothing_is_known(world: World) -> None:
    imported = [p.number for p in world.people() if p.source == "import" and not p.duplicate]
    silent = [n for n in imported if world.last_human_ms[n] < 0]
    assert 0.3 < len(silent) / len(imported) < 0.7


def test_some_events_become_known_days_later() -> None:
    time = VirtualTime.starting_at(AS_OF)
    people = World(hearing_care(seed=74, contacts=1500, as_of=AS_OF))
    records = Records(time.now)
    Population(records, time.agenda, people).settle()

    def delays() -> list[tuple[Record, timedelta]]:
        talks = [record for kind in ("emails", "calls") for record in records.each(kind)]
        return [(r, r.created_at - read_moment(r.properties["hs_timestamp"] or "")) for r in talks]

    known = delays()
    late = [delay for _, delay in known if delay > timedelta(hours=6)]
    assert 0.01 < len(late) / len(known) < 0.03
    time.advance_to(AS_OF + timedelta(days=7))
    newer = [r for r, delay in delays() if r.created_at > AS_OF >= r.created_at - delay]
    assert newer


def test_records_may_be_shorter_than_the_bands() -> None:
    people = World(hearing_care(seed=75, contacts=600, as_of=AS_OF, weeks=20))
    oldest = min(person.created_at for person in people.people())
    assert AS_OF - oldest <= timedelta(weeks=20)
    signs = people.last_human_ms[people.last_human_ms >= 0]
    bought = people.history.take(people.history.kind == Kind.PURCHASE)
    assert len(signs)
    assert to_ms(AS_OF) - int(bought.at_ms.min()) > 20 * 7 * 86_400_000  # imported sales are older


def contacts(portal: Population) -> list[tuple[int, Record]]:
    found = [(n, portal.records.get("contacts", i)) for n, i in portal.contact_of.items()]
    return [(number, record) for number, record in found if record is not None]


def test_depth_was_noted_when_the_contact_was_made(portal: Population) -> None:
    assert portal.world is not None
    people = portal.world.people()
    for number, record in contacts(portal):
        (version,) = record.versions(INQUIRY_LEVEL)
        assert version.value == people[number].inquiry
        assert version.at == record.created_at


def test_no_value_was_known_before_the_moment_it_names(portal: Population) -> None:
    """F: timestamps tell what was known when, those of calculated properties too."""
    to_come = {"notes_next_activity_date", "lastmodifieddate", "sms_consent_date"}
    seen = 0
    for _, record in contacts(portal):
        for name in record.properties.keys() - to_come:
            for version in record.versions(name):
                if version.value and MOMENT.fullmatch(version.value):
                    assert read_moment(version.value) <= version.at <= AS_OF, name
                    seen += 1
    assert seen > 5000


def test_what_a_sale_told_staff_was_filled_in_after_the_sale(portal: Population) -> None:
    """F, the canary: whoever compares timestamps finds lead quality younger than the outcome."""
    checked = 0
    for _, record in contacts(portal):
        versions = record.versions(LEAD_QUALITY)
        deals = portal.records.associated("contacts", record.id, "deals")
        sales = [
            read_moment(deal.properties["closedate"] or "")
            for deal in (portal.records.get("deals", i) for i in deals)
            if deal is not None and deal.properties["hs_is_closed_won"] == "true"
        ]
        assert bool(versions) == bool(sales)
        if not sales:
            continue
        (rated,) = versions
        assert min(sales) < rated.at <= AS_OF
        assert rated.at > record.created_at
        stages = [v.at for v in record.versions("lifecyclestage") if v.value == "customer"]
        fresh = min(sales) >= record.created_at
        assert all(at > min(sales) for at in stages) or not fresh
        checked += 1
    assert checked > 200


def test_a_reason_is_noted_when_silence_began(portal: Population) -> None:
    assert portal.world is not None
    for number, record in contacts(portal):
        for version in record.versions(LOST_REASON):
            events = [e for e in portal.world.events_until(number) if not e.by_machine]
            last = max((e.at for e in events), default=record.created_at)
            assert last <= version.at <= AS_OF


def test_highlevel_shows_depth_to_all_and_quality_of_customers_only(
    location: HighLevelPopulation,
) -> None:
    place, people = location.location, location.world.people()
    depth, quality = place.fields.find("inquiry_level"), place.fields.find(HIGHLEVEL_QUALITY)
    assert depth is not None
    assert quality is not None
    for number, contact_id in location.contact_of.items():
        contact = place.contacts.get(contact_id)
        assert contact is not None
        assert contact.custom[depth.id] == people[number].inquiry.capitalize()
        assert contact.custom[depth.id] in depth.options
        expected = "Won" if location.world.customer[number] else None
        assert contact.custom.get(quality.id) == expected


def test_highlevels_staff_rate_an_answer_once_they_have_it() -> None:
    town = settle_location(40)
    quality = town.location.fields.find(HIGHLEVEL_QUALITY)
    assert quality is not None
    number = next(n for n in town.contact_of if not town.world.customer[n])
    contact = town.location.contacts.get(town.contact_of[number])
    assert contact is not None
    for mood, rating in ((Sentiment.POSITIVE, "Hot"), (Sentiment.NEGATIVE, "Cold")):
        town.journal.write(contact, Event(number, Kind.EMAIL_IN, AS_OF, sentiment=mood))
        assert contact.custom[quality.id] == rating
    town.journal.write(contact, Event(number, Kind.EMAIL_IN, AS_OF))
    assert contact.custom[quality.id] == "Cold"
    town.journal.write(contact, Event(number, Kind.PURCHASE, AS_OF, amount=90.0))
    assert contact.custom[quality.id] == "Won"
