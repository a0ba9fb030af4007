"""Asking for touches that are due: the gate asked once more, the ledger written first, then the CRM told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from connector.port.automation import StartsByProperty
from connector.port.writing import WritesProperties
from contact_rules.channels import Channel
from contact_rules.person import Person, Policy
from contact_rules.rules import GONE, HELD_OUT
from contact_rules.verdict import Allow, Defer, Deny, Verdict, choose_channel, may_contact
from scoring.store import load_scores
from sync.mirror.reactions import Reaction, load_reactions
from sync.mirror.store import load_known
from sync.outbox import plans as outbox
from sync.outbox.changes import Change
from sync.outbox.plans import Plan
from sync.outbox.unmade import load_unmade
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import load_bindings
from workflows.enrollment.states import End, EnrollmentState, Way
from workflows.gate.people import load_people
from workflows.log import store as log
from workflows.log.entries import Entry, What, Who, consent_of
from workflows.properties import ANGLE, CHANNEL, TOUCH, VARIANT, moment, plan_of
from workflows.status import Status
from workflows.touches import store
from workflows.touches.ending import end_rounds, how_it_ended
from workflows.touches.next_touch import (
    WHOLE,
    PlannedTouch,
    adapt,
    touch_key,
    touches_of,
)
from workflows.touches.states import TouchState

# How long a start waits for somebody to be scored anew, and why.
UNSCORED_WAITS, UNSCORED = timedelta(hours=1), "Waits to be scored anew after a merge"

Row = dict[str, Any]
# What goes along with a touch that may be asked for, and is no column of it.
_BESIDE = ("enrollment", "following", "consent")


def decide_due(
    connection: Connection, account_id: str, *, at: datetime, now: datetime, policy: Policy
) -> tuple[list[Row], list[str]]:
    """Ask the gate about everything due: the touches to ask for now, and the contacts whose round is over instead.

    Who was drawn for the control group since a start was proposed is refused as well: until the transaction ends
    nobody is drawn, so that no control is ever started. Who has no score waits: a merge has made another person of
    them, and what they did lately is not known yet.
    """
    decisions.lock(connection, account_id)
    starts = ledger.load_due(connection, account_id, at=at)
    following = store.load_due(connection, account_id, at=at)
    ids = list(dict.fromkeys(row["contact_id"] for row in (*starts, *following)))
    if not ids:
        return [], []
    scored = {score["contact_id"]: score for score in load_scores(connection, account_id, ids)}
    last = {i: scored[i]["last_human_at"] if i in scored else None for i in ids}
    people = load_people(connection, account_id, last, at=at)
    held_out = decisions.load_held_out(connection, account_id, ids)
    drawn = draws.load_draws(connection, account_id, ids)
    ways = load_bindings(connection, account_id)
    allowed: list[Row] = []
    over: list[str] = []
    told: list[Entry] = []
    for row in starts:
        contact_id, person = row["contact_id"], people.get(row["contact_id"])
        left_alone = contact_id in held_out or drawn.get((contact_id, row["playbook"]), False)
        verdict: Verdict = Deny(*HELD_OUT) if left_alone and person else _ask(person, at, policy)
        told += _told(verdict, person, row, touch_no=1)
        if _record_start(connection, row, verdict, contact_id in scored, at=at):
            bound = ways.get(row["playbook"])
            way = bound.way if bound else Way.TOUCHES
            first = _first(row, verdict, scored[contact_id], way, at=at)
            allowed.append({**first, "consent": consent_of(person)})
    began = ledger.load_started(connection, account_id, [row["contact_id"] for row in following])
    rounds = {(r["contact_id"], r["playbook"], r["round_no"]): r for r in began}
    reactions = load_reactions(
        connection, account_id, {r["contact_id"]: r["started_at"] for r in began}, at=at
    )
    for row in following:
        begun = rounds[row["contact_id"], row["playbook"], row["round_no"]]
        reaction = reactions.get(row["contact_id"], Reaction())
        if reaction.ends:
            ends = {row["contact_id"]: how_it_ended(reaction)}
            end_rounds(connection, account_id, ends, at=at, now=now)
            over.append(row["contact_id"])
            continue
        person = _within_round(people.get(row["contact_id"]), begun["started_at"])
        verdict = _ask(person, at, policy, planned=Channel(row["channel"]))
        told += _told(verdict, person, row, touch_no=row["touch_no"])
        if _record_following(connection, row, begun, verdict, at=at):
            angle, variant = adapt(row, opened=reaction.opened, clicked=reaction.clicked)
            channel = str(verdict.channel) if isinstance(verdict, Allow) else row["channel"]
            allowed.append(
                {
                    **row,
                    "channel": channel,
                    "angle": angle,
                    "variant": variant,
                    "consent": consent_of(person),
                }
            )
        elif isinstance(verdict, Deny):
            over.append(row["contact_id"])
    log.record(connection, account_id, told, at=at, now=now)
    return allowed, over


def _told(verdict: Verdict, person: Person | None, row: Row, *, touch_no: int) -> list[Entry]:
    """What the decision log keeps of the gate's answer; what it allows is told when it is asked for."""
    if isinstance(verdict, Allow):
        return []
    return [
        Entry(
            What.DEFERRED if isinstance(verdict, Defer) else What.REFUSED,
            Who.RULE_BOOK,
            row["contact_id"],
            programme=row["playbook"],
            rule=verdict.rule,
            reason=verdict.reason,
            consent=consent_of(person),
            subject=touch_key({**row, "touch_no": touch_no}),
        )
    ]


