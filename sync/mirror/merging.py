"""What merges do to the mirror: a page's rows go to whom their ids stand for, and stored ones follow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.records import REFUSALS, Page
from core.db import chunks, insert_new_rows, one_of
from sync.mirror import aliases, correcting, lifting
from sync.mirror.tables import activities, contacts, deals, unscored
from sync.mirror.unscored import mark_unscored

# An answer that shows a merged id living again counts from so much later on (ms): the clocks of two of our
# machines and the CRM's own lists may be so far apart.
_LIVES_AGAIN_AFTER = 60_000


def settle_page(
    connection: Connection, account_id: str, page: Page, *, asked_at: int
) -> tuple[Page, list[str]]:
    """The page with every row under the id that its contact has by now; and who has something to follow.

    A contact under an id that a merge has ended was asked for before that merge, and is left out; one that
    was asked for clearly later lives again, and its alias is forgotten.
    """
    to_follow = aliases.record_merged(connection, account_id, page.merged, asked_at=asked_at)
    owners = {row["contact_id"] for rows in (page.activities, page.deals) for row in rows}
    named = owners | {row["contact_id"] for row in page.contacts}
    named |= {session.contact_id for session in page.sessions}
    learned = aliases.load_learned(connection, account_id, named)
    if not learned:
        return page, to_follow
    again = [
        row["contact_id"]
        for row in page.contacts
        if (known := learned.get(row["contact_id"])) is not None
        and asked_at > known[1] + _LIVES_AGAIN_AFTER
        and not row["archived"]
    ]
    aliases.revive(connection, account_id, again)
    today = {alias: found for alias, (found, _) in learned.items() if alias not in again}

    def under(row: Any) -> Any:
        return {**row, "contact_id": today.get(row["contact_id"], row["contact_id"])}

    settled = replace(
        page,
        contacts=[row for row in page.contacts if row["contact_id"] not in today],
        activities=[under(row) for row in page.activities],
        deals=[under(row) for row in page.deals],
        sessions=[
            replace(s, contact_id=today.get(s.contact_id, s.contact_id)) for s in page.sessions
        ],
    )
    return settled, to_follow


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """What hangs on the old ids hangs on the survivor from now on, and it is to be scored again.

    The record that the CRM made of them is the truth. Only where it says nothing of an opt-out, a bounce or
    consent does a refusal of one of the old records stand, until the CRM says otherwise.
    """
    _carry_refusals(connection, account_id, old_ids, survivor)
    lifting.follow_merge(connection, account_id, old_ids, survivor)
    correcting.follow_merge(connection, account_id, old_ids, survivor)
    for table, number in ((activities, "activity_id"), (deals, "deal_id")):
        _move(connection, table, number, account_id, old_ids, survivor)
    for table in (contacts, unscored):
        for ids in chunks(old_ids):
            connection.execute(
                sa.delete(table).where(
                    table.c.account_id == account_id, one_of(table.c.contact_id, ids)
                )
            )
    mark_unscored(connection, account_id, [survivor])


def _carry_refusals(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    columns = [contacts.c[name] for name in ("contact_id", *REFUSALS)]
    rows: dict[str, Any] = {}
    for ids in chunks([*old_ids, survivor]):
        query = sa.select(*columns).where(
            contacts.c.account_id == account_id, one_of(contacts.c.contact_id, ids)
        )
        rows |= {row["contact_id"]: row for row in connection.execute(query).mappings()}
    today = rows.pop(survivor, None)
    if today is None:
        return
    kept = {
        name: refused
        for name, refused in REFUSALS.items()
        if today[name] is None and any(row[name] is refused for row in rows.values())
    }
    if kept:
        connection.execute(
            sa.update(contacts)
            .where(contacts.c.account_id == account_id, contacts.c.contact_id == survivor)
            .values(**kept, content_hash="")  # the next reading compares anew
        )


def _move(
    connection: Connection,
    table: sa.Table,
    number: str,
    account_id: str,
    old_ids: Sequence[str],
    survivor: str,
) -> None:
    """Put rows under the survivor's id; those that it has already, or that tell of the same, are dropped.

    A record that belonged to both is one record. What a contact's own fields tell of has an id that the
    contact's is part of, so that the same visit has come back under another id by now: kind, moment and
    direction say that it is the same.
    """
    of_account = table.c.account_id == account_id
    there = [
        dict(row)
        for row in connection.execute(
            sa.select(table).where(of_account, table.c.contact_id == survivor)
        ).mappings()
    ]
    moving: list[dict[str, Any]] = []
    for ids in chunks(old_ids):
        statement = sa.delete(table).where(of_account, one_of(table.c.contact_id, ids))
        moving += [
            dict(row) for row in connection.execute(statement.returning(*table.columns)).mappings()
        ]
    known = {_sense(row, number) for row in there}
    fresh = {}
    for row in sorted(moving, key=lambda row: (str(row[number]), str(row["contact_id"]))):
        if _sense(row, number) not in known:
            known.add(_sense(row, number))
            fresh[row[number]] = {**row, "contact_id": survivor}
    insert_new_rows(connection, table, list(fresh.values()))


def _sense(row: dict[str, Any], number: str) -> tuple[Any, ...]:
    """What makes two rows tell of the same."""
    if "occurred_at" in row:
        return row["kind"], row["occurred_at"], row["direction"]
    return (row[number],)
