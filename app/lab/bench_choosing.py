"""`rekindle bench choosing`: learning channel, hour and wording on made-up people, beside an oracle and the plan.

What truly decides an answer is known here alone: the learner sees messages and the answers that have come by each day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.lab.choosing_people import (
    BLOCKS,
    CHANNELS,
    DAYS_AFTER,
    KINDS,
    MEDIAN,
    PLAN,
    SEGMENTS,
    VARIANTS,
    WATCHED,
    Ints,
    Menu,
    People,
    Truth,
    base_of,
    truth_of,
)
from core.clock import stopwatch
from scoring.learn.choosing import Choosing, Options, Sent, choose, learn

# What has to be reached: the share of an oracle's answers by contacts, and points of 100 behind the plan at most.
WANTED: Mapping[int, float] = {500: 0.88, 2_000: 0.91, 10_000: 0.95}
MOST_BEHIND = 1.0
SIZES = tuple(WANTED)


_SENT = ("who", "touch", "channel", "block", "day", "variant", "planned", "own", "at")


@dataclass
class Run:
    """One policy among the same people: what it sent, and what came of it."""

    people: People
    truth: Truth
    sent: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _SENT})
    expected: float = 0.0

    def __post_init__(self) -> None:
        count = len(self.people.segment)
        self.next_touch = np.zeros(count, np.int64)
        self.due = self.people.starts.astype(np.float64)
        self.answer_at = np.full(count, np.inf)
        self.last_at = np.full(count, -np.inf)

    def due_on(self, day: int) -> Ints:
        going = (self.next_touch < len(PLAN)) & (self.answer_at > day)
        return np.flatnonzero(going & (self.due < day + 1))

    def send(self, day: int, who: Ints, menu: Menu, which: Ints) -> None:
        """Send the chosen options; answers come when they come, and one is enough."""
        p, touch = self.people, self.next_touch[who]
        at = day + menu.later[which] + (9 + 3 * menu.block[which]) / 24
        chance = self.truth.chance(p.segment[who], touch, menu, which)
        fresh = np.isinf(self.answer_at[who])
        self.expected += float(chance[fresh].sum())
        wait = p.wait[who, touch]
        median = np.array([MEDIAN[c] for c in CHANNELS])[menu.channel[which]]
        comes = at + np.where(wait < 0, -wait, wait * median)
        answered = p.luck[who, touch] < chance
        self.answer_at[who] = np.where(
            answered, np.minimum(self.answer_at[who], comes), self.answer_at[who]
        )
        self.last_at[who] = at
        self.next_touch[who] += 1
        gap = np.append(np.diff(DAYS_AFTER), 0)[touch]
        self.due[who] = at + gap
        told = (
            who,
            touch,
            menu.channel[which],
            menu.block[which],
            menu.day[which],
            menu.variant[which],
        )
        first = np.flatnonzero(np.diff(menu.message, prepend=-1))
        own = menu.channel[which] == menu.channel[first]
        for name, values in zip(_SENT, (*told, which == first, own, at), strict=True):
            self.sent[name].append(values)

    def seen(self, day: int) -> Sent:
        """What an account knows by the morning of a day."""
        s = {name: np.concatenate(parts) for name, parts in self.sent.items()}
        who, at = s["who"], s["at"]
        out = at < day
        s = {name: values[out] for name, values in s.items()}
        who, at = s["who"], s["at"]
        answer = self.answer_at[who]
        over = np.minimum(day, self.last_at[who] + WATCHED)
        answered = answer < over
        until = np.where(answered, answer, over)
        until = np.maximum(until, at)
        # Who answered before a message went out was not answering it.
        counts = answered & (answer > at)
        segment = self.people.segment[who]
        names = ("touch", "channel", "block", "day", "variant", "planned", "own")
        columns = columns_of(segment, *(s[name] for name in names))
        return Sent(
            columns,
            person=np.unique(who, return_inverse=True)[1].reshape(len(who)),
            base=base_of(segment, s["touch"]),
            age=day - at,
            watched=until - at,
            answered=counts,
            opted_out=np.zeros(len(who), np.bool_),
        )


def columns_of(
    segment: Ints,
    touch: Ints,
    channel: Ints,
    block: Ints,
    day: Ints,
    variant: Ints,
    planned: Any,
    own: Any,
) -> Mapping[str, Any]:
    names = np.array([key for key, _, _ in SEGMENTS])
    tracks = np.array([track for _, track, _ in SEGMENTS])
    return {
        "playbook": tracks[segment],
        "segment": names[segment],
        "track": tracks[segment],
        "interest": np.full(len(segment), "medium"),
        "touch": np.char.mod("%d", touch + 1),
        "channel": np.array(CHANNELS)[channel],
        "block": np.array(BLOCKS)[block],
        "day": np.char.mod("%d", day),
        "variant": np.array(VARIANTS)[variant],
        "planned": np.where(planned, "yes", "no"),
        "as_planned": np.where(own, "yes", "no"),
    }


def menu_for(run: Run, who: Ints, day: int) -> Menu:
    """Each message's options, that of the plan first."""
    grid = np.array(
        [
            (channel, block, later, variant)
            for later in (0, 1)
            for block in range(len(BLOCKS))
            for channel in range(len(CHANNELS))
            for variant in range(len(VARIANTS))
        ]
    )
    planned = np.array([CHANNELS.index(channel) for channel in PLAN])[run.next_touch[who]]
    usable = run.people.usable[who]
    planned = np.where(usable[np.arange(len(who)), planned], planned, 1 - planned)
    # By what may be used and what is planned, each kind of menu is made once.
    kind = usable @ np.array([1, 2]) * 2 + planned
    menus = {}
    for one in np.unique(kind):
        place = int(np.flatnonzero(kind == one)[0])
        mine = grid[usable[place][grid[:, 0]]]
        first = (mine[:, 0] == planned[place]) & (mine[:, 1:] == 0).all(axis=1)
        menus[int(one)] = np.concatenate([mine[first], mine[~first]])
    table = np.concatenate([menus[int(one)] for one in kind])
    message = np.repeat(np.arange(len(who)), [len(menus[int(one)]) for one in kind])
    channel, block, later, variant = table.T
    return Menu(message, channel, block, (day + later) % 7, later, variant)


