"""One account of the pretend CRM: people, what happened with them, sales, fields and workflows."""

import random
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

ZONES = ("America/New_York", "America/Chicago", "America/Denver")
STATES = ("NY", "IL", "CO")
SAID = (
    "We went with another provider, thank you.",
    "Could you send the invoice once more?",
    "It is too expensive for us at the moment.",
    "I was very unhappy with my last visit.",
)
WHY = ("Price", "No answer", "Bad experience")


class Refused(Exception):
    """The CRM does not take a request; says why."""


class Missing(Exception):
    """There is no such record."""


@dataclass(slots=True)
class PersonRecord:
    number: int
    made: datetime
    touched: datetime
    given: str
    mail: str | None
    mobile: str | None
    zone: str
    state: str
    stage: str
    no_mail: bool = False
    texts_allowed: bool = False
    own: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """`what` is appointment, phone, letter or text; `by` is customer, staff or software."""

    number: int
    person: int
    at: datetime
    what: str
    by: str
    state: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    number: int
    person: int
    cents: int
    opened: datetime
    ended: datetime | None
    stage: str  # open, won, lost
    why: str | None = None


@dataclass(slots=True)
class Workflow:
    number: str
    title: str
    live: bool
    entries: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """`form` is words, number, yes_no, pick or time; `picks` are the values of a pick."""

    form: str
    picks: tuple[str, ...] = ()


def _is_number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdigit()


