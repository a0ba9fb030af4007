"""Plays one story on one machine while faults strike, and waits until the account has settled."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tests.chaos.admin import Admin, Deed
from tests.chaos.faults import Fault
from tests.chaos.leaks import Sentinel
from tests.chaos.machine import Machine
from tests.chaos.story import Cast, Stage, Story, begins_at
from tests.chaos.strike import strike

_TICK = 0.1
_LOOK_EVERY = 0.5
# How long nothing may be to do, and everything right, before a round counts as settled.
_CALM = 3.0
# What no notice tells of is looked at in every sixth poll, two minutes apart: that long anything may be old.
_POLLS = 7
_UNTIL_NEXT_POLL = timedelta(minutes=2, seconds=30)
_POLL_TAKES = 1.5
# With nothing to do and something not right, for how long until time goes by for another poll.
_WAITS_FOR_POLL = 5.0
_MOMENT = timedelta(seconds=1)


class StandsStill(Exception):
    """The account has something to do and has not moved for longer than it may."""


@dataclass(slots=True)
class Watch:
    """Looks now and then whether the account has moved."""

    machine: Machine
    patience: float
    longest: float = 0.0
    _picture: object = None
    _moved_at: float = field(default_factory=time.monotonic)
    _looked_at: float = 0.0

    def look(self, doing: str) -> None:
        """Raises StandsStill where nothing has moved for `patience` seconds."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = now
        picture = self.machine.database.moves()
        if picture != self._picture:
            self._picture, self._moved_at = picture, now
        still = now - self._moved_at
        self.longest = max(self.longest, still)
        if still > self.patience:
            raise StandsStill(f"stood still for {still:.0f} s while {doing}: {self._left()}")

    def begin(self) -> None:
        """Something new is to be done from now on."""
        self._moved_at = time.monotonic()

    def _left(self) -> str:
        left = self.machine.database.open_work()
        return ", ".join(f"{n} {what}" for what, n in left.items()) or "nothing is left to do"


@dataclass(slots=True)
class Round:
    """One playing of the story."""

    machine: Machine
    cast: Cast
    sentinel: Sentinel
    patience: float
    faults: Sequence[Fault] = ()
    usual: Mapping[str, float] = field(default_factory=dict)  # stage → its undisturbed seconds
    tell: Callable[[str], None] = lambda _stage: None
    seconds: dict[str, float] = field(default_factory=dict)
    course: list[str] = field(default_factory=list)  # what happened when
    doing: str = "starting up"
    story: Story = field(init=False)
    watch: Watch = field(init=False)
    admin: Admin = field(init=False)
    _begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.admin = Admin(self.machine.public_url, self.machine.crm_side)
        self.story = Story(self.machine, self.admin, self.cast)
        self.watch = Watch(self.machine, self.patience)

    def play(self) -> None:
        """Every stage, then the end of all faults; raises StandsStill."""
        for number, stage in enumerate(self.story.stages()):
            self.machine.advance(begins_at(number))
            started = time.monotonic()
            self._begin(stage.name)
            self._play(stage)
            self.seconds[stage.name] = time.monotonic() - started
            self.sentinel.forbid(self.machine.tokens())
        self.machine.lab.control("faults", method="DELETE")

    def settle(self, is_right: Callable[[], bool]) -> None:
        """Until everything is right and stays so; raises StandsStill."""
        self._begin("settling")
        calm_since: float | None = None
        polls, idle_since = 0, time.monotonic()
        while calm_since is None or time.monotonic() - calm_since < _CALM:
            self._tend()
            now = time.monotonic()
            if self._is_busy():
                calm_since, idle_since = None, now
            elif not is_right():
                calm_since = None
                if polls < _POLLS and now - idle_since > _WAITS_FOR_POLL:
                    polls += 1
                    self._let_a_poll_pass()
            elif calm_since is None:
                calm_since = now
            if calm_since is None:
                self.watch.look(self.doing)

    def let_polls_pass(self) -> None:
        """Time goes by until everything has been looked at that no notice tells of."""
        self._begin("polling")
        for _ in range(_POLLS):
            self._let_a_poll_pass()
            while self._is_busy():
                self._tend()
                self.watch.look(self.doing)

    def _let_a_poll_pass(self) -> None:
        self.machine.advance(self.machine.now() + _UNTIL_NEXT_POLL)
        until = time.monotonic() + _POLL_TAKES
        while time.monotonic() < until:
            self._tend()

    def _is_busy(self) -> bool:
        return bool(self.machine.database.open_work() or self.machine.crm_side.notices_under_way())

    def _play(self, stage: Stage) -> None:
        deed = Deed(stage.deed) if stage.deed is not None else None
        due = [f for f in self.faults if f.stage == stage.name]
        started, usual = time.monotonic(), self.usual.get(stage.name, 0.0)
        done = False
        while not done:
            passed = time.monotonic() - started
            while due and passed >= due[0].share * usual:
                self._strike(due.pop(0), stage)
            self._tend()
            done = (deed is None or deed.check()) and stage.is_over()
            if not done:
                self.watch.look(self.doing)
        for fault in due:
            self._strike(fault, stage)

    def _strike(self, fault: Fault, stage: Stage) -> None:
        strike(fault, self.machine, self.sentinel)
        self._note(str(fault))
        if stage.is_dated:
            # Time goes by while something is broken: a start that is made again bears another moment.
            self.machine.advance(self.machine.now() + _MOMENT)

    def _tend(self) -> None:
        self.machine.processes.tend()
        time.sleep(_TICK)

    def _begin(self, doing: str) -> None:
        self.doing = doing
        self.tell(doing)
        self._note(doing)
        self.watch.begin()

    def _note(self, what: str) -> None:
        self.course.append(f"{time.monotonic() - self._begun:7.2f} {what}")