def _ask(
    person: Person | None, at: datetime, policy: Policy, *, planned: Channel | None = None
) -> Verdict:
    """What the rules say: of the planned channel, or of another where that may not be used."""
    if person is None:
        return Deny(*GONE)
    if planned is not None:
        verdict = may_contact(person, planned, at, policy)
        if not isinstance(verdict, Deny):
            return verdict
    return choose_channel(person, at, policy)


def _within_round(person: Person | None, began: datetime) -> Person | None:
    """What a round itself has brought about does not speak against its next touch: our start, a click, a visit."""
    if person is None:
        return None
    own_start = person.last_started_at is not None and person.last_started_at >= began
    own_echo = person.last_human_at is not None and person.last_human_at >= began
    return replace(
        person,
        last_started_at=None if own_start else person.last_started_at,
        last_human_at=None if own_echo else person.last_human_at,
    )


def _record_start(
    connection: Connection, row: Row, verdict: Verdict, is_scored: bool, *, at: datetime
) -> bool:
    """Whether a round may begin now; what else came of it is recorded."""
    waits = EnrollmentState.APPROVED
    match verdict:
        case Allow() if is_scored:
            return True
        case Allow():
            later = at + UNSCORED_WAITS
            ledger.record_state(connection, row, waits, due_at=later, rule=None, reason=UNSCORED)
        case Defer(until, rule, reason, _):
            ledger.record_state(connection, row, waits, due_at=until, rule=rule, reason=reason)
        case Deny(rule, reason):
            refused = EnrollmentState.REFUSED
            ledger.record_state(connection, row, refused, rule=rule, reason=reason)
    return False


def _record_following(
    connection: Connection, row: Row, begun: Row, verdict: Verdict, *, at: datetime
) -> bool:
    """Whether the next touch of a round may be asked for now; what else came of it is recorded."""
    match verdict:
        case Allow():
            return True
        case Defer(until, rule, reason, _):
            waits = TouchState.PLANNED
            store.record_state(connection, row, waits, due_at=until, rule=rule, reason=reason)
        case Deny(rule, reason):
            store.record_state(connection, row, TouchState.REFUSED, rule=rule, reason=reason)
            store.cancel_planned(connection, row["account_id"], [row["contact_id"]])
            how = End.OPTED_OUT if rule in ("D1", "D2") else End.REFUSED
            ledger.record_end(connection, begun, how, at=at, rule=rule, reason=reason)
    return False


