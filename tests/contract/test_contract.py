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
from sync.mirror.same import load_same
from sync.mirror.store import count_contacts
from sync.mirror.tables import activities, deals
from sync.outbox import plans as outbox
from sync.outbox.applying import Applying
from sync.outbox.changes import Change
from sync.outbox.plans import Plan
from sync.outbox.tables import plan_writes
from tests.contract.crm_side import BulkSide
from tests.contract.rekindle import CrmRekindle
from workflows.gate.people import load_people
from workflows.properties import DEFINITIONS, RULES, moment

KINDS = {
    *("meeting", "call", "email", "sms", "form", "visit", "click", "ticket"),
    *("note", "feedback", "refund", "open"),
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


def test_every_contact_is_paged_exactly_once(rekindle: CrmRekindle) -> None:
    rekindle.install()
    with rekindle.opened() as crm:
        rows = [row for page in pages(crm, Stream.CONTACTS) for row in page.contacts]
        total = capability(crm, ReadsRecords).bounds(Stream.CONTACTS).total
    ids = [row["contact_id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert set(ids) == rekindle.crm_side.contact_ids(rekindle.crm_side.account)
    assert total in {None, len(ids)}
    assert all(set(row) == set(ContactRow.__annotations__) for row in rows)


def test_every_stream_holds_as_many_records_as_the_crm_does(rekindle: CrmRekindle) -> None:
    rekindle.install()
    with rekindle.opened() as crm:
        streams = capability(crm, ReadsRecords).streams()
        read = {stream: sum(page.count for page in pages(crm, stream)) for stream in streams}
    held = {
        stream: rekindle.crm_side.count(rekindle.crm_side.account, stream) for stream in streams
    }
    assert streams[0] is Stream.CONTACTS
    assert {s: n for s, n in read.items() if held[s] is not None} == {
        s: n for s, n in held.items() if n is not None
    }
    assert all(read.values()), f"a stream without a single record shows nothing: {read}"


def test_what_happened_arrives_in_our_words_and_its_time(rekindle: CrmRekindle) -> None:
    rekindle.read()
    now = to_millis(rekindle.context.clock.now())
    with reading(rekindle.context.engine) as connection:
        happened = list(connection.execute(sa.select(activities)).mappings())
        sold = list(connection.execute(sa.select(deals)).mappings())
        mirrored = count_contacts(connection, rekindle.account_id)
    present = rekindle.crm_side.contact_ids(rekindle.crm_side.account)
    assert mirrored == len(present)
    assert {a["contact_id"] for a in happened} | {d["contact_id"] for d in sold} <= present
    assert {a["kind"] for a in happened} <= KINDS
    assert len({a["kind"] for a in happened}) >= 3
    assert {"in", "out"} <= {a["direction"] for a in happened} <= {"in", "out", None}
    ahead = [a for a in happened if a["occurred_at"] > now]
    assert all(a["kind"] == "meeting" and a["outcome"] in {None, "scheduled"} for a in ahead)


def test_revenue_arrives_with_its_time(rekindle: CrmRekindle) -> None:
    rekindle.read()
    now = to_millis(rekindle.context.clock.now())
    with reading(rekindle.context.engine) as connection:
        sold = list(connection.execute(sa.select(deals)).mappings())
    won = [d for d in sold if d["is_won"]]
    assert won
    assert all(d["is_closed"] and d["closed_at"] <= now for d in won)
    assert all(isinstance(d["amount_minor"], int) and d["amount_minor"] >= 0 for d in won)
    assert any(d["amount_minor"] for d in won)


def test_what_software_sends_in_bulk_is_no_touch_of_the_team(rekindle: CrmRekindle) -> None:
    """D8: a newsletter last week must not keep everybody who got it from being approached."""
    if not isinstance(rekindle.crm_side, BulkSide):
        pytest.skip(f"{rekindle.crm_side.provider} keeps bulk mail apart from people's messages")
    rekindle.read()
    contacts = dict.fromkeys(rekindle.crm_side.bulk_only(rekindle.crm_side.account))
    assert contacts
    with reading(rekindle.context.engine) as connection:
        people = load_people(
            connection, rekindle.account_id, contacts, at=rekindle.context.clock.now()
        )
        # What the team did with another record of the same person holds for this one.
        same = load_same(connection, rekindle.account_id, contacts, code=None)
    assert {c for c, person in people.items() if person.last_staff_at is not None} <= same.keys()
    assert len(same) < len(contacts) / 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_crm_that_stumbles_loses_nothing(rekindle: CrmRekindle, status: int) -> None:
    rekindle.install()
    rekindle.queue.step(rekindle.context)
    rekindle.crm_side.stumble(status, times=5)
    rekindle.queue.step(rekindle.context)
    with reading(rekindle.context.engine) as connection:
        mirrored = count_contacts(connection, rekindle.account_id)
    assert mirrored == len(rekindle.crm_side.contact_ids(rekindle.crm_side.account))


def test_every_request_is_counted_in_a_bucket_that_the_crm_declares(
    rekindle: CrmRekindle, redis: Redis
) -> None:
    rekindle.install()
    counted = replace(rekindle, context=replace(rekindle.context, redis=redis, pause=pause))
    contact = min(rekindle.crm_side.contact_ids(rekindle.crm_side.account))
    with counted.opened() as crm:
        capability(crm, ProvisionsProperties).provision(DEFINITIONS)
        next(pages(crm, Stream.CONTACTS))
        capability(crm, ReadsContacts).fetch_contacts([contact])
    apply(counted, {contact: {"rekindle_explanation": "Counted"}})
    buckets = {str(key).split(":")[2].strip("'") for key in redis.keys("budget:*")}
    assert buckets
    assert buckets <= set(rekindle.provider.budgets())


def test_contacts_are_read_by_id_and_the_missing_are_absent(rekindle: CrmRekindle) -> None:
    rekindle.install()
    crm_side = rekindle.crm_side
    first, second, gone = sorted(crm_side.contact_ids(crm_side.account))[:3]
    crm_side.delete_contact(crm_side.account, gone)
    with rekindle.opened() as crm:
        page = capability(crm, ReadsContacts).fetch_contacts(
            [first, gone, crm_side.missing_id, second]
        )
    assert {row["contact_id"] for row in page.contacts if not row["archived"]} == {first, second}


def test_properties_are_made_once(first_rekindle: CrmRekindle) -> None:
    first_rekindle.install()
    with first_rekindle.opened() as crm:
        provisions = capability(crm, ProvisionsProperties)
        assert provisions.provision(DEFINITIONS) == Provisioned(len(DEFINITIONS))
        assert provisions.provision(DEFINITIONS) == Provisioned(0)


def apply(rekindle: CrmRekindle, values: dict[str, dict[str, str]]) -> Plan:
    """A plan with these values, approved and applied."""
    now = rekindle.context.wall.now()
    changes = [Change(i, new, dict.fromkeys(new, "")) for i, new in values.items()]
    with rekindle.context.engine.begin() as tx:
        plan = outbox.record_plan(
            tx, rekindle.account_id, changes, kind="values", wait_reason=lambda _n: None, now=now
        )
    assert plan is not None
    with rekindle.opened() as crm:
        Applying(
            rekindle.context.engine,
            capability(crm, WritesProperties),
            plan,
            RULES,
            clock=rekindle.context.wall,
            pause=rekindle.context.pause,
        ).apply()
    return plan


def good_values(rekindle: CrmRekindle) -> dict[str, str]:
    return {
        "rekindle_track": "customer",
        "rekindle_dormancy_score": "87",
        "rekindle_expected_value": "412.50",
        "rekindle_explanation": "Came every 5 weeks – then “nothing” for 200 days; é, ü & <b>",
        "rekindle_holdout": "false",
        "rekindle_scored_at": moment(rekindle.context.clock.now()),
    }


def test_a_plan_is_written_and_read_back_equal_and_each_culprit_fails_alone(
    rekindle: CrmRekindle,
) -> None:
    rekindle.read()
    crm_side = rekindle.crm_side
    good = good_values(rekindle)
    chosen = sorted(crm_side.contact_ids(crm_side.account))[:24]
    gone, poisoned = chosen[3], chosen[9]
    crm_side.delete_contact(crm_side.account, gone)
    bad = {**good, crm_side.bad_value.name: crm_side.bad_value.value}
    plan = apply(rekindle, {c: bad if c == poisoned else good for c in chosen})
    with reading(rekindle.context.engine) as connection:
        query = sa.select(plan_writes).where(plan_writes.c.plan_id == plan.plan_id)
        ended = {row["contact_id"]: row for row in connection.execute(query).mappings()}
        tally = outbox.tally(connection, rekindle.account_id)
    assert {c for c, row in ended.items() if row["state"] == "failed"} == {gone, poisoned}
    assert all(ended[c]["reason"] for c in (gone, poisoned))
    assert (tally.succeeded, tally.verified, tally.differing) == (22, 22, 0)
    assert set(crm_side.count_writes(crm_side.account)) == set(chosen) - {gone, poisoned}
    with rekindle.opened() as crm:
        held = capability(crm, WritesProperties).fetch_values([chosen[0], poisoned], list(good))
    assert held.get(poisoned, {}) == {}
    assert held[chosen[0]]["rekindle_explanation"] == good["rekindle_explanation"]
    assert held[chosen[0]]["rekindle_track"] == "customer"


def test_an_empty_value_clears_the_property(rekindle: CrmRekindle) -> None:
    rekindle.read()
    contact = min(rekindle.crm_side.contact_ids(rekindle.crm_side.account))
    apply(rekindle, {contact: {"rekindle_explanation": "For now", "rekindle_playbook": "stays"}})
    apply(rekindle, {contact: {"rekindle_explanation": ""}})
    with rekindle.opened() as crm:
        names = ["rekindle_explanation", "rekindle_playbook"]
        held = capability(crm, WritesProperties).fetch_values([contact], names)
    assert held[contact] == {"rekindle_playbook": "stays"}


def test_what_we_wrote_comes_back_with_the_contact(rekindle: CrmRekindle) -> None:
    """S29: a database that is lost, or another installation, finds our values in the CRM itself."""
    rekindle.read()
    contact = min(rekindle.crm_side.contact_ids(rekindle.crm_side.account))
    apply(rekindle, {contact: {"rekindle_status": "started", "rekindle_playbook": "winback"}})
    with rekindle.opened() as crm:
        [row] = capability(crm, ReadsContacts).fetch_contacts([contact]).contacts
    assert '"rekindle_status":"started"' in row["known"]
    assert '"rekindle_playbook":"winback"' in row["known"]


def test_only_workflows_that_take_contacts_are_offered(rekindle: CrmRekindle) -> None:
    rekindle.install()
    with rekindle.opened() as crm:
        if not isinstance(crm, AddsToWorkflow):
            pytest.skip(
                f"{rekindle.crm_side.provider} starts by a property, not by adding contacts"
            )
        offered = crm.fetch_workflows()
        contact = min(rekindle.crm_side.contact_ids(rekindle.crm_side.account))
        assert offered
        for choice in offered:
            assert crm.fetch_members([contact], choice.workflow_id) == frozenset()
