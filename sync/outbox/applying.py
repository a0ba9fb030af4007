"""Applies approved plans: batch by batch, asked for once, read back, safe to take over anywhere."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.errors import CrmError, CrmInvalid, CrmRateLimited
from connector.patience import decide_pause
from connector.port.writing import ContactWrite, WriteOutcome, WritesProperties
from core.clock import Clock
from core.db import insert_new, one_of
from core.errors import Conflict
from sync.mirror import store
from sync.outbox import plan_rows
from sync.outbox.changes import ValueRule
from sync.outbox.plans import Plan, record_applied
from sync.outbox.reading_back import fetch_held, holds, read_writes_back
from sync.outbox.states import PlanState, WriteState
from sync.outbox.tables import plan_writes, plans, sendings

IN_FLIGHT = 4
DAY = timedelta(days=1)
# Another plan's batch is with the CRM: it is answered within seconds.
SOON = timedelta(seconds=5)
_OTHER = plan_writes.alias("other")


class Halted(Conflict):
    """Somebody has stopped what is being written: what was not sent is not sent."""


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
        must_pause: Callable[[], bool] = lambda: False,
        must_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """`must_stop` is asked before each single call: what it forbids is not sent, whatever was begun."""
        self._must_pause = must_pause
        self._must_stop = must_stop
        self._paused = False
        self._engine = engine
        self._crm = crm
        self._plan = plan
        self._rules = rules
        self._clock = clock
        self._pause = pause

    def apply(self) -> bool:
        """Write what is planned, batch by batch, then read it back.

        False when the rest has to wait until `resume_at`, because the day's share of writes is used up or
        another plan is writing to the same contacts at this moment; or when `must_pause` says that others
        wait. What was written is read back either way. Raises Halted where `must_stop` said so.
        """
        self._take_over()
        self._settle_unknown()
        halted: Halted | None = None
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="write") as pool:
            while halted is None and not self._pauses() and (batches := self._next_batches()):
                sending = [pool.submit(self._send, batch) for batch in batches]
                for batch, sent in zip(batches, sending, strict=True):
                    try:
                        self._record(batch, sent.result())
                    except Halted as stopped:
                        halted = stopped
        if halted is not None:
            raise halted
        read_writes_back(
            self._engine, self._crm, self._plan, self._rules, verified=None, pause=self._pause
        )
        with self._engine.begin() as tx:
            self._still_ours(tx)
            left = bool(self._load(tx, WriteState.PLANNED, 1))
            if left:
                self._wait(tx)
            else:
                record_applied(tx, self._plan.plan_id, at=self._clock.now())
        return not left

    def close(self) -> None:
        """Send nothing more: what a dead or halted worker has sent is looked up, the rest is dropped."""
        self._take_over()
        self._settle_unknown()
        read_writes_back(
            self._engine, self._crm, self._plan, self._rules, verified=None, pause=self._pause
        )
        with self._engine.begin() as tx:
            self._still_ours(tx)
            left = [write.contact_id for write in self._load(tx, WriteState.PLANNED, None)]
            plan_rows.drop(tx, self._plan.plan_id, left)
            record_applied(tx, self._plan.plan_id, at=self._clock.now())

    def _wait(self, tx: Connection) -> None:
        mine = plans.c.plan_id == self._plan.plan_id
        tx.execute(sa.update(plans).where(mine).values(resume_at=self._next_try(tx)))

    def _allowance(self, tx: Connection) -> int | None:
        """How many contacts may still be written within the last day's share; None for no limit."""
        per_day = self._crm.pace.contacts_per_day
        if per_day is None:
            return None
        sent = tx.execute(self._sent_today(sa.func.sum(sendings.c.contacts))).scalar_one()
        return max(0, per_day - int(sent or 0))

    def _pauses(self) -> bool:
        self._paused = self._paused or self._must_pause()
        return self._paused

    def _next_try(self, tx: Connection) -> datetime | None:
        """When the first of the last day's writes is a day old; soon where no share is used up."""
        if self._paused:
            return None
        if self._allowance(tx) != 0:
            return self._clock.now() + SOON
        first = tx.execute(self._sent_today(sa.func.min(sendings.c.sent_at))).scalar_one()
        return (first or self._clock.now()) + DAY

    def _sent_today(self, column: "sa.ColumnElement[Any]") -> "sa.Select[Any]":
        return sa.select(column).where(
            sendings.c.account_id == self._plan.account_id,
            sendings.c.sent_at > self._clock.now() - DAY,
        )

    def _record_sending(self, tx: Connection, contacts: int) -> None:
        """Count against the day's share; what is older than a day counts no more and is deleted."""
        s, now = sendings.c, self._clock.now()
        mine = s.account_id == self._plan.account_id
        tx.execute(sa.delete(sendings).where(mine, s.sent_at <= now - DAY))
        row = {"account_id": self._plan.account_id, "sent_at": now, "contacts": contacts}
        if not insert_new(tx, sendings, row):
            tx.execute(
                sa.update(sendings)
                .where(mine, s.sent_at == now)
                .values(contacts=s.contacts + contacts)
            )

    def _take_over(self) -> None:
        with self._engine.begin() as tx:
            row = tx.execute(
                sa.update(plans)
                .where(plans.c.plan_id == self._plan.plan_id, plans.c.state == PlanState.APPROVED)
                .values(fence=plans.c.fence + 1)
                .returning(plans.c.fence)
            ).first()
        if row is None:
            raise Conflict("This plan is not approved, or it has been applied.")
        self._fence = row.fence

    def _still_ours(self, tx: Connection) -> None:
        """Until the transaction ends nobody else takes the plan over or changes what it is to write."""
        query = sa.select(plans.c.fence).where(plans.c.plan_id == self._plan.plan_id)
        if tx.execute(query.with_for_update()).scalar_one() != self._fence:
            raise Conflict("Another worker continues this plan.")

    def _settle_unknown(self) -> None:
        """Rows sent by a worker that died: ask the CRM what became of them instead of sending again."""
        with self._engine.begin() as tx:
            unknown = self._load(tx, WriteState.SENT, None)
        for batch in _batches(unknown, self._crm.batch_size):
            equal = self._equal(batch)
            lost = [i for i, same in equal.items() if not same]
            with self._engine.begin() as tx:
                self._still_ours(tx)
                self._succeeded(tx, [w for w in batch if equal[w.contact_id]])
                newer = self._planned_elsewhere(tx, lost)
                plan_rows.join(tx, self._plan.plan_id, newer)
                again = [i for i in lost if i not in newer]
                plan_rows.record_unsent(tx, self._plan.plan_id, again)

    def _next_batches(self) -> list[list[ContactWrite]]:
        """Up to IN_FLIGHT batches, marked as sent before they are, in the transaction that chose them."""
        self._ask_whether_to_go_on()
        most = IN_FLIGHT * self._crm.batch_size
        with self._engine.begin() as tx:
            self._still_ours(tx)
            allowance = self._allowance(tx)
            limit = most if allowance is None else min(most, allowance)
            writes = self._load(tx, WriteState.PLANNED, limit, free=True)
            ids = [w.contact_id for w in writes]
            plan_rows.record_sent(tx, self._plan.plan_id, ids, at=self._clock.now())
            if ids and allowance is not None:
                self._record_sending(tx, len(ids))
        return list(_batches(writes, self._crm.batch_size))

    def _ask_whether_to_go_on(self) -> None:
        if self._must_stop():
            raise Halted("Somebody has stopped what was being written.")

    def _send(self, batch: Sequence[ContactWrite]) -> list[WriteOutcome]:
        """One batch; when the CRM refuses it whole, halves, until the culprit stands alone.

        When no answer comes, nobody knows what became of the batch: the CRM is asked what it holds, and only
        what it does not hold is sent again.
        """
        rest, outcomes, tries = list(batch), list[WriteOutcome](), 0
        while rest:
            self._ask_whether_to_go_on()
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
        done = {o.contact_id for o in outcomes if o.succeeded}
        with self._engine.begin() as tx:
            self._still_ours(tx)
            self._succeeded(tx, [w for w in batch if w.contact_id in done])
            for outcome in outcomes:
                if not outcome.succeeded:
                    plan_rows.record_failed(
                        tx, self._plan.plan_id, outcome.contact_id, reason=outcome.reason
                    )
            shown = [o.contact for o in outcomes if o.succeeded and o.contact is not None]
            store.record_own_change(tx, self._plan.account_id, shown)

    def _succeeded(self, tx: Connection, writes: Sequence[ContactWrite]) -> None:
        plan_rows.record_succeeded(
            tx,
            account_id=self._plan.account_id,
            kind=self._plan.kind,
            plan_id=self._plan.plan_id,
            contact_ids=[w.contact_id for w in writes],
        )
        known = {w.contact_id: dict(w.values) for w in writes}
        store.record_known(tx, self._plan.account_id, known)

    def _equal(self, batch: Sequence[ContactWrite]) -> dict[str, bool]:
        held = fetch_held(self._crm, batch, pause=self._pause)
        return {w.contact_id: holds(w, held.get(w.contact_id, {}), self._rules) for w in batch}

    def _load(
        self,
        connection: Connection,
        state: WriteState,
        limit: int | None,
        *,
        free: bool = False,
    ) -> list[ContactWrite]:
        """Writes in a state; `free` leaves out contacts that another plan is writing to at this moment."""
        query = (
            sa.select(plan_writes.c.contact_id, plan_writes.c.new_values)
            .where(plan_writes.c.plan_id == self._plan.plan_id, plan_writes.c.state == state)
            .order_by(plan_writes.c.rank, plan_writes.c.contact_id)
            .limit(limit)
        )
        if free:
            query = query.where(plan_writes.c.contact_id.not_in(self._elsewhere(WriteState.SENT)))
        return [
            ContactWrite(
                row.contact_id,
                orjson.loads(row.new_values),
                trace=f"{self._plan.plan_id}-{row.contact_id}",
            )
            for row in connection.execute(query)
        ]

    def _elsewhere(self, state: WriteState, *columns: "sa.ColumnElement[Any]") -> "sa.Select[Any]":
        """Contacts that other approved plans of the kind have in a state, and `columns` of them."""
        return (
            sa.select(_OTHER.c.contact_id, *columns)
            .select_from(_OTHER.join(plans, plans.c.plan_id == _OTHER.c.plan_id))
            .where(
                plans.c.account_id == self._plan.account_id,
                plans.c.kind == self._plan.kind,
                plans.c.state == PlanState.APPROVED,
                plans.c.plan_id != self._plan.plan_id,
                _OTHER.c.state == state,
            )
        )

    def _planned_elsewhere(self, tx: Connection, contact_ids: Sequence[str]) -> dict[str, str]:
        """Contact → the newer plan that has newer values for it."""
        query = self._elsewhere(WriteState.PLANNED, _OTHER.c.plan_id)
        of_these = query.where(one_of(_OTHER.c.contact_id, contact_ids))
        return {row.contact_id: row.plan_id for row in tx.execute(of_these)}


def _batches(writes: Sequence[ContactWrite], size: int) -> Iterable[list[ContactWrite]]:
    for start in range(0, len(writes), size):
        yield list(writes[start : start + size])