def _first(row: Row, verdict: Verdict, score: Mapping[str, Any], way: Way, *, at: datetime) -> Row:
    """The first touch of a round, with those that follow it."""
    channel = str(verdict.channel) if isinstance(verdict, Allow) else ""
    plan = plan_of(score, channel)
    touches = touches_of(plan) if plan is not None else ()
    if way is not Way.TOUCHES:
        touches = tuple(replace(t, variant=WHOLE) for t in touches[:1])
    rows = [_planned(row, no, touch, at=at) for no, touch in enumerate(touches, start=1)]
    return {**rows[0], "enrollment": row, "following": rows[1:]}


def _planned(row: Row, touch_no: int, touch: PlannedTouch, *, at: datetime) -> Row:
    return {
        "account_id": row["account_id"],
        "contact_id": row["contact_id"],
        "playbook": row["playbook"],
        "round_no": row["round_no"],
        "touch_no": touch_no,
        "state": TouchState.PLANNED,
        "channel": str(touch.channel),
        "angle": touch.angle.value,
        "variant": touch.variant,
        "after_days": touch.after_days,
        # Moved when the touch before it is asked for.
        "due_at": at + timedelta(days=touch.after_days),
    }


def record_asking(
    connection: Connection,
    account_id: str,
    rows: Sequence[Row],
    crm: WritesProperties,
    *,
    at: datetime,
    now: datetime,
) -> Plan | None:
    """Put the touches into the outbox and mark them in the ledger, in one transaction, before any call."""
    known = load_known(connection, account_id, [row["contact_id"] for row in rows])
    missing = load_unmade(connection, account_id)
    changes = []
    for row in rows:
        trigger = (
            crm.trigger_values(playbook=row["playbook"], at=at)
            if isinstance(crm, StartsByProperty)
            # No trigger here, but the CRM itself shows the start should our ledger be lost.
            else {"rekindle_playbook": row["playbook"], "rekindle_trigger_at": moment(at)}
        )
        values = {
            **trigger,
            "rekindle_status": Status.STARTED.value,
            # The customer's workflow branches by what the gate allowed just now, not by what was planned.
            CHANNEL: row["channel"],
            TOUCH: touch_key(row),
            ANGLE: str(row["angle"]),
            VARIANT: row["variant"],
        }
        values = {name: value for name, value in values.items() if name not in missing}
        have = known.get(row["contact_id"], {})
        changes.append(Change(row["contact_id"], values, {n: have.get(n, "") for n in values}))
    plan = outbox.record_plan(
        connection, account_id, changes, kind="start", wait_reason=lambda _n: None, now=now
    )
    for row in rows:
        _record_asking(connection, row, plan)
    told = [
        Entry(
            What.ASKED,
            Who.SCHEDULE,
            row["contact_id"],
            programme=row["playbook"],
            channel=row["channel"],
            consent=row["consent"],
            subject=touch_key(row),
            version=row["variant"],
        )
        for row in rows
    ]
    log.record(connection, account_id, told, at=at, now=now)
    return plan


def _record_asking(connection: Connection, row: Row, plan: Plan | None) -> None:
    plan_id = plan.plan_id if plan else None
    begun = row.get("enrollment")
    if begun is not None:
        ledger.record_state(
            connection,
            begun,
            EnrollmentState.STARTING,
            plan_id=plan_id,
            channel=row["channel"],
        )
        own = {name: value for name, value in row.items() if name not in _BESIDE}
        store.plan(connection, [own, *row["following"]])
    store.record_state(
        connection,
        row,
        TouchState.ASKING,
        plan_id=plan_id,
        channel=row["channel"],
        angle=str(row["angle"]),
        variant=row["variant"],
    )
