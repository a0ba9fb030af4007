"""What must hold after a round, each with the sentence that a failed one gives."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from tests.chaos.crm_side import NEWCOMER, Values
from tests.chaos.round import Round

SCORED_AT = "rekindle_scored_at"
# They are dated by the moment of the work itself, which a fault may put off.
DATED = frozenset({SCORED_AT, "rekindle_trigger_at"})
# What a day more of a silence makes of a number: a scoring put off by a minute may find one more day over.
_A_DAY_MORE = {"rekindle_dormancy_score": 2.0}
SUPPRESSED = (
    "lost the address",
    "opted out",
    "opted out at the last moment",
    "deleted at the last moment",
)
# What is kept of an erased person so that we know to forget them, and that they are gone.
_MAY_REMEMBER = ("deliveries",)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the CRM ended in the undisturbed run."""

    values: Values
    started: frozenset[str]


def read_ending(played: Round) -> Ending:
    return Ending(values_of(played), frozenset(played.machine.crm_side.starts()))


def values_of(played: Round) -> Values:
    """Our properties by contact; the newcomer under a name of their own."""
    newcomer = played.story.newcomer
    return {
        "the newcomer" if contact_id == newcomer else contact_id: held
        for contact_id, held in played.machine.crm_side.values().items()
    }


def differences(held: Values, wanted: Values) -> Iterator[str]:
    """What the CRM holds otherwise than after the undisturbed run."""
    for contact_id in sorted({*held, *wanted}):
        if contact_id not in held or contact_id not in wanted:
            yield f"{contact_id} is in the CRM in one of the runs only"
            continue
        mine, theirs = held[contact_id], wanted[contact_id]
        scored_together = mine.get(SCORED_AT) == theirs.get(SCORED_AT)
        for name in sorted({*mine, *theirs} - DATED):
            one, other = mine.get(name), theirs.get(name)
            if one == other or (not scored_together and _is_a_day_more(name, one, other)):
                continue
            yield f"{contact_id} {name}: {one!r} instead of {other!r}"


def _is_a_day_more(name: str, one: str | None, other: str | None) -> bool:
    """Whether two numbers differ by no more than the day that a fault may put a scoring off by."""
    if name not in _A_DAY_MORE or not one or not other:
        return False
    return abs(float(one) - float(other)) <= _A_DAY_MORE[name]


def sane(played: Round) -> list[str]:
    """What is wrong with an undisturbed run itself: whether it has heard of everything that was done in the CRM."""
    values, parts = played.machine.crm_side.values(), played.cast.parts
    unreachable = ("lost the address", "lost the address too", *SUPPRESSED[1:3], "opted out too")
    return [
        f"who {part} can still be reached by {channel}"
        for part in unreachable
        if (channel := values[parts[part]].get("rekindle_best_channel"))
    ] + [
        f"who replied is {band!r}"
        for band in [values[parts["replied"]].get("rekindle_recency_band")]
        if band != "active"
    ]


def right(played: Round, ending: Ending) -> list[str]:
    """What is not, or not yet, as it is to be in the CRM and in the database."""
    return [
        *_starts(played, ending.started),
        *_erased(played),
        # A fault passes: nothing that it hinders may be given up.
        *played.machine.database.given_up(),
        *_values(played, ending.values),
    ]


def look_around(played: Round) -> None:
    """Look for personal values in what is still there: the error pages and the queue server."""
    for page in played.admin.error_pages:
        played.sentinel.look("an error page", page.encode())
    with suppress(RedisError):  # being started again, it holds nothing
        played.sentinel.look_into_queue(played.machine.redis)


def clean(played: Round, *, integrity: str, left: Sequence[int]) -> list[str]:
    """What must hold whatever the CRM looks like; asked when everything has ended."""
    machine, sentinel = played.machine, played.sentinel
    sentinel.look_into_files(machine.folder / "logs")
    return [
        *(f"{what} ({times} times)" for what, times in sorted(sentinel.found.items())),
        *(f"{name} ended by itself" for name in machine.processes.ended_by_themselves),
        *machine.processes.orphans,
        *(f"process {pid} was still there at the end" for pid in left),
        *([] if integrity == "ok" else [f"SQLite's integrity check says: {integrity[:200]}"]),
    ]


def personal(played: Round) -> set[str]:
    """What nobody may see: of the CRM's people, of the newcomer, and our own secrets."""
    newcomer = {NEWCOMER["email"], f"{NEWCOMER['first']} {NEWCOMER['last']}"}
    return played.machine.crm_side.personal() | newcomer | set(played.machine.secrets)


def _values(played: Round, wanted: Mapping[str, dict[str, str]]) -> list[str]:
    found = list(differences(values_of(played), dict(wanted)))
    if len(found) <= 3:
        return found
    return [*found[:3], f"and {len(found) - 3} more values that differ"]


def _starts(played: Round, wanted: frozenset[str]) -> Iterator[str]:
    counted = played.machine.crm_side.starts()
    suppressed = {played.cast.parts.get(part) for part in SUPPRESSED}
    for contact_id, times in sorted(counted.items()):
        if contact_id in suppressed:
            yield f"{contact_id} was started, who must not be contacted"
        elif times > 1:
            yield f"{contact_id} was started {times} times"
        elif contact_id not in wanted:
            yield f"{contact_id} was started, who was not in the undisturbed run"
    for contact_id in sorted(wanted - set(counted)):
        yield f"{contact_id} was never started"


def _erased(played: Round) -> Iterator[str]:
    if played.machine.crm_side.provider != "hubspot":
        return  # no other CRM tells an erasure from a deletion
    for part in ("erased", "erased too"):
        contact_id = played.cast.parts.get(part)
        if contact_id is not None:
            for table in played.machine.database.holding(contact_id, but=_MAY_REMEMBER):
                yield f"{contact_id} was erased in the CRM and is still in our {table}"
