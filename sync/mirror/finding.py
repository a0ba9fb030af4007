"""Finding contacts by what a person types: an id, an address, a number, or the beginning of names."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.identity import address_key, name_key, number_key
from sync.mirror.tables import contacts

# After the last letter that there is.
_END = "\U0010ffff"


def find_contacts(
    connection: Connection, account_id: str, typed: str, *, limit: int, code: str | None = None
) -> Sequence[str]:
    """Ids of the contacts that a text may mean, by name; none of an empty one.

    `code` is that of the country in which numbers are written without one.
    """
    c = contacts.c
    text = name_key(typed)
    if text is None:
        return []
    tests = [c.contact_id == typed.strip()]
    tests += [c.email_key == key for key in (address_key(typed),) if key is not None]
    number = number_key(typed)
    numbers = [number, f"+{code}{number}"] if number and code and number[0] != "+" else [number]
    tests += [c.phone_key == key for key in numbers if key is not None]
    tests += [sa.and_(key >= text, key < text + _END) for key in (c.name_key, c.surname_key)]
    # Each has an index of its own: joined by OR none would be used.
    parts = [
        sa.select(c.contact_id, c.surname_key)
        .where(c.account_id == account_id, ~c.archived, test)
        .limit(limit)
        .subquery()
        for test in tests
    ]
    every = sa.union(*(sa.select(part) for part in parts)).subquery()
    query = sa.select(every.c.contact_id).order_by(every.c.surname_key, every.c.contact_id)
    return list(connection.execute(query.limit(limit)).scalars())
