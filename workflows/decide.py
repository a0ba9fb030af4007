"""What becomes of each scored contact: ready, suppressed and why, a person's turn, left alone, or nothing; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scoring.control import control_share
from workflows.gate import Deny, Person, Policy, choose_channel
from workflows.holdout import is_held_out

DORMANT = ("90_179", "180_364", "365_plus", "never")

PLAYBOOKS = {"lead": "lead_reactivation", "customer": "customer_winback"}


@dataclass(frozen=True, slots=True)
class Decision:
    """One contact's standing; `rule` and `reason` where a rule speaks against contacting them."""

    contact_id: str
    status: str  # active, unmeasurable, suppressed, human_first, held_out, ready, started
    playbook: str | None = None
    rule: str | None = None
    reason: str | None = None

    @property
    def held_out(self) -> bool:
        return self.status == "held_out"


def decide_all(
    account_id: str,
    scores: Sequence[Mapping[str, Any]],
    people: Mapping[str, Person],
    *,
    held: Mapping[str, bool],
    started: Iterable[str],
    at: datetime,
    policy: Policy,
) -> list[Decision]:
    """One decision for each score, in their order.

    `held` are earlier draws of the holdout, which last; `started` have a running workflow.
    """
    running = set(started)
    first = [_first_look(s, people.get(s["contact_id"]), running, at, policy) for s in scores]
    eligible = sum(d.status == "ready" for d in first)
    share = control_share(eligible)
    return [_draw(account_id, d, held, share) for d in first]


def _first_look(
    score: Mapping[str, Any],
    person: Person | None,
    running: set[str],
    at: datetime,
    policy: Policy,
) -> Decision:
    contact_id = str(score["contact_id"])
    band = score["band"]
    if contact_id in running:
        return Decision(contact_id, "started", playbook=PLAYBOOKS[score["track"]])
    if band not in DORMANT:
        return Decision(contact_id, "unmeasurable" if band == "unmeasurable" else "active")
    if person is None:
        return Decision(contact_id, "suppressed", rule="D8", reason="No longer in the CRM")
    verdict = choose_channel(person, at, policy)
    if isinstance(verdict, Deny):
        status = "human_first" if verdict.human_first else "suppressed"
        return Decision(contact_id, status, rule=verdict.rule, reason=verdict.reason)
    return Decision(contact_id, "ready", playbook=PLAYBOOKS[score["track"]])


def _draw(account_id: str, decision: Decision, held: Mapping[str, bool], share: float) -> Decision:
    if decision.status != "ready" or decision.playbook is None:
        return decision
    drawn = held.get(decision.contact_id)
    if drawn is None:
        drawn = is_held_out(account_id, decision.contact_id, decision.playbook, share=share)
    if not drawn:
        return decision
    return Decision(decision.contact_id, "held_out", playbook=decision.playbook)