class Account:
    """Everything the CRM holds for one business; its methods may be called from many threads."""

    def __init__(self, remote_id: str, title: str, *, people: int, today: datetime) -> None:
        self.remote_id = remote_id
        self.title = title
        self.people: dict[int, PersonRecord] = {}
        self.happenings: list[Happening] = []
        self.sales: list[Sale] = []
        self.fields: dict[str, FieldSpec] = {}
        self.most_fields = 1_000
        self.workflows = {
            "w1": Workflow("w1", "Win back", live=True),
            "w2": Workflow("w2", "Not ready yet", live=False),
        }
        self.writes: Counter[int] = Counter()
        self._lock = threading.RLock()
        dice = random.Random(remote_id)  # noqa: S311  pretend people
        for number in range(1, people + 1):
            # Gaps between the numbers, as deletions leave them.
            self._settle(number * 3 + dice.randrange(2), dice, today)

    def _settle(self, number: int, dice: random.Random, today: datetime) -> None:
        """One person with a past: some fresh, most quiet for months, a few with something open."""
        zone = dice.randrange(len(ZONES))
        made = today - timedelta(days=dice.randint(400, 900), hours=dice.randrange(24))
        quiet = timedelta(days=dice.choice((3, 20, 110, 200, 250, 300)), minutes=number)
        self.people[number] = PersonRecord(
            number, made, made, f"Given{number}",
            mail=None if number % 11 == 0 else f"person{number}@example.com",
            mobile=f"+1212555{number:04d}", zone=ZONES[zone], state=STATES[zone],
            stage="customer" if number % 3 == 0 else "lead",
            no_mail=number % 13 == 0, texts_allowed=number % 2 == 0,
        )  # fmt: skip
        for step in range(dice.randint(1, 6)):
            at = max(made, today - quiet - timedelta(days=21 * step))
            what = dice.choice(("appointment", "phone", "letter", "text"))
            by = "customer" if step % 2 == 0 else "staff"
            state = "held" if what == "appointment" else None
            words = SAID[number % len(SAID)] if (what, by) == ("letter", "customer") else None
            self._happen(number, at, what, by, state, words)
        if number % 5 == 0:
            self._happen(number, today - timedelta(days=9), "letter", "software", None)
        if number % 17 == 0:
            self._happen(number, today + timedelta(days=4), "appointment", "customer", "booked")
        if number % 3 == 0:
            self._sell(number, made, today - quiet, "won", dice)
        if number % 19 == 0:
            self._sell(number, made, None, "open", dice)
        if number % 7 == 0:
            self._sell(number, made, today - quiet, "lost", dice, WHY[number % len(WHY)])

    def _happen(
        self,
        person: int,
        at: datetime,
        what: str,
        by: str,
        state: str | None,
        words: str | None = None,
    ) -> None:
        number = len(self.happenings) + 1
        self.happenings.append(Happening(number, person, at, what, by, state, words))

    def _sell(
        self,
        person: int,
        opened: datetime,
        ended: datetime | None,
        stage: str,
        dice: random.Random,
        why: str | None = None,
    ) -> None:
        cents = dice.randint(5_000, 90_000)
        self.sales.append(Sale(len(self.sales) + 1, person, cents, opened, ended, stage, why))

    def page(self, after: int, upto: int | None, size: int) -> tuple[list[PersonRecord], bool]:
        """People numbered above `after` up to and including `upto`, and whether there are more."""
        with self._lock:
            numbers = sorted(self.people)
            start = bisect_right(numbers, after)
            end = len(numbers) if upto is None else bisect_right(numbers, upto)
            chosen = numbers[start : min(end, start + size)]
            return [self.people[n] for n in chosen], start + size < end

    def clock(self) -> datetime:
        """The pretend CRM's own time."""
        return datetime.now(UTC)

    def touched_since(self, moment: datetime, after: int) -> list[PersonRecord]:
        """Live people who were changed then or later, numbered above `after`."""
        with self._lock:
            numbers = sorted(n for n in self.people if n > after)
            return [self.people[n] for n in numbers if self.people[n].touched >= moment]

    def find(self, numbers: Iterable[int]) -> list[PersonRecord]:
        with self._lock:
            return [self.people[n] for n in numbers if n in self.people]

    def add(self, given: str, now: datetime) -> int:
        with self._lock:
            number = max(self.people, default=0) + 1
            self.people[number] = PersonRecord(
                number, now, now, given, None, None, ZONES[0], STATES[0], "lead"
            )
            return number

    def readdress(self, number: int, mail: str, now: datetime) -> None:
        with self._lock:
            self.people[number].mail = mail
            self.people[number].touched = now

    def remove(self, number: int) -> None:
        with self._lock:
            del self.people[number]

    def define(self, specs: Mapping[str, FieldSpec]) -> tuple[int, tuple[str, ...]]:
        """Make the fields that are not there, as many as may be; how many were made, and which were not."""
        with self._lock:
            new = [name for name in specs if name not in self.fields]
            room = max(0, self.most_fields - len(self.fields))
            self.fields |= {name: specs[name] for name in new[:room]}
            return len(new[:room]), tuple(new[room:])

    def change(
        self, changes: Sequence[tuple[int, Mapping[str, str]]], now: datetime
    ) -> list[str | None]:
        """Why each change failed, or None; one number that is none refuses all of them."""
        with self._lock:
            for _, values in changes:
                self._must_be_numbers(values)
            return [self._change_one(number, values, now) for number, values in changes]

    def _must_be_numbers(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            spec = self.fields.get(name)
            if spec is None:
                raise Refused(f"there is no field {name}")
            if spec.form == "number" and value and not _is_number(value):
                raise Refused(f"{name} takes a number")

    def _change_one(self, number: int, values: Mapping[str, str], now: datetime) -> str | None:
        if number not in self.people:
            return "no such person"
        for name, value in values.items():
            picks = self.fields[name].picks
            if value and picks and value not in picks:
                return f"{name} has no such choice"
        person = self.people[number]
        self.writes[number] += 1
        person.own = {k: v for k, v in {**person.own, **values}.items() if v}
        person.touched = now
        return None

    def enter(self, number: int, workflow: str) -> None:
        """Put a person into a workflow; raises Missing, or Refused where it takes nobody."""
        with self._lock:
            if number not in self.people or workflow not in self.workflows:
                raise Missing
            if not self.workflows[workflow].live:
                raise Refused("the workflow is a draft")
            self.workflows[workflow].entries[number] += 1
            # It sends its one message at once and says so.
            person = self.people[number]
            if asked := person.own.get("rekindle_touch"):
                person.own["rekindle_receipt"] = asked
                person.touched = self.clock()
