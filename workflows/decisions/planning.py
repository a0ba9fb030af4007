"""Decides about contacts and plans what to write to them: thought outside, stored in short transactions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from connector.port.writing import Pace
from contact_rules.channels import split
from contact_rules.person import Person
from core.context import Context
from core.db import reading, refresh_statistics
from core.facts import PlanApproved
from oauth.account_playbooks.holding import load_playbooks
from oauth.account_settings.fields import AccountSettings
from playbooks.sequence import PlannedTouch, touches_of
from scoring import store as scores
from scoring.learn.control import WATCHED_FOR, control_share
from sync.mirror import aliases
from sync.outbox import amending, old_plans
from sync.outbox import plans as outbox
from sync.outbox.amending import Account
from sync.outbox.changes import Limits
from sync.outbox.plans import Plan
from sync.outbox.states import PlanState
from sync.outbox.unmade import load_unmade
from workflows.decisions import draws, tables
from workflows.decisions import store as decisions
from workflows.decisions.decide import (
    DORMANT,
    Decision,
    count_eligible,
    decide_all,
    need_gate,
)
from workflows.decisions.logged import entries_of
from workflows.enrollment import begun
from workflows.enrollment import store as ledger
from workflows.gate.people import load_people
from workflows.gate.policy import policy_of
from workflows.log import store as decision_log
from workflows.openers.facts import TouchAsk
from workflows.openers.standing import standing_words
from workflows.properties import RULES, values_of

AT_ONCE = 1_000
_SOME = 3  # of these parts, after which a database counts
KIND = "values"
# All that counting asks of a score.
_COUNTED = ("contact_id", "track", "playbook", "band", "last_human_at", "reason")


# The draws of some contacts by contact and programme, and those whose time of being left alone is running.
Draws = tuple[Mapping[tuple[str, str], bool], set[str]]


@dataclass(frozen=True, slots=True)
class Thought:
    """What becomes of some contacts and what is to be shown of them, and what was true when that was thought."""

    decided: Sequence[Decision]
    draws: Draws
    wanted: Mapping[str, Mapping[str, str]]
    passes: Mapping[str, int]
    running: Mapping[str, str | None]
    people: Mapping[str, Person]


class Planning:
    """One account being decided about by its settings, as of one moment."""

    def __init__(
        self, here: Context, account_id: str, own: AccountSettings, *, at: datetime
    ) -> None:
        self._here = here
        self._engine = here.engine
        self._wall = here.wall
        self._account_id = account_id
        self._own = own
        self._policy = policy_of(own)
        self._playbooks = load_playbooks(here, account_id, own.vertical)
        self._by_key = {playbook.key: playbook for playbook in self._playbooks.playbooks}
        self._planned: dict[tuple[str | None, ...], Sequence[PlannedTouch]] = {}
        self._limits = Limits(
            later_need_approval=not own.plans_without_approval, most_touched=own.most_changed
        )
        self._at = at
        with reading(here.engine) as connection:
            missing = load_unmade(connection, account_id)
        # What the CRM did not make is not written.
        self._rules = {name: rule for name, rule in RULES.items() if name not in missing}

    def plan_some(self, contact_ids: Sequence[str]) -> Plan | None:
        """Decide about up to 1,000 contacts; answers a plan that is to be applied or looked at, and is new.

        Before everybody has been counted for the first time nothing happens: they are counted with everybody.
        """
        account = self._account()
        while account is not None:
            thought = self._think(contact_ids)
            with self._here.begin() as tx:
                if not decisions.lock(tx, self._account_id):
                    return None
                if self._is_stale(tx, contact_ids, thought):
                    continue
                gone = sorted({*contact_ids} - {*thought.passes})
                self._record(tx, thought, gone)
                planned = amending.amend_some(
                    tx, account, contact_ids, thought.wanted, self._rules, now=self._wall.now()
                )
                self._tell(tx, planned)
                return planned
        return None

    def _tell(self, tx: Connection, planned: Plan | None) -> None:
        """A plan that may go ahead does so, whatever becomes of this process."""
        if planned is not None and planned.state is PlanState.APPROVED:
            self._here.publish(tx, PlanApproved(self._account_id, planned.plan_id))

    def plan_all(self, pace: Pace) -> Plan | None:
        """Decide about everybody, some at a time; answers the plan, None where nothing is to be written.

        Raises Conflict when another pass over the account has begun meanwhile.
        """
        if self._account() is None:
            return None  # its first scoring is still to come, and brings it here
        self._set_shares()
        while (account := self._account()) is not None:
            old_plans.sweep(self._engine, self._account_id, KIND)
            with self._engine.begin() as tx:
                waiting = _waiting(tx, self._account_id)
                plan = outbox.begin(tx, self._account_id, kind=KIND, now=self._wall.now())
            after: str | None = ""
            parts = 0
            while after is not None:
                after = self._plan_next(account, plan, after)
                parts += 1
                if parts == _SOME:
                    # A first pass begins with empty tables: what the database knows of them is wrong by now.
                    refresh_statistics(self._engine, tables.decisions)
            with self._here.begin() as tx:
                decisions.lock(tx, self._account_id)
                # A plan approved meanwhile writes what this one has as well: begin again, knowing that.
                again = not waiting <= _waiting(tx, self._account_id)
                if not again:
                    planned = amending.complete(tx, account, plan, pace=pace)
                    decisions.record_pass(tx, self._account_id, now=self._wall.now())
                    self._tell(tx, planned)
            if not again:
                old_plans.sweep(self._engine, self._account_id, KIND)
                return planned
        return None

    def _plan_next(self, account: Account, plan: Plan, after: str) -> str | None:
        """Decide about the contacts that follow `after`; answers the last of them, None at the end."""
        while True:
            with reading(self._engine) as connection:
                ids = scores.load_ids(connection, self._account_id, after=after, limit=AT_ONCE)
            until = ids[-1] if len(ids) == AT_ONCE else None
            thought = self._think(ids)
            with self._engine.begin() as tx:
                decisions.lock(tx, self._account_id)
                if self._is_stale(tx, ids, thought):
                    continue
                gone = self._gone(tx, ids, after=after, until=until)
                self._record(tx, thought, gone)
                looked_at = [*ids, *gone]
                amending.amend(tx, account, looked_at, thought.wanted, self._rules, into=plan)
            return until

    def _gone(
        self, tx: Connection, scored: Sequence[str], *, after: str, until: str | None
    ) -> list[str]:
        """Who has a decision and no score any more, of those whose ids are after one and up to another."""
        decided = decisions.load_ids(tx, self._account_id, after=after, until=until)
        missing = sorted({*decided} - {*scored})
        # Who was scored since is decided about by themselves.
        since = scores.load_passes(tx, self._account_id, missing)
        return [contact_id for contact_id in missing if contact_id not in since]

    def _account(self) -> Account | None:
        """The account as it was last scored; None where it has not been."""
        with reading(self._engine) as connection:
            scoring = scores.find_scoring(connection, self._account_id)
        if scoring is None:
            return None
        return Account(self._account_id, KIND, scoring["contacts"], self._limits)

    def _think(self, contact_ids: Sequence[str]) -> Thought:
        """Read these contacts and decide about them; nobody waits meanwhile."""
        with reading(self._engine) as connection:
            settled = self._settled(connection, contact_ids)
            held, left_alone = self._draws(connection, settled)
            rows, people, running = self._look(connection, settled)
            since = self._at - begun.ANSWERED_FOR
            answered = begun.load_answered(connection, self._account_id, settled, since=since)
        decided = decide_all(
            rows,
            people,
            held=held,
            left_alone=left_alone,
            started=running,
            answered=answered,
            at=self._at,
            policy=self._policy,
        )
        passes = {row["contact_id"]: row["pass_no"] for row in rows}
        words = self._words(rows, decided)
        wanted = {
            row["contact_id"]: values_of(
                row,
                status=d.status,
                channel=d.channel,
                playbook=d.playbook,
                touches=self._touches(row, d),
            )
            | words[row["contact_id"]]
            for row, d in zip(rows, decided, strict=True)
        }
        return Thought(decided, (held, left_alone), wanted, passes, running, people)

    def _touches(self, row: Mapping[str, Any], decision: Decision) -> Sequence[PlannedTouch]:
        """The touches that somebody would be given; none for who may not be contacted."""
        playbook = self._by_key.get(decision.playbook or "")
        if playbook is None or decision.channel is None:
            return ()
        kind = (playbook.key, row["segment"], row["band"], row["interest_level"], row["channels"])
        if kind not in self._planned:
            self._planned[kind] = touches_of(playbook, split(row["channels"]), row)
        return self._planned[kind]

    def _words(
        self, rows: Sequence[dict[str, Any]], decided: Sequence[Decision]
    ) -> dict[str, dict[str, str]]:
        """What to say to each of them, where there is something to say."""
        asked = [
            (
                d.contact_id,
                d.status,
                TouchAsk(channel=d.channel or "email", playbook=d.playbook or ""),
            )
            for d in decided
        ]
        with reading(self._engine) as connection:
            return standing_words(
                connection,
                self._account_id,
                asked,
                self._own,
                at=self._at,
                rows={row["contact_id"]: row for row in rows},
            )

    def _look(
        self,
        connection: Connection,
        contact_ids: Sequence[str],
        names: Sequence[str] | None = None,
    ) -> tuple[Any, Any, Any]:
        """Scores, the people about whom the gate is asked, and whose workflow is running."""
        rows = scores.load_scores(connection, self._account_id, contact_ids, names=names)
        running = self._running(connection, contact_ids)
        asked = need_gate(rows, running)
        people = load_people(
            connection,
            self._account_id,
            {row["contact_id"]: row["last_human_at"] for row in asked},
            at=self._at,
            # Scoring has just drawn them from the same mirror.
            reasons={row["contact_id"]: row["reason"] for row in asked},
            policy=self._policy,
        )
        return rows, people, running

    def _settled(self, connection: Connection, contact_ids: Sequence[str]) -> list[str]:
        """Those of the contacts of whom we know all that was done: a merge of theirs has been followed."""
        merging = aliases.load_unfollowed(connection, self._account_id, contact_ids)
        return [i for i in contact_ids if i not in merging and i not in merging.values()]

    def _running(self, connection: Connection, contact_ids: Sequence[str]) -> dict[str, str | None]:
        since = self._at - ledger.RUNNING_FOR
        return ledger.load_running(connection, self._account_id, contact_ids, since=since)

    def _draws(self, connection: Connection, contact_ids: Sequence[str]) -> Draws:
        since = self._at - WATCHED_FOR
        return (
            draws.load_draws(connection, self._account_id, contact_ids),
            draws.load_left_alone(connection, self._account_id, contact_ids, since=since),
        )

    def _is_stale(self, tx: Connection, contact_ids: Sequence[str], thought: Thought) -> bool:
        """Whether somebody has been scored, drawn, started or merged since the thought began: it is thought again."""
        settled = self._settled(tx, contact_ids)
        passes = scores.load_passes(tx, self._account_id, settled)
        return (
            passes != thought.passes
            or self._running(tx, settled) != thought.running
            or self._draws(tx, settled) != thought.draws
        )

    def _record(self, tx: Connection, thought: Thought, gone: Sequence[str]) -> None:
        """The decisions, and what the log tells of them."""
        now = self._wall.now()
        changed = decisions.save_decisions(tx, self._account_id, thought.decided, now=now)
        told = entries_of(changed, thought.people, self._policy)
        decision_log.record(tx, self._account_id, told, at=self._at, now=now)
        decisions.delete_decisions(tx, self._account_id, gone)

    def _set_shares(self) -> None:
        """Count who is eligible for each programme that has no share yet, and set it by that."""
        with reading(self._engine) as connection:
            known = draws.load_shares(connection, self._account_id)
            scoring = scores.find_scoring(connection, self._account_id)
        peopled = scoring["segments"] if scoring else {}
        new = {
            playbook.key: playbook.track.value
            for playbook in self._playbooks.playbooks
            if playbook.key not in known
            and any(peopled.get(segment.key) for segment in playbook.segments)
        }
        eligible = Counter[str]()
        for track in dict.fromkeys(new.values()):
            eligible += self._count_eligible(track)
        with self._engine.begin() as tx:
            for programme, count in eligible.items():
                if programme in known:
                    continue
                share = control_share(count)
                draws.set_share(tx, self._account_id, programme, share, now=self._wall.now())
            decisions.record_counted(tx, self._account_id)

    def _count_eligible(self, track: str) -> Counter[str]:
        """Programme → how many of a track may be contacted."""
        eligible, after = Counter[str](), ""
        while True:
            with reading(self._engine) as connection:
                ids = scores.load_ids(
                    connection,
                    self._account_id,
                    after=after,
                    limit=AT_ONCE,
                    track=track,
                    bands=DORMANT,
                )
                rows, people, running = self._look(connection, ids, _COUNTED)
            if not ids:
                return eligible
            eligible += count_eligible(
                rows, people, started=running, at=self._at, policy=self._policy
            )
            after = ids[-1]


def _waiting(connection: Connection, account_id: str) -> set[str]:
    """Plans that wait for a person."""
    found = outbox.load_open(connection, account_id, KIND)
    return {plan.plan_id for plan in found if plan.state is PlanState.WAITING}
