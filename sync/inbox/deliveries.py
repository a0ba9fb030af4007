"""Deliveries: stored once, answered at once, handled later by reading the records again."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from connector.patience import patiently
from connector.port.records import Page, ReadsContacts, ReadsConversations
from connector.port.signed import Deliveries
from core.context import Context
from core.db import chunks, reading
from core.facts import (
    ContactsChanged,
    ContactsErased,
    ContactsHeard,
    ContactsMerged,
    NoticesStored,
)
from core.moments import to_millis
from sync.inbox import store
from sync.mirror import store as mirror
from sync.mirror.merging import settle_page
from sync.mirror.scanners import remember_scanners
from sync.mirror.sessions import date_sessions
from sync.mirror.unscored import mark_unscored

AT_ONCE = 1_000
# How long a handled notice is kept, so that the same one delivered again is known.
KEPT = timedelta(days=30)
# How far back before its notice a conversation is read again.
LISTENED_BACK = timedelta(days=1)


def receive(
    here: Context, provider: str, told: Deliveries, *, account_ids: Mapping[str, str]
) -> None:
    """Store the notices of accounts we know and the events nobody could read, each once.

    `account_ids` is remote account id → ours. Echoes of our own writes are dropped here. Tells of the
    accounts that have new ones.
    """
    notices = [
        (account_id, notice)
        for notice in told.notices
        if not notice.is_echo and (account_id := account_ids.get(notice.remote_account_id))
    ]
    odd = [(account_ids.get(event.remote_account_id), event) for event in told.odd]
    if not notices and not odd:
        return  # without waiting for whoever writes
    now = here.wall.now()
    with here.begin() as tx:
        store.park_events(tx, provider, odd, now=now)
        for account_id in sorted(store.record_deliveries(tx, notices, now=now)):
            here.publish(tx, NoticesStored(account_id))


def handle(here: Context, crm: ReadsContacts, account_id: str) -> bool:
    """Read the contacts of up to 1,000 notices again; True while more may wait."""
    with reading(here.engine) as connection:
        waiting = store.load_unhandled(connection, account_id, AT_ONCE)
    if not waiting:
        return False
    erased = _ids(d for d in waiting if d["event"] == "erased")
    talks = [d for d in waiting if d["event"] == "wrote"]
    noted = [i for i in _ids(d for d in waiting if d["event"] == "noted") if i not in set(erased)]
    known = {*erased, *noted}
    others = [i for i in _ids(d for d in waiting if d["event"] != "wrote") if i not in known]
    refresh(here, crm, account_id, noted, closely=True)
    refresh(here, crm, account_id, [*others, *_listen(here, crm, account_id, talks)])
    now = here.wall.now()
    with here.begin() as tx:
        store.record_handled(tx, account_id, [d["delivery_key"] for d in waiting], now=now)
        store.forget_handled(tx, account_id, before=now - KEPT)
        for ids in chunks(erased):
            here.publish(tx, ContactsErased(account_id, tuple(ids)))
    return len(waiting) == AT_ONCE


def _listen(
    here: Context, crm: ReadsContacts, account_id: str, talks: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Store what people wrote in these conversations; answers who wrote anything new, to be read again.

    One who is new here is not known otherwise, and a text may have taken a consent back.
    """
    if not talks or not isinstance(crm, ReadsConversations):
        return []
    # The notices' times are the CRM's: what came a little before them may have had no notice.
    since = to_millis(min(d["occurred_at"] for d in talks) - LISTENED_BACK)
    page = patiently(lambda: crm.fetch_written(_ids(talks), since=since), pause=here.pause)
    return keep(here, account_id, page, asked_at=to_millis(here.wall.now()))


def refresh(
    here: Context,
    crm: ReadsContacts,
    account_id: str,
    contact_ids: Sequence[str],
    *,
    closely: bool = False,
) -> list[str]:
    """Read these contacts again into the mirror; answers who changed, did something or is gone since.

    Scoring is told in the same transaction: a mark for each stays until they have been scored again.
    """
    if not contact_ids:
        return []
    asked_at = to_millis(here.wall.now())
    page = patiently(lambda: crm.fetch_contacts(contact_ids, closely=closely), pause=here.pause)
    present = {row["contact_id"] for row in page.contacts if not row["archived"]}
    # The id of who was merged is gone, whatever becomes of the person.
    gone = [i for i in contact_ids if i not in present]
    return keep(here, account_id, page, gone, asked_at=asked_at)


def keep(
    here: Context, account_id: str, page: Page, gone: Sequence[str] = (), *, asked_at: int
) -> list[str]:
    """Store what a page tells, and who is gone, and marks whose score that makes old.

    What a merge has left on ids that are no more is told of, to be followed.
    """
    with here.begin() as tx:
        page, merged = settle_page(tx, account_id, page, asked_at=asked_at)
        page = date_sessions(tx, account_id, remember_scanners(tx, account_id, page))
        # Before they are stored: what is stored already makes no score old.
        acted = mirror.find_acted(tx, account_id, page.activities, page.deals)
        changed = mirror.save_contacts(tx, account_id, page.contacts, asked_at=asked_at)
        mirror.save_activities(tx, account_id, page.activities)
        mirror.save_deals(tx, account_id, page.deals)
        archived = mirror.archive_contacts(tx, account_id, gone, asked_at=asked_at)
        touched = list(dict.fromkeys([*changed, *acted, *archived]))
        mark_unscored(tx, account_id, touched)
        for ids in chunks(touched):
            here.publish(tx, ContactsChanged(account_id, tuple(ids)))
            here.publish(tx, ContactsHeard(account_id, tuple(ids)))
        for ids in chunks(merged):
            here.publish(tx, ContactsMerged(account_id, tuple(ids)))
    return touched


def _ids(deliveries: object) -> list[str]:
    found: dict[str, None] = {}
    for delivery in deliveries:  # type: ignore[attr-defined]
        found.update(dict.fromkeys(delivery["contact_ids"]))
    return list(found)
