"""Beginning and ending rounds in the name of a person, and taking that back; all within the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from contact_rules.rules import HELD_OUT
from contact_rules.verdict import Deny, choose_channel
from core.errors import Conflict
from oauth.account_settings.fields import AccountSettings
from scoring.learn.control import WATCHED_FOR
from workflows.acts.kinds import UNDONE_WITHIN, Act
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import load_bindings
from workflows.enrollment.states import End, EnrollmentState, Way
from workflows.gate.asking import load_person
from workflows.gate.policy import policy_of
from workflows.handoff import store as handoffs
from workflows.handoff.states import HandoffState
from workflows.handoff.tasks import TAKEN_OVER
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who
from workflows.properties import playbook_label
from workflows.status import Status
from workflows.stops.store import find_stop
from workflows.touches import store as touches
from workflows.touches.ending import end_rounds

Row = dict[str, Any]
NO_DRY_RUN = "Nothing may start before an admin has approved the first dry run."
TOO_LATE = "It has gone out already and can't be taken back. Press Stop, and nothing more follows."


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something about which contact, under the account's settings, as of one moment of both clocks.

    `names_workflows` is whether the account's CRM starts nobody without being told by which workflow.
    """

    account_id: str
    contact_id: str
    by: str
    own: AccountSettings
    names_workflows: bool
    at: datetime
    now: datetime


def begin(tx: Connection, doer: Doer, act_id: str) -> Row:
    """Let a round begin as soon as it may, a minute from now; answers what the act has to remember.

    Raises Conflict with the reason where it may not. The gate is asked now, and again just before the start.
    """
    account_id, contact_id = doer.account_id, doer.contact_id
    waiting = ledger.load_waiting(tx, account_id, contact_id)
    proposed = next((r for r in waiting if r["state"] == EnrollmentState.PROPOSED), None)
    if proposed is None and (waiting or ledger.load_started(tx, account_id, [contact_id])):
        raise Conflict("A playbook has been started already.")
    playbook = _startable(tx, doer)
    before = EnrollmentState.PROPOSED if proposed is not None else None
    if proposed is None:
        wave_id = f"by-hand-{act_id}"[:40]
        ledger.propose(tx, account_id, [(contact_id, playbook)], wave_id=wave_id, now=doer.at)
        [proposed] = ledger.load_waiting(tx, account_id, contact_id)
    ledger.record_state(
        tx,
        proposed,
        EnrollmentState.APPROVED,
        due_at=doer.at + UNDONE_WITHIN,
        approved_by=doer.by,
        approved_at=doer.now,
    )
    _log(tx, doer, What.APPROVED, programme=proposed["playbook"], subject=proposed["wave_id"])
    return _remembered(proposed, before)


def _startable(tx: Connection, doer: Doer) -> str:
    """The playbook that may start; raises Conflict with what speaks against it."""
    decision = decisions.find_decision(tx, doer.account_id, doer.contact_id)
    if decision is None or decision_log.find_plan_approval(tx, doer.account_id) is None:
        raise Conflict(NO_DRY_RUN)
    if decision.status is not Status.READY or decision.playbook is None:
        raise Conflict(f"{decision.reason or 'There is nothing to start for this contact'}.")
    stop = find_stop(tx, doer.account_id, decision.playbook)
    if stop is not None:
        raise Conflict(f"Everything stands still: {stop.reason} An admin can let it go on.")
    bound = load_bindings(tx, doer.account_id)
    if (bound or doer.names_workflows) and decision.playbook not in bound:
        label = playbook_label(decision.playbook)
        raise Conflict(f"Nobody has said yet which workflow “{label}” starts. An admin can.")
    held = draws.load_draws(tx, doer.account_id, [doer.contact_id])
    since = doer.at - WATCHED_FOR
    alone = draws.load_left_alone(tx, doer.account_id, [doer.contact_id], since=since)
    if held.get((doer.contact_id, decision.playbook), False) or doer.contact_id in alone:
        raise Conflict(f"{HELD_OUT[1]}.")
    policy = policy_of(doer.own)
    person = load_person(tx, doer.account_id, doer.contact_id, at=doer.at, policy=policy)
    verdict = choose_channel(person, doer.at, policy) if person is not None else None
    if verdict is None or isinstance(verdict, Deny):
        said = f"{verdict.reason} (rule {verdict.rule})" if verdict else "No longer in the CRM"
        raise Conflict(f"{said}. Nothing was started.")
    return decision.playbook


