"""Columns out of the mirror for scoring: two frames, read in batches through the engine's own connections."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.port.records import REFUSALS
from contact_rules.reasons import BY_MODEL, BY_PERSON, REASONS
from core.db import chunks, one_of, reading
from core.moments import to_millis
from playbooks.choose import INPUT
from sync.fields.mapping import FieldMapping, Wanted
from sync.fields.mapping_store import load_wanted
from sync.fields.store import ACCEPTED, load_levels
from sync.fields.tables import mapped_fields
from sync.fields.verdicts import INQUIRY
from sync.mirror.money import is_counted
from sync.mirror.tables import activities, contacts, corrected_reasons, deals
from sync.mirror.wishes import said_wish, with_wishes

if TYPE_CHECKING:
    import polars as pl

# Rows that are Python's objects at a time, before they become columns.
_AT_ONCE = 2_000
_PIECE = 50  # so many of these batches
RAW = "raw "  # stands before the name of a property whose text is carried along
# A CRM's clock may be ahead of ours by so much (ms): what it dates later than now happened now.
AHEAD = 5 * 60 * 1000
# Millions of events have none of these: one byte each is enough for the few that have.
_EVENT_WORDS = {"reason": tuple(REASONS), "reason_source": (BY_MODEL,)}


@dataclass(frozen=True, slots=True)
class Tried:
    """A mapping that takes the place of the account's, and what the one contact has in its properties."""

    mapping: FieldMapping
    texts: Mapping[str, str]


def load_frames(
    engine: Engine,
    account_id: str,
    *,
    as_of: datetime,
    contact_ids: Sequence[str] | None = None,
    tried: Tried | None = None,
    inputs: Sequence[str] = (),
) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """(contacts, events) of an account up to `as_of`, in the shapes of scoring/features/input_frames.py.

    `contact_ids` names contacts where not all are wanted. Deals that were won are purchases, and those that were
    lost say why; mapped properties add what nothing else tells. `tried` is for one contact. Of the `inputs` that are
    named, each that is mapped is a column of its own as well.
    An inquiry is what an accepted field says in our words, and nothing where the account's field was refused.
    polars is loaded here and not before: most processes never need it.
    """
    import polars as pl  # noqa: PLC0415

    until, moment = to_millis(as_of), pl.Datetime("ms", "UTC")
    of_people = {"created_at": moment, "reason_at": moment}
    of_events = {"occurred_at": moment, **{k: pl.Enum(words) for k, words in _EVENT_WORDS.items()}}
    with reading(engine) as connection:
        levels = load_levels(connection, account_id, INQUIRY)
        wanted = load_wanted(connection, account_id, tried.mapping if tried else None)
        people = _read(
            connection,
            _contacts(account_id, until, with_fields=bool(wanted.names)),
            contact_ids,
            of_people,
            shape=_unpacking(wanted, tried),
        )
        acts = _read(connection, _activities(account_id, until), contact_ids, of_events)
        sales = _read(connection, _decided_deals(account_id, until), contact_ids, of_events)
    people, acts = with_wishes(people, acts), acts.drop("wish")
    level = pl.col("inquiry").replace_strict(levels, default=None, return_dtype=pl.String)
    people, events = people.with_columns(inquiry=level), pl.concat([acts, sales], how="diagonal")
    if not wanted.names:
        return people, events
    return _with_mapped(people, events, wanted, as_of=as_of, inputs=inputs)


def load_raw(
    engine: Engine,
    account_id: str,
    wanted: Wanted,
    *,
    as_of: datetime,
) -> "pl.DataFrame":
    """contact_id and the texts of the wanted properties, of everybody."""
    with reading(engine) as connection:
        query = _contacts(account_id, to_millis(as_of), with_fields=True).with_only_columns(
            contacts.c.contact_id, contacts.c.fields
        )
        return _read(connection, query, None, {}, shape=_unpacking(wanted))


