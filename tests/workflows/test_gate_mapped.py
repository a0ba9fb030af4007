"""The gate knows what an account's mapped properties say against a start, as scoring does (S31, D8)."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.port.fields import ContactProperty
from contact_rules.person import Person, Policy
from contact_rules.verdict import Deny, choose_channel
from core.db import reading
from sync.fields.mapping import BY_NAME_ALONE, Proposal
from sync.fields.mapping_store import save_properties, save_proposals
from sync.frames import load_frames
from sync.mirror.tables import contacts
from workflows.gate.people import load_people

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 17, 17, tzinfo=UTC)
ACCOUNT = "hubspot-1"
MAPPED = {
    "next_appointment_at": ("next_fitting", "date"),
    "birth_date": ("born", "date"),
    "open_deal": ("quote_open", "text"),
    "unengaged_sends": ("unopened", "number"),
}
SAID = {
    "1": {"next_fitting": (NOW + timedelta(days=9)).date().isoformat(), "born": "1961-03-05"},
    "2": {"next_fitting": (NOW - timedelta(days=90)).date().isoformat()},
    "3": {"born": "2015-06-30"},
    "4": {"quote_open": "Yes"},
    "5": {"quote_open": "No"},
    "6": {"unopened": "40"},
    "7": {},
}
REASONS = {
    "1": "Has a meeting coming up",
    "3": "Is not to be contacted",
    "4": "Has an open deal: it's with a person already",
    "6": "At least 11 e-mails unopened: the CRM would skip it",
}


@pytest.fixture
def people(engine: Engine) -> dict[str, Person]:
    fixed = {"archived": False, "email": "a@example.test", "known": "{}", "content_hash": ""}
    rows = [
        {"account_id": ACCOUNT, "contact_id": i, **fixed, "fields": orjson.dumps(f).decode()}
        for i, f in SAID.items()
    ]
    named = [ContactProperty(name, name, kind, is_own=True) for name, kind in MAPPED.values()]
    proposed = {k: (Proposal(name, BY_NAME_ALONE),) for k, (name, _) in MAPPED.items()}
    with engine.begin() as tx:
        tx.execute(sa.insert(contacts), rows)
        save_properties(tx, ACCOUNT, named, {}, sampled=0)
        save_proposals(tx, ACCOUNT, proposed, now=NOW)
    with reading(engine) as connection:
        return load_people(connection, ACCOUNT, dict.fromkeys(SAID), at=NOW)


def test_what_mapped_properties_say_speaks_against_a_start(people: dict[str, Person]) -> None:
    policy = Policy(tenant_zone="America/New_York")
    verdicts = {i: choose_channel(person, NOW, policy) for i, person in people.items()}
    assert {i: v.reason for i, v in verdicts.items() if isinstance(v, Deny)} == REASONS


def test_scoring_and_the_gate_are_told_the_same(engine: Engine, people: dict[str, Person]) -> None:
    frame, _ = load_frames(engine, ACCOUNT, as_of=NOW)
    for row in frame.iter_rows(named=True):
        person = people[row["contact_id"]]
        assert bool(row["open_deal"]) == bool(person.open_deal)
        assert bool(row["do_not_contact"]) == bool(person.do_not_contact)
        assert row["unengaged_sends"] == person.unengaged_sends
        coming = person.next_meeting_at
        assert row["next_meeting_at"] == coming


def test_an_account_without_a_mapping_is_asked_nothing(engine: Engine) -> None:
    told = {"archived": False, "email": "a@example.test", "known": "{}", "content_hash": ""}
    fields = orjson.dumps(SAID["4"]).decode()
    row = {"account_id": "hubspot-2", "contact_id": "4", **told, "fields": fields}
    with engine.begin() as tx:
        tx.execute(sa.insert(contacts), [row])
        found = load_people(tx, "hubspot-2", {"4": None}, at=NOW)
    assert found["4"].open_deal is False
