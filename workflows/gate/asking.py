"""The gate's view of people whom somebody is looking at, as fast as a page has to be: beside what was decided."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from contact_rules.person import Person, Policy
from scoring.store import load_scores
from workflows.gate.people import load_people


def load_looked_at(
    connection: Connection,
    account_id: str,
    contact_ids: Sequence[str],
    *,
    at: datetime,
    policy: Policy,
) -> dict[str, Person]:
    """Contact → the gate's view as of now; why they went quiet is what the last scoring said.

    What only mapped properties say is in the decision that stands: who was refused there stays refused.
    """
    names = ("contact_id", "last_human_at")
    rows = load_scores(connection, account_id, contact_ids, names=names)
    last = dict.fromkeys(contact_ids) | {r["contact_id"]: r["last_human_at"] for r in rows}
    return load_people(connection, account_id, last, at=at, as_scored=True, policy=policy)


def load_person(
    connection: Connection, account_id: str, contact_id: str, *, at: datetime, policy: Policy
) -> Person | None:
    """The gate's view of one contact; None where the mirror does not have them."""
    found = load_looked_at(connection, account_id, [contact_id], at=at, policy=policy)
    return found.get(contact_id)
