"""The gate's view of a person, read from the mirror: what the CRM says, however it says it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from contact_rules.channels import Channel
from contact_rules.person import Person, Policy
from contact_rules.verdict import Allow, Deny, choose_channel
from core.moments import to_millis
from sync.mirror.tables import activities, contacts
from workflows.gate.people import load_people

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"
NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)
POLICY = Policy(tenant_zone="America/New_York")


@pytest.fixture
def tx(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def filler(table: sa.Table) -> dict[str, Any]:
    """A value for each column that must have one."""
    made: dict[type, Any] = {str: "x", int: 0, bool: False, datetime: NOON, dict: {}}
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


def test_another_accounts_contact_of_the_same_id_is_another_person(tx: Connection) -> None:
    person(tx, email_opt_out=True)
    assert load_people(tx, "hubspot-2", {"1": None}, at=NOON) == {}
