"""A change of a few contacts meets plans that wait, that are being applied, and writes that are on their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.port.fields import PropertyDefinition
from connector.port.writing import ContactWrite, Pace
from core.clock import SystemClock
from core.db import reading
from core.errors import Conflict
from sync.mirror.store import load_known
from sync.mirror.tables import contacts
from sync.outbox import amending
from sync.outbox import plans as outbox
from sync.outbox.amending import Account
from sync.outbox.applying import Applying
from sync.outbox.changes import Change, rules_for
from sync.outbox.plans import Plan, Tally
from sync.outbox.tables import plan_writes, plans
from tests.sync.fake_writer import FakeWriter, Killed

pytestmark = pytest.mark.integration

TRACK, BAND = "rekindle_track", "rekindle_recency_band"
RULES = rules_for(
    [PropertyDefinition(name, name, "text", "") for name in (TRACK, BAND)],
    drifts={},
    riders=(),
    standing=(TRACK,),
)
NOW = SystemClock().now()
PEOPLE = [f"c{i:03d}" for i in range(40)]
ACCOUNT = Account("a-1", "values", contacts=1_000)


@dataclass
class Outbox:
    """An account with people in the mirror, whose values somebody wants."""

    engine: Engine
    fake_writer: FakeWriter = field(default_factory=lambda: FakeWriter(batch_size=5))

    def __post_init__(self) -> None:
        told = {"archived": False, "fields": "{}", "known": "{}", "content_hash": ""}
        with self.engine.begin() as tx:
            rows = [{"account_id": "a-1", "contact_id": i, **told} for i in PEOPLE]
            tx.execute(sa.insert(contacts), rows)

    def record(
        self, wanted: Mapping[str, str], *, reason: str | None = None, pace: Pace | None = None
    ) -> Plan:
        """A whole pass that wants these tracks."""
        values = {i: {TRACK: track} for i, track in wanted.items()}
        with self.engine.begin() as tx:
            plan = outbox.begin(tx, "a-1", kind="values", now=SystemClock().now())
            amending.amend(tx, ACCOUNT, PEOPLE, values, RULES, into=plan)
            done = outbox.complete(tx, plan, wait_reason=lambda _n: reason, pace=pace)
        assert done is not None
        return done

    def change(self, wanted: Mapping[str, str | None], contacts: int = 1_000) -> Plan | None:
        """Some contacts by themselves; None where nothing is wanted of one any more."""
        values = {i: {TRACK: track} for i, track in wanted.items() if track is not None}
        account = Account("a-1", "values", contacts)
        now = SystemClock().now()
        with self.engine.begin() as tx:
            return amending.amend_some(tx, account, list(wanted), values, RULES, now=now)

    def apply(self, plan: Plan) -> bool:
        applying = Applying(
            self.engine,
            self.fake_writer,
            plan,
            RULES,
            clock=SystemClock(),
            pause=lambda _s: None,
        )
        return applying.apply()

    def rows(self) -> dict[str, dict[str, str]]:
        """Plan → contact → the track that is planned, or was."""
        query = sa.select(plan_writes).order_by(plan_writes.c.contact_id)
        found: dict[str, dict[str, str]] = {}
        with reading(self.engine) as connection:
            for row in connection.execute(query):
                value = row.new_values.split('"')[3]
                found.setdefault(row.plan_id, {})[row.contact_id] = value
        return found

    def find(self, plan: Plan) -> Plan | None:
        with reading(self.engine) as connection:
            return outbox.find_plan(connection, "a-1", plan.plan_id)

    def tally(self) -> Tally:
        with reading(self.engine) as connection:
            return outbox.tally(connection, "a-1")

    def held(self) -> dict[str, str]:
        return {i: values[TRACK] for i, values in self.fake_writer.held.items()}

    def known(self) -> dict[str, str]:
        with reading(self.engine) as connection:
            known = load_known(connection, "a-1", PEOPLE)
        return {i: values[TRACK] for i, values in known.items() if values}


@pytest.fixture
def box(engine: Engine) -> Outbox:
    return Outbox(engine)


def test_a_waiting_plan_has_what_changed_and_its_count_stays_right(box: Outbox) -> None:
    wanted = dict.fromkeys(PEOPLE[:10], "lead")
    plan = box.record(wanted, reason="look first", pace=Pace(2.0))
    assert box.change({"c000": "customer", "c001": None, "c030": "customer"}) is None
    assert box.change({"c030": "customer"}) is None
    expected = {**wanted, "c000": "customer", "c030": "customer"}
    del expected["c001"]
    assert box.rows() == {plan.plan_id: expected}
    found = box.find(plan)
    assert found is not None
    assert (found.state, found.planned, found.reason) == ("waiting", 10, "look first")
    box.change({"c031": "lead"})
    found = box.find(plan)
    assert found is not None
    assert (found.planned, found.expected_seconds) == (11, 5.5)


def test_a_waiting_plan_that_has_nothing_left_is_none(box: Outbox) -> None:
    plan = box.record({"c000": "lead"}, reason="look first")
    box.change({"c000": None})
    assert box.find(plan) is None
    assert box.rows() == {}


def test_what_an_approved_plan_has_not_sent_yet_is_brought_up_to_date(box: Outbox) -> None:
    """HighLevel's plans are written for hours: nothing older may be written over what is newer."""
    plan = box.record(dict.fromkeys(PEOPLE, "lead"))
    further: list[Plan | None] = []

    def meanwhile(writes: Sequence[ContactWrite]) -> None:
        # Four batches are on their way at once: the first four are the first twenty.
        if all(w.contact_id < "c020" for w in writes):
            further.append(box.change({"c035": "customer", "c036": None, "c037": "customer"}))

    box.fake_writer.meanwhile = meanwhile
    assert box.apply(plan)
    assert set(further) == {None}
    expected = {**dict.fromkeys(PEOPLE, "lead"), "c035": "customer", "c037": "customer"}
    del expected["c036"]
    assert box.held() == box.known() == expected
    assert set(box.fake_writer.written.values()) == {1}
    tally = box.tally()
    assert (tally.planned, tally.succeeded, tally.is_verified) == (39, 39, True)


