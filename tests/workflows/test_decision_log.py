"""The decision log: rows are added and never changed, kept five years, and erased people are a hash there (D12)."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError

from contact_rules.person import Person
from core.db import reading
from workflows.log import store
from workflows.log.entries import CONSENT_FIELDS, Entry, What, Who, consent_of, of_activity
from workflows.log.store import hash_of
from workflows.log.tables import decision_log

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC).replace(microsecond=0)
ACCOUNT = "hubspot-1"


def told(engine: Engine, contact_ids: list[str] | None = None) -> list[dict[str, object]]:
    with reading(engine) as connection:
        return store.load_entries(connection, ACCOUNT, contact_ids=contact_ids)


def record(engine: Engine, *entries: Entry, ago: timedelta = timedelta()) -> None:
    with engine.begin() as tx:
        store.record(tx, ACCOUNT, entries, at=NOW - ago, now=NOW - ago)


def refused(contact_id: str) -> Entry:
    return Entry(
        What.REFUSED,
        Who.RULE_BOOK,
        contact_id,
        programme="lead_reactivation",
        channel="sms",
        rule="D1",
        reason="Opted out",
        evidence=of_activity("77"),
        consent={"sms_opt_out": True},
        subject="batch-1",
        version="v3",
    )


def test_d12_an_entry_says_who_what_by_which_rule_on_what_evidence_and_how_consent_stood(
    engine: Engine,
) -> None:
    record(engine, refused("1"), Entry(What.APPROVED, Who.PERSON, by="ann", subject="batch-1"))
    first, second = told(engine)
    assert {k: first[k] for k in ("what", "who", "contact_id", "rule", "reason", "evidence")} == {
        "what": "refused",
        "who": "rule_book",
        "contact_id": "1",
        "rule": "D1",
        "reason": "Opted out",
        "evidence": "activity:77",
    }
    assert (first["consent"], first["version"]) == ({"sms_opt_out": True}, "v3")
    assert (second["who"], second["by"], second["contact_id"]) == ("person", "ann", None)
    assert told(engine, ["1"]) == [first]


@pytest.mark.parametrize(
    "statement",
    [
        sa.delete(decision_log),
        sa.update(decision_log).values(reason="nothing"),
        sa.update(decision_log).values(contact_id="2"),
        sa.update(decision_log).values(contact_id=None),
        sa.update(decision_log).values(contact_id=None, contact_hash="x", rule=None),
        sa.update(decision_log).values(contact_id=None, contact_hash="x", evidence="field:a"),
    ],
)
def test_d12_the_database_itself_lets_nobody_change_or_delete_an_entry(
    engine: Engine, statement: sa.Update | sa.Delete
) -> None:
    record(engine, refused("1"))
    before = told(engine)
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as tx:
        tx.execute(statement)
    assert told(engine) == before


def test_d12_what_is_older_than_five_years_goes_and_nothing_younger(engine: Engine) -> None:
    five = timedelta(days=5 * 365.25)
    record(engine, refused("old"), ago=five + timedelta(days=2))
    record(engine, refused("young"), ago=five - timedelta(days=2))
    with engine.begin() as tx:
        assert store.has_old(tx, now=NOW)
        assert store.delete_old(tx, now=NOW) == 1
        assert not store.has_old(tx, now=NOW)
    assert [row["contact_id"] for row in told(engine)] == ["young"]


def test_d10_of_an_erased_person_a_salted_hash_is_left_and_no_id(engine: Engine) -> None:
    record(engine, refused("1"), refused("2"))
    with engine.begin() as tx:
        store.forget(tx, ACCOUNT, ["1", "3"], secret="s" * 40)
    erased, other = told(engine)
    assert (erased["contact_id"], erased["evidence"]) == (None, None)
    assert erased["contact_hash"] == hash_of(ACCOUNT, "1", secret="s" * 40)
    assert erased["contact_hash"] != hash_of(ACCOUNT, "1", secret="t" * 40)
    assert (erased["rule"], erased["consent"]) == ("D1", {"sms_opt_out": True})
    assert (other["contact_id"], other["evidence"]) == ("2", "activity:77")
    with engine.begin() as tx:  # a job may run twice
        store.forget(tx, ACCOUNT, ["1"], secret="s" * 40)


def test_consent_is_every_refusal_that_the_rule_book_knows_of_somebody() -> None:
    person = Person("1", has_email=True, email_opt_out=False, sms_consent=True)
    assert consent_of(person) == {"email_opt_out": False, "sms_consent": True}
    assert consent_of(None) is None
    assert {"do_not_contact", "email_bounced", "call_opt_out", "marketable"} <= {*CONSENT_FIELDS}