Policy = Callable[[Run, Ints, Menu, int], Ints]


def by_plan(_run: Run, _who: Ints, menu: Menu, _day: int) -> Ints:
    return np.flatnonzero(np.diff(menu.message, prepend=-1))


def by_oracle(run: Run, who: Ints, menu: Menu, _day: int) -> Ints:
    """What truly is best for each message."""
    chance = run.truth.chance(
        run.people.segment[who][menu.message],
        run.next_touch[who][menu.message],
        menu,
        np.arange(len(menu.message)),
    )
    order = np.lexsort((-chance, menu.message))
    return np.asarray(order[np.diff(menu.message[order], prepend=-1) > 0])


@dataclass
class Learner:
    """The learner of the product; learns in the morning, every so many days."""

    every: int = 1
    model: Choosing = field(default_factory=Choosing)
    learnt_on: int = 0

    def __call__(self, run: Run, who: Ints, menu: Menu, day: int) -> Ints:
        if day - self.learnt_on >= self.every and run.sent["who"]:
            self.model, self.learnt_on = learn(run.seen(day)), day
        segment, touch = run.people.segment[who], run.next_touch[who]
        place = menu.message
        first = np.diff(place, prepend=-1) > 0
        own = menu.channel == menu.channel[first][place]
        told = (menu.channel, menu.block, menu.day, menu.variant, first, own)
        columns = columns_of(segment[place], touch[place], *told)
        luck = run.people.choice[who, touch]
        options = Options(columns, place, less=np.zeros(len(place)), luck=luck)
        return choose(self.model, options).option


def play(people: People, truth: Truth, policy: Policy) -> Run:
    run = Run(people, truth)
    for day in range(int(people.starts.max()) + 15):
        who = run.due_on(day)
        if len(who):
            menu = menu_for(run, who, day)
            run.send(day, who, menu, policy(run, who, menu, day))
    return run


def try_choosing(
    *,
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int],
    kinds: Sequence[str] | None = None,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Every kind of truth at every size over the seeds: answers of the learner, of the plan and of the oracle."""
    elapsed = stopwatch()
    rows = []
    for size in sizes:
        for kind in kinds or KINDS:
            tell(f"{size:,} contacts, {kind.replace('_', ' ')}")
            rows.append(
                {"contacts": size, "kind": kind, **_judged(list(_trials(size, kind, seeds)), size)}
            )
    told = [
        {"contacts": size, **_sum([row for row in rows if row["contacts"] == size])}
        for size in sizes
    ]
    holds = all(row["holds"] for row in told)
    return {
        "seeds": len(seeds),
        "holds": holds,
        "sizes": told,
        "kinds": rows,
        "seconds": round(elapsed(), 1),
    }


def _trials(size: int, kind: str, seeds: Sequence[int]) -> Iterator[tuple[float, float, float]]:
    every = 1 if size <= 2_000 else 3
    for seed in seeds:
        rng = np.random.default_rng([seed, size, KINDS.index(kind)])
        truth, people = truth_of(kind, rng), People.draw(size, rng)
        learner = Learner(every)
        mine, plan, oracle = (
            play(people, truth, policy).expected for policy in (learner, by_plan, by_oracle)
        )
        yield mine, plan, oracle


def _judged(trials: Sequence[tuple[float, float, float]], size: int) -> dict[str, float]:
    learner, plan, oracle = (np.array(column) for column in zip(*trials, strict=True))
    behind = (plan - learner) / size * 100
    return {
        "of_the_oracle": round(float(learner.sum() / oracle.sum()), 4),
        "plan_of_the_oracle": round(float(plan.sum() / oracle.sum()), 4),
        "in_100": round(float(learner.mean() / size * 100), 2),
        "points_behind_the_plan": round(float(behind.mean()), 2),
        "most_behind_in_a_world": round(float(behind.max()), 2),
    }


def _sum(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Over all kinds: the share of the oracle's answers, and of the worst kind how far it is behind the plan."""
    share = float(np.mean([row["of_the_oracle"] for row in rows]))
    behind = max(row["points_behind_the_plan"] for row in rows)
    wanted = WANTED.get(rows[0]["contacts"], 0.0)
    return {
        "of_the_oracle": round(share, 4),
        "worst_kind": min(row["of_the_oracle"] for row in rows),
        "most_behind_the_plan": behind,
        "most_behind_in_a_world": max(row["most_behind_in_a_world"] for row in rows),
        "holds": share >= wanted and behind <= MOST_BEHIND,
    }
