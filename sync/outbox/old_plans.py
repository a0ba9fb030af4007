"""Deletes what plans leave behind, in short transactions: rows of replaced ones, and of those long applied."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from core.db import insert_new
from core.moving import move
from sync.outbox import plan_rows
from sync.outbox.states import PLANS, PlanState
from sync.outbox.tables import plan_totals, plan_writes, plans

_AT_ONCE = 2_000
_TOTALS = ("planned", "succeeded", "failed", "verified")


def sweep(engine: Engine, account_id: str, kind: str, *, recording: str | None = None) -> None:
    """Empty plans that were replaced, or left half recorded by a dead process; `recording` is under way."""
    p = plans.c
    mine = (p.account_id == account_id, p.kind == kind)
    half = sa.and_(p.state == PlanState.RECORDING, p.plan_id != (recording or ""))
    full = sa.exists().where(plan_writes.c.plan_id == p.plan_id)
    with engine.begin() as tx:
        # First of all nobody may record into them or complete them any more.
        move(tx, PLANS, p.state, PlanState.SUPERSEDED, *mine, half)
        replaced = sa.select(p.plan_id).where(*mine, p.state == PlanState.SUPERSEDED, full)
        ids = list(tx.execute(replaced).scalars())
    for plan_id in ids:
        _clear(engine, plan_id, keep_doubtful=False)


def load_old(connection: Connection, account_id: str) -> list[str]:
    """Plans that have been applied or replaced, and are not the latest of their kind."""
    p, later = plans.c, plans.alias("later")
    newer = sa.exists().where(
        later.c.account_id == p.account_id,
        later.c.kind == p.kind,
        later.c.state == PlanState.APPLIED,
        later.c.created_at > p.created_at,
    )
    query = sa.select(p.plan_id).where(
        p.account_id == account_id,
        p.state.in_([PlanState.APPLIED, PlanState.SUPERSEDED]),
        newer,
    )
    return list(connection.execute(query).scalars())


def fold(engine: Engine, account_id: str, plan_ids: Collection[str]) -> None:
    """Keep of these plans what is still to be looked at again, of the others the sums alone."""
    for plan_id in sorted(plan_ids):
        _clear(engine, plan_id, keep_doubtful=True)
        with engine.begin() as tx:
            _add_up(tx, account_id, plan_id)


def _clear(engine: Engine, plan_id: str, *, keep_doubtful: bool) -> None:
    while True:
        with engine.begin() as tx:
            if not plan_rows.clear(tx, plan_id, most=_AT_ONCE, keep_doubtful=keep_doubtful):
                return


def _add_up(connection: Connection, account_id: str, plan_id: str) -> None:
    """A plan without rows becomes part of its kind's sums; once, because it is deleted with that."""
    rows = sa.exists().where(plan_writes.c.plan_id == plans.c.plan_id)
    gone = connection.execute(
        sa.delete(plans)
        .where(plans.c.plan_id == plan_id, ~rows)
        .returning(plans.c.kind, plans.c.state, *(plans.c[name] for name in _TOTALS))
    ).first()
    if gone is None or gone.state != PlanState.APPLIED:
        return
    t = plan_totals.c
    counted = {name: getattr(gone, name) for name in _TOTALS}
    if not insert_new(
        connection, plan_totals, {"account_id": account_id, "kind": gone.kind, **counted}
    ):
        connection.execute(
            sa.update(plan_totals)
            .where(t.account_id == account_id, t.kind == gone.kind)
            .values({name: t[name] + n for name, n in counted.items()})
        )
