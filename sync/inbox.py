"""Deliveries: stored once, answered at once, handled later by reading the records again."""

from collections.abc import Sequence

from connector.patience import patiently
from connector.port import Delivery, ReadsContacts
from core.context import Context
from core.db import reading
from core.facts import ContactsChanged, ContactsErased, NoticesStored
from sync import store
from sync.news import record_news

AT_ONCE = 1_000


def receive(here: Context, deliveries: Sequence[Delivery], *, account_ids: dict[str, str]) -> None:
    """Store the notices of accounts we know, each once, and tell of the accounts that have news.

    `account_ids` is remote account id → ours. Echoes of our own writes are dropped here.
    """
    news: set[str] = set()
    now = here.wall.now()
    with here.begin() as tx:
        for delivery in deliveries:
            account_id = account_ids.get(delivery.remote_account_id)
            if account_id is None or delivery.is_echo:
                continue
            if store.record_delivery(tx, account_id, delivery, now=now):
                news.add(account_id)
        for account_id in sorted(news):
            here.publish(tx, NoticesStored(account_id))


def handle(here: Context, crm: ReadsContacts, account_id: str) -> bool:
    """Read the contacts of up to 1,000 notices again; True while more may wait."""
    with reading(here.engine) as connection:
        waiting = store.load_unhandled(connection, account_id, AT_ONCE)
    if not waiting:
        return False
    erased = _ids(d for d in waiting if d["event"] == "erased")
    others = [i for i in _ids(waiting) if i not in set(erased)]
    refresh(here, crm, account_id, others)
    now = here.wall.now()
    with here.begin() as tx:
        store.record_handled(tx, account_id, [d["delivery_key"] for d in waiting], now=now)
        for ids in store.chunks(erased):
            here.publish(tx, ContactsErased(account_id, tuple(ids)))
    return len(waiting) == AT_ONCE


def refresh(
    here: Context,
    crm: ReadsContacts,
    account_id: str,
    contact_ids: Sequence[str],
    *,
    closely: bool = False,
) -> list[str]:
    """Read these contacts again into the mirror; answers who changed, who did something and who is gone.

    Scoring is told in the same transaction: a mark for each stays until they have been scored again.
    """
    if not contact_ids:
        return []
    page = patiently(lambda: crm.fetch_contacts(contact_ids, closely=closely), pause=here.pause)
    present = {row["contact_id"] for row in page.contacts if not row["archived"]}
    gone = [i for i in contact_ids if i not in present]
    with here.begin() as tx:
        # Before they are stored: what is stored already is no news.
        acted = store.find_acted(tx, account_id, page.activities, page.deals)
        changed = store.save_contacts(tx, account_id, page.contacts, run_id=None)
        store.save_activities(tx, account_id, page.activities)
        store.save_deals(tx, account_id, page.deals)
        store.archive_contacts(tx, account_id, gone)
        touched = list(dict.fromkeys([*changed, *acted, *gone]))
        record_news(tx, account_id, touched)
        for ids in store.chunks(touched):
            here.publish(tx, ContactsChanged(account_id, tuple(ids)))
    return touched


def _ids(deliveries: object) -> list[str]:
    found: dict[str, None] = {}
    for delivery in deliveries:  # type: ignore[attr-defined]
        found.update(dict.fromkeys(delivery["contact_ids"]))
    return list(found)
