"""One round from an empty machine to its verdict, and the undisturbed run that it is compared with."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy.exc import SQLAlchemyError

from core.errors import AppError
from sandbox.serving import SandboxError
from tests.chaos import checks
from tests.chaos.checks import Ending
from tests.chaos.faults import Fault, draw_faults
from tests.chaos.leaks import Sentinel
from tests.chaos.machine import Machine, running
from tests.chaos.round import Round, StandsStill
from tests.chaos.story import WEIGHTS, Cast

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which round: its number, and on what it is played; `server` None means SQLite."""

    number: int
    seed: int
    crm: str
    server: str | None
    patience: float

    @property
    def database(self) -> str:
        return "sqlite" if self.server is None else "postgresql"


@dataclass(frozen=True, slots=True)
class Reference:
    """An undisturbed run: how the CRM ended, who played which part, how long each stage took."""

    ending: Ending
    cast: dict[str, str]
    seconds: dict[str, float]


@dataclass(slots=True)
class Verdict:
    """What came of a round; it held when nothing is wrong."""

    plan: Plan
    faults: list[str]
    seconds: float = 0.0
    standstill: float = 0.0
    wrong: list[str] = field(default_factory=list)
    folder: Path | None = None

    @property
    def held(self) -> bool:
        return not self.wrong

    def to_json(self) -> dict[str, Any]:
        return {
            "round": self.plan.number,
            "seed": self.plan.seed,
            "crm": self.plan.crm,
            "database": self.plan.database,
            "faults": self.faults,
            "seconds": round(self.seconds, 1),
            "longest_standstill": round(self.standstill, 1),
            "held": self.held,
            "wrong": self.wrong,
            "folder": None if self.folder is None else str(self.folder),
        }


class References:
    """Undisturbed runs, each played once; the database makes no difference to how a CRM ends."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Reference] = {}

    def of(self, plan: Plan, tell: Tell) -> Reference:
        """Raises AppError where even the undisturbed run does not come to its end."""
        key = (plan.crm, plan.seed)
        if key not in self._known:
            self._known[key] = _play_undisturbed(plan, tell)
        return self._known[key]


def _play_undisturbed(plan: Plan, tell: Tell) -> Reference:
    folder = Path(tempfile.mkdtemp(prefix="rkc-"))
    try:
        with (
            _kept_unless_stopped(folder),
            running(folder, crm=plan.crm, seed=plan.seed, server=None) as machine,
        ):
            played = Round(
                machine,
                Cast(),
                Sentinel(),
                plan.patience,
                tell=lambda stage: tell(f"undisturbed {plan.crm}: {stage}"),
            )
            played.play()
            played.let_polls_pass()
            try:
                played.settle(lambda: not checks.sane(played))
            except StandsStill as error:
                raise AppError(f"{error}; {'; '.join(checks.sane(played))}") from error
            reference = Reference(checks.read_ending(played), played.cast.parts, played.seconds)
    except (StandsStill, AppError, SandboxError) as error:
        raise AppError(f"The undisturbed run failed: {error} Its folder: {folder}") from error
    shutil.rmtree(folder)
    return reference


def play_round(plan: Plan, reference: Reference, tell: Tell) -> Verdict:
    """Play it and say what came of it; the folder of a round that did not hold is kept."""
    faults = draw_faults(plan.seed, plan.number, WEIGHTS, database=plan.database)
    folder = Path(tempfile.mkdtemp(prefix=f"rkc-{plan.number}-"))
    verdict = Verdict(plan, [str(fault) for fault in faults])
    started = time.monotonic()
    with (
        _kept_unless_stopped(folder),
        running(folder, crm=plan.crm, seed=plan.seed, server=plan.server) as machine,
    ):
        played = Round(
            machine,
            Cast(dict(reference.cast)),
            Sentinel(),
            plan.patience,
            faults=faults,
            usual=reference.seconds,
            tell=lambda stage: tell(f"round {plan.number}: {stage}"),
        )
        verdict.wrong += _play(played, reference.ending)
        checks.look_around(played)
        integrity = machine.database.integrity()
        verdict.standstill = played.watch.longest
        _keep_journal(machine, played, faults, verdict)
    left = machine.processes.remaining()
    verdict.wrong += checks.clean(played, integrity=integrity, left=left)
    verdict.seconds = time.monotonic() - started
    if verdict.held:
        shutil.rmtree(folder)
    else:
        verdict.folder = folder
    return verdict


def play_silently(plan: Plan, reference: Reference) -> Verdict:
    """The same in a process of its own, which has nobody to tell."""
    return play_round(plan, reference, lambda _stage: None)


@contextmanager
def _kept_unless_stopped(folder: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _play(played: Round, ending: Ending) -> list[str]:
    """What is wrong in the CRM at the end, and why the round did not come to its end, if so."""
    played.sentinel.forbid(checks.personal(played))
    try:
        played.play()
        played.settle(lambda: not checks.right(played, ending))
    except StandsStill as error:
        return [str(error), *checks.right(played, ending)]
    except (AppError, SandboxError, httpx2.HTTPError) as error:
        return [f"{played.doing} failed: {error}"]
    return []


def _keep_journal(machine: Machine, played: Round, faults: list[Fault], verdict: Verdict) -> None:
    """What somebody needs who looks for the reason: the course, the CRM's counts, the database."""
    journal = {
        **verdict.to_json(),
        "drawn": [repr(fault) for fault in faults],
        "course": played.course,
        "cast": played.cast.parts,
        "counters": machine.lab.control("counters"),
        "starts": machine.crm_side.starts(),
        "values": machine.crm_side.values(),
    }
    (machine.folder / "journal.json").write_text(json.dumps(journal, indent=1), encoding="utf-8")
    if machine.backend == "postgresql":
        try:
            machine.database.write_out(machine.folder / "database.json")
        except SQLAlchemyError as error:
            verdict.wrong.append(f"the database could not be read: {type(error).__name__}")
