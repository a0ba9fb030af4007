"""`rekindle bench year`: a made-up account lives through a year of daily runs without an admin; what is written."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from app.lab.bench_account import (
    ACCOUNT,
    contact_id,
    context_of,
    environment_of,
    fill,
    install,
    opened_place,
)
from app.migrate import migrate
from connector.port.writing import ContactWrite, Pace, WriteOutcome
from core.clock import FixedClock
from core.context import Context, entered
from core.db import reading
from core.moments import to_millis
from oauth.account_settings.changing import load_settings
from scoring.learn import versions
from scoring.learn.champion import LEARN_AFTER
from sync.live import load_active
from sync.outbox import plans as outbox
from sync.outbox.applying import Applying
from sync.outbox.plans import Plan
from sync.outbox.states import PlanState
from workflows.decisions.planning import Planning
from workflows.properties import RULES

BEGINS = datetime(2026, 1, 5, 9, tzinfo=UTC)
_PACE = Pace(contacts_per_second=100.0)
_KINDS = ("email", "visit", "click", "form", "call", "meeting", "sms")
_BEFORE = 900  # days that the account had been there for
_JOIN = 0.2  # of the contacts join during a year
_LEAVE = 700.0  # days after which somebody stops coming, on average
_APART = 120.0  # days from one coming to the next, as a rule


@dataclass
class Takes:
    """A CRM that takes every value and shows it again; it counts what was written."""

    batch_size: int = 1_000
    pace: Pace = _PACE
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)

    def write(self, writes: Sequence[ContactWrite]) -> list[WriteOutcome]:
        for one in writes:
            self.held.setdefault(one.contact_id, {}).update(one.values)
            self.written.update(one.values.keys())
        return [WriteOutcome(one.contact_id, succeeded=True) for one in writes]

    def fetch_values(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        return {i: {n: v for n, v in self.held[i].items() if n in names} for i in contact_ids}


def live_through(
    contacts: int, days: int, *, database_url: str | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Daily runs of an account that was approved once and then left to itself."""
    with opened_place(database_url) as place:
        here = context_of(environment_of(place, public_url="http://localhost"))
        clock = FixedClock(BEGINS)
        here = replace(here, clock=clock, wall=clock)
        migrate(here.engine)
        install(here.engine, now=BEGINS)
        tell(f"Making {contacts:,} contacts")
        fill(here.engine, *_life(contacts, days))
        year = Year(here, clock)
        for day in range(days):
            year.run_day()
            if day % 30 == 29:
                tell(f"{day + 1} of {days} days")
        here.engine.dispose()
        return year.report(contacts)


class Year:
    """Day after day: everybody scored, decided about and written to as far as nobody has to be asked."""

    def __init__(self, here: Context, clock: FixedClock) -> None:
        self._here, self._clock = here, clock
        self._crm = Takes()
        self._shares: list[float] = []
        self._stalls: list[str] = []
        self._first: Counter[str] = Counter()

    def run_day(self) -> None:
        # Columns and models are loaded by who scores.
        from scoring.jobs import learn_account, score_account  # noqa: PLC0415

        here = self._here
        with entered(here):
            score_account(ACCOUNT)
            with reading(here.engine) as connection:
                before = self._clock.now() - LEARN_AFTER
                learns = ACCOUNT in versions.load_accounts_to_learn(connection, before=before)
            if learns:
                learn_account(ACCOUNT)
            plan = self._planning().plan_all(_PACE)
        self._write(plan)
        self._clock.advance(timedelta(days=1))

    def _planning(self) -> Planning:
        own = load_settings(self._here, load_active(self._here, ACCOUNT))
        return Planning(self._here, ACCOUNT, own, at=self._clock.now())

    def _write(self, plan: Plan | None) -> None:
        here, is_first = self._here, not self._crm.held
        if plan is not None and plan.state is PlanState.WAITING:
            if not is_first:
                self._stalls.append(f"{self._clock.now():%Y-%m-%d}: {plan.reason}")
                self._shares.append(0.0)
                return
            with here.engine.begin() as tx:
                outbox.approve(tx, ACCOUNT, plan.plan_id, by="a person", now=self._clock.now())
        planned = 0
        if plan is not None:
            planned = plan.planned
            Applying(
                here.engine, self._crm, plan, RULES, clock=self._clock, pause=here.pause
            ).apply()
        if is_first:
            self._first, self._crm.written = self._crm.written, Counter()
            return
        self._shares.append(planned / len(self._crm.held))

    def report(self, contacts: int) -> dict[str, Any]:
        days = len(self._shares)
        by_property = {
            name: round(count / len(self._crm.held) / days, 5)
            for name, count in self._crm.written.most_common()
        }
        return {
            "contacts": contacts,
            "days": days + 1,
            "first_plan": max(self._first.values()),
            "written_a_day": round(sum(self._shares) / days, 5),
            "most_on_a_day": round(max(self._shares), 5),
            "days_that_waited": self._stalls,
            "by_property": by_property,
        }


def _life(
    contacts: int, days: int
) -> tuple[Iterator[dict[str, Any]], Iterator[dict[str, Any]], Iterator[dict[str, Any]]]:
    """Contacts, activities and deals of people who come at rates of their own, stop some time, and sometimes buy."""
    dice = Random(11)  # noqa: S311  made-up people, no secret
    people, acts, sales = list[Any](), list[Any](), list[Any]()
    for number in range(contacts):
        joins = dice.random() < _JOIN
        since = dice.uniform(0, 365) if joins else -dice.uniform(30, _BEFORE)
        people.append(_contact(dice, number, since))
        at = since + dice.expovariate(0.1)
        leaves = since + dice.expovariate(1 / _LEAVE)
        rate = dice.gammavariate(2.0, 0.5 / _APART)
        while at < min(leaves, days):
            buys = dice.random() < 0.1
            (sales if buys else acts).append(_event(dice, number, at, len(acts), buys=buys))
            at += 0.5 + dice.expovariate(rate)
    return iter(people), iter(acts), iter(sales)


def _at(day: float) -> int:
    return to_millis(BEGINS + timedelta(days=day))


def _contact(dice: Random, number: int, since: float) -> dict[str, Any]:
    return {
        "account_id": ACCOUNT,
        "contact_id": contact_id(number),
        "created_at": _at(since),
        "archived": False,
        "email": f"p{number}@example.com" if dice.random() < 0.95 else None,
        "phone": f"+1202555{number % 10_000:04d}" if dice.random() < 0.7 else None,
        "sms_consent": dice.random() < 0.5,
        "email_opt_out": dice.random() < 0.05,
        "source": dice.choice(("paid", "organic", "referral", "event", "direct")),
        "fields": "{}",
        "known": "{}",
        "content_hash": f"{number:032x}",
    }


def _event(dice: Random, number: int, day: float, index: int, *, buys: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"account_id": ACCOUNT, "contact_id": contact_id(number)}
    if buys:
        closed = {"is_closed": True, "is_won": True, "closed_at": _at(day), "created_at": _at(day)}
        amount = {"amount_minor": dice.randrange(5_000, 500_000)}
        return row | closed | amount | {"deal_id": f"{number}-{day:.3f}"}
    kind = {"kind": dice.choice(_KINDS), "direction": "in", "occurred_at": _at(day)}
    return row | kind | {"activity_id": f"{number}-{index}"}
