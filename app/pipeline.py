"""Who reacts to which fact, and what each job needs to itself: the whole loop on one page."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from core.clock import Clock
from core.context import ASKED, Context
from core.facts import (
    AccountInstalled,
    AgencyChanged,
    BackfillFinished,
    ChampionChanged,
    ContactsChanged,
    ContactsErased,
    ContactSettingsChanged,
    ContactsHeard,
    ContactsMerged,
    ContactsScored,
    ContactsSetAside,
    ContactsStarted,
    ControlsDrawn,
    Fact,
    FieldsChosen,
    FieldsJudged,
    ListApproved,
    MappingChanged,
    MappingTried,
    NoticesStored,
    OutcomesMatured,
    OutcomesTold,
    PlanApplied,
    PlanApproved,
    PlaybooksChanged,
    PropertiesProvisioned,
    ReadingSettingsChanged,
    RoundsEnded,
    RoundsStopped,
    ScoringSettingsChanged,
    WaveApproved,
    arguments,
)
from core.jobs import store
from core.jobs.store import Ask
from core.queue import Lane


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: its lane, and the work on an account that it must have to itself."""

    lane: Lane
    alone: str


# Work that a person may pause: it stops at a safe place and goes on from there.
READING, WRITING = "reading", "writing"
PAUSABLE = (READING, WRITING)


JOBS: dict[str, Kind] = {
    "workflows.jobs.provision": Kind(Lane.BULK, "provisioning"),
    "sync.jobs.backfill": Kind(Lane.BULK, READING),
    "sync.jobs.reread": Kind(Lane.BULK, READING),
    "sync.jobs.read_properties": Kind(Lane.CHANGES, READING),
    "sync.jobs.poll": Kind(Lane.CHANGES, "polling"),
    "sync.jobs.judge_fields": Kind(Lane.BULK, "judging"),
    "sync.jobs.handle_deliveries": Kind(Lane.CHANGES, "inbox"),
    "sync.jobs.adopt_accounts": Kind(Lane.CHANGES, "adopting"),
    "sync.jobs.renew_access": Kind(Lane.URGENT, "renewing"),
    "scoring.jobs.score_account": Kind(Lane.BULK, "scoring"),
    "scoring.jobs.score_again": Kind(Lane.BULK, "scoring"),
    "scoring.jobs.score_changed": Kind(Lane.CHANGES, "scoring"),
    "scoring.jobs.try_mapping": Kind(Lane.URGENT, "trying"),
    "scoring.jobs.learn_account": Kind(Lane.BULK, "scoring"),
    "workflows.jobs.provision_segments": Kind(Lane.BULK, "provisioning"),
    "workflows.jobs.plan_account": Kind(Lane.BULK, "planning"),
    "workflows.jobs.plan_contacts": Kind(Lane.CHANGES, "planning"),
    "workflows.jobs.apply_plan": Kind(Lane.CHANGES, WRITING),
    "workflows.jobs.write_lists": Kind(Lane.BULK, "listing"),
    "workflows.jobs.propose_wave": Kind(Lane.CHANGES, "planning"),
    "workflows.jobs.start_due": Kind(Lane.URGENT, "starting"),
    "workflows.jobs.hand_over": Kind(Lane.URGENT, "answering"),
    "workflows.jobs.watch_handoffs": Kind(Lane.CHANGES, "answering"),
    "workflows.jobs.read_notes": Kind(Lane.BULK, "listening"),
    "workflows.jobs.prove_touches": Kind(Lane.CHANGES, "proving"),
    # Never beside a start: a start under way is not to lose its ledger row.
    "workflows.jobs.follow_merges": Kind(Lane.CHANGES, "starting"),
    "workflows.jobs.record_outcomes": Kind(Lane.BULK, "outcomes"),
    "app.reports.results.jobs.tell_results": Kind(Lane.BULK, "results"),
    "app.reports.weekly.jobs.tell_week": Kind(Lane.BULK, "weekly"),
    "workflows.jobs.learn_choices": Kind(Lane.BULK, "choosing"),
    "workflows.jobs.erase_people": Kind(Lane.CHANGES, "erasing"),
    "workflows.jobs.clear_log": Kind(Lane.BULK, "clearing"),
}