def end(tx: Connection, doer: Doer, act_id: str, how: End) -> Row:
    """End what runs or is about to begin; answers what the act has to remember, nothing where nothing did.

    Raises Conflict where the CRM is being asked for a start this very moment.
    """
    waiting = ledger.load_waiting(tx, doer.account_id, doer.contact_id)
    if any(row["state"] == EnrollmentState.STARTING for row in waiting):
        raise Conflict("The first message is being asked for this moment. Try again in a minute.")
    for row in waiting:
        if row["state"] == EnrollmentState.APPROVED:
            reason = "Stopped by a person before it began"
            ledger.record_state(tx, row, EnrollmentState.REFUSED, rule=None, reason=reason)
            _log(tx, doer, What.ENDED, programme=row["playbook"], reason=str(how))
            return _remembered(row, EnrollmentState.APPROVED)
    ends = {doer.contact_id: how}
    ended = end_rounds(tx, doer.account_id, ends, at=doer.at, now=doer.now, by=doer.by)
    for row in ended:
        handoffs.record(tx, doer.account_id, [_to_tell(doer, row, how, act_id)])
        return _remembered(row, EnrollmentState.STARTED)
    return {}


def _to_tell(doer: Doer, row: Mapping[str, Any], how: End, act_id: str) -> Row:
    """The CRM is to take them out of its workflow, and to show that nothing runs."""
    return {
        "contact_id": doer.contact_id,
        "answer_id": f"act:{act_id}",
        "playbook": row["playbook"],
        "round_no": row["round_no"],
        "state": HandoffState.LEAVING,
        "ended_by": how,
        "answered_at": doer.at,
        "noticed_at": doer.at,
        "needs_person": False,
    }


def hand_to(tx: Connection, doer: Doer, act_id: str, ended: Row, owner_id: str | None) -> None:
    """A task for whoever takes over, made in a minute, when it is not taken back any more."""
    decision = decisions.find_decision(tx, doer.account_id, doer.contact_id)
    row = {
        "playbook": ended.get("playbook") or (decision.playbook if decision else None) or "",
        "round_no": ended.get("round_no") or 0,
    }
    told = _to_tell(doer, row, End.TAKEN_OVER, act_id)
    handoffs.record(
        tx,
        doer.account_id,
        [
            {
                **told,
                "answer_id": f"{TAKEN_OVER}{act_id}",
                "noticed_at": doer.at + UNDONE_WITHIN,
                "needs_person": True,
                "owner_id": owner_id,
            }
        ],
    )


def take_back(tx: Connection, doer: Doer, act: Mapping[str, Any]) -> None:
    """Take back what an act has begun or ended; raises Conflict where that is not possible any more."""
    _close_task(tx, doer, act["act_id"])
    if act["playbook"] is None:
        return
    row = {**act, "account_id": doer.account_id, "contact_id": doer.contact_id}
    if act["act"] == Act.START:
        back = EnrollmentState(act["round_state"] or EnrollmentState.REFUSED)
        if not running.move_back(
            tx, row, EnrollmentState.APPROVED, back, reason="Taken back by a person"
        ):
            raise Conflict(TOO_LATE)
        return
    was = EnrollmentState(act["round_state"])
    if was is EnrollmentState.APPROVED:
        running.move_back(tx, row, EnrollmentState.REFUSED, was, reason=None)
        return
    _close_leaving(tx, doer, row)
    running.move_back(tx, row, EnrollmentState.ENDED, was, ended_at=None, ended_by=None)
    touches.plan_again(tx, row)


def _close_leaving(tx: Connection, doer: Doer, row: Mapping[str, Any]) -> None:
    """The CRM need not be told; where it has been and paces the messages itself, there is no way back."""
    told = [h for h in _handoffs(tx, doer) if h["answer_id"] == f"act:{row['act_id']}"]
    bound = load_bindings(tx, doer.account_id).get(row["playbook"])
    for handoff in told:
        if handoff["state"] == HandoffState.LEAVING:
            handoffs.record_state(tx, handoff, HandoffState.CLOSED, reason="Taken back")
        elif bound is not None and bound.way is not Way.TOUCHES:
            raise Conflict(
                "Your CRM has let them out of its workflow already, and would begin it anew."
            )


def _close_task(tx: Connection, doer: Doer, act_id: str) -> None:
    for handoff in _handoffs(tx, doer):
        if handoff["answer_id"] != f"{TAKEN_OVER}{act_id}":
            continue
        if handoff["state"] not in (HandoffState.LEAVING, HandoffState.ASKING):
            raise Conflict("The task stands in your CRM already. Complete it there.")
        handoffs.record_state(tx, handoff, HandoffState.CLOSED, reason="Taken back")


def _handoffs(tx: Connection, doer: Doer) -> list[dict[str, Any]]:
    return handoffs.load_of(tx, doer.account_id, [doer.contact_id]).get(doer.contact_id, [])


def _remembered(row: Mapping[str, Any], state: EnrollmentState | None) -> Row:
    return {"playbook": row["playbook"], "round_no": row["round_no"], "round_state": state}


def _log(tx: Connection, doer: Doer, what: What, **told: Any) -> None:
    entry = Entry(what, Who.PERSON, doer.contact_id, by=doer.by, **told)
    decision_log.record(tx, doer.account_id, [entry], at=doer.at, now=doer.now)
