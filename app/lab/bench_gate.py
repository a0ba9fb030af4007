"""The gate tried on made-up messages by the million: does one ever reach somebody against a wish, and how fast is it.

Messages are planned at one moment and asked for at another, around nights when clocks change, three to a round.
Meanwhile people say that they want no more, records are merged, other programmes write, and a second scheduler asks for
the same.
What the gate lets through is judged by an oracle that knows everything and none of the rules.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.lab.gate_people import (
    DAY,
    OF_A_CHANNEL,
    PLACES,
    TOUCHES,
    WHOLE,
    WISHES,
    Millis,
    Records,
    from_millis,
    make_records,
    millis,
)
from contact_rules.columns import PERSON_COLUMNS, with_verdicts
from contact_rules.person import Person, Policy
from contact_rules.same_person import with_one_person
from contact_rules.verdict import choose_channel

# Nights on which clocks change, in the US, in Europe and in Australia, and days of which nothing is to be told.
_DAYS = (
    "2026-03-08",
    "2026-11-01",
    "2026-03-29",
    "2026-10-25",
    "2026-04-05",
    "2026-10-04",
    "2026-06-17",
    "2026-12-25",
)
_TENANTS = (None, "America/New_York", "America/Los_Angeles", "Europe/Berlin")
_BATCH = 50_000
_SINGLY = 10_000  # of a batch are asked about one by one as well
_GAPS = (3, 5, 7)  # days from one touch of a round to the next
_ENDS = 40 * DAY  # what has not been sent by then is not looked at any more
_NEVER = np.iinfo(np.int64).max
_TICK = 6 * 3_600_000
_WISHED = {name: place for place, name in enumerate(WISHES)}


@dataclass(slots=True)
class Trial:
    """What came of it; `against` are messages that should not have been, by what they were against."""

    touches: int = 0
    decisions: int = 0
    gate_seconds: float = 0.0
    # Of these those about whole batches, as everybody of an account is asked about.
    bulk: int = 0
    bulk_seconds: float = 0.0
    # And those about one person after the other, as planning and acting ask.
    singly: int = 0
    single_seconds: float = 0.0
    against: Counter[str] = field(default_factory=Counter)


def try_gate(
    touches: int,
    *,
    seed: int = 1,
    batch: int = _BATCH,
    ask_again: bool = True,
    tell: Callable[[str], None] = lambda _doing: None,
) -> dict[str, Any]:
    """Let so many messages through the gate, and say how many of them reached somebody against something.

    With `ask_again` off nobody is asked about just before acting: the oracle then has something to find.
    """
    dice, trial, began = np.random.default_rng(seed), Trial(), time.perf_counter()
    while trial.touches < touches:
        day = datetime.fromisoformat(str(dice.choice(_DAYS))).replace(tzinfo=UTC)
        start = day + timedelta(minutes=int(dice.integers(-6 * 60, 30 * 60)))
        tenant = _TENANTS[dice.integers(len(_TENANTS))]
        records = make_records(dice, batch, start, tenant=tenant)
        _play(dice, trial, records, start, Policy(tenant_zone=tenant), ask_again=ask_again)
        tell(f"{trial.touches:,} messages")
    return {
        "touches": trial.touches,
        "decisions": trial.decisions,
        "decisions_per_second": round(trial.bulk / trial.bulk_seconds),
        "one_by_one_per_second": round(trial.singly / trial.single_seconds),
        "seconds": round(time.perf_counter() - began, 1),
        "against_a_wish": trial.against["wish"],
        "against": dict(sorted(trial.against.items())),
    }


def _play(
    dice: np.random.Generator,
    trial: Trial,
    records: Records,
    start: datetime,
    policy: Policy,
    *,
    ask_again: bool,
) -> None:
    """Plan a batch at a moment, and ask for each message of its rounds when it is due."""
    size = len(records.same)
    ledger = np.full((size, TOUCHES), _NEVER)
    everybody = np.arange(size)
    before = trial.gate_seconds
    planned = _ask(trial, records, ledger, everybody, start, policy)
    trial.bulk, trial.bulk_seconds = (
        trial.bulk + size,
        trial.bulk_seconds + trial.gate_seconds - before,
    )
    channels = planned["channel"].to_numpy()
    _ask_one_by_one(trial, records, ledger, start, policy)
    clock = Clockwork(int(dice.integers(_TICK)))
    due, turn = clock.first(dice, planned, start), np.zeros(size, np.int64)
    while (at := int(due.min())) < min(_NEVER, millis(start) + _ENDS):
        waiting, moment = everybody[due == at], from_millis(at)
        due[waiting] = _NEVER
        channel, until = channels[waiting], np.full(len(waiting), _NEVER)
        if ask_again:
            verdict = _ask(trial, records, ledger, waiting, moment, policy)
            channel = verdict["channel"].to_numpy()
            until = verdict["until"].dt.epoch("ms").fill_null(_NEVER).to_numpy()
        some = channel != None  # noqa: E711  elementwise
        now = some & (until == _NEVER)
        due[waiting[some & ~now]] = clock.tick(until[some & ~now])
        allowed = waiting[now]
        _judge(trial, records, ledger, allowed, channel[now], moment)
        ledger[allowed, turn[allowed]] = at
        turn[allowed] += 1
        trial.touches += len(allowed)
        _ask_twice(trial, records, ledger, allowed, moment, policy)
        going = allowed[turn[allowed] < TOUCHES]
        due[going] = clock.tick(at + dice.choice(_GAPS, len(going)) * DAY + _late(dice, len(going)))


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Looks for what is due at moments of its own: the moments of many become few."""

    phase: int

    def tick(self, moments: Millis) -> Millis:
        looks = -(-(moments - self.phase) // _TICK) * _TICK + self.phase
        return np.where(moments < _NEVER, looks, _NEVER)

    def first(self, dice: np.random.Generator, planned: pl.DataFrame, start: datetime) -> Millis:
        """When each is acted on: at the hour that the gate named, or after the worker had something else to do."""
        soon = millis(start) + _late(dice, planned.height)
        until = planned["until"].dt.epoch("ms").fill_null(0).to_numpy()
        some = planned["channel"].is_not_null().to_numpy()
        return self.tick(np.where(some, np.where(until > 0, until, soon), _NEVER))


def _late(dice: np.random.Generator, size: int) -> Millis:
    """How much later than it is due something is looked at."""
    delays = np.array([0, 60_000, 3 * 3_600_000, 11 * 3_600_000, 26 * 3_600_000, 3 * DAY])
    return dice.choice(delays, size)


def _ask(
    trial: Trial,
    records: Records,
    ledger: Millis,
    only: NDArray[np.int64],
    at: datetime,
    policy: Policy,
) -> pl.DataFrame:
    """The gate's answers about some records, in their order; those of one person are looked at together."""
    if not len(only):
        return pl.DataFrame(schema={"channel": pl.String, "until": pl.Datetime("us", "UTC")})
    with_others = np.unique(np.concatenate([only, only ^ 1]))
    frame = records.frame(millis(at), ledger, with_others)
    began = time.perf_counter()
    people = _within_rounds(with_one_person(frame).drop("person"))
    asked = with_verdicts(people, at, policy)
    trial.gate_seconds += time.perf_counter() - began
    trial.decisions += len(with_others)
    return asked.select("channel", "until")[np.searchsorted(with_others, only)]


def _ask_one_by_one(
    trial: Trial, records: Records, ledger: Millis, at: datetime, policy: Policy
) -> None:
    some = np.arange(min(_SINGLY, len(records.same)))
    frame = records.frame(millis(at), ledger, some).select(list(PERSON_COLUMNS))
    people = [Person(**row) for row in frame.iter_rows(named=True)]
    began = time.perf_counter()
    for person in people:
        choose_channel(person, at, policy)
    trial.single_seconds += time.perf_counter() - began
    trial.singly += len(people)


def _within_rounds(people: pl.DataFrame) -> pl.DataFrame:
    """A further touch of a round that has begun: its own start does not speak against it."""
    began, started = pl.col("began"), pl.col("last_started_at")
    return people.with_columns(
        in_round=began.is_not_null(),
        last_started_at=pl.when((started < began).fill_null(value=True)).then(started),
    ).drop("began")


def _ask_twice(
    trial: Trial,
    records: Records,
    ledger: Millis,
    done: NDArray[np.int64],
    at: datetime,
    policy: Policy,
) -> None:
    """A second scheduler asks for the same, and for the other record of the same person, in the same moment."""
    if not len(done):
        return
    person = records.person(millis(at))
    others = (done ^ 1)[person[done] == person[done ^ 1]]
    whom = np.concatenate([done, others])
    verdict = _ask(trial, records, ledger, whom, at, policy)
    out = (verdict["channel"].is_not_null() & verdict["until"].is_null()).to_numpy()
    trial.against["second_scheduler"] += int(out[: len(done)].sum())
    trial.against["other_record"] += int(out[len(done) :].sum())


def _judge(
    trial: Trial,
    records: Records,
    ledger: Millis,
    who: NDArray[np.int64],
    channel: NDArray[Any],
    at: datetime,
) -> None:
    """What the oracle holds against messages that go out now."""
    now = millis(at)
    person = records.person(now)
    against = np.zeros(len(who), np.bool_)
    for theirs in (who, np.where(person[who] == person[who ^ 1], who ^ 1, who)):
        said = records.wish_at[theirs] <= now
        wish = records.wish[theirs]
        whole = said & np.isin(wish, [_WISHED[name] for name in WHOLE])
        # An address that came back is that record's own.
        closed = [
            said & (wish == _WISHED[n]) & (channel == c)
            for n, c in OF_A_CHANNEL.items()
            if n != "email_bounced" or theirs is who
        ]
        against |= whole | np.logical_or.reduce(closed)
    trial.against["wish"] += int(against.sum())
    trial.against["hour"] += _at_an_indecent_hour(records, who, at)
    sent = records.sends(now, ledger, who)
    past = np.where(sent > -_NEVER, now - sent, _NEVER)
    of_ours = np.where(ledger[who] <= now, now - ledger[who], _NEVER)
    trial.against["cap"] += int(
        (
            (past < DAY).any(axis=1)
            | ((past < 7 * DAY).sum(axis=1) > 2)
            | (of_ours < 3 * DAY).any(axis=1)
        ).sum()
    )
    started, first = records.started_at[who], ledger[who, 0] == _NEVER
    trial.against["cooldown"] += int((first & (started <= now) & (now - started < 90 * DAY)).sum())
    consent = records.fixed["sms_consent"].fill_null(value=False).to_numpy()[who]
    trial.against["no_consent"] += int(((channel == "sms") & ~consent).sum())


def _at_an_indecent_hour(records: Records, who: NDArray[np.int64], at: datetime) -> int:
    """How many get it outside 9 to 20, on Sundays 12 to 20, by the clock on their wall."""
    found = 0
    for place, count in zip(*np.unique(records.place[who], return_counts=True), strict=True):
        zone, state, _ = PLACES[place]
        local = at.astimezone(ZoneInfo(zone))
        opens = 12 if local.weekday() == 6 else 9
        closes = (18 if local.weekday() < 5 else 17) if state == "Rhode Island" else 20
        shown = records.fixed["region"].is_not_null().to_numpy()[who[records.place[who] == place]]
        if not opens <= local.hour < 20:
            found += int(count)
        elif not local.hour < closes:
            found += int(shown.sum())
    return found
