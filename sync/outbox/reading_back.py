"""Reads back what was written: whether the CRM holds it, and what it holds instead."""

from collections.abc import Callable, Mapping, Sequence

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.patience import patiently
from connector.port.writing import ContactWrite, WritesProperties
from core.db import reading
from sync.mirror import store
from sync.outbox import plan_rows
from sync.outbox.changes import ValueRule, is_same
from sync.outbox.plans import Plan, plan_of
from sync.outbox.states import WriteState
from sync.outbox.tables import plan_writes, plans


def fetch_held(
    crm: WritesProperties, batch: Sequence[ContactWrite], *, pause: Callable[[float], None]
) -> Mapping[str, Mapping[str, str]]:
    """What the CRM holds now of everything that a batch writes."""
    names = sorted({name for write in batch for name in write.values})
    ids = [w.contact_id for w in batch]
    return patiently(lambda: crm.fetch_values(ids, names), pause=pause)


def holds(write: ContactWrite, held: Mapping[str, str], rules: Mapping[str, ValueRule]) -> bool:
    """Whether the CRM holds exactly what was written."""
    exact = {name: ValueRule(rules[name].kind) for name in write.values}
    return all(
        is_same(exact[name], held.get(name, ""), value) for name, value in write.values.items()
    )


def read_back(
    engine: Engine,
    crm: WritesProperties,
    plan: Plan,
    batch: Sequence[ContactWrite],
    rules: Mapping[str, ValueRule],
    *,
    pause: Callable[[float], None],
) -> None:
    """Record for each write whether the CRM holds it; what it holds instead goes into the mirror.

    So a value that was lost or changed there differs from what is wanted, and the next plan writes it again.
    """
    held = fetch_held(crm, batch, pause=pause)
    same = {w.contact_id: holds(w, held.get(w.contact_id, {}), rules) for w in batch}
    differing = {
        w.contact_id: {name: held.get(w.contact_id, {}).get(name, "") for name in w.values}
        for w in batch
        if not same[w.contact_id]
    }
    with engine.begin() as tx:
        # Who has been written to by a newer plan meanwhile says nothing of this one.
        counting = set(plan_rows.record_verdicts(tx, plan.plan_id, same))
        lost = {i: values for i, values in differing.items() if i in counting}
        store.record_known(tx, plan.account_id, lost)


def read_again(
    engine: Engine,
    crm: WritesProperties,
    account_id: str,
    rules: Mapping[str, ValueRule],
    *,
    pause: Callable[[float], None],
) -> None:
    """Look once more at the writes that were not found equal, a batch at a time."""
    with reading(engine) as connection:
        query = sa.select(plans).where(plans.c.account_id == account_id, plans.c.differing > 0)
        doubtful = [plan_of(row) for row in connection.execute(query).mappings()]
    for plan in doubtful:
        read_writes_back(engine, crm, plan, rules, verified=False, pause=pause)


def _next_writes(
    engine: Engine, plan: Plan, after: str, limit: int, *, verified: bool | None
) -> list[ContactWrite]:
    """The next writes that were taken, after that contact: read back (un)equal, or (None) not yet."""
    w = plan_writes.c
    query = (
        sa.select(w.contact_id, w.new_values)
        .where(
            w.plan_id == plan.plan_id,
            w.contact_id > after,
            w.state == WriteState.SUCCEEDED,
            w.verified.is_(verified),
        )
        .order_by(w.contact_id)
        .limit(limit)
    )
    with reading(engine) as connection:
        return [
            ContactWrite(row.contact_id, orjson.loads(row.new_values), trace=plan.plan_id)
            for row in connection.execute(query)
        ]


def read_writes_back(
    engine: Engine,
    crm: WritesProperties,
    plan: Plan,
    rules: Mapping[str, ValueRule],
    *,
    verified: bool | None,
    pause: Callable[[float], None],
) -> None:
    """Read back, a batch at a time, what was found (un)equal before, or (None) has not been read back."""
    after = ""
    while batch := _next_writes(engine, plan, after, crm.batch_size, verified=verified):
        read_back(engine, crm, plan, batch, rules, pause=pause)
        after = batch[-1].contact_id
