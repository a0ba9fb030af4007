"""Notes that no notice told of: once a day those of everybody who may be written to are read again (D2, D8)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.engine import Connection

from connector.budget import Urgency
from connector.patience import patiently
from connector.port.records import Page, ReadsNotes
from core import log
from core.context import Context
from core.db import chunks, reading
from core.moments import to_millis
from sync.inbox.deliveries import keep
from sync.live import opened
from workflows.decisions import store as decisions

# Half an hour less than a day, so that a round of the clockwork more or less keeps it within one.
READ_AFTER = timedelta(hours=23, minutes=30)
AT_ONCE = 100
# One request each: of more than this nobody is read but just before a message.
AT_MOST = 20_000


def load_accounts_due(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts whose notes were last read a day ago, or never."""
    return decisions.load_accounts_unheard(connection, before=at - READ_AFTER)


def read_notes(here: Context, account_id: str) -> None:
    """Read the notes of everybody who may start or has; where notes are a stream of their own nothing is left to do."""
    with here.engine.begin() as tx:
        decisions.record_heard(tx, account_id, at=here.clock.now())
    with opened(here, account_id, Urgency.REREAD) as crm:
        if not isinstance(crm, ReadsNotes):
            return
        with reading(here.engine) as connection:
            ids = decisions.load_approachable(connection, account_id, limit=AT_MOST)
        _read(here, crm, account_id, ids)


def read_notes_of(here: Context, account_id: str, contact_ids: Sequence[str]) -> None:
    """Read the notes of these people; where notes are a stream of their own nothing is left to do."""
    with opened(here, account_id, Urgency.REREAD) as crm:
        if isinstance(crm, ReadsNotes):
            _read(here, crm, account_id, contact_ids)


def _read(here: Context, crm: ReadsNotes, account_id: str, contact_ids: Sequence[str]) -> None:
    heard = 0
    for some in chunks(contact_ids, AT_ONCE):
        asked_at = to_millis(here.wall.now())
        found = patiently(partial(crm.fetch_notes, some), pause=here.pause)
        page = Page(len(found), None, activities=found)
        heard += len(keep(here, account_id, page, asked_at=asked_at))
    log.get(__name__).info(
        "workflows.notes.read",
        account_id=account_id,
        contacts=len(contact_ids),
        changed=heard,
    )
