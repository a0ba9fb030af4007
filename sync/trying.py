"""One contact as an account with another mapping would know them: read from the CRM now, and kept by nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.budget import Urgency
from connector.patience import patiently
from connector.port.fields import ListsProperties
from core.context import Context
from core.db import reading
from inputs.catalogue import INPUTS
from sync.fields.mapping import MappedInput, Wanted, names_of
from sync.fields.mapping_store import load_wanted
from sync.frames import Tried, load_frames
from sync.live import capability, opened

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Known:
    """What an input would say of the contact: `value` empty where nothing does, `unread` where a text can't be read."""

    input: str
    value: str
    source: str
    unread: bool = False


@dataclass(frozen=True, slots=True)
class TriedContact:
    """What would be known, and the frames that scoring takes."""

    known: tuple[Known, ...]
    contacts: "pl.DataFrame"
    events: "pl.DataFrame"


def try_on(
    here: Context,
    account_id: str,
    contact_id: str,
    mapping: Mapping[str, MappedInput],
    *,
    as_of: datetime,
    inputs: Sequence[str] = (),
) -> TriedContact:
    """Ask the CRM what the contact has in the mapping's properties, and read it so; raises CrmError."""
    names = names_of({name: mapped.names for name, mapped in mapping.items()})
    with opened(here, account_id, Urgency.PERSON) as crm:
        lister = capability(crm, ListsProperties)
        answered = patiently(
            lambda: lister.fetch_properties_of([contact_id], names), pause=here.pause
        )
    texts = dict(answered.get(contact_id, {}))
    with reading(here.engine) as connection:
        wanted = load_wanted(connection, account_id, mapping)
    contacts, events = load_frames(
        here.engine,
        account_id,
        as_of=as_of,
        contact_ids=[contact_id],
        tried=Tried(mapping, texts),
        inputs=inputs,
    )
    return TriedContact(_known(texts, wanted, as_of=as_of), contacts, events)


def _known(texts: Mapping[str, str], wanted: Wanted, *, as_of: datetime) -> tuple[Known, ...]:
    """In the order in which inputs are listed; of several sources the first that can be read."""
    import polars as pl  # noqa: PLC0415

    from sync.fields.columns import type_fields  # noqa: PLC0415

    found = []
    for entry in INPUTS:
        mapped = wanted.settled.get(entry.name)
        for source in mapped.names if mapped else ():
            one = Wanted({entry.name: (source,)}, wanted.settled, wanted.properties, wanted.styles)
            raw = pl.DataFrame(
                {"contact_id": ["1"], source: [texts.get(source) or None]},
                schema={"contact_id": pl.String, source: pl.String},
            )
            typed = type_fields(raw, one, as_of=as_of)
            value = typed.frame[entry.name][0]
            if value is not None or typed.unread:
                unread = value is None
                told = texts[source] if unread else _told(value)
                found.append(Known(entry.name, told, source, unread))
                break
        else:
            if mapped:
                found.append(Known(entry.name, "", ""))
    return tuple(found)


def _told(value: Any) -> str:
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M UTC")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    return str(value)
