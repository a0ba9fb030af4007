"""Messages of whole rounds, asked for while the worker is killed again and again between decision and call.

A worker is killed at a request to the CRM that is drawn from the seed: before it is made, before it is answered, or
just after; now and then the queue loses everything it had. In the end every message that was due was asked for, and the
CRM has got each of them once.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, cast

import sqlalchemy as sa
from redis import Redis

from app.embedded_valkey import start_valkey
from app.migrate import migrate
from app.pipeline import ask_for
from app.processes import Children
from contact_rules.channels import Channel
from core.db import open_engine, reading
from core.jobs.tables import claims
from sandbox.conduct import Conduct
from sync.outbox.plan_rows import load_failed
from tests.chaos.door import Door, draw, opened_door
from tests.chaos.forking import KILLED, Workers, opened_workers
from tests.contract.crm_side import CrmSide, StaffedSide
from tests.contract.rekindle import CrmRekindle, build_rekindle
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.tables import enrollments, touches
from workflows.enrollment.touch_states import TouchState
from workflows.touches import store

# People whose first message is due at once, and how far the next are behind them.
_AT_ONCE, _APART = 3, timedelta(minutes=20)
_CRM_WORKS = timedelta(minutes=5)
_DAY = timedelta(days=1)
_LOSES_QUEUE, _AGAIN = 0.25, 0.35
_ASKED = (TouchState.ASKED, TouchState.PROVED, TouchState.UNPROVED)


@dataclass(slots=True)
class Outcome:
    """What came of the kills on one CRM; `wrong` is empty where everything held."""

    crm: str
    kills: int = 0
    queue_lost: int = 0
    touches: int = 0
    calls: int = 0  # of the touches: a task for a person
    by_touch: Counter[int] = field(default_factory=Counter)
    by_moment: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            **{
                name: getattr(self, name)
                for name in ("crm", "kills", "queue_lost", "touches", "calls")
            },
            "by_touch": dict(self.by_touch),
            "by_moment": dict(self.by_moment),
            "wrong": self.wrong,
        }


def told(outcome: Outcome) -> str:
    """What came of it, for a person."""
    moments = ", ".join(f"{count} {when}" for when, count in sorted(outcome.by_moment.items()))
    messages = ", ".join(
        f"{count} of number {no}" for no, count in sorted(outcome.by_touch.items())
    )
    said = (
        f"{outcome.crm}: {outcome.kills} kills ({moments}), the queue lost {outcome.queue_lost} times; "
        f"{outcome.touches} touches asked for ({messages}), {outcome.calls} of them calls, {len(outcome.wrong)} wrong"
    )
    return "\n".join([said, *(f"      {wrong}" for wrong in outcome.wrong)])


def play_kills(
    crm: str, kills: int, *, seed: int, tell: Callable[[str], None] = lambda _what: None
) -> Outcome:
    """Kill a worker so many times, on as many accounts as that takes."""
    outcome, number = Outcome(crm), 0
    while outcome.kills < kills and not outcome.wrong:
        with _playing(crm, Random(f"{seed}/{crm}/{number}"), outcome) as play:  # noqa: S311
            play.run(kills, tell)
        number += 1
    return outcome


@contextmanager
def _playing(crm: str, dice: Random, outcome: Outcome) -> Iterator["Play"]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rkk-")))
        side = stack.enter_context(
            import_module(f"tests.contract.crm_sides.{crm}").open_side(Conduct(staff_work=False))
        )
        api = f"REKINDLE_{crm.upper()}_API_URL"
        beyond = side.variables[api]
        origin = "/".join(beyond.split("/")[:3])
        door = stack.enter_context(opened_door(origin))
        children = Children(folder / "logs")
        stack.callback(children.stop)
        url = f"sqlite:///{folder / 'rekindle.db'}"
        engine = open_engine(url)
        stack.callback(engine.dispose)
        migrate(engine)
        redis_url = start_valkey(children, folder, dict(os.environ))
        more = {
            "REKINDLE_REDIS_URL": redis_url,
            "REKINDLE_TIME_URL": f"{origin}/control/clock",
            api: door.url + beyond.removeprefix(origin),
        }
        rekindle = build_rekindle(cast("CrmSide", side), engine, url, **more)
        env = {**os.environ, **rekindle.context.environment.child()}
        workers = stack.enter_context(opened_workers(env, folder / "workers.log"))
        redis = Redis.from_url(redis_url)
        stack.callback(redis.close)
        yield Play(rekindle, door, workers, redis, dice, outcome)
        if outcome.wrong:
            outcome.wrong.append((folder / "workers.log").read_text(errors="replace")[-2000:])


@dataclass(slots=True)
class Play:
    """One account and its rounds, from the first message to the last."""

    rekindle: CrmRekindle
    door: Door
    workers: Workers
    redis: Redis
    dice: Random
    outcome: Outcome

    def run(self, kills: int, tell: Callable[[str], None]) -> None:
        self.rekindle.write_values()
        self._spread(self.rekindle.approve_wave())
        until = self._now() + 30 * _DAY
        while self._now() < until and self.outcome.kills < kills and not self.outcome.wrong:
            if (due := self._next_due()) is None:
                break
            self._advance(max(due, self._now()))
            self._kill()
            while self.dice.random() < _AGAIN:
                self._kill()
            self._finish()
            tell(f"{self.outcome.crm}: {self.outcome.kills} of {kills} kills")
        self._look(rest=True)

    def _spread(self, wave: list[str]) -> None:
        """Let few be due at a time: each time is another moment to die at."""
        begins = self._now()
        with self.rekindle.context.engine.begin() as tx:
            for place, contact_id in enumerate(wave):
                due = begins + place // _AT_ONCE * _APART
                mine = enrollments.c.contact_id == contact_id
                tx.execute(sa.update(enrollments).where(mine).values(due_at=due))

    def _kill(self) -> None:
        """A worker begins what is due, and is killed on the way, if it gets that far."""
        strike = draw(self.dice)
        self._ask()
        self.door.arm(self.workers.start(), strike)
        ended = self.workers.wait()
        self.door.disarm()
        # What a dead process held is free after some seconds.
        with self.rekindle.context.engine.begin() as tx:
            tx.execute(sa.delete(claims))
        if ended == KILLED:
            self.outcome.kills += 1
            self.outcome.by_moment[strike.when.value] += 1
            if self.dice.random() < _LOSES_QUEUE:
                self.redis.flushall()
                self.outcome.queue_lost += 1
        elif ended:
            self.outcome.wrong.append(f"a worker ended by itself with {ended}")

    def _finish(self) -> None:
        """Another worker goes on; then nothing is due any more, and the CRM does its part."""
        self._work("workflows.jobs.start_due")
        if self._is_left():
            self.outcome.wrong.append("something due was neither asked for nor decided otherwise")
        self._advance(self._now() + _CRM_WORKS)
        self._hear()
        self._work("workflows.jobs.prove_touches")
        self._look(rest=False)

    def _work(self, job: str) -> None:
        self._ask(job)
        self.workers.start()
        if ended := self.workers.wait():
            self.outcome.wrong.append(f"a worker ended by itself with {ended}")

    def _ask(self, job: str = "workflows.jobs.start_due") -> None:
        ask_for(self.rekindle.context, job, self.rekindle.account_id)

    def _hear(self) -> None:
        for post in self.rekindle.crm_side.posts():
            self.rekindle.receive(post)

    def _advance(self, until: datetime) -> None:
        if until > self._now():
            self.rekindle.crm_side.advance(until)

    def _now(self) -> datetime:
        return self.rekindle.context.clock.now()

    def _next_due(self) -> datetime | None:
        account_id = self.rekindle.account_id
        with reading(self.rekindle.context.engine) as connection:
            due = [
                ledger.find_next_due(connection, account_id),
                store.find_next_due(connection, account_id),
            ]
        return min((moment for moment in due if moment is not None), default=None)

    def _is_left(self) -> bool:
        account_id, at = self.rekindle.account_id, self._now()
        with self.rekindle.context.engine.begin() as tx:
            return bool(
                ledger.load_due(tx, account_id, at=at)
                or store.load_due(tx, account_id, at=at)
                or ledger.count_enrollments(tx, account_id).get(EnrollmentState.STARTING)
                or store.load_asking(tx, account_id)
            )

    def _look(self, *, rest: bool) -> None:
        """What the ledger says was asked for is what the CRM has got: each message, each task to call, each value."""
        side = self.rekindle.crm_side
        entered = side.count_entries(side.account)
        t = touches.c
        with reading(self.rekindle.context.engine) as connection:
            rows = connection.execute(sa.select(t.contact_id, t.touch_no, t.state, t.channel)).all()
            refused = load_failed(connection, self.rekindle.account_id, limit=10)
        asked = [row for row in rows if row.state in _ASKED]
        called = Counter(row.contact_id for row in asked if row.channel == Channel.CALL)
        written = Counter(row.contact_id for row in asked if row.channel != Channel.CALL)
        for contact_id in sorted({*entered, *written}):
            got, told = entered.get(contact_id, 0), written[contact_id]
            if got != told:
                self.outcome.wrong.append(
                    f"{contact_id} entered the workflow {got} times, was asked for {told} times"
                )
        for contact_id, told in called.items():
            got = self._count_calls(contact_id)
            if got != told:
                self.outcome.wrong.append(
                    f"{contact_id} has {got} tasks to be called, was asked for {told} times"
                )
        self.outcome.wrong += [f"values of {i} were refused: {why}" for i, why in refused]
        self.outcome.wrong += [
            f"message {row.touch_no} of {row.contact_id} is {row.state}"
            for row in rows
            if row.state in (TouchState.UNPROVED, TouchState.FAILED)
        ]
        if rest:
            self.outcome.touches += len(asked)
            self.outcome.calls += called.total()
            self.outcome.by_touch.update(row.touch_no for row in asked)

    def _count_calls(self, contact_id: str) -> int:
        side = self.rekindle.crm_side
        if not isinstance(side, StaffedSide):
            return 0
        tasks = side.tasks(side.account, contact_id)
        return sum(task.subject.startswith("Call ") for task in tasks)
