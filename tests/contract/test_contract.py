"""What every door must do alike: read all, read some, write, start, take notices (S27-S29, D12)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from redis import Redis

from connector.port.automation import AddsToWorkflow
from connector.port.provider import Crm
from connector.port.records import ContactRow, IdRange, Page, ReadsContacts, ReadsRecords, Stream
from connector.port.writing import Provisioned, ProvisionsProperties, WritesProperties
from core.clock import pause
from core.db import reading
from core.moments import to_millis
from sync.live import capability
from sync.mirror.store import count_contacts
from sync.mirror.tables import activities, deals
from sync.outbox import plans as outbox
from sync.outbox.applying import Applying
from sync.outbox.changes import Change
from sync.outbox.plans import Plan
from sync.outbox.tables import plan_writes
from tests.contract.house import CrmHouse
from tests.contract.street import BulkStreet
from workflows.gate.people import load_people
from workflows.properties import DEFINITIONS, RULES, moment

KINDS = {
    *("meeting", "call", "email", "sms", "form", "visit", "click", "ticket"),
    *("note", "feedback", "refund"),
}


def pages(crm: Crm, stream: Stream) -> Iterator[Page]:
    """All pages of a stream, its ranges split wherever the CRM's cursors allow that."""
    reads = capability(crm, ReadsRecords)
    waiting: list[tuple[IdRange, str | None]] = [
        (part, None) for part in reads.bounds(stream).ranges
    ]
    while waiting:
        part, cursor = waiting.pop()
        page = reads.fetch_page(stream, part, cursor)
        yield page
        if page.cursor is not None:
            halves = reads.halve(part, page.cursor)
            waiting += [(h, None) for h in halves] if halves else [(part, page.cursor)]


