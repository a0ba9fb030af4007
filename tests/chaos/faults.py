"""Which faults a round meets and when: drawn from the seed, so that a round can be repeated."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What can go wrong; the value is how a report names it."""

    WORKER_KILLED = "worker killed"
    CHILD_KILLED = "worker's child killed"
    WEB_KILLED = "web killed"
    CLOCKWORK_KILLED = "clockwork killed"
    CONNECTIONS_CUT = "database connections cut"
    QUEUE_EMPTIED = "queue emptied"
    QUEUE_RESTARTED = "queue restarted"
    QUEUE_LOST = "queue restarted empty"
    REFUSED = "429"
    BROKEN = "5xx"
    DROPPED = "dropped"
    TRUNCATED = "truncated"
    TOKENS_EXPIRED = "tokens expired"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: in which stage, after which share of its usual time, and how it looks.

    `seconds` is how long something stays away; `times` how many requests are struck, and `status` what they
    get; with `applied` a request that gets no answer took effect all the same.
    """

    kind: Kind
    stage: str
    share: float
    seconds: float = 0.0
    times: int = 0
    status: int = 0
    applied: bool = False
    luck: float = 0.0  # which of several processes

    def __str__(self) -> str:
        return f"{self.kind.value} while {self.stage}"


def draw_faults(seed: int, round_no: int, stages: dict[str, int], *, database: str) -> list[Fault]:
    """The faults of a round, in the order of their stages; `stages` say how often each is hit."""
    dice = Random(f"{seed}/{round_no}")  # noqa: S311  repeatable on purpose
    kinds = [k for k in Kind if k is not Kind.CONNECTIONS_CUT or database == "postgresql"]
    names, weights = list(stages), list(stages.values())
    drawn = [
        _draw(dice, dice.choice(kinds), dice.choices(names, weights)[0])
        for _ in range(dice.randint(2, 5))
    ]
    return sorted(drawn, key=lambda f: (names.index(f.stage), f.share))


def _draw(dice: Random, kind: Kind, stage: str) -> Fault:
    return Fault(
        kind,
        stage,
        share=round(dice.random(), 3),
        seconds=round(dice.uniform(0.2, 2.5), 2),
        times=dice.randint(1, 5),
        status=429 if kind is Kind.REFUSED else dice.choice((500, 502, 503, 504)),
        applied=dice.random() < 0.5,
        luck=dice.random(),
    )
