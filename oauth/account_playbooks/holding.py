"""Which playbooks hold for an account, and changing them: recorded with their author, told as a fact."""

from functools import lru_cache

from sqlalchemy.engine import Connection

from core.context import Context
from core.db import reading
from core.facts import PlaybooksChanged
from oauth.account_playbooks import store
from oauth.account_playbooks.store import Copy
from oauth.notices import PLAYBOOKS, clear_notices, record_notice
from oauth.store import Installation
from playbooks.library import GENERAL, find_line, packaged
from playbooks.line import Line
from playbooks.reading import PlaybookInvalid
from playbooks.together import Playbooks, joined, read_copy

# Whoever decides about a contact asks for the playbooks: a copy is read once in a process, not once for each.
_read = lru_cache(maxsize=64)(read_copy)


def playbooks_of(connection: Connection, account_id: str, vertical: str) -> Playbooks:
    """The account's own copies where they are valid, else the packaged playbooks.

    A copy that was valid once may not be so any more: then the packaged one is used and `wrong` says why.
    """
    vertical = vertical if vertical in packaged() else GENERAL
    copies = store.load_latest(connection, account_id, {vertical, GENERAL})
    line, line_wrong = _held(copies.get(vertical), vertical)
    general, general_wrong = _held(copies.get(GENERAL), GENERAL)
    wrong = line_wrong or general_wrong
    try:
        found = joined(line, general)
    except PlaybookInvalid as error:
        wrong = error.message
        found = Playbooks(find_line(vertical), find_line(GENERAL))
    return Playbooks(found.line, found.general, wrong)


def load_playbooks(here: Context, account_id: str, vertical: str) -> Playbooks:
    """The same outside a transaction."""
    with reading(here.engine) as connection:
        return playbooks_of(connection, account_id, vertical)


def _held(copy: Copy | None, key: str) -> tuple[Line, str | None]:
    """A copy, or the packaged line and what is wrong with the copy."""
    if copy is None or copy.text is None:
        return find_line(key), None
    try:
        return _read(copy.text, key), None
    except PlaybookInvalid as error:
        return find_line(key), f"{key}, version {copy.version}: {error.problems[0]}"


def note_wrong(here: Context, account_id: str, found: Playbooks) -> None:
    """What is wrong with a copy stands on the admin's pages until it is mended."""
    with here.begin() as tx:
        if found.wrong is None:
            clear_notices(tx, account_id, kind=PLAYBOOKS)
            return
        message = (
            f"Your own playbooks cannot be used, and the packaged ones hold instead. {found.wrong} "
            "Mend the file and save it again with rekindle playbooks save, or go back with rekindle playbooks reset."
        )
        job = "scoring.jobs.score_account"
        record_notice(tx, account_id, PLAYBOOKS, job=job, message=message, now=here.wall.now())


def save_copy(
    here: Context, account: Installation, line: str, text: str | None, *, looked_at: int, by: str
) -> Copy:
    """Let a copy hold for an account, or the packaged playbooks again; everybody is scored anew.

    Raises PlaybookInvalid for a file that cannot be used, and Conflict where somebody else has saved in between.
    """
    find_line(line)
    if text is not None:
        read_copy(text, line)
    with here.begin() as tx:
        made = store.record_copy(
            tx, account.account_id, line, text, after=looked_at, by=by, now=here.wall.now()
        )
        clear_notices(tx, account.account_id, kind=PLAYBOOKS)
        here.publish(tx, PlaybooksChanged(account.account_id))
    return made