def _unpacking(
    wanted: Wanted, tried: Tried | None = None
) -> "Callable[[pl.DataFrame], pl.DataFrame]":
    """The column of further fields made into one for each property, named so that no other column is."""

    def unpacked(frame: "pl.DataFrame") -> "pl.DataFrame":
        import polars as pl  # noqa: PLC0415

        from sync.fields.columns import unpack  # noqa: PLC0415

        if "fields" not in frame.columns:
            return frame
        texts = unpack(frame["fields"], wanted.names)
        if tried is not None:
            found = {name: [tried.texts.get(name)] * frame.height for name in wanted.names}
            texts = pl.DataFrame(found, schema=dict.fromkeys(wanted.names, pl.String))
        texts.columns = [f"{RAW}{name}" for name in wanted.names]
        return frame.drop("fields").hstack(texts)

    return unpacked


def raw_of(frame: "pl.DataFrame", wanted: Wanted) -> "pl.DataFrame":
    """contact_id and the texts of the wanted properties under their own names."""
    import polars as pl  # noqa: PLC0415

    return frame.select("contact_id", *(pl.col(f"{RAW}{n}").alias(n) for n in wanted.names))


def _with_mapped(
    people: "pl.DataFrame",
    events: "pl.DataFrame",
    wanted: Wanted,
    *,
    as_of: datetime,
    inputs: Sequence[str],
) -> "tuple[pl.DataFrame, pl.DataFrame]":
    import polars as pl  # noqa: PLC0415

    from inputs.evidence import evidence_of  # noqa: PLC0415
    from sync.fields.columns import type_fields  # noqa: PLC0415
    from sync.roll_ups import add_contacts, add_events, without_known_fittings  # noqa: PLC0415

    typed = type_fields(raw_of(people, wanted), wanted, as_of=as_of).frame
    evidence = evidence_of(without_known_fittings(typed, events), as_of=as_of)
    people = people.drop([f"{RAW}{name}" for name in wanted.names])
    asked = typed.select(
        "contact_id", *(pl.col(n).alias(f"{INPUT}{n}") for n in inputs if n in typed.columns)
    )
    return (
        add_contacts(people, evidence, set(wanted.sources)).join(
            asked, on="contact_id", how="left", maintain_order="left"
        ),
        add_events(events, evidence, until=pl.lit(as_of).dt.cast_time_unit("ms")),
    )


def _contacts(account_id: str, until: int, *, with_fields: bool = False) -> sa.Select[Any]:
    one, field, said = contacts.c, mapped_fields.c, corrected_reasons.c
    corrected = sa.and_(said.account_id == one.account_id, said.contact_id == one.contact_id)
    accepted = sa.and_(
        field.account_id == one.account_id,
        field.field == INQUIRY,
        field.property == one.inquiry_source,
        field.in_use,
        field.state == ACCEPTED,
    )
    open_deal = sa.exists().where(
        deals.c.account_id == one.account_id,
        deals.c.contact_id == one.contact_id,
        ~deals.c.is_closed,
    )
    return (
        sa.select(
            one.contact_id,
            _at_most(one.created_at, until),
            _filled(one.source),
            _filled(one.lifecycle),
            one.email.is_not(None).label("has_email"),
            one.phone.is_not(None).label("has_phone"),
            *(one[name] for name in REFUSALS),
            one.unengaged_sends,
            sa.func.coalesce(
                said.reason, sa.func.nullif(one.reason, ""), type_=one.reason.type
            ).label("reason"),
            # Whose word it is goes with it: what the team says goes before the CRM.
            sa.case(
                (said.reason.is_not(None), BY_PERSON),
                else_=sa.func.nullif(one.reason_source, ""),
            ).label("reason_source"),
            sa.func.coalesce(said.corrected_at, one.reason_at, type_=one.reason_at.type).label(
                "reason_at"
            ),
            sa.case((field.property.is_not(None), one.inquiry)).label("inquiry"),
            open_deal.label("open_deal"),
            *([one.fields] if with_fields else []),
        )
        .select_from(
            contacts.outerjoin(mapped_fields, accepted).outerjoin(corrected_reasons, corrected)
        )
        .where(
            one.account_id == account_id,
            ~one.archived,
            sa.or_(one.created_at.is_(None), one.created_at <= until + AHEAD),
        )
        .order_by(one.contact_id)
    )


