"""A CRM in which people are merged, and a product that hears of it late, twice and out of order."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.port.records import ActivityRow, ContactRow, Page, heard_columns
from contact_rules.person import Policy
from core.moments import to_millis
from playbooks.library import find_line
from playbooks.together import Playbooks
from scoring import store as scores
from scoring.learn import outcomes
from scoring.learn.control import CONTROL
from sync.mirror import aliases, store
from sync.mirror.merging import settle_page
from workflows.decisions import draws
from workflows.decisions.holdout import Batch, Candidate
from workflows.enrollment import store as ledger
from workflows.enrollment.states import OPEN, EnrollmentState
from workflows.enrollment.tables import enrollments
from workflows.merges import follow_merges
from workflows.touches.deciding import decide_due

PLAYBOOK = "lead_reactivation"
GENERAL = Playbooks(find_line("general"), find_line("general"))
# A Monday at ten in the morning where they live.
BEGAN = datetime(2026, 6, 1, 14, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """One answer of the CRM, as it was when it was asked: a contact and the ids merged into it."""

    asked_at: int
    contact_id: str
    merged: tuple[str, ...]


@dataclass
class Person:
    """Somebody in the CRM; `ids` are all they ever had, the living one among them."""

    ids: list[str]
    living: str
    starts: list[datetime] = field(default_factory=list)
    held_out: bool = False
    proposed: int = 0
    watched: set[tuple[datetime, str]] = field(default_factory=set)
    acted: int = 0


class MergingCrm:
    """People whose contacts are merged, and what the product holds of them in the account."""

    def __init__(self, engine: Engine, size: int) -> None:
        self.engine = engine
        self.account = f"fake-{uuid.uuid4().hex}"
        self.now = BEGAN
        self.people = [Person([str(n)], str(n)) for n in range(1, size + 1)]
        self.answers: list[Answer] = []
        self._next = size + 1
        self._acts = 0
        for person in self.people:
            self.tell(self.ask(person))

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def merge(self, one: int, other: int, *, keeps_id: bool) -> None:
        """The CRM makes one record of two; nobody tells."""
        primary, second = self._two(one, other)
        if primary is second:
            return
        self.people.remove(second)
        primary.ids += second.ids
        if not keeps_id:
            primary.living = str(self._next)
            primary.ids.append(primary.living)
            self._next += 1
        primary.starts += second.starts
        primary.held_out |= second.held_out
        primary.proposed += second.proposed
        primary.watched |= second.watched
        primary.acted += second.acted

    def _two(self, one: int, other: int) -> tuple[Person, Person]:
        return self.people[one % len(self.people)], self.people[other % len(self.people)]

    def ask(self, person: Person, *, part: int | None = None) -> Answer:
        """Read a person: the answer names the ids of earlier, or with `part` one of them alone."""
        former = [i for i in person.ids if i != person.living]
        if part is not None and former:
            former = [former[part % len(former)]]
        answer = Answer(to_millis(self.now), person.living, tuple(former))
        self.answers.append(answer)
        return answer

    def tell(self, answer: Answer) -> None:
        """Store an answer, whenever it arrives."""
        page = Page(
            1,
            None,
            contacts=[contact(answer.contact_id)],
            merged=dict.fromkeys(answer.merged, answer.contact_id),
        )
        self._keep(page, answer.asked_at)

    def act(self, contact_id: str, person: Person) -> None:
        """Something happened with a person, and the CRM tells it under an id that may be no more."""
        self._acts += 1
        row = ActivityRow(
            activity_id=str(self._acts),
            contact_id=contact_id,
            occurred_at=to_millis(self.now - timedelta(days=400)) + self._acts,
            kind="form",
            direction="in",
            outcome=None,
            **heard_columns(),
        )
        person.acted += 1
        self._keep(Page(1, None, activities=[row]), to_millis(self.now))

    def _keep(self, page: Page, asked_at: int) -> None:
        with self.engine.begin() as tx:
            page, _ = settle_page(tx, self.account, page, asked_at=asked_at)
            store.save_contacts(tx, self.account, page.contacts, asked_at=asked_at)
            store.save_activities(tx, self.account, page.activities)

    def follow(self) -> None:
        with self.engine.begin() as tx:
            follow_merges(tx, self.account, at=self.now)

    def draw(self, contact_id: str, person: Person, *, held_out: bool) -> None:
        """What planning does: who is known and settled is drawn once."""
        with self.engine.begin() as tx:
            if not self._is_settled(tx, contact_id):
                return
            if draws.load_draws(tx, self.account, [contact_id]):
                return
            drawn = (candidate(contact_id),)
            batch = Batch((), drawn) if held_out else Batch(drawn, ())
            draws.record_batch(tx, self.account, batch, wave_id=contact_id, now=self.now)
            draws.assign_batch(tx, self.account, contact_id, at=self.now)
            person.held_out |= held_out
            if held_out:
                row = {"contact_id": contact_id, "arm": CONTROL, "channels": "email"}
                outcomes.open_cohorts(tx, self.account, [row], at=self.now)
                person.watched.add((self.now, CONTROL))

    def propose(self, contact_id: str, person: Person) -> None:
        """A wave of one, approved; nobody is in two waves at once."""
        e = enrollments.c
        mine = (e.account_id == self.account, e.contact_id == contact_id, e.state.in_(OPEN))
        with self.engine.begin() as tx:
            is_open = tx.execute(sa.select(e.contact_id).where(*mine)).first() is not None
            if is_open or not self._is_settled(tx, contact_id):
                return
            wave, pick = uuid.uuid4().hex, [(contact_id, PLAYBOOK)]
            person.proposed += ledger.propose(tx, self.account, pick, wave_id=wave, now=self.now)
            ledger.approve_wave(tx, self.account, wave, by="Dana", at=self.now, now=self.now)

    def start(self) -> list[Person]:
        """Start whoever is due, as the job does: read again first, then follow, then ask the gate."""
        with self.engine.begin() as tx:
            due = {row["contact_id"] for row in ledger.load_due(tx, self.account, at=self.now)}
        for person in [p for p in self.people if due & {*p.ids}]:
            self.tell(self.ask(person))
        started = []
        with self.engine.begin() as tx:
            follow_merges(tx, self.account, at=self.now)
            self._score(tx)
            policy = Policy(tenant_zone="US/Eastern")
            for row in decide_due(
                tx,
                self.account,
                at=self.now,
                now=self.now,
                policy=policy,
                playbooks=GENERAL,
            ).allowed:
                person, begun = self.whose(row["contact_id"]), row["enrollment"]
                ledger.record_state(tx, begun, EnrollmentState.STARTING)
                done = EnrollmentState.STARTED
                ledger.record_state(tx, begun, done, started_at=self.now)
                mine = {"contact_id": row["contact_id"], "arm": "plan", "channels": "email"}
                outcomes.open_cohorts(tx, self.account, [mine], at=self.now)
                person.starts.append(self.now)
                person.watched.add((self.now, "plan"))
                started.append(person)
        return started

    def whose(self, contact_id: str) -> Person:
        return next(p for p in self.people if contact_id in p.ids)

    def _is_settled(self, tx: Connection, contact_id: str) -> bool:
        known = store.find_live(tx, self.account, [contact_id])
        return bool(known) and not aliases.load_unfollowed(tx, self.account, [contact_id])

    def _score(self, tx: Connection) -> None:
        ids = [i for p in self.people for i in p.ids]
        live = store.find_live(tx, self.account, ids)
        scores.save_rows(tx, self.account, [score(i, self.now) for i in live], pass_no=1)

    def settle(self) -> None:
        """Everybody is read, and every merge followed."""
        self.later(minutes=5)
        for person in self.people:
            self.tell(self.ask(person))
        self.follow()


def candidate(contact_id: str) -> Candidate:
    return Candidate(contact_id, PLAYBOOK, "lead", "180_364", "A", "other", None, None, 0.5)


def contact(contact_id: str, **more: Any) -> ContactRow:
    empty = dict.fromkeys(ContactRow.__annotations__)
    told = {"contact_id": contact_id, "archived": False, "fields": "{}", "known": "{}"}
    reach = {"email": "somebody@example.com", "timezone": "US/Eastern"}
    return cast("ContactRow", {**empty, **told, **reach, **more})


def score(contact_id: str, at: datetime) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "track": "lead",
        "band": "180_364",
        "human_events": 1,
        "purchases": 0,
        "segment": "other",
        "channels": "email",
        "as_of": at,
        "scored_at": at,
    }
