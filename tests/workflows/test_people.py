"""The gate's view of a person, read from the mirror: what the CRM says, however it says it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.port.records import ContactRow
from contact_rules.channels import Channel
from contact_rules.person import Person, Policy
from contact_rules.verdict import Allow, Deny, choose_channel
from core.moments import to_millis
from scoring.tables import scores
from sync.mirror.store import save_contacts
from sync.mirror.tables import activities, contacts, deals
from workflows.enrollment.tables import enrollments
from workflows.gate.people import load_people
from workflows.gate.touched import touched

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"
NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)
POLICY = Policy(tenant_zone="America/New_York")
BERLIN = Policy(tenant_zone="Europe/Berlin")


@pytest.fixture
def tx(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def filler(table: sa.Table) -> dict[str, Any]:
    """A value for each column that must have one."""
    made: dict[type, Any] = {str: "x", int: 0, bool: False, object: NOON, dict: {}}
    return {
        c.name: made[c.type.python_type]
        for c in table.columns
        if not c.nullable and c.default is None and c.server_default is None
    }


def person(
    tx: Connection,
    *acts: dict[str, Any],
    known: str = "{}",
    last_human: datetime | None = None,
    **more: Any,
) -> Person:
    """A contact with an address, as it comes out of the mirror."""
    mine = {"account_id": ACCOUNT, "contact_id": "1"}
    told = {"email": "a@example.com", "fields": "{}", "known": known}
    tx.execute(sa.insert(contacts).values({**filler(contacts), **mine, **told, **more}))
    for i, act in enumerate(acts):
        row = {**filler(activities), **mine, "activity_id": str(i), **act}
        tx.execute(sa.insert(activities).values(row))
    return load_people(tx, ACCOUNT, {"1": last_human}, at=NOON)["1"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-01T00:00:00.000Z", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),  # typed over by hand
        ("2026-11-01T00:00:00", datetime(2026, 11, 1, tzinfo=UTC)),
        ("", None),
        ("soon", None),
    ],
)
def test_a_start_that_the_crm_remembers_counts_however_it_is_written_d7(
    tx: Connection, written: str, read: datetime | None
) -> None:
    known = orjson.dumps({"rekindle_trigger_at": written}).decode()
    found = person(tx, known=known)
    assert found.last_started_at == read
    verdict = choose_channel(found, NOON, POLICY)
    if read is None:
        assert verdict == Allow(Channel.EMAIL)
    else:
        assert isinstance(verdict, Deny)
        assert verdict.rule == "D7"


def test_what_is_empty_in_the_mirror_speaks_against_nobody(tx: Connection) -> None:
    found = person(tx)
    assert choose_channel(found, NOON, POLICY) == Allow(Channel.EMAIL)
    assert found == Person("1", has_email=True)


def at(days: float, kind: str, direction: str | None = None, outcome: str | None = None) -> Any:
    moment = to_millis(NOON + timedelta(days=days))
    return {"occurred_at": moment, "kind": kind, "direction": direction, "outcome": outcome}


@pytest.mark.parametrize(
    ("act", "rule"),
    [
        (at(1, "meeting", None, "scheduled"), "D8"),
        (at(1, "meeting"), "D8"),
        (at(-1, "call", "out", "no_answer"), "D8"),
        (at(-89, "email", "out"), "D8"),
        (at(-400, "ticket", "in", "open"), "D8"),
        (at(1, "meeting", None, "cancelled"), None),
        (at(-1, "meeting", None, "no_show"), None),
        (at(-90, "email", "out"), None),
        (at(1, "email", "out"), None),  # logged ahead of its time
        (at(-400, "ticket", "in", "closed"), None),
        (at(-1, "email", "in"), None),  # scoring's word counts for signs of life
    ],
)
def test_what_happened_reaches_the_gate_d8(
    tx: Connection, act: dict[str, Any], rule: str | None
) -> None:
    seen = NOON - timedelta(days=200)
    verdict = choose_channel(person(tx, act, last_human=seen), NOON, POLICY)
    assert (verdict.rule if isinstance(verdict, Deny) else None) == rule


@pytest.mark.parametrize(
    ("acts", "rule"),
    [
        ([at(-100, "email", "out", "complained")], "D5"),
        ([at(-d, "email", "out", "bounced") for d in (100, 60, 29)], "D5"),
        ([at(-d, "email", "out", "bounced") for d in (130, 60, 29)], None),  # not within 90 days
        ([at(-d, "email", "out", "bounced") for d in (100, 60, 31)], None),  # rested
        ([at(-d, "email", "out", "bounced") for d in (60, 29)], None),
        ([at(-0.9, "email", "out", "automated")], "D7"),
        ([at(-1, "email", "out", "automated")], None),
        ([at(-d, "sms", "out", "automated") for d in (6, 4, 2)], "D7"),
        ([at(-d, "sms", "out", "automated") for d in (7, 4, 2)], None),
    ],
)
def test_complaints_bounces_and_marketing_reach_the_gate_d5_d7(
    tx: Connection, acts: list[dict[str, Any]], rule: str | None
) -> None:
    verdict = choose_channel(person(tx, *acts, last_human=NOON - timedelta(200)), NOON, POLICY)
    assert (None if isinstance(verdict, Allow) else verdict.rule) == rule


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (at(-100, "form", "in"), True),
        (at(-100, "email", "in", "positive"), True),
        (at(-100, "call", "in"), True),
        (at(-100, "meeting", None, "completed"), True),
        (at(-100, "visit", "in"), False),
        (at(-100, "click", "in"), False),
        (at(-100, "email", "in", "opted_out"), False),
        (at(-100, "meeting", None, "no_show"), False),
        (at(1, "form", "in"), False),
    ],
)
def test_what_is_an_inquiry_of_somebody_in_europe_d10(
    tx: Connection, act: dict[str, Any], told: bool
) -> None:
    seen = NOON - timedelta(days=100)
    found = person(tx, act, phone="+49 30 123456", last_human=seen)
    assert (found.country, found.last_inquiry_at) == ("DE", seen if told else None)


def test_a_purchase_counts_as_one_once_it_is_won_d10(tx: Connection) -> None:
    mine = {**filler(deals), "account_id": ACCOUNT, "contact_id": "1", "is_closed": True}
    for i, (won, days) in enumerate([(True, 500), (True, 400), (False, 100), (True, -1)]):
        closed = to_millis(NOON - timedelta(days=days))
        row = {**mine, "deal_id": str(i), "is_won": won, "closed_at": closed}
        tx.execute(sa.insert(deals).values(row))
    assert person(tx).last_purchase_at == NOON - timedelta(days=400)


def starts(tx: Connection, *days_ago: int) -> None:
    for i, days in enumerate(days_ago):
        moment = NOON - timedelta(days=days)
        key = {"account_id": ACCOUNT, "contact_id": "1", "playbook": "p", "round_no": i + 1}
        row = {**filler(enrollments), **key, "state": "started", "started_at": moment}
        tx.execute(sa.insert(enrollments).values(row))


@pytest.mark.parametrize(
    ("started", "last_human", "rounds"),
    [((400, 200), None, 2), ((400, 200), 300, 1), ((400, 200), 100, None), ((), 100, None)],
)
def test_rounds_are_counted_since_their_last_sign_of_life_d7(
    tx: Connection, started: tuple[int, ...], last_human: int | None, rounds: int | None
) -> None:
    starts(tx, *started)
    seen = None if last_human is None else NOON - timedelta(days=last_human)
    found = person(tx, last_human=seen)
    assert found.rounds_unanswered == rounds
    sleeps = isinstance(choose_channel(found, NOON, POLICY), Deny)
    assert sleeps is (rounds == 2)


@pytest.mark.parametrize(
    ("began", "ends", "wakes"), [(150, -9, True), (250, -9, False), (150, 1, False)]
)
def test_a_signal_since_the_second_round_wakes_who_is_asleep_s10_d7(
    tx: Connection, began: int, ends: int, wakes: bool
) -> None:
    starts(tx, 400, 200)
    signal = {
        "signal": "due",
        "signal_at": NOON - timedelta(days=began),
        "signal_until": NOON - timedelta(days=ends),
    }
    row = {**filler(scores), "account_id": ACCOUNT, "contact_id": "1", **signal}
    tx.execute(sa.insert(scores).values(row))
    verdict = choose_channel(person(tx), NOON, POLICY)
    assert isinstance(verdict, Allow) is wakes


def test_the_crms_record_of_a_message_of_ours_is_no_second_one_d7() -> None:
    def moments(*days: float) -> list[datetime]:
        return [NOON - timedelta(days=d) for d in days]

    def third(ours: list[datetime], recorded: list[datetime]) -> datetime | None:
        found = touched(ours[:1], ours, recorded, last_human_at=None)
        return found.third_marketing_at

    ours = moments(6, 3)
    assert third(ours, moments(5.9, 2.9)) is None
    assert third(ours, moments(5.9, 2.9, 1)) == ours[0]
    assert third(ours, moments(5.9, 5.8, 2.9)) == ours[0]
    assert third(ours, moments(6.1)) == moments(6.1)[0]


def test_a_lost_ledger_still_counts_the_round_that_the_crm_remembers_d7(tx: Connection) -> None:
    starts(tx, 300)
    known = {"rekindle_trigger_at": (NOON - timedelta(days=100)).isoformat()}
    found = person(tx, known=orjson.dumps(known).decode())
    assert (found.rounds_unanswered, found.last_started_at) == (2, NOON - timedelta(days=100))


def row_of(contact_id: str, **said: Any) -> ContactRow:
    empty: dict[str, Any] = dict.fromkeys(ContactRow.__annotations__)
    told = {"archived": False, "fields": "{}", "known": "{}", "contact_id": contact_id}
    return cast("ContactRow", {**empty, **told, **said})


def mirrored(tx: Connection, *rows: ContactRow) -> None:
    save_contacts(tx, ACCOUNT, rows, asked_at=to_millis(NOON))


def test_records_with_one_address_or_number_are_one_person_d1_d7_d8(tx: Connection) -> None:
    mirrored(
        tx,
        row_of("1", email="ann@example.com"),
        row_of("2", email="Ann+news@Example.com ", phone="+1 212 555 0123"),
        row_of("3", email="bob@example.com", phone="(212) 555-0123", email_opt_out=True),
        row_of("4", email="cat@example.com", phone="+1 646 555 0123"),
    )
    # Of the first alone is asked: the second shares its address, and the third the second's number.
    found = load_people(tx, ACCOUNT, {"1": None}, at=NOON, policy=POLICY)
    assert [*found] == ["1"]
    assert found["1"].email_opt_out is True
    everybody = dict.fromkeys("1234")
    people = load_people(tx, ACCOUNT, everybody, at=NOON, policy=POLICY)
    assert {i for i, p in people.items() if p.email_opt_out} == {"1", "2", "3"}
    assert {i for i, p in people.items() if p.same_as_another} == {"2", "3"}
    assert choose_channel(people["4"], NOON, POLICY) == Allow(Channel.EMAIL)


def test_a_number_on_many_records_is_a_switchboards_and_joins_nobody(tx: Connection) -> None:
    shared = [row_of(str(i), email=f"{i}@example.com", phone="0049 30 9876543") for i in range(30)]
    opted = row_of("30", email="x@example.com", phone="030 9876543", email_opt_out=True)
    mirrored(tx, *shared, opted)
    found = load_people(tx, ACCOUNT, {"1": None}, at=NOON, policy=BERLIN)
    assert (found["1"].same_as_another, found["1"].email_opt_out) == (False, None)
    mirrored(tx, row_of("40", phone="+49 40 1234567"), row_of("41", phone="040/1234567"))
    found = load_people(tx, ACCOUNT, {"40": None, "41": None}, at=NOON, policy=BERLIN)
    assert [p.same_as_another for p in found.values()] == [False, True]


def test_what_was_sent_and_answered_under_one_record_counts_for_the_other_d7(
    tx: Connection,
) -> None:
    mirrored(tx, row_of("1", email="ann@example.com"), row_of("2", email="ann@example.com"))
    starts(tx, 300, 200)
    for i, days in enumerate((6, 4, 2)):
        act = {**filler(activities), "account_id": ACCOUNT, "activity_id": f"m{i}"}
        other = {"contact_id": "12"[i % 2], **at(-days, "email", "out", "automated")}
        tx.execute(sa.insert(activities).values({**act, **other}))
    found = load_people(tx, ACCOUNT, {"2": None}, at=NOON)["2"]
    assert found.rounds_unanswered == 2
    assert found.third_marketing_at == NOON - timedelta(days=6)
    answered = load_people(tx, ACCOUNT, {"2": None, "1": NOON - timedelta(100)}, at=NOON)
    assert {p.rounds_unanswered for p in answered.values()} == {None}


def test_what_one_record_says_is_not_asked_for_each_contact_by_itself(
    tx: Connection, engine: Engine
) -> None:
    mirrored(tx, *(row_of(str(i), email=f"{i // 2}@example.com") for i in range(400)))
    asked: list[str] = []
    sa.event.listen(tx, "before_cursor_execute", lambda *call: asked.append(call[2]))
    people = load_people(tx, ACCOUNT, {str(i): None for i in range(0, 400, 2)}, at=NOON)
    assert len(people) == 200
    assert len(asked) < 25


def test_another_accounts_contact_of_the_same_id_is_another_person(tx: Connection) -> None:
    person(tx, email_opt_out=True)
    assert load_people(tx, "hubspot-2", {"1": None}, at=NOON) == {}


@pytest.mark.parametrize(
    ("act", "rule"),
    [
        (at(-400, "form"), "D6"),
        (at(-400, "email"), "D6"),
        (at(-400, "open"), "D6"),
        (at(-400, "click", "in", "machine"), "D6"),
        (at(-400, "click"), None),
    ],
)
def test_only_a_click_shows_that_somebody_ever_engaged_with_email_d6(
    tx: Connection, act: dict[str, Any], rule: str | None
) -> None:
    """The CRM sends no more after 11 e-mails to who never engaged with any, and says so nowhere."""
    found = person(tx, act, unengaged_sends=12, last_human=NOON - timedelta(days=200))
    verdict = choose_channel(found, NOON, POLICY)
    assert (verdict.rule if isinstance(verdict, Deny) else None) == rule