def _activities(account_id: str, until: int) -> sa.Select[Any]:
    act = activities.c
    return (
        sa.select(
            act.contact_id,
            _at_most(act.occurred_at, until),
            act.kind,
            _filled(act.direction),
            _filled(act.outcome),
            _filled(act.reason),
            act.reason_confidence,
            _filled(act.reason_source),
            said_wish().label("wish"),
        )
        .where(act.account_id == account_id, act.occurred_at <= until + AHEAD)
        .order_by(act.activity_id)
    )


def _decided_deals(account_id: str, until: int) -> sa.Select[Any]:
    """Every contact of a won deal has bought; its amount is one contact's alone, so that no total has it twice."""
    deal = deals.c
    money = sa.case((deal.is_won & is_counted(), sa.cast(deal.amount_minor, sa.Float) / 100))
    return sa.select(
        deal.contact_id,
        _at_most(deal.closed_at, until).label("occurred_at"),
        sa.case((deal.is_won, "purchase"), else_="lost_deal").label("kind"),
        money.label("amount"),
        sa.case((~deal.is_won, _filled(deal.reason))).label("reason"),
        sa.case((~deal.is_won, deal.reason_confidence)).label("reason_confidence"),
    ).where(
        deal.account_id == account_id,
        sa.or_(deal.is_won, deal.is_closed),
        deal.closed_at <= until + AHEAD,
    )


def _at_most(column: sa.Column[int], until: int) -> sa.Label[int]:
    """A moment, or `until` where the CRM's clock was ahead."""
    return sa.case((column > until, until), else_=column).label(column.name)


def _filled(column: sa.Column[Any]) -> sa.Label[Any]:
    """A column of texts, the empty ones as nothing."""
    return sa.func.nullif(column, "", type_=column.type).label(column.name)


def _read(
    connection: Connection,
    query: sa.Select[Any],
    contact_ids: Sequence[str] | None,
    types: "Mapping[str, pl.DataType]",
    *,
    shape: "Callable[[pl.DataFrame], pl.DataFrame] | None" = None,
) -> "pl.DataFrame":
    """Columns of a query's rows, of these types or else of the table's; only of the contacts named, if any are.

    `shape` makes of each piece what is kept of it.

    Not through a driver of columns: one that brings its own SQLite drops the locks of ours when it closes the file.
    """
    import polars as pl  # noqa: PLC0415

    usual = {str: pl.String(), int: pl.Int64(), float: pl.Float64(), bool: pl.Boolean()}
    schema = {
        name: types.get(name) or usual[column.type.python_type]
        for name, column in query.selected_columns.items()
    }
    made = shape or (lambda piece: piece)
    found = [made(pl.DataFrame(schema=schema))]
    for some in _limited(query, contact_ids):
        rows = connection.execute(some, execution_options={"yield_per": _AT_ONCE})
        found += map(made, _joined(_columns(batch, schema) for batch in rows.partitions()))
    return pl.concat(found)


def _columns(rows: Sequence[sa.Row[Any]], schema: "Mapping[str, pl.DataType]") -> "pl.DataFrame":
    import polars as pl  # noqa: PLC0415

    columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([pl.Series(name, values, of) for (name, of), values in columns])


def _joined(batches: "Iterator[pl.DataFrame]") -> "Iterator[pl.DataFrame]":
    """Fewer and larger pieces: hundreds are slow to compute with, and to make one takes the memory twice."""
    import polars as pl  # noqa: PLC0415

    while some := list(islice(batches, _PIECE)):
        yield pl.concat(some, rechunk=True)


def _limited(query: sa.Select[Any], contact_ids: Sequence[str] | None) -> list[sa.Select[Any]]:
    """The query, or several of it where some contacts are named: a statement takes only so many ids."""
    if contact_ids is None:
        return [query]
    contact_id = query.selected_columns["contact_id"]
    return [query.where(one_of(contact_id, ids)) for ids in chunks(sorted(set(contact_ids)))]
