"""A start without evidence did not happen: what proves a touch, and what becomes of one that nothing proves (D12)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.port.records import ActivityRow, heard_columns
from core.moments import to_millis
from sync.mirror.store import save_activities, save_contacts
from tests.workflows.merging import contact
from workflows.enrollment import store as ledger
from workflows.enrollment.asked import load_asked
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.tables import enrollments, touches
from workflows.enrollment.touch_states import TouchState
from workflows.gate.people import load_people
from workflows.touches import settling, store
from workflows.touches.proving import WAIT_FOR_EVIDENCE, prove

pytestmark = pytest.mark.integration
ACCOUNT, BOB = "fake-1", "1"
ASKED = datetime(2026, 6, 1, 15, tzinfo=UTC)
RECEIPT = '{"rekindle_receipt":"general_lead/1/1"}'


@pytest.fixture
def tx(engine: Engine) -> Iterator[Connection]:
    """Bob has been asked for one e-mail; a text is to follow."""
    with engine.begin() as tx:
        row = {"account_id": ACCOUNT, "contact_id": BOB, "playbook": "general_lead", "round_no": 1}
        began = {"wave_id": "w", "state": EnrollmentState.STARTED, "created_at": ASKED}
        tx.execute(sa.insert(enrollments).values(**row, **began, started_at=ASKED))
        touch = {
            **row,
            "state": TouchState.PLANNED,
            "angle": "opening",
            "variant": "opening",
            "after_days": 3,
            "due_at": ASKED + timedelta(days=3),
        }
        store.plan(
            tx,
            [
                {**touch, "touch_no": 1, "channel": "email"},
                {**touch, "touch_no": 2, "channel": "sms"},
            ],
        )
        first = {**touch, "touch_no": 1}
        store.record_state(tx, first, TouchState.ASKING)
        store.record_state(tx, first, TouchState.ASKED, asked_at=ASKED, look_at=ASKED)
        save_contacts(tx, ACCOUNT, [contact(BOB)], asked_at=0)
        yield tx


def sent(kind: str, after: timedelta) -> ActivityRow:
    return ActivityRow(
        activity_id="m1",
        contact_id=BOB,
        occurred_at=to_millis(ASKED + after),
        kind=kind,
        direction="out",
        outcome="automated",
        **heard_columns(),
    )


def look(tx: Connection, after: timedelta) -> tuple[int, list[Any], list[str]]:
    at = ASKED + after
    waiting = store.load_to_prove(tx, ACCOUNT, contact_ids=[BOB])
    proved, lost = prove(tx, ACCOUNT, waiting, at=at, now=at)
    touches = store.load_rounds(tx, ACCOUNT, [BOB])[BOB]
    return proved, list(lost), [str(t["state"]) for t in touches]


def test_the_receipt_of_this_touch_proves_it(tx: Connection) -> None:
    save_contacts(tx, ACCOUNT, [contact(BOB, known=RECEIPT)], asked_at=1)
    assert look(tx, timedelta(minutes=5)) == (1, [], ["proved", "planned"])


def test_the_receipt_of_another_touch_proves_nothing(tx: Connection) -> None:
    other = RECEIPT.replace("1/1", "1/2")
    save_contacts(tx, ACCOUNT, [contact(BOB, known=other)], asked_at=1)
    assert look(tx, timedelta(minutes=5)) == (0, [], ["asked", "planned"])


@pytest.mark.parametrize(
    ("kind", "after", "proves"),
    [
        ("email", timedelta(minutes=1), True),
        ("sms", timedelta(minutes=1), False),  # another channel than was asked for
        ("email", timedelta(hours=-1), False),  # before it was asked for
    ],
)
def test_a_message_on_the_record_proves_it(
    tx: Connection, kind: str, after: timedelta, proves: bool
) -> None:
    save_activities(tx, ACCOUNT, [sent(kind, after)])
    assert look(tx, timedelta(hours=2))[0] == proves


def assert_never_approached(tx: Connection) -> None:
    """Though the CRM keeps the moment of our request on the record."""
    shown = orjson.dumps({"rekindle_trigger_at": ASKED.isoformat()}).decode()
    save_contacts(tx, ACCOUNT, [contact(BOB, known=shown)], asked_at=2)
    [person] = load_people(tx, ACCOUNT, {BOB: None}, at=ASKED + timedelta(days=2)).values()
    assert (person.last_started_at, person.rounds_unanswered) == (None, None)
    assert person.last_touch_at is None


def test_whom_the_crm_refused_to_start_was_not_contacted(tx: Connection) -> None:
    [(first, _)] = store.load_rounds(tx, ACCOUNT, [BOB]).values()
    tx.execute(sa.update(touches).values(state=TouchState.ASKING))
    started = {"state": EnrollmentState.STARTING, "started_at": None}
    tx.execute(sa.update(enrollments).values(**started))
    settling.record_failed(tx, ACCOUNT, [(first, "No such workflow")], at=ASKED)
    assert_never_approached(tx)


def test_without_a_trace_a_day_later_nobody_was_contacted(tx: Connection) -> None:
    assert look(tx, WAIT_FOR_EVIDENCE - timedelta(minutes=1))[2] == ["asked", "planned"]
    _, lost, states = look(tx, WAIT_FOR_EVIDENCE)
    assert len(lost) == 1
    assert states == ["unproved", "cancelled"]
    assert ledger.count_enrollments(tx, ACCOUNT) == {EnrollmentState.ENDED: 1}
    assert_never_approached(tx)
    assert load_asked(tx, ACCOUNT, [BOB], since=ASKED - timedelta(days=1)) == {}
