"""The do-not-contact list of an account: read from a file, kept as salted hashes, asked about everybody (D1, D10)."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection

from contact_rules.countries import calling_code
from contact_rules.listed import decode, listed_names, names_of, read_names
from core.context import current
from core.db import chunks
from core.vault import Vault
from sync.mirror.people import load_contact_rows
from workflows.gate import store

# Of a business of which nothing else is known: where numbers are written without a country's code.
_USUAL_CODE = "1"


class Origin(StrEnum):
    FILE = "file"
    ERASED = "erased"  # the CRM erased them, and nobody may bring them back by an import


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file came to: how many of each it names, how many hashes are new or gone, and lines that name nothing."""

    addresses: int
    numbers: int
    domains: int
    changed: int
    unread: int


def code_of(tenant_zone: str | None) -> str | None:
    """The calling code of the country of a business."""
    return calling_code(tenant_zone) if tenant_zone else _USUAL_CODE


def add_file(
    connection: Connection,
    account_id: str,
    content: bytes,
    *,
    vault: Vault,
    tenant_zone: str | None,
    by: str,
    now: datetime,
) -> Taken:
    """Put what a file names on the list; of the file nothing else is kept."""
    named = read_names(decode(content))
    salt = _make_salt(connection, account_id, vault)
    digests = sorted({_digest(salt, n) for n in listed_names(named, code_of(tenant_zone))})
    new = store.add(connection, account_id, digests, origin=Origin.FILE, by=by, now=now)
    if new:
        store.record_change(connection, account_id, taken_off=False, entries=new, by=by, now=now)
    return Taken(len(named.addresses), len(named.numbers), len(named.domains), new, named.unread)


def remove_file(
    connection: Connection,
    account_id: str,
    content: bytes,
    *,
    vault: Vault,
    tenant_zone: str | None,
    by: str,
    now: datetime,
) -> Taken:
    """Take what a file names off the list."""
    named = read_names(decode(content))
    sealed = store.find_salt(connection, account_id)
    gone = 0
    if sealed is not None:
        salt = _open_salt(vault, account_id, sealed)
        digests = sorted({_digest(salt, n) for n in listed_names(named, code_of(tenant_zone))})
        gone = store.remove(connection, account_id, digests)
    if gone:
        store.record_change(connection, account_id, taken_off=True, entries=gone, by=by, now=now)
    return Taken(len(named.addresses), len(named.numbers), len(named.domains), gone, named.unread)


def remember_erased(
    connection: Connection,
    account_id: str,
    erased: Sequence[str],
    *,
    vault: Vault,
    tenant_zone: str | None,
    now: datetime,
) -> None:
    """Keep hashes of the addresses and numbers of whom the CRM erased: no import brings them back (D10)."""
    code = code_of(tenant_zone)
    names = {
        name
        for ids in chunks(erased)
        for row in load_contact_rows(connection, account_id, ids)
        for name in names_of(row["email"], row["phone"], code)
        if not name.startswith("domain ")
    }
    if names:
        salt = _make_salt(connection, account_id, vault)
        digests = sorted(_digest(salt, name) for name in names)
        store.add(connection, account_id, digests, origin=Origin.ERASED, by="the CRM", now=now)


def load_on_list(
    connection: Connection,
    account_id: str,
    people: Mapping[str, tuple[str | None, str | None]],
    *,
    tenant_zone: str | None,
) -> frozenset[str]:
    """Those of these contacts who are on the account's list; `people` is contact → address and number."""
    sealed = store.find_salt(connection, account_id)
    if sealed is None:
        return frozenset()
    # Without the key there is no answer: this fails, and nobody is contacted.
    salt = _open_salt(current().vault, account_id, sealed)
    code = code_of(tenant_zone)
    found: set[str] = set()
    for ids in chunks(people):
        digests = {i: {_digest(salt, n) for n in names_of(*people[i], code)} for i in ids}
        known = store.load_listed(connection, account_id, sorted(set().union(*digests.values())))
        found.update(i for i, theirs in digests.items() if not theirs.isdisjoint(known))
    return frozenset(found)


def _digest(salt: bytes, name: str) -> str:
    return hmac.new(salt, name.encode(), hashlib.sha256).hexdigest()[:40]


def _make_salt(connection: Connection, account_id: str, vault: Vault) -> bytes:
    sealed = store.find_salt(connection, account_id)
    if sealed is None:
        fresh = vault.seal(base64.b64encode(os.urandom(32)).decode(), identity=_name(account_id))
        sealed = store.record_salt(connection, account_id, fresh)
    return _open_salt(vault, account_id, sealed)


def _open_salt(vault: Vault, account_id: str, sealed: str) -> bytes:
    return base64.b64decode(vault.open(sealed, identity=_name(account_id)))


def _name(account_id: str) -> str:
    return f"do-not-contact:{account_id}"
