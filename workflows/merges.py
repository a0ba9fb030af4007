"""People follow merges: what hangs on an id that the CRM has ended moves to the record it is part of now."""

from datetime import datetime

from sqlalchemy.engine import Connection

from scoring import store as scores
from sync.mirror import aliases, merging
from sync.outbox import plans as outbox
from workflows.acts import store as acts
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.results import store as results
from workflows.touches import store as touches
from workflows.touches.merged import Became, Round

# Aliases followed in one transaction.
AT_ONCE = 200


def follow_merges(
    connection: Connection, account_id: str, *, at: datetime, limit: int = AT_ONCE
) -> list[str]:
    """Follow up to so many of the account's merges that have not been; answers the surviving contacts.

    Only who has the account's starts to itself may do so: a start that is under way keeps its ledger row.
    """
    if not aliases.load_unfollowed(connection, account_id, limit=1):
        return []
    decisions.lock(connection, account_id)
    aliases.lock(connection, account_id)
    found = aliases.load_unfollowed(connection, account_id, limit=limit)
    by_survivor: dict[str, list[str]] = {}
    for alias, survivor in found.items():
        by_survivor.setdefault(survivor, []).append(alias)
    for survivor, old_ids in by_survivor.items():
        _follow(connection, account_id, old_ids, survivor, at=at)
    aliases.record_followed(connection, account_id, list(found))
    return list(by_survivor)


def _follow(
    connection: Connection, account_id: str, old_ids: list[str], survivor: str, *, at: datetime
) -> None:
    """Each package moves its own rows, in the transaction of all."""
    merging.follow_merge(connection, account_id, old_ids, survivor)
    scores.follow_merge(connection, account_id, old_ids, survivor)
    writes = outbox.follow_merge(connection, account_id, old_ids)
    # Decisions are taken anew with the new score; until then there is none.
    decisions.delete_decisions(connection, account_id, [*old_ids, survivor])
    draws.follow_merge(connection, account_id, old_ids, survivor)
    results.follow_merge(connection, account_id, old_ids, survivor)
    acts.follow(connection, account_id, old_ids, survivor)
    moved = ledger.follow_merge(connection, account_id, old_ids, survivor, writes=writes, at=at)
    rounds = {
        Round(old["contact_id"], old["playbook"], old["round_no"]): Became(
            new["contact_id"], new["round_no"], EnrollmentState(new["state"]), new["started_at"]
        )
        for old, new in moved
    }
    touches.follow_merge(connection, account_id, rounds, writes=writes, at=at)
