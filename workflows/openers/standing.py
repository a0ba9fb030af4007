"""The words that stand with a contact until a touch is due: those of the first touch, without a date."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from oauth.account_settings.fields import AccountSettings
from workflows.openers.facts import TouchAsk
from workflows.openers.values import NO_WORDS, values_for_a_call, values_of_opener
from workflows.openers.writing import write_openers
from workflows.status import Status


def standing_words(
    connection: Connection,
    account_id: str,
    decided: Iterable[tuple[str, Status, TouchAsk]],
    own: AccountSettings,
    *,
    at: datetime,
    rows: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, str]]:
    """Contact → values of the opener's properties: all of them for who is ready, a note where a person is to call.

    Who has a workflow running keeps the words of their touch; everybody else has none. `rows` are their scores.
    """
    standing = list(decided)
    asks = {
        contact_id: ask
        for contact_id, status, ask in standing
        if status in {Status.READY, Status.HUMAN_FIRST}
    }
    written = write_openers(connection, account_id, asks, own, at=at, rows=rows) if asks else {}
    words: dict[str, dict[str, str]] = {}
    for contact_id, status, _ in standing:
        opener = written.get(contact_id)
        if status is Status.STARTED:
            words[contact_id] = {}
        elif opener is None:
            words[contact_id] = dict(NO_WORDS)
        elif status is Status.READY:
            words[contact_id] = values_of_opener(opener)
        else:
            words[contact_id] = values_for_a_call(opener)
    return words