REACTIONS: dict[type[Fact], str] = {
    AccountInstalled: "workflows.jobs.provision",
    AgencyChanged: "sync.jobs.adopt_accounts",
    PropertiesProvisioned: "sync.jobs.backfill",
    BackfillFinished: "sync.jobs.judge_fields",
    FieldsChosen: "sync.jobs.reread",
    MappingChanged: "sync.jobs.read_properties",
    MappingTried: "scoring.jobs.try_mapping",
    ReadingSettingsChanged: "sync.jobs.reread",
    ScoringSettingsChanged: "scoring.jobs.score_again",
    PlaybooksChanged: "workflows.jobs.provision_segments",
    ContactSettingsChanged: "workflows.jobs.plan_account",
    FieldsJudged: "scoring.jobs.score_account",
    NoticesStored: "sync.jobs.handle_deliveries",
    ContactsErased: "workflows.jobs.erase_people",
    # Each has a mark of its own, and the job takes whoever is marked.
    ContactsChanged: "scoring.jobs.score_changed",
    ContactsHeard: "workflows.jobs.hand_over",
    # Each alias says itself whether it has been followed, and the job takes those that were not.
    ContactsMerged: "workflows.jobs.follow_merges",
    ContactsScored: "workflows.jobs.plan_account",
    ContactsStarted: "workflows.jobs.plan_contacts",
    RoundsEnded: "workflows.jobs.plan_contacts",
    ContactsSetAside: "workflows.jobs.plan_contacts",
    RoundsStopped: "workflows.jobs.watch_handoffs",
    ControlsDrawn: "workflows.jobs.plan_contacts",
    OutcomesMatured: "scoring.jobs.learn_account",
    OutcomesTold: "app.reports.results.jobs.tell_results",
    ChampionChanged: "scoring.jobs.score_account",
    PlanApproved: "workflows.jobs.apply_plan",
    PlanApplied: "workflows.jobs.propose_wave",
    WaveApproved: "workflows.jobs.start_due",
    ListApproved: "workflows.jobs.write_lists",
}


# A few contacts were scored, not everybody.
SOME_SCORED = "workflows.jobs.plan_contacts"


def reaction_of(fact: Fact) -> tuple[str, tuple[str, ...]]:
    """The job that a fact asks for, and its arguments after the account."""
    if isinstance(fact, ContactsScored) and fact.contact_ids is not None:
        return SOME_SCORED, fact.contact_ids
    job = REACTIONS[type(fact)]
    return job, () if isinstance(fact, ContactsChanged | ContactsMerged) else arguments(fact)


def ask_of(job: str, account_id: str, *rest: str) -> Ask:
    """What asking for a job comes to."""
    kind = JOBS[job]
    return Ask(job, account_id, rest, kind.lane.value, claim_of(kind.alone, account_id))


def claim_of(work: str, account_id: str) -> str:
    """What whoever does this work on an account must have to itself."""
    return f"{work}:{account_id}"


def publisher(clock: Clock) -> Callable[[Connection, Fact], None]:
    """A `publish` that stores what a fact asks for in the fact's own transaction."""

    def publish(tx: Connection, fact: Fact) -> None:
        job, rest = reaction_of(fact)
        wanted = ask_of(job, fact.account_id, *rest)
        store.ask(tx, wanted, now=clock.now())
        tx.info.setdefault(ASKED, {})[wanted.key] = wanted.lane

    return publish


def ask_for(context: Context, job: str, account_id: str, *rest: str) -> bool:
    """Ask for a job that no fact has asked for, as the clockwork does; False where it stands already."""
    wanted = ask_of(job, account_id, *rest)
    with context.engine.begin() as tx:
        is_new = store.ask_unless_asked(tx, wanted, now=context.wall.now())
    if is_new:
        context.queue.carry(wanted.key, wanted.lane)
    return is_new
