"""The main job as a round plays it: what the admin and the CRM's people do, and when each stage is over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.chaos.admin import Admin
from tests.chaos.machine import MONDAY, Machine

# Each stage begins at a moment of its own, so that what is dated by the account's time can be compared.
STEP = timedelta(minutes=20)
# How often a stage is hit, in proportion.
WEIGHTS = {
    "installing": 2,
    "reading": 3,
    "scoring": 3,
    "writing": 4,
    "hearing of changes": 4,
    "starting": 6,
    "hearing of leavers": 3,
}


@dataclass(slots=True)
class Cast:
    """Who plays which part; chosen in the undisturbed run, the same people in every other."""

    parts: dict[str, str] = field(default_factory=dict)  # part → contact id

    def who(self, part: str, choose: Callable[[], str]) -> str:
        if part not in self.parts:
            self.parts[part] = choose()
        return self.parts[part]


@dataclass(slots=True)
class Story:
    """One account's story on one machine."""

    machine: Machine
    admin: Admin
    cast: Cast
    newcomer: str = ""

    def stages(self) -> list["Stage"]:
        """In order; each is over when the database says so."""
        return [
            Stage("installing", self.admin.install, self._is_installed),
            Stage("reading", None, self._is_read),
            Stage("scoring", None, self._is_planned),
            Stage("writing", self._approve_values, self._is_written),
            Stage("hearing of changes", self._change, self._is_at_rest),
            Stage("starting", self._approve_wave, self._has_started, is_dated=True),
            Stage("hearing of leavers", self._leave, self._is_at_rest),
        ]

    # What people do

    def _approve_values(self) -> None:
        self.admin.approve("plans", unless=lambda: not self._waits_for_approval())

    def _change(self) -> None:
        """Staff lose two addresses, two people opt out, one is new; one of each was to be started."""
        crm_side = self.machine.crm_side
        crm_side.lose_address(self._of_wave("lost the address"))
        crm_side.lose_address(self._elsewhere("lost the address too"))
        crm_side.opt_out(self._of_wave("opted out"))
        crm_side.opt_out(self._elsewhere("opted out too"))
        self.newcomer = crm_side.create()

    def _approve_wave(self) -> None:
        """Somebody opts out, another is deleted in the moment in which their start is approved."""
        crm_side = self.machine.crm_side
        crm_side.opt_out(self._of_wave("opted out at the last moment"))
        crm_side.delete(self._of_wave("deleted at the last moment"))
        self.admin.approve("waves", unless=lambda: not self._proposed())

    def _leave(self) -> None:
        crm_side, now = self.machine.crm_side, self.machine.now().isoformat()
        crm_side.reply(self.cast.who("replied", lambda: self._started()[0]), now)
        crm_side.delete(self.cast.who("deleted", lambda: self._started()[1]))
        crm_side.erase(self.cast.who("erased", lambda: self._started()[2]))
        crm_side.erase(self._elsewhere("erased too"))

    def _of_wave(self, part: str) -> str:
        taken = set(self.cast.parts.values())
        return self.cast.who(part, lambda: next(c for c in self._proposed() if c not in taken))

    def _elsewhere(self, part: str) -> str:
        """One of those whom nobody has started or will."""
        return self.cast.who(part, lambda: self._not_in_wave()[0])

    # What the database says

    def _is_installed(self) -> bool:
        return self._one("select status from installations where account_id = :account") == "active"

    def _is_read(self) -> bool:
        return self._one(_LATEST_RUN) == "done"

    def _is_planned(self) -> bool:
        return self._waits_for_approval()

    def _waits_for_approval(self) -> bool:
        query = "select count(*) from plans where account_id = :account and state = 'waiting'"
        return bool(self._one(query))

    def _is_written(self) -> bool:
        query = (
            "select count(*) from plans where account_id = :account "
            "and kind = 'values' and state = 'applied'"
        )
        return bool(self._one(query)) and bool(self._proposed()) and self._is_at_rest()

    def _has_started(self) -> bool:
        return bool(self._started()) and self._is_at_rest()

    def _is_at_rest(self) -> bool:
        machine = self.machine
        return not machine.crm_side.notices_under_way() and not machine.database.open_work()

    def _proposed(self) -> list[str]:
        return self._enrolled("proposed")

    def _started(self) -> list[str]:
        return self._enrolled("started")

    def _enrolled(self, state: str) -> list[str]:
        query = (
            "select contact_id from enrollments where account_id = :account and state = :state "
            "order by contact_id"
        )
        return [row[0] for row in self.machine.database.all(query, state=state)]

    def _not_in_wave(self) -> list[str]:
        query = (
            "select contact_id from scores where account_id = :account and dormancy_score > 0 "
            "and contact_id not in "
            "(select contact_id from enrollments where account_id = :account) "
            "order by dormancy_score desc, contact_id"
        )
        taken = set(self.cast.parts.values())
        return [row[0] for row in self.machine.database.all(query) if row[0] not in taken]

    def _one(self, query: str) -> object:
        return self.machine.database.one(query)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the story: what somebody does, and when it is over.

    In one that `is_dated` what is done bears the moment at which it was done; in the others the clock stands still,
    since a minute more may make a day more of a silence.
    """

    name: str
    deed: Callable[[], None] | None
    is_over: Callable[[], bool]
    is_dated: bool = False


def begins_at(number: int) -> datetime:
    """The virtual moment at which a stage begins."""
    return MONDAY + number * STEP


_LATEST_RUN = "select state from runs where account_id = :account order by started_at desc limit 1"
