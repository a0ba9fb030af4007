"""Who reacts to which fact: the whole loop on one page."""

from collections.abc import Callable
from dataclasses import dataclass

from core.facts import (
    AccountInstalled,
    BackfillFinished,
    ChampionChanged,
    ContactsChanged,
    ContactsErased,
    ContactsScored,
    Fact,
    FieldsJudged,
    OutcomesMatured,
    PlanApplied,
    PlanApproved,
    PropertiesProvisioned,
)
from core.queue import JobQueue, Lane


@dataclass(frozen=True, slots=True)
class Reaction:
    """A job to ask for, with the fact's account and, where it has one, its plan."""

    job: str
    lane: Lane


REACTIONS: dict[type[Fact], tuple[Reaction, ...]] = {
    AccountInstalled: (Reaction("workflows.jobs.provision", Lane.INBOUND),),
    PropertiesProvisioned: (Reaction("sync.jobs.backfill", Lane.INBOUND),),
    BackfillFinished: (Reaction("sync.jobs.judge_fields", Lane.INBOUND),),
    FieldsJudged: (Reaction("scoring.jobs.score_account", Lane.SCORING),),
    ContactsChanged: (Reaction("scoring.jobs.score_changed", Lane.SCORING),),
    ContactsErased: (Reaction("workflows.jobs.forget_erased", Lane.CARE),),
    ContactsScored: (Reaction("workflows.jobs.plan_account", Lane.OUTREACH),),
    OutcomesMatured: (Reaction("scoring.jobs.learn_account", Lane.SCORING),),
    ChampionChanged: (Reaction("scoring.jobs.score_account", Lane.SCORING),),
    PlanApproved: (Reaction("workflows.jobs.apply_plan", Lane.OUTBOUND),),
    PlanApplied: (Reaction("workflows.jobs.propose_wave", Lane.OUTREACH),),
}

# A few contacts were scored, not everybody.
SOME_SCORED = Reaction("workflows.jobs.plan_contacts", Lane.OUTREACH)


def publisher(queue: JobQueue) -> Callable[[Fact], None]:
    """A `publish` that asks `queue` for every reaction to a fact; call it after the commit."""

    def publish(fact: Fact) -> None:
        ids = (
            (fact.account_id, fact.plan_id)
            if isinstance(fact, PlanApproved | PlanApplied)
            else (fact.account_id,)
        )
        if isinstance(fact, ContactsScored) and fact.contact_ids is not None:
            queue.enqueue(SOME_SCORED.job, *ids, *fact.contact_ids, lane=SOME_SCORED.lane)
            return
        for reaction in REACTIONS[type(fact)]:
            queue.enqueue(reaction.job, *ids, lane=reaction.lane)

    return publish
