"""The jobs of workflows: ids in, nothing out, safe to run twice."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from connector.budget import Urgency
from connector.port.lists import KeepsLists
from connector.port.records import ReadsContacts
from connector.port.tasks import CreatesTasks
from connector.port.writing import WritesProperties
from core import log
from core.context import Context, current
from core.db import chunks, reading
from core.errors import Conflict
from core.facts import (
    ContactsChanged,
    ContactsHeard,
    ContactsStarted,
    PlanApplied,
    PropertiesProvisioned,
    ScoringSettingsChanged,
)
from oauth.account_playbooks.holding import playbooks_of
from oauth.account_settings.changing import load_settings
from oauth.account_settings.fields import AccountSettings
from sync.inbox.deliveries import refresh
from sync.live import capability, load_active, opened
from sync.mirror import aliases
from sync.outbox import applying, old_plans
from sync.outbox import plans as outbox
from sync.outbox.plans import Plan
from sync.outbox.reading_back import read_again
from sync.outbox.states import PlanState
from workflows import erasing, merges, notes, proposing, recording
from workflows.choices import learning
from workflows.decisions.plan_counts import count_plan
from workflows.decisions.planning import KIND, Planning
from workflows.enrollment import store
from workflows.gate.policy import policy_of
from workflows.handoff import answering
from workflows.handoff import store as handoffs
from workflows.lists import store as lists
from workflows.lists import writing
from workflows.log import store as decision_log
from workflows.openers.model import word_drafts
from workflows.properties import RULES
from workflows.provisioning import make_properties, note_made
from workflows.stops import store as stops
from workflows.touches import (
    asking,
    deciding,
    elsewhere,
    guarding,
    looking,
    making,
    proving,
    waiting,
)
from workflows.touches import store as touches


def provision(account_id: str) -> None:
    """Make our property group and what is missing in it; reading and scoring go on without the rest."""
    here = current()
    made = make_properties(here, account_id)
    with here.begin() as tx:
        note_made(tx, account_id, made, now=here.wall.now())
        here.publish(tx, PropertiesProvisioned(account_id))


def provision_segments(account_id: str) -> None:
    """Let the CRM know the segments of the account's own playbooks; then everybody is scored by them."""
    here = current()
    made = make_properties(here, account_id)
    with here.begin() as tx:
        note_made(tx, account_id, made, now=here.wall.now())
        here.publish(tx, ScoringSettingsChanged(account_id))


def plan_account(account_id: str) -> None:
    """Decide about everybody, then plan what to write; a first plan waits for a person."""
    here = current()
    planning = _planning(here, account_id)
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        writer = capability(crm, WritesProperties)
        read_again(here.engine, writer, account_id, RULES, pause=here.pause)
        pace = writer.pace
    try:
        planned = planning.plan_all(pace)
    except Conflict as taken:
        log.get(__name__).info(
            "workflows.account.taken_over", account_id=account_id, why=taken.message
        )
        return
    _log_planned(account_id, planned)
    count_plan(here, account_id, planned)
    with reading(here.engine) as connection:
        being_written = outbox.is_being_written(connection, account_id, KIND)
    if not being_written:
        proposing.propose(here, account_id, crm_per_day=pace.contacts_per_day)


def plan_contacts(account_id: str, *contact_ids: str) -> None:
    """Decide about these contacts alone, up to 1,000, then plan what to write to them."""
    here = current()
    with reading(here.engine) as connection:
        today = aliases.resolve(connection, account_id, contact_ids)
    # The ids that merges have ended as well: nothing is planned for them any more.
    people = list(dict.fromkeys([*contact_ids, *today.values()]))
    with here.begin() as tx:
        asked = touches.load_to_prove(tx, account_id, contact_ids=people)
        proving.prove(
            tx, account_id, asked, at=here.clock.now(), now=here.wall.now(), gives_up=False
        )
    _log_planned(account_id, _planning(here, account_id).plan_some(people))


def _planning(here: Context, account_id: str) -> Planning:
    return Planning(here, account_id, _settings(here, account_id), at=here.clock.now())


def _settings(here: Context, account_id: str) -> AccountSettings:
    return load_settings(here, load_active(here, account_id))


def _log_planned(account_id: str, planned: Plan | None) -> None:
    log.get(__name__).info(
        "workflows.account.planned",
        account_id=account_id,
        writes=planned.planned if planned else 0,
        waits=bool(planned and planned.state is PlanState.WAITING),
    )