def test_who_is_being_written_to_at_this_moment_gets_the_newer_value_afterwards(
    box: Outbox,
) -> None:
    plan = box.record(dict.fromkeys(PEOPLE[:5], "lead"))
    later: list[Plan] = []

    def meanwhile(writes: Sequence[ContactWrite]) -> None:
        if later:
            return
        made = box.change({"c002": "customer"})
        assert made is not None
        later.append(made)
        box.fake_writer.meanwhile = None
        assert box.apply(made) is False, "the first write is still on its way"
        assert box.fake_writer.written == {}

    box.fake_writer.meanwhile = meanwhile
    assert box.apply(plan)
    assert box.held()["c002"] == "lead"
    assert box.apply(later[0])
    assert box.held() == box.known() == {**dict.fromkeys(PEOPLE[:5], "lead"), "c002": "customer"}
    assert box.tally() == Tally(6, 6, 0, 6, 0, 0)


def test_a_value_that_goes_back_while_the_other_is_being_written_goes_back_there_too(
    box: Outbox,
) -> None:
    """What the CRM is being told at this moment counts as known."""
    box.apply(box.record({"c000": "customer"}))
    plan = box.record({"c000": "lead"})
    later: list[Plan | None] = []

    def meanwhile(_writes: Sequence[ContactWrite]) -> None:
        box.fake_writer.meanwhile = None
        later.append(box.change({"c000": "customer"}))

    box.fake_writer.meanwhile = meanwhile
    box.apply(plan)
    assert later[0] is not None
    box.apply(later[0])
    assert box.held() == box.known() == {"c000": "customer"}


def test_what_a_dead_worker_may_have_sent_is_not_sent_after_what_is_newer(box: Outbox) -> None:
    plan = box.record(dict.fromkeys(PEOPLE[:5], "lead"))
    box.fake_writer.die_at, box.fake_writer.die_after_writing = 1, False
    with pytest.raises(Killed):
        box.apply(plan)
    newer = box.change({"c002": "customer"})
    assert newer is not None
    assert box.apply(plan)
    assert "c002" not in box.held()
    assert box.apply(newer)
    assert box.held() == {**dict.fromkeys(PEOPLE[:5], "lead"), "c002": "customer"}
    assert set(box.fake_writer.written.values()) == {1}
    assert box.tally() == Tally(5, 5, 0, 5, 0, 0)


def test_what_a_dead_worker_did_not_get_through_is_written_with_what_is_newer(box: Outbox) -> None:
    """The newer write has only what differs from the one that was on its way."""

    def want(values: Mapping[str, str]) -> Plan:
        now = SystemClock().now()
        with box.engine.begin() as tx:
            made = amending.amend_some(tx, ACCOUNT, ["c000"], {"c000": values}, RULES, now=now)
        assert made is not None
        return made

    box.apply(box.record({"c001": "lead"}))
    plan = want({TRACK: "customer", BAND: "active"})
    box.fake_writer.die_at = box.fake_writer.calls + 1
    box.fake_writer.die_after_writing = False
    with pytest.raises(Killed):
        box.apply(plan)
    newer = want({TRACK: "customer", BAND: "90_179"})
    assert box.apply(plan)
    assert box.apply(newer)
    wanted = {TRACK: "customer", BAND: "90_179"}
    assert box.fake_writer.held["c000"] == wanted
    with reading(box.engine) as connection:
        assert load_known(connection, "a-1", ["c000"])["c000"] == wanted
    assert box.fake_writer.written["c000"] == 1
    assert box.tally() == Tally(2, 2, 0, 2, 0, 0)


