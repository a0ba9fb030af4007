"""Reads single properties of all contacts, page by page, into the mirror."""

from collections.abc import Callable, Sequence

from connector.patience import patiently
from connector.port.fields import ListsProperties, PropertyPage
from core.context import Context
from sync.mirror.store import merge_fields


def read_pages(here: Context, crm: ListsProperties, account_id: str, names: Sequence[str]) -> None:
    """Take over what these properties hold of everybody; safe to begin again."""
    cursor: str | None = None
    while True:
        page = patiently(_ask(crm, names, cursor), pause=here.pause)
        with here.engine.begin() as tx:
            merge_fields(tx, account_id, page.values, frozenset(names))
        cursor = page.cursor
        if cursor is None:
            return


def _ask(
    crm: ListsProperties, names: Sequence[str], cursor: str | None
) -> Callable[[], PropertyPage]:
    return lambda: crm.fetch_property_page(names, cursor)
