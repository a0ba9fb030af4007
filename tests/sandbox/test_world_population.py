"""People in a portal: what HubSpot would show of them now, and what it shows as time goes by."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.hubspot.custom_properties import CUSTOM_PROPERTIES, LEAD_QUALITY
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.population import Population
from sandbox.hubspot.records import Record, Records
from sandbox.hubspot.standard import standard_definitions
from sandbox.kit.moments import iso, read_moment
from sandbox.virtual_time import VirtualTime
from sandbox.world.events import HUMAN, Channel, Event, Kind, Sentiment, Touch
from sandbox.world.tenant import hearing_care
from sandbox.world.world import World

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)
#: Properties that may name a time to come: appointments, tasks and open deals.
AHEAD = {
    "hs_meeting_start_time",
    "hs_meeting_end_time",
    "hs_timestamp",
    "closedate",
    "notes_next_activity_date",
}
DATE = re.compile(r"\d{4}-\d\d-\d\dT")


@dataclass
class Town:
    time: VirtualTime
    records: Records
    population: Population

    def all(self) -> Iterator[Record]:
        for kind in KINDS:
            yield from self.records.each(kind)

    def dump(self) -> str:
        rows = [(r.id, r.kind, r.created_at, r.updated_at, r.properties) for r in self.all()]
        return json.dumps(rows, default=str, sort_keys=True)


def settle(contacts: int = 400, seed: int = 77) -> Town:
    time = VirtualTime.starting_at(AS_OF)
    world = World(hearing_care(seed=seed, contacts=contacts, as_of=AS_OF))
    records = Records(time.now)
    population = Population(records, time.agenda, world, owners=("11", "12"))
    population.settle()
    return Town(time, records, population)


@pytest.fixture(scope="module")
def default() -> Town:
    """The default practice, only looked at."""
    return settle(1500, 20_261_116)


def assert_nothing_lies_ahead(town: Town) -> None:
    now = town.time.now()
    for record in town.all():
        assert record.created_at <= now
        assert record.updated_at <= now
        for name, value in record.properties.items():
            if name in AHEAD or value is None or not DATE.match(value):
                continue
            assert read_moment(value) <= now, (record.kind, name)


def test_a_portal_holds_exactly_its_contacts_and_shows_nothing_to_come(default: Town) -> None:
    assert default.records.count("contacts") == 1500
    assert_nothing_lies_ahead(default)
    ahead = [
        r
        for r in default.records.each("meetings")
        if read_moment(r.properties["hs_timestamp"] or "") > AS_OF
    ]
    assert {r.properties["hs_meeting_outcome"] for r in ahead} == {"SCHEDULED"}


def test_every_awkward_case_is_there(default: Town) -> None:
    contacts = list(default.records.each("contacts"))
    having = Counter(name for record in contacts for name in record.properties)
    archived = default.records.page("contacts", after=0, limit=100, archived=True)
    emails = {record.properties.get("email") for record in contacts}
    assert having["hs_merged_object_ids"] == 4
    assert len(archived) == 7
    assert sum(record.properties.get("email") in emails - {None} for record in archived) == 3
    assert 1500 - having["email"] > 50
    assert having["hs_email_optout"] > 20
    assert having["hs_email_hard_bounce_reason_enum"] > 20
    assert having["notes_next_activity_date"] == 8
    sends = Counter(r.properties.get("hs_email_sends_since_last_engagement") for r in contacts)
    assert sends["11"] > 20
    assert sends["16"] > 20
    in_sequence = [r for r in contacts if r.properties.get("hs_sequences_is_enrolled") == "true"]
    assert len(in_sequence) == 5
    assert sum(d.properties["hs_is_closed"] == "false" for d in default.records.each("deals")) == 12
    assert sum(t.properties["hs_is_closed"] == "false" for t in default.records.each("tickets")) > 5


def test_every_value_written_is_one_the_portal_defines(default: Town) -> None:
    """Names are defined, enumerations keep to their options, dates and numbers can be read."""
    definitions: dict[tuple[str, str], Definition] = {
        (kind, definition.name): definition
        for kind, definition in [*standard_definitions(), *CUSTOM_PROPERTIES]
    }
    for record in default.all():
        for name, value in record.properties.items():
            definition = definitions.get((record.kind, name))
            assert definition is not None, (record.kind, name)
            assert value is not None
            options = {option.value for option in definition.options}
            if definition.type in {"enumeration", "bool"} and options:
                assert value in options, (record.kind, name, value)
            elif definition.type == "datetime":
                assert iso(read_moment(value)) == value
            elif definition.type == "number":
                float(value)


def test_rollups_agree_with_the_records_behind_them(default: Town) -> None:
    checked = 0
    for contact in default.records.each("contacts"):
        deals = [
            default.records.get("deals", i)
            for i in default.records.associated("contacts", contact.id, "deals")
        ]
        won = [d.properties for d in deals if d and d.properties["hs_is_closed_won"] == "true"]
        assert int(contact.properties.get("num_associated_deals") or 0) == len(deals)
        total = sum(float(d["amount"] or 0) for d in won)
        assert float(contact.properties.get("total_revenue") or 0) == pytest.approx(total)
        if won:
            latest = max(won, key=lambda d: d["closedate"] or "")
            assert contact.properties["recent_deal_close_date"] == latest["closedate"]
            checked += 1
        calls = default.records.associated("contacts", contact.id, "calls")
        dates = [default.records.get("calls", i) for i in calls]
        for call in dates:
            assert call is not None
            at = call.properties["hs_timestamp"] or ""
            assert at <= (contact.properties["notes_last_contacted"] or "")
    assert checked > 300


def test_ids_ascend_with_creation_so_that_they_say_nothing_else(default: Town) -> None:
    people = {i: n for n, i in default.population.contact_of.items()}
    world = default.population.world
    assert world is not None
    created = [
        world.people()[people[record.id]].created_at for record in default.records.each("contacts")
    ]
    assert created == sorted(created)


def test_a_seed_gives_the_same_portal_to_the_byte() -> None:
    first, second = settle(200, 5), settle(200, 5)
    for town in (first, second):
        town.time.advance_to(AS_OF + timedelta(days=60))
    assert first.dump() == second.dump()
    assert settle(200, 6).dump() != settle(200, 5).dump()


def test_how_time_is_cut_changes_nothing() -> None:
    whole, daily = settle(), settle()
    whole.time.advance_to(AS_OF + timedelta(days=45))
    for day in range(1, 46):
        daily.time.advance_to(AS_OF + timedelta(days=day))
        assert_nothing_lies_ahead(daily) if day % 15 == 0 else None
    assert whole.dump() == daily.dump()


def test_life_goes_on_and_scheduled_meetings_take_place() -> None:
    town = settle()
    before = Counter(record.kind for record in town.all())
    town.time.advance_to(AS_OF + timedelta(days=120))
    after = Counter(record.kind for record in town.all())
    assert after["calls"] > before["calls"]
    assert after["emails"] > before["emails"]
    late = [
        r
        for r in town.records.each("meetings")
        if read_moment(r.properties["hs_meeting_start_time"] or "")
        <= town.time.now() - timedelta(hours=1)
    ]
    assert "SCHEDULED" not in {r.properties["hs_meeting_outcome"] for r in late}
    assert_nothing_lies_ahead(town)


def answered(town: Town) -> tuple[str, list[Event]]:
    """A contact whose person answers an e-mail sent now, and what that brings about."""
    world = town.population.world
    assert world is not None
    probe = World(world.tenant)
    touch = Touch(AS_OF, Channel.EMAIL)
    for number, contact_id in town.population.contact_of.items():
        events = probe.react(number, touch)
        if any(e.kind is Kind.EMAIL_IN and e.sentiment is Sentiment.POSITIVE for e in events):
            return contact_id, events
    raise AssertionError("nobody answers in this world")


def test_an_answer_arrives_when_it_is_due_and_not_before() -> None:
    """N14, S19: a reply to a touch becomes an inbound e-mail at its time."""
    town = settle()
    contact_id, events = answered(town)
    reply = next(event for event in events if event.kind is Kind.EMAIL_IN)
    town.population.touch(contact_id, Touch(AS_OF, Channel.EMAIL), marketing=True)

    def inbound() -> list[str]:
        ids = town.records.associated("contacts", contact_id, "emails")
        emails = [town.records.get("emails", i) for i in ids]
        return [
            e.properties["hs_timestamp"] or ""
            for e in emails
            if e and e.properties["hs_email_direction"] == "INCOMING_EMAIL"
        ]

    town.time.advance_to(reply.at - timedelta(seconds=1))
    assert iso(reply.at) not in inbound()
    town.time.advance_to(reply.at)
    assert iso(reply.at) in inbound()
    contact = town.records.get("contacts", contact_id)
    assert contact is not None
    assert contact.properties["hs_email_last_reply_date"] == iso(reply.at)
    assert contact.properties[LEAD_QUALITY] == "hot"


def test_lead_quality_is_filled_only_after_outcomes(default: Town) -> None:
    """The canary: whoever has a value bought or answered before it was written."""
    world = default.population.world
    assert world is not None
    for number, contact_id in default.population.contact_of.items():
        contact = default.records.get("contacts", contact_id)
        assert contact is not None
        assert (LEAD_QUALITY in contact.properties) == bool(world.customer[number])


def test_contacts_that_were_merged_or_deleted_get_their_events_or_none() -> None:
    town = settle()
    first, second, third = list(town.population.contact_of.values())[:3]
    merged = town.records.merge("contacts", first, second)
    town.records.archive("contacts", third)
    at = town.time.now()
    for old in (first, second):
        assert town.population.timeline.log(old, Event(1, Kind.CALL_IN, at)) == merged
    assert town.population.timeline.log(third, Event(2, Kind.CALL_IN, at)) is None


def test_contacts_loaded_from_files_answer_nobody() -> None:
    time = VirtualTime.starting_at(AS_OF)
    records = Records(time.now)
    population = Population(records, time.agenda)
    contact_id = records.create("contacts", {"email": "someone@example.com"})
    population.touch(contact_id, Touch(AS_OF, Channel.EMAIL), marketing=True)
    assert len(time.agenda) == 0


def test_every_human_kind_moves_a_date_that_a_reader_can_see() -> None:
    """Nothing a person does goes unseen: each sign of life shows in a roll-up of the contact."""
    time = VirtualTime.starting_at(AS_OF)
    records = Records(time.now)
    timeline = Population(records, time.agenda).timeline
    for kind in sorted(HUMAN):
        contact_id = records.create("contacts", {"email": f"{kind.name.lower()}@example.com"})
        timeline.log(contact_id, Event(0, kind, AS_OF, starts_at=AS_OF, amount=10.0))
        contact = records.get("contacts", contact_id)
        assert contact is not None
        names = set(contact.properties) - {"createdate", "lastmodifieddate"}
        assert any(contact.properties[name] == iso(AS_OF) for name in names), kind


def test_nothing_in_the_portal_tells_caused_events_from_others() -> None:
    """Truth stays out of the CRM: the same event leaves the same records whoever caused it."""

    def after(*, caused: bool) -> str:
        town = settle(60)
        for kind in (Kind.FORM, Kind.EMAIL_IN, Kind.CALL_IN, Kind.PURCHASE):
            event = Event(3, kind, AS_OF, amount=100.0, sentiment=Sentiment.POSITIVE, caused=caused)
            town.population.deliver(event)
        return town.dump()

    assert after(caused=True) == after(caused=False)