def test_many_small_changes_become_one_plan_until_somebody_begins_it(box: Outbox) -> None:
    box.apply(box.record({"c000": "lead"}))
    first = box.change({"c001": "lead"})
    assert first is not None
    assert first.state == "approved"
    assert [box.change({i: "lead"}) for i in PEOPLE[2:20]] == [None] * 18
    found = box.find(first)
    assert found is not None
    assert found.planned == 19
    box.apply(first)
    assert box.held() == dict.fromkeys(PEOPLE[:20], "lead")


def test_small_changes_together_touch_no_more_than_one_plan_may(box: Outbox) -> None:
    box.apply(box.record({"c000": "lead"}))
    many = {f"n{i:03d}": "lead" for i in range(130)}
    told = {"archived": False, "fields": "{}", "known": "{}", "content_hash": ""}
    with box.engine.begin() as tx:
        rows = [{"account_id": "a-1", "contact_id": i, **told} for i in many]
        tx.execute(sa.insert(contacts), rows)
    ids = list(many)
    first = box.change(dict.fromkeys(ids[:90], "lead"), contacts=200)
    assert first is not None
    assert first.state == "approved"
    second = box.change(dict.fromkeys(ids[90:], "lead"), contacts=200)
    assert second is not None
    assert second.state == "waiting"
    assert {plan: len(rows) for plan, rows in box.rows().items()}[first.plan_id] == 90


def test_a_first_plan_waits_even_for_one_contact(box: Outbox) -> None:
    plan = box.change({"c000": "lead"})
    assert plan is not None
    assert plan.state == "waiting"


def test_a_recording_has_what_changed_after_it_passed_by(box: Outbox) -> None:
    with box.engine.begin() as tx:
        plan = outbox.begin(tx, "a-1", kind="values", now=NOW)
        amending.amend(tx, ACCOUNT, ["c000"], {"c000": {TRACK: "lead"}}, RULES, into=plan)
    assert box.change({"c000": "customer", "c009": "lead"}) is None
    with box.engine.begin() as tx:
        amending.amend(tx, ACCOUNT, ["c009"], {"c009": {TRACK: "customer"}}, RULES, into=plan)
        outbox.complete(tx, plan, wait_reason=lambda _n: None, pace=None)
    assert box.rows() == {plan.plan_id: {"c000": "customer", "c009": "customer"}}
    assert box.tally().planned == 2


def test_a_recording_is_no_plan_to_anybody_and_another_one_ends_it(box: Outbox) -> None:
    with box.engine.begin() as tx:
        plan = outbox.begin(tx, "a-1", kind="values", now=NOW)
        amending.amend(tx, ACCOUNT, ["c000"], {"c000": {TRACK: "lead"}}, RULES, into=plan)
    with reading(box.engine) as connection:
        assert outbox.find_latest(connection, "a-1", "values") is None
        assert outbox.load_unapplied(connection, now=NOW) == []
        assert not outbox.has_applied(connection, "a-1", "values")
    assert box.tally() == Tally(0, 0, 0, 0, 0, 0)
    with pytest.raises(Conflict):
        box.apply(plan)
    with box.engine.begin() as tx:
        tx.execute(sa.update(plans).values(state="superseded"))
    with pytest.raises(Conflict), box.engine.begin() as tx:
        amending.amend(tx, ACCOUNT, ["c000"], {"c000": {TRACK: "lead"}}, RULES, into=plan)
    with pytest.raises(Conflict), box.engine.begin() as tx:
        outbox.complete(tx, plan, wait_reason=lambda _n: None, pace=None)


def test_what_a_start_is_about_to_write_is_not_written_a_second_time(engine: Engine) -> None:
    one = Outbox(engine)
    changes = [Change("c001", {TRACK: "started"}, {TRACK: ""})]
    with engine.begin() as tx:
        start = outbox.record_plan(
            tx, "a-1", changes, kind="start", wait_reason=lambda _n: None, now=NOW
        )
    assert start is not None
    assert one.change({"c001": "started"}) is None
    further = one.change({"c001": "another"})
    assert further is not None
    assert one.rows()[further.plan_id] == {"c001": "another"}
