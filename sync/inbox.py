"""Deliveries: stored once, answered at once, handled later by reading the records again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Engine

from connector.patience import patiently
from connector.port import Delivery, Page, ReadsContacts
from core.clock import Clock
from core.moments import to_millis
from sync import store
from sync.news import record_news

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of some notices: whose content changed, who is to be forgotten, whether more wait."""

    changed: tuple[str, ...]
    erased: tuple[str, ...]
    more: bool


def receive(
    engine: Engine,
    deliveries: Sequence[Delivery],
    *,
    account_ids: dict[str, str],
    now: datetime,
) -> set[str]:
    """Store the notices of accounts we know, each once; answers the accounts with news.

    `account_ids` is remote account id → ours. Echoes of our own writes are dropped here.
    """
    news: set[str] = set()
    with engine.begin() as tx:
        for delivery in deliveries:
            account_id = account_ids.get(delivery.remote_account_id)
            if account_id is None or delivery.is_echo:
                continue
            if store.record_delivery(tx, account_id, delivery, now=now):
                news.add(account_id)
    return news


def handle(
    engine: Engine,
    crm: ReadsContacts,
    account_id: str,
    *,
    clock: Clock,
    pause: Callable[[float], None],
) -> Handled:
    """Read the contacts of up to 1,000 notices again; and says what came of it."""
    with engine.begin() as tx:
        waiting = store.load_unhandled(tx, account_id, AT_ONCE)
    if not waiting:
        return Handled((), (), more=False)
    erased = _ids(d for d in waiting if d["event"] == "erased")
    others = [i for i in _ids(waiting) if i not in set(erased)]
    changed = refresh(engine, crm, account_id, others, clock=clock, pause=pause)
    with engine.begin() as tx:
        store.erase_contacts(tx, account_id, erased)
        store.record_handled(tx, account_id, [d["delivery_key"] for d in waiting], now=clock.now())
    return Handled(tuple(changed), tuple(erased), more=len(waiting) == AT_ONCE)


def refresh(
    engine: Engine,
    crm: ReadsContacts,
    account_id: str,
    contact_ids: Sequence[str],
    *,
    clock: Clock,
    pause: Callable[[float], None],
    closely: bool = False,
) -> list[str]:
    """Read these contacts again into the mirror; answers who changed, did something or is gone since.

    Scoring is told in the same transaction: a mark for each stays until they have been scored again.
    """
    if not contact_ids:
        return []
    asked_at = to_millis(clock.now())
    page = patiently(lambda: crm.fetch_contacts(contact_ids, closely=closely), pause=pause)
    present = {row["contact_id"] for row in page.contacts if not row["archived"]}
    gone = [i for i in contact_ids if i not in present]
    return keep(engine, account_id, page, gone, asked_at=asked_at)


def keep(
    engine: Engine, account_id: str, page: Page, gone: Sequence[str] = (), *, asked_at: int
) -> list[str]:
    """Store what a page tells, and who is gone, with a mark for each of whom that is news."""
    with engine.begin() as tx:
        # Before they are stored: what is stored already is no news.
        acted = store.find_acted(tx, account_id, page.activities, page.deals)
        changed = store.save_contacts(tx, account_id, page.contacts, asked_at=asked_at)
        store.save_activities(tx, account_id, page.activities)
        store.save_deals(tx, account_id, page.deals)
        archived = store.archive_contacts(tx, account_id, gone, asked_at=asked_at)
        touched = list(dict.fromkeys([*changed, *acted, *archived]))
        record_news(tx, account_id, touched)
    return touched


def _ids(deliveries: object) -> list[str]:
    found: dict[str, None] = {}
    for delivery in deliveries:  # type: ignore[attr-defined]
        found.update(dict.fromkeys(delivery["contact_ids"]))
    return list(found)