def test_every_contact_is_paged_exactly_once(house: CrmHouse) -> None:
    house.install()
    with house.opened() as crm:
        rows = [row for page in pages(crm, Stream.CONTACTS) for row in page.contacts]
        total = capability(crm, ReadsRecords).bounds(Stream.CONTACTS).total
    ids = [row["contact_id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert set(ids) == house.street.contact_ids(house.street.account)
    assert total in {None, len(ids)}
    assert all(set(row) == set(ContactRow.__annotations__) for row in rows)


def test_every_stream_holds_as_many_records_as_the_crm_does(house: CrmHouse) -> None:
    house.install()
    with house.opened() as crm:
        streams = capability(crm, ReadsRecords).streams()
        read = {stream: sum(page.count for page in pages(crm, stream)) for stream in streams}
    held = {stream: house.street.count(house.street.account, stream) for stream in streams}
    assert streams[0] is Stream.CONTACTS
    assert {s: n for s, n in read.items() if held[s] is not None} == {
        s: n for s, n in held.items() if n is not None
    }
    assert all(read.values()), f"a stream without a single record shows nothing: {read}"


def test_what_happened_arrives_in_our_words_and_its_time(house: CrmHouse) -> None:
    house.read()
    now = to_millis(house.context.clock.now())
    with reading(house.context.engine) as connection:
        happened = list(connection.execute(sa.select(activities)).mappings())
        sold = list(connection.execute(sa.select(deals)).mappings())
        mirrored = count_contacts(connection, house.account_id)
    present = house.street.contact_ids(house.street.account)
    assert mirrored == len(present)
    assert {a["contact_id"] for a in happened} | {d["contact_id"] for d in sold} <= present
    assert {a["kind"] for a in happened} <= KINDS
    assert len({a["kind"] for a in happened}) >= 3
    assert {"in", "out"} <= {a["direction"] for a in happened} <= {"in", "out", None}
    ahead = [a for a in happened if a["occurred_at"] > now]
    assert all(a["kind"] == "meeting" and a["outcome"] in {None, "scheduled"} for a in ahead)


def test_revenue_arrives_with_its_time(house: CrmHouse) -> None:
    house.read()
    now = to_millis(house.context.clock.now())
    with reading(house.context.engine) as connection:
        sold = list(connection.execute(sa.select(deals)).mappings())
    won = [d for d in sold if d["is_won"]]
    assert won
    assert all(d["is_closed"] and d["closed_at"] <= now for d in won)
    assert all(isinstance(d["amount_minor"], int) and d["amount_minor"] >= 0 for d in won)
    assert any(d["amount_minor"] for d in won)


def test_what_software_sends_in_bulk_is_no_touch_of_the_team(house: CrmHouse) -> None:
    """D8: a newsletter last week must not keep everybody who got it from being approached."""
    if not isinstance(house.street, BulkStreet):
        pytest.skip(f"{house.street.provider} keeps bulk mail apart from people's messages")
    house.read()
    contacts = dict.fromkeys(house.street.bulk_only(house.street.account))
    assert contacts
    with reading(house.context.engine) as connection:
        people = load_people(connection, house.account_id, contacts, at=house.context.clock.now())
    assert {c for c, person in people.items() if person.last_staff_at is not None} == set()


@pytest.mark.parametrize("status", [429, 503])
def test_a_crm_that_stumbles_loses_nothing(house: CrmHouse, status: int) -> None:
    house.install()
    house.queue.step(house.context)
    house.street.stumble(status, times=5)
    house.queue.step(house.context)
    with reading(house.context.engine) as connection:
        mirrored = count_contacts(connection, house.account_id)
    assert mirrored == len(house.street.contact_ids(house.street.account))


def test_every_request_is_counted_in_a_bucket_that_the_crm_declares(
    house: CrmHouse, redis: Redis
) -> None:
    house.install()
    counted = replace(house, context=replace(house.context, redis=redis, pause=pause))
    contact = min(house.street.contact_ids(house.street.account))
    with counted.opened() as crm:
        capability(crm, ProvisionsProperties).provision(DEFINITIONS)
        next(pages(crm, Stream.CONTACTS))
        capability(crm, ReadsContacts).fetch_contacts([contact])
    apply(counted, {contact: {"rekindle_explanation": "Counted"}})
    buckets = {str(key).split(":")[2].strip("'") for key in redis.keys("budget:*")}
    assert buckets
    assert buckets <= set(house.provider.budgets())


def test_contacts_are_read_by_id_and_the_missing_are_absent(house: CrmHouse) -> None:
    house.install()
    street = house.street
    first, second, gone = sorted(street.contact_ids(street.account))[:3]
    street.delete_contact(street.account, gone)
    with house.opened() as crm:
        page = capability(crm, ReadsContacts).fetch_contacts(
            [first, gone, street.missing_id, second]
        )
    assert {row["contact_id"] for row in page.contacts if not row["archived"]} == {first, second}


def test_properties_are_made_once(first_house: CrmHouse) -> None:
    first_house.install()
    with first_house.opened() as crm:
        provisions = capability(crm, ProvisionsProperties)
        assert provisions.provision(DEFINITIONS) == Provisioned(len(DEFINITIONS))
        assert provisions.provision(DEFINITIONS) == Provisioned(0)


def apply(house: CrmHouse, values: dict[str, dict[str, str]]) -> Plan:
    """A plan with these values, approved and applied."""
    now = house.context.wall.now()
    changes = [Change(i, new, dict.fromkeys(new, "")) for i, new in values.items()]
    with house.context.engine.begin() as tx:
        plan = outbox.record_plan(
            tx, house.account_id, changes, kind="values", wait_reason=lambda _n: None, now=now
        )
    assert plan is not None
    with house.opened() as crm:
        Applying(
            house.context.engine,
            capability(crm, WritesProperties),
            plan,
            RULES,
            clock=house.context.wall,
            pause=house.context.pause,
        ).apply()
    return plan


def good_values(house: CrmHouse) -> dict[str, str]:
    return {
        "rekindle_track": "customer",
        "rekindle_dormancy_score": "87",
        "rekindle_expected_value": "412.50",
        "rekindle_explanation": "Came every 5 weeks – then “nothing” for 200 days; é, ü & <b>",
        "rekindle_holdout": "false",
        "rekindle_scored_at": moment(house.context.clock.now()),
    }


def test_a_plan_is_written_and_read_back_equal_and_each_culprit_fails_alone(
    house: CrmHouse,
) -> None:
    house.read()
    street = house.street
    good = good_values(house)
    chosen = sorted(street.contact_ids(street.account))[:24]
    gone, poisoned = chosen[3], chosen[9]
    street.delete_contact(street.account, gone)
    bad = {**good, street.bad_value.name: street.bad_value.value}
    plan = apply(house, {c: bad if c == poisoned else good for c in chosen})
    with reading(house.context.engine) as connection:
        query = sa.select(plan_writes).where(plan_writes.c.plan_id == plan.plan_id)
        ended = {row["contact_id"]: row for row in connection.execute(query).mappings()}
        tally = outbox.tally(connection, house.account_id)
    assert {c for c, row in ended.items() if row["state"] == "failed"} == {gone, poisoned}
    assert all(ended[c]["reason"] for c in (gone, poisoned))
    assert (tally.succeeded, tally.verified, tally.differing) == (22, 22, 0)
    assert set(street.count_writes(street.account)) == set(chosen) - {gone, poisoned}
    with house.opened() as crm:
        held = capability(crm, WritesProperties).fetch_values([chosen[0], poisoned], list(good))
    assert held.get(poisoned, {}) == {}
    assert held[chosen[0]]["rekindle_explanation"] == good["rekindle_explanation"]
    assert held[chosen[0]]["rekindle_track"] == "customer"


def test_an_empty_value_clears_the_property(house: CrmHouse) -> None:
    house.read()
    contact = min(house.street.contact_ids(house.street.account))
    apply(house, {contact: {"rekindle_explanation": "For now", "rekindle_playbook": "stays"}})
    apply(house, {contact: {"rekindle_explanation": ""}})
    with house.opened() as crm:
        names = ["rekindle_explanation", "rekindle_playbook"]
        held = capability(crm, WritesProperties).fetch_values([contact], names)
    assert held[contact] == {"rekindle_playbook": "stays"}


def test_what_we_wrote_comes_back_with_the_contact(house: CrmHouse) -> None:
    """S29: a database that is lost, or another installation, finds our values in the CRM itself."""
    house.read()
    contact = min(house.street.contact_ids(house.street.account))
    apply(house, {contact: {"rekindle_status": "started", "rekindle_playbook": "winback"}})
    with house.opened() as crm:
        [row] = capability(crm, ReadsContacts).fetch_contacts([contact]).contacts
    assert '"rekindle_status":"started"' in row["known"]
    assert '"rekindle_playbook":"winback"' in row["known"]


def test_only_workflows_that_take_contacts_are_offered(house: CrmHouse) -> None:
    house.install()
    with house.opened() as crm:
        if not isinstance(crm, AddsToWorkflow):
            pytest.skip(f"{house.street.provider} starts by a property, not by adding contacts")
        offered = crm.fetch_workflows()
        contact = min(house.street.contact_ids(house.street.account))
        assert offered
        for choice in offered:
            assert crm.fetch_members([contact], choice.workflow_id) == frozenset()
