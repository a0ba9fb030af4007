"""Applies approved plans: batch by batch, asked for once, read back, safe to take over anywhere."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.errors import CrmError, CrmInvalid, CrmRateLimited
from connector.patience import decide_pause, patiently
from connector.port import ContactWrite, WriteOutcome, WritesProperties
from core.clock import Clock
from core.errors import Conflict
from sync import store
from sync.outbox import Plan, is_latest, mark, plan_of
from sync.plan import ValueRule, is_same
from sync.tables import plan_writes, plans

IN_FLIGHT = 4
DAY = timedelta(days=1)


class Applying:
    """One worker applying one approved plan."""

    def __init__(
        self,
        engine: Engine,
        crm: WritesProperties,
        plan: Plan,
        rules: Mapping[str, ValueRule],
        *,
        clock: Clock,
        pause: Callable[[float], None],
        worker: str = "",
    ) -> None:
        self._worker = worker
        self._engine = engine
        self._crm = crm
        self._plan = plan
        self._rules = rules
        self._clock = clock
        self._pause = pause

    def apply(self) -> bool:
        """Write what is planned, batch by batch, then read it back.

        False when the day's share of writes is used up: what was written is read back, and the rest waits
        until `resume_at`.
        """
        self._take_over()
        self._settle_unknown()
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="write") as pool:
            while batches := self._next_batches():
                for batch, outcomes in zip(batches, pool.map(self._send, batches), strict=True):
                    self._record(batch, outcomes)
        self._read_back()
        left = self._load("planned", 1)
        with self._engine.begin() as tx:
            self._still_ours(tx)
            outcome = (
                {"resume_at": self._next_day(tx), "worker": None}
                if left
                else {"state": "applied", "applied_at": self._clock.now(), "resume_at": None}
            )
            tx.execute(
                sa.update(plans).where(plans.c.plan_id == self._plan.plan_id).values(**outcome)
            )
        return not left

    def _allowance(self, tx: Connection) -> int | None:
        """How many contacts may still be written within the last day's share; None for no limit."""
        per_day = self._crm.pace.contacts_per_day
        if per_day is None:
            return None
        return max(0, per_day - int(tx.execute(self._sent_today(sa.func.count())).scalar_one()))

    def _next_day(self, tx: Connection) -> datetime:
        """When the first of the last day's writes is a day old."""
        first = tx.execute(self._sent_today(sa.func.min(plan_writes.c.sent_at))).scalar_one()
        return (first or self._clock.now()) + DAY

    def _sent_today(self, column: "sa.ColumnElement[Any]") -> "sa.Select[Any]":
        return (
            sa.select(column)
            .select_from(plan_writes.join(plans, plans.c.plan_id == plan_writes.c.plan_id))
            .where(
                plans.c.account_id == self._plan.account_id,
                plan_writes.c.sent_at > self._clock.now() - DAY,
            )
        )

    def _take_over(self) -> None:
        with self._engine.begin() as tx:
            row = tx.execute(
                sa.update(plans)
                .where(plans.c.plan_id == self._plan.plan_id, plans.c.state == "approved")
                .values(fence=plans.c.fence + 1, worker=self._worker)
                .returning(plans.c.fence)
            ).first()
        if row is None:
            raise Conflict("This plan is not approved, or it has been applied.")
        self._fence = row.fence

    def _still_ours(self, tx: Connection) -> None:
        query = sa.select(plans.c.fence).where(plans.c.plan_id == self._plan.plan_id)
        if tx.execute(query).scalar_one() != self._fence:
            raise Conflict("Another worker continues this plan.")

    def _settle_unknown(self) -> None:
        """Rows sent by a worker that died: ask the CRM what became of them instead of sending again."""
        unknown = self._load("sent", None)
        for batch in _batches(unknown, self._crm.batch_size):
            equal = self._equal(batch)
            with self._engine.begin() as tx:
                self._still_ours(tx)
                for state, wanted in (("succeeded", True), ("planned", False)):
                    self._mark(tx, [i for i, same in equal.items() if same is wanted], state=state)
                done = {w.contact_id: dict(w.values) for w in batch if equal[w.contact_id]}
                store.record_known(tx, self._plan.account_id, done)

    def _next_batches(self) -> list[list[ContactWrite]]:
        """Up to IN_FLIGHT batches, marked as sent before they are."""
        most = IN_FLIGHT * self._crm.batch_size
        with self._engine.begin() as tx:
            self._still_ours(tx)
            allowance = self._allowance(tx)
        writes = self._load("planned", most if allowance is None else min(most, allowance))
        with self._engine.begin() as tx:
            self._still_ours(tx)
            ids = [w.contact_id for w in writes]
            self._mark(tx, ids, state="sent", sent_at=self._clock.now())
        return list(_batches(writes, self._crm.batch_size))

    def _send(self, batch: Sequence[ContactWrite]) -> list[WriteOutcome]:
        """One batch; when the CRM refuses it whole, halves, until the culprit stands alone.

        When no answer comes, nobody knows what became of the batch: the CRM is asked what it holds, and only
        what it does not hold is sent again.
        """
        rest, outcomes, tries = list(batch), list[WriteOutcome](), 0
        while rest:
            try:
                return outcomes + list(self._crm.write(rest))
            except CrmInvalid as error:
                return outcomes + self._halve(rest, error)
            except CrmError as error:
                tries += 1
                wait = decide_pause(error, tries)
                if wait is None:
                    raise
                self._pause(wait)
                if isinstance(error, CrmRateLimited):
                    continue  # refused before anything was taken
            equal = self._equal(rest)
            outcomes += [WriteOutcome(i, succeeded=True) for i, same in equal.items() if same]
            rest = [w for w in rest if not equal[w.contact_id]]
        return outcomes

    def _halve(self, batch: Sequence[ContactWrite], error: CrmInvalid) -> list[WriteOutcome]:
        if len(batch) == 1:
            return [WriteOutcome(batch[0].contact_id, succeeded=False, reason=error.message)]
        middle = len(batch) // 2
        return self._send(batch[:middle]) + self._send(batch[middle:])

    def _record(self, batch: Sequence[ContactWrite], outcomes: Sequence[WriteOutcome]) -> None:
        values = {w.contact_id: dict(w.values) for w in batch}
        with self._engine.begin() as tx:
            self._still_ours(tx)
            self._mark(tx, [o.contact_id for o in outcomes if o.succeeded], state="succeeded")
            for outcome in outcomes:
                if not outcome.succeeded:
                    self._mark(tx, [outcome.contact_id], state="failed", reason=outcome.reason)
            done = {o.contact_id: values[o.contact_id] for o in outcomes if o.succeeded}
            store.record_known(tx, self._plan.account_id, done)
            shown = [o.contact for o in outcomes if o.succeeded and o.contact is not None]
            store.record_own_change(tx, self._plan.account_id, shown)

    def _read_back(self) -> None:
        """Compare what the CRM now holds with what was written; both answers are recorded."""
        written = self._load("succeeded", None, unread=True)
        for batch in _batches(written, self._crm.batch_size):
            read_back(
                self._engine,
                self._crm,
                self._plan,
                batch,
                self._rules,
                pause=self._pause,
            )

    def _equal(self, batch: Sequence[ContactWrite]) -> dict[str, bool]:
        held = fetch_held(self._crm, batch, pause=self._pause)
        return {w.contact_id: holds(w, held.get(w.contact_id, {}), self._rules) for w in batch}

    def _load(self, state: str, limit: int | None, *, unread: bool = False) -> list[ContactWrite]:
        query = (
            sa.select(plan_writes.c.contact_id, plan_writes.c.new_values)
            .where(plan_writes.c.plan_id == self._plan.plan_id, plan_writes.c.state == state)
            .order_by(plan_writes.c.rank, plan_writes.c.contact_id)
        )
        if unread:
            query = query.where(plan_writes.c.verified.is_(None))
        if limit is not None:
            query = query.limit(limit)
        with self._engine.begin() as tx:
            rows = list(tx.execute(query))
        return [
            ContactWrite(
                row.contact_id,
                orjson.loads(row.new_values),
                trace=f"{self._plan.plan_id}-{row.contact_id}",
            )
            for row in rows
        ]

    def _mark(self, tx: Connection, contact_ids: Sequence[str], **values: object) -> None:
        mark(tx, self._plan.plan_id, contact_ids, **values)


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
        for verdict in (True, False):
            ids = [i for i, equal in same.items() if equal is verdict]
            mark(tx, plan.plan_id, ids, verified=verdict)
        store.record_known(tx, plan.account_id, differing)


