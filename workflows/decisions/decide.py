"""What becomes of each scored contact: ready, suppressed and why, a person's turn, left alone, or nothing; pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contact_rules.person import Person, Policy
from contact_rules.rules import GONE, NOW
from contact_rules.verdict import Deny, choose_channel
from scoring.features.recency import UNMEASURABLE
from workflows.status import Status

DORMANT = ("90_179", "180_364", "365_plus", "never")

# By track, for whoever was scored before there were others.
PLAYBOOKS = {"lead": "lead_reactivation", "customer": "customer_winback"}


@dataclass(frozen=True, slots=True)
class Decision:
    """One contact's standing; `rule` and `reason` where a rule speaks against contacting them.

    `channel` is the one by which who is ready may be contacted, or who is started was.
    """

    contact_id: str
    status: Status
    playbook: str | None = None
    rule: str | None = None
    reason: str | None = None
    channel: str | None = None
    segment: str | None = None

    @property
    def held_out(self) -> bool:
        return self.status is Status.HELD_OUT


def decide_all(
    scores: Sequence[Mapping[str, Any]],
    people: Mapping[str, Person],
    *,
    held: Mapping[tuple[str, str], bool],
    left_alone: Collection[str] = (),
    started: Mapping[str, str | None],
    answered: Collection[str] = (),
    at: datetime,
    policy: Policy,
) -> list[Decision]:
    """One decision for each score, in their order.

    `held` are the draws of batches by contact and programme, which last: nobody is drawn here. `left_alone` are
    those whose time of being left alone is running, whatever the programme; `started` are those with a running
    workflow, and its channel, `answered` those who answered one lately. `people` need be those of `need_gate` alone.
    """
    first = [_first_look(s, people.get(s["contact_id"]), started, at, policy) for s in scores]
    turned = [_turn(d, answered, policy) for d in first]
    return [_leave_alone(d, held, left_alone) for d in turned]


def _turn(decision: Decision, answered: Collection[str], policy: Policy) -> Decision:
    """Who answered is a person's, unless they are not to be contacted at all or another workflow of theirs runs."""
    if decision.contact_id not in answered:
        return decision
    not_now = {(rule.id, rule.told(policy)) for rule in NOW}
    waits = (decision.rule, decision.reason) in not_now
    if decision.status in (Status.ACTIVE, Status.READY) or waits:
        return Decision(decision.contact_id, Status.ANSWERED, segment=decision.segment)
    return decision


def need_gate(
    scores: Iterable[Mapping[str, Any]], started: Collection[str]
) -> list[Mapping[str, Any]]:
    """Those about whom the gate is asked: dormant, and no workflow of theirs is running."""
    return [s for s in scores if s["band"] in DORMANT and s["contact_id"] not in started]


def count_eligible(
    scores: Sequence[Mapping[str, Any]],
    people: Mapping[str, Person],
    *,
    started: Mapping[str, str | None],
    at: datetime,
    policy: Policy,
) -> Counter[str]:
    """Programme → how many may be drawn for it."""
    first = (_first_look(s, people.get(s["contact_id"]), started, at, policy) for s in scores)
    return Counter(d.playbook for d in first if d.status is Status.READY and d.playbook is not None)


def playbook_of(score: Mapping[str, Any]) -> str:
    """The playbook that a scored contact belongs to."""
    return score.get("playbook") or PLAYBOOKS[score["track"]]


def _first_look(
    score: Mapping[str, Any],
    person: Person | None,
    running: Mapping[str, str | None],
    at: datetime,
    policy: Policy,
) -> Decision:
    contact_id = str(score["contact_id"])
    band, segment = score["band"], score.get("segment")
    if contact_id in running:
        channel, playbook = running[contact_id], playbook_of(score)
        return Decision(contact_id, Status.STARTED, playbook, channel=channel, segment=segment)
    if band not in DORMANT:
        status = Status.UNMEASURABLE if band == UNMEASURABLE else Status.ACTIVE
        return Decision(contact_id, status, segment=segment)
    if person is None:
        return Decision(contact_id, Status.SUPPRESSED, None, *GONE, segment=segment)
    verdict = choose_channel(person, at, policy)
    if isinstance(verdict, Deny):
        status = Status.HUMAN_FIRST if verdict.human_first else Status.SUPPRESSED
        return Decision(contact_id, status, None, verdict.rule, verdict.reason, segment=segment)
    # Outside decent hours they are ready all the same: the start waits for the hour.
    channel, playbook = str(verdict.channel), playbook_of(score)
    return Decision(contact_id, Status.READY, playbook, channel=channel, segment=segment)


def _leave_alone(
    decision: Decision, held: Mapping[tuple[str, str], bool], left_alone: Collection[str]
) -> Decision:
    if decision.status is not Status.READY or decision.playbook is None:
        return decision
    drawn = held.get((decision.contact_id, decision.playbook), False)
    if not drawn and decision.contact_id not in left_alone:
        return decision
    # Nothing invites anybody to write to who is left alone.
    return replace(decision, status=Status.HELD_OUT, channel=None)
