"""Why somebody went quiet, as a person of the team corrects it: it goes before all that the CRM tells."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new_rows, one_of, upsert
from core.moments import to_millis
from sync.mirror.tables import corrected_reasons
from sync.mirror.unscored import mark_unscored


def correct(
    connection: Connection, account_id: str, contact_id: str, reason: str | None, *, at: datetime
) -> None:
    """Let this be the reason, None what the CRM tells again, and mark the contact to be scored anew."""
    c = corrected_reasons.c
    if reason is None:
        connection.execute(
            sa.delete(corrected_reasons).where(
                c.account_id == account_id, c.contact_id == contact_id
            )
        )
    else:
        row = {"account_id": account_id, "contact_id": contact_id, "reason": reason}
        upsert(connection, corrected_reasons, [{**row, "corrected_at": to_millis(at)}])
    mark_unscored(connection, account_id, [contact_id])


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """What was corrected of the old records is corrected of the one they have become, which may know better."""
    c = corrected_reasons.c
    for ids in chunks(old_ids):
        gone = sa.delete(corrected_reasons).where(
            c.account_id == account_id, one_of(c.contact_id, ids)
        )
        rows = connection.execute(gone.returning(*corrected_reasons.columns)).mappings().all()
        latest = sorted(rows, key=lambda row: -row["corrected_at"])[:1]
        insert_new_rows(
            connection, corrected_reasons, [{**row, "contact_id": survivor} for row in latest]
        )
