"""Asks the CRM which properties it has, looks into some contacts, and proposes what may feed which input."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.engine import Engine

from connector.patience import patiently
from connector.port.fields import ContactProperty, ListsProperties, PropertyPage
from inputs.input import Kind
from sync.fields import mapping_store
from sync.fields.mapping import Proposal, propose

# Contacts that are looked into; their values are looked at and not kept.
SAMPLED = 500
_SHOWN_VALUES = 200  # of each property
_MOST_PAGES = 5
# What the CRM says of a property's values; of a text it says nothing.
_HINTS = {
    "date": Kind.MOMENT,
    "moment": Kind.MOMENT,
    "number": Kind.COUNT,
    "flag": Kind.YES_NO,
    "choice": Kind.CHOICE,
    "tags": Kind.TAGS,
}


def propose_fields(
    engine: Engine,
    crm: ListsProperties,
    account_id: str,
    *,
    as_of: datetime,
    now: datetime,
    pause: Callable[[float], None],
) -> None:
    """See which properties there are and what they may feed, and keep both."""
    properties = patiently(crm.fetch_properties, pause=pause)
    names = [one.name for one in properties if not one.unusable]
    contacts = _look(crm, names, pause=pause)
    filled = Counter(name for values in contacts for name in values)
    proposals = propose(properties, _suggest(properties, contacts, filled, as_of=as_of))
    with engine.begin() as tx:
        mapping_store.save_properties(tx, account_id, properties, filled, sampled=len(contacts))
        mapping_store.save_proposals(tx, account_id, proposals, now=now)


def _look(
    crm: ListsProperties, names: Sequence[str], *, pause: Callable[[float], None]
) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = patiently(_ask(crm, names, cursor), pause=pause)
        found += [dict(values) for values in page.values.values()]
        cursor = page.cursor
        if cursor is None or len(found) >= SAMPLED:
            break
    return found[:SAMPLED]


def _ask(
    crm: ListsProperties, names: Sequence[str], cursor: str | None
) -> Callable[[], PropertyPage]:
    return lambda: crm.fetch_property_page(names, cursor)


def _suggest(
    properties: Sequence[ContactProperty],
    contacts: Sequence[dict[str, str]],
    filled: Counter[str],
    *,
    as_of: datetime,
) -> dict[str, tuple[Proposal, ...]]:
    """What the customer's own properties may feed, by their names and by what is in them."""
    from inputs.suggest import Source, suggest  # noqa: PLC0415  loads columns

    sources = [
        Source(
            name=one.name,
            label=one.label,
            kind_hint=_HINTS.get(one.kind),
            values=[v for c in contacts if (v := c.get(one.name))][:_SHOWN_VALUES],
            filled=filled[one.name] / len(contacts) if contacts else 0.0,
        )
        for one in properties
        if one.is_own and not (one.read_as or one.means or one.unusable)
    ]
    return {
        name: tuple(Proposal(found.source.name, str(found.match)) for found in suggestions)
        for name, suggestions in suggest(sources, now=as_of).items()
    }
