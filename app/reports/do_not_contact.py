"""An account's do-not-contact list from the command line and its page: a file put on it or taken off, and its size."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.context import Context
from core.db import reading
from core.errors import Invalid, NotFound
from core.facts import ContactSettingsChanged
from oauth.account_settings.changing import load_settings
from oauth.store import Installation, find_installation
from workflows.gate.do_not_contact import Taken, add_file, remove_file
from workflows.gate.store import count_listed, load_list_changes

MOST_BYTES = 20_000_000


def take_file(here: Context, account_id: str, path: Path, *, by: str, remove: bool) -> Taken:
    """Put what a file names on an account's list, or take it off; everybody is decided about anew."""
    if not path.is_file():
        raise Invalid(f"There is no file {path.name}.")
    with reading(here.engine) as connection:
        account = find_installation(connection, account_id)
    if account is None:
        raise NotFound(f"There is no account {account_id}.")
    return take(here, account, path.read_bytes(), by=by, remove=remove)


def take(
    here: Context, account: Installation, content: bytes, *, by: str, remove: bool = False
) -> Taken:
    """Put the names in a file's content on the account's list, or take them off."""
    if len(content) > MOST_BYTES:
        raise Invalid("The file is larger than 20 MB. Divide it and repeat.")
    zone = load_settings(here, account).timezone
    change = remove_file if remove else add_file
    with here.begin() as tx:
        taken = change(
            tx,
            account.account_id,
            content,
            vault=here.vault,
            tenant_zone=zone,
            by=by,
            now=here.wall.now(),
        )
        if taken.changed:
            here.publish(tx, ContactSettingsChanged(account.account_id))
    return taken


def count(here: Context, account_id: str) -> dict[str, int]:
    """The list's entries by where they came from."""
    with reading(here.engine) as connection:
        return count_listed(connection, account_id)


def load_changes(here: Context, account_id: str, *, limit: int) -> list[Mapping[str, Any]]:
    """Who has put how many entries on the list, or taken them off, the latest first."""
    with reading(here.engine) as connection:
        return load_list_changes(connection, account_id, limit=limit)


def to_json(taken: Taken, entries: dict[str, int]) -> dict[str, Any]:
    return {**asdict(taken), "entries": entries}


def told(taken: Taken, *, removed: bool = False) -> str:
    """What became of a file, in words."""
    names = (
        f"{taken.addresses:,} addresses, {taken.numbers:,} numbers and {taken.domains:,} domains"
    )
    verb = "taken off" if removed else "put on"
    lines = f" {taken.unread:,} lines named none." if taken.unread else ""
    return f"{names} were read; {taken.changed:,} entries were {verb} the list.{lines}"