def read_again(
    engine: Engine,
    crm: WritesProperties,
    account_id: str,
    rules: Mapping[str, ValueRule],
    *,
    pause: Callable[[float], None],
) -> None:
    """Look once more at the writes that were not found equal, unless a newer one has replaced them."""
    query = (
        sa.select(plans, plan_writes.c.contact_id, plan_writes.c.new_values)
        .select_from(plan_writes.join(plans, plans.c.plan_id == plan_writes.c.plan_id))
        .where(plans.c.account_id == account_id, plan_writes.c.verified.is_(False), is_latest())
        .order_by(plans.c.plan_id, plan_writes.c.contact_id)
    )
    with engine.begin() as tx:
        rows = list(tx.execute(query).mappings())
    by_plan: dict[str, tuple[Plan, list[ContactWrite]]] = {}
    for row in rows:
        _, writes = by_plan.setdefault(row["plan_id"], (plan_of(row), []))
        values = orjson.loads(row["new_values"])
        writes.append(ContactWrite(row["contact_id"], values, trace=row["plan_id"]))
    for plan, writes in by_plan.values():
        for batch in _batches(writes, crm.batch_size):
            read_back(engine, crm, plan, batch, rules, pause=pause)


def _batches(writes: Sequence[ContactWrite], size: int) -> Iterable[list[ContactWrite]]:
    for start in range(0, len(writes), size):
        yield list(writes[start : start + size])