def apply_plan(account_id: str, plan_id: str) -> datetime | None:
    """Write an approved plan and read it back; answers when to go on, where not all could be written now."""
    here = current()
    with reading(here.engine) as connection:
        found = outbox.find_plan(connection, account_id, plan_id)
    if found is None or found.state is not PlanState.APPROVED:
        return None
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        try:
            finished = applying.Applying(
                here.engine,
                capability(crm, WritesProperties),
                found,
                RULES,
                clock=here.wall,
                pause=here.pause,
                must_pause=here.must_pause,
            ).apply()
        except Conflict as taken:
            log.get(__name__).info("workflows.plan.taken_over", plan_id=plan_id, why=taken.message)
            return None
    if not finished:
        return _resume_at(here, account_id, plan_id)
    with here.begin() as tx:
        here.publish(tx, PlanApplied(account_id, plan_id))
    _fold_old(here, account_id)
    return None


def _resume_at(here: Context, account_id: str, plan_id: str) -> datetime:
    """When an unfinished plan goes on: at once, or when the CRM's share of the next day begins."""
    with reading(here.engine) as connection:
        found = outbox.find_plan(connection, account_id, plan_id)
    now = here.wall.now()
    return max(now, found.resume_at) if found and found.resume_at else now


def _fold_old(here: Context, account_id: str) -> None:
    """Of plans that were applied before the latest, keep what is still needed; a start that is not settled is."""
    with here.engine.begin() as tx:
        old = old_plans.load_old(tx, account_id)
        # Read afterwards: who is not starting any more by now is settled.
        starting = {row["plan_id"] for row in touches.load_asking(tx, account_id)}
    old_plans.fold(here.engine, account_id, [i for i in old if i not in starting])


def erase_people(account_id: str, *erased: str) -> datetime | None:
    """Delete everything we hold of people whom the CRM has erased; again while others are at work in the account."""
    return erasing.erase_people(current(), account_id, erased)


def clear_log(_account_id: str) -> None:
    """Delete what the decision log has of more than five years ago, of all accounts."""
    here = current()
    while True:
        with here.begin() as tx:
            if not decision_log.delete_old(tx, now=here.wall.now()):
                return


def follow_merges(account_id: str) -> None:
    """Move what hangs on ids that merges have ended to the records they are part of now."""
    here = current()
    people, some = 0, 1
    while some:
        with here.begin() as tx:
            some = _follow_some(here, tx, account_id)
        people += some
    if people:
        log.get(__name__).info("workflows.merges.followed", account_id=account_id, people=people)


def _follow_some(here: Context, tx: Connection, account_id: str) -> int:
    """Follow merges of the account and ask for the survivors to be scored anew; answers how many they are."""
    people = merges.follow_merges(tx, account_id, at=here.clock.now())
    today = aliases.resolve(tx, account_id, aliases.load_same(tx, account_id, people))
    handoffs.follow(tx, account_id, {old: new for old, new in today.items() if old != new})
    for ids in chunks(people):
        here.publish(tx, ContactsChanged(account_id, tuple(ids)))
        here.publish(tx, ContactsHeard(account_id, tuple(ids)))
    return len(people)


def write_lists(account_id: str) -> datetime | None:
    """Write the groups that a person has let become lists; answers when to go on where others wait."""
    here = current()
    with reading(here.engine) as connection:
        unfinished = lists.load_unfinished(connection, account_id)
    if not unfinished:
        return None
    with opened(here, account_id, Urgency.BACKFILL) as crm:
        for row in unfinished:
            if not writing.write(here, account_id, capability(crm, KeepsLists), row):
                return here.wall.now()
    return None


def propose_wave(account_id: str, _plan_id: str = "") -> None:
    """After the values are written: propose whom to start first."""
    proposing.propose(current(), account_id)


def start_due(account_id: str) -> None:
    """Ask for the touches that are due, each once; what the gate now refuses is not asked for."""
    here = current()
    own = _settings(here, account_id)
    at = here.clock.now()
    # Before anything else: nobody is started under an id that is no more, or as two.
    follow_merges(account_id)
    if stops.watch(here.engine, account_id)():
        log.get(__name__).info("workflows.account.stands_still", account_id=account_id)
        return
    with opened(here, account_id, Urgency.PERSON) as crm:
        _finish_half_done(here, account_id, capability(crm, WritesProperties), own)
        waiting.hold_back(here, account_id, crm, at=at)
        due = _look_again(here, account_id, capability(crm, ReadsContacts), at=at)
        busy = elsewhere.find_elsewhere(here.engine, crm, account_id, due, pause=here.pause)
        with here.begin() as tx:
            # What looking again has told of merges counts at once.
            while _follow_some(here, tx, account_id):
                continue
            guarding.guard(tx, account_id, at=at, now=here.wall.now())
            writer = capability(crm, WritesProperties)
            planned = _decide_and_record(here, tx, account_id, own, writer, busy, at=at)
        if planned is not None:
            making.apply_asking(
                here.engine,
                capability(crm, WritesProperties),
                planned,
                own=own,
                clock=here.wall,
                at=at,
                pause=here.pause,
            )
    log.get(__name__).info(
        "workflows.touches.asked", account_id=account_id, contacts=planned.planned if planned else 0
    )


