"""Every query on texts that a language model is asked to word; account_id is the first argument."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new_rows
from workflows.openers.drafts import Draft, stored
from workflows.openers.tables import opener_drafts

# So often a model is asked for the same text; after that the templates word it for good.
MOST_TRIES = 3


def load_answers(connection: Connection, account_id: str) -> dict[str, Draft]:
    """Shape → what a model made of it and may be used."""
    d = opener_drafts.c
    query = sa.select(d.shape, d.answer).where(d.account_id == account_id, d.tries > 0)
    return {row.shape: Draft(**row.answer) for row in connection.execute(query) if row.answer}


def record_wanted(connection: Connection, account_id: str, drafts: Iterable[Draft]) -> None:
    """Note texts that nobody has worded yet; those that are noted already stay as they are."""
    rows = [
        {
            "account_id": account_id,
            "shape": draft.shape,
            "draft": stored(draft),
            "answer": None,
            "refused": None,
            "tries": 0,
            "asked_at": None,
        }
        for draft in drafts
    ]
    insert_new_rows(connection, opener_drafts, rows)


def load_wanted(connection: Connection, account_id: str, *, limit: int) -> list[Draft]:
    """Texts that are still to be worded, those that were asked for least first."""
    d = opener_drafts.c
    # An answer that came to nothing is JSON's own null on some databases.
    query = (
        sa.select(d.draft)
        .where(d.account_id == account_id, d.tries < MOST_TRIES)
        .where(sa.or_(d.tries == 0, d.refused.is_not(None)))
        .order_by(d.tries, d.shape)
        .limit(limit)
    )
    return [Draft(**row.draft) for row in connection.execute(query)]


def record_answer(
    connection: Connection,
    account_id: str,
    shape: str,
    answer: Draft | None,
    refused: str | None,
    *,
    now: datetime,
) -> None:
    d = opener_drafts.c
    connection.execute(
        sa.update(opener_drafts)
        .where(d.account_id == account_id, d.shape == shape)
        .values(
            answer=None if answer is None else stored(answer),
            refused=refused,
            tries=d.tries + 1,
            asked_at=now,
        )
    )