def _decide_and_record(
    here: Context,
    tx: Connection,
    account_id: str,
    own: AccountSettings,
    crm: WritesProperties,
    busy: Collection[str],
    *,
    at: datetime,
) -> Plan | None:
    """Ask the gate about everything due, and put what it allows into the outbox; `busy` are in other workflows."""
    now = here.wall.now()
    decided = deciding.decide_due(
        tx,
        account_id,
        at=at,
        now=now,
        policy=policy_of(own),
        playbooks=playbooks_of(tx, account_id, own.vertical),
        own=own,
        elsewhere=busy,
        takes_tasks=isinstance(crm, CreatesTasks),
    )
    looking.tell_ended(here, tx, account_id, decided.over)
    if not decided.allowed:
        return None
    # They have a workflow then: no plan that is under way may say otherwise of them later.
    ids = tuple(row["contact_id"] for row in decided.allowed)
    here.publish(tx, ContactsStarted(account_id, ids))
    return asking.record_asking(tx, account_id, decided.allowed, crm, own, at=at, now=now)


def hand_over(account_id: str, *contact_ids: str) -> None:
    """See whether any of these contacts, up to 1,000, has answered, and give whoever has to a person."""
    answering.hand_over(current(), account_id, contact_ids)


def watch_handoffs(account_id: str) -> None:
    """Look at the tasks that were made for answers: which are done, and which are late."""
    answering.watch(current(), account_id)


def prove_touches(account_id: str) -> None:
    """Look for the evidence of what was asked for, in the CRM itself where a day has gone by without any."""
    here = current()
    looking.look(here, account_id)
    # By the way, because nobody's message waits for a language model.
    word_drafts(here, account_id, _settings(here, account_id))


def read_notes(account_id: str) -> None:
    """Read the notes of everybody who may be written to, where no notice and no reading brings all of them."""
    notes.read_notes(current(), account_id)


def record_outcomes(account_id: str) -> None:
    """Say what became of those who were started and of those left alone; what is known already stays."""
    here = current()
    at = here.clock.now()
    told = recording.record_arms(here, account_id, at=at)
    ripe = recording.record_cohorts(here, account_id, at=at)
    log.get(__name__).info(
        "workflows.outcomes.recorded", account_id=account_id, people=ripe, told=told
    )


def learn_choices(account_id: str) -> None:
    """Learn by which channel, when and in which wording touches are answered."""
    learning.learn_choices(current(), account_id)


def _look_again(
    here: Context, account_id: str, crm: ReadsContacts, *, at: datetime
) -> Sequence[str]:
    """Read those who are due once more: the gate is to see today's opt-outs and complaints, not yesterday's.

    Answers who they are.
    """
    with here.engine.begin() as tx:
        rows = (*store.load_due(tx, account_id, at=at), *touches.load_due(tx, account_id, at=at))
        due = list(dict.fromkeys(row["contact_id"] for row in rows))
    if due:
        refresh(here, crm, account_id, due, closely=True)
    return due


def _finish_half_done(
    here: Context, account_id: str, crm: WritesProperties, own: AccountSettings
) -> None:
    """Plans of touches whose worker died or was halted: what was sent is settled, what was not goes to the gate again.

    Whoever runs this job has the account's starts to itself, so every unfinished one was left behind.
    """
    with here.engine.begin() as tx:
        mine = {r["plan_id"] for r in touches.load_asking(tx, account_id)}
        unapplied = {plan.plan_id: plan for plan in outbox.load_unapplied(tx, now=here.wall.now())}
    for plan_id in sorted(filter(None, mine)):
        at = here.clock.now()
        if plan_id not in unapplied:
            making.settle(
                here.engine,
                crm,
                account_id,
                plan_id,
                own=own,
                clock=here.wall,
                at=at,
                pause=here.pause,
            )
            continue
        making.finish(
            here.engine,
            crm,
            unapplied[plan_id],
            own=own,
            clock=here.wall,
            at=at,
            pause=here.pause,
        )
