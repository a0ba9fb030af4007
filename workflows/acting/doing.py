"""One thing that a person does about one contact, done once however often it is asked for, and taking it back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from connector.registry import find_provider
from contact_rules.reasons import REASONS
from core.context import Context
from core.errors import Conflict, Invalid, NotFound
from core.facts import ContactsChanged, ContactsSetAside, Fact, RoundsEnded, RoundsStopped
from oauth.account_settings.changing import load_settings
from oauth.store import Installation
from scoring.store import find_score
from sync.mirror import correcting
from sync.mirror import store as mirror
from workflows.acting import rounds
from workflows.acting.rounds import Doer
from workflows.acts import store
from workflows.acts.kinds import (
    ENDS_ROUND,
    LONGEST,
    PUTS_OFF,
    SHORTEST,
    TAKEN_FOR,
    UNDONE_WITHIN,
    Act,
)
from workflows.decisions import store as decisions
from workflows.enrollment.states import End
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LOGGED = {
    Act.SNOOZE: What.SET_ASIDE,
    Act.TAKE_OVER: What.SET_ASIDE,
    Act.NOT_A_FIT: What.SET_ASIDE,
    Act.WAKE: What.LIFTED,
    Act.CORRECT: What.CORRECTED,
    Act.COPY: What.COPIED,
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants done: `key` names this press of a button, `owner_id` is the person as the CRM assigns work.

    `days` is how long to snooze, `reason` why they went quiet.
    """

    act: Act
    key: str
    days: int | None = None
    reason: str | None = None
    owner_id: str | None = None


def do(here: Context, account: Installation, contact_id: str, wanted: Wanted, *, by: str) -> Row:
    """Do it, and answer what is stored of it; the second time nothing is done and the same is answered.

    Raises Conflict with the reason where it may not be done, Invalid for what nobody can mean.
    """
    if not _KEY.fullmatch(wanted.key):
        raise Invalid("The request has no key of its own. Open the card again and repeat.")
    with here.begin() as tx:
        doer = _doer(here, tx, account, contact_id, by)
        known = store.find(tx, account.account_id, wanted.key)
        if known is not None:
            if (known["contact_id"], known["act"]) != (contact_id, wanted.act):
                raise Conflict("This was asked for something else. Open the card again and repeat.")
            return known
        row = {**_EMPTY, **_usual(doer, wanted), **_done(tx, doer, wanted)}
        store.record(tx, account.account_id, row)
        _log(tx, doer, wanted, row)
        for fact in _facts(doer, wanted.act, row):
            here.publish(tx, fact)
    return {"account_id": account.account_id, **row}


def undo(here: Context, account: Installation, contact_id: str, act_id: str, *, by: str) -> Row:
    """Take back what was done less than a minute ago; a second time nothing happens. Raises Conflict after that."""
    with here.begin() as tx:
        doer = _doer(here, tx, account, contact_id, by)
        act = store.find(tx, account.account_id, act_id)
        if act is None or act["contact_id"] != contact_id:
            raise NotFound("There is nothing of that kind to take back.")
        if act["undone_at"] is not None:
            return act
        if not may_be_undone(act, now=doer.now):
            raise Conflict("The minute in which this could be taken back is over.")
        kind = Act(act["act"])
        rounds.take_back(tx, doer, act)
        if kind is Act.CORRECT:
            _uncorrect(tx, doer, act)
        store.record_undone(tx, account.account_id, act_id, by=by, now=doer.now)
        entry = Entry(What.UNDONE, Who.PERSON, contact_id, by=by, reason=kind.value, subject=act_id)
        decision_log.record(tx, account.account_id, [entry], at=doer.at, now=doer.now)
        for fact in _facts(doer, kind, act):
            here.publish(tx, fact)
    return {**act, "undone_at": doer.now, "undone_by": by}


def may_be_undone(act: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether there is something to take back, and still time for it."""
    is_new = now - act["made_at"] <= UNDONE_WITHIN
    return is_new and act["undone_at"] is None and act["act"] != Act.COPY


_EMPTY: Row = dict.fromkeys(
    ("until", "reason_before", "source_before", "reason", "playbook", "round_no", "round_state")
) | {"undone_at": None, "undone_by": None}


def _doer(here: Context, tx: Connection, account: Installation, contact_id: str, by: str) -> Doer:
    """Nobody decides about anybody of the account, and nobody is started, until the transaction ends."""
    decisions.lock(tx, account.account_id)
    if not mirror.find_live(tx, account.account_id, [contact_id]):
        raise NotFound("Rekindle does not know this contact, or it is gone from the CRM.")
    provider = find_provider(account.provider, here.environment)
    return Doer(
        account.account_id,
        contact_id,
        by,
        load_settings(here, account),
        provider.names_workflows,
        here.clock.now(),
        here.wall.now(),
    )


def _usual(doer: Doer, wanted: Wanted) -> Row:
    return {
        "act_id": wanted.key,
        "contact_id": doer.contact_id,
        "act": wanted.act,
        "by": doer.by,
        "at": doer.at,
        "made_at": doer.now,
    }


def _done(tx: Connection, doer: Doer, wanted: Wanted) -> Row:
    """Do it; answers what is stored of it beside the usual."""
    act, key = wanted.act, wanted.key
    if act is Act.START:
        return rounds.begin(tx, doer, key)
    if act is Act.CORRECT:
        return _correct(tx, doer, wanted.reason)
    if act in ENDS_ROUND:
        return _end(tx, doer, wanted)
    aside = store.load_set_aside(tx, doer.account_id, [doer.contact_id], at=doer.at)
    if act is Act.WAKE and not aside:
        raise Conflict("Nobody has set this contact aside.")
    return {}


def _end(tx: Connection, doer: Doer, wanted: Wanted) -> Row:
    """End what runs, and put the contact off where that is meant."""
    until = _until(doer.at, wanted.days) if wanted.act is Act.SNOOZE else None
    takes_over = wanted.act is Act.TAKE_OVER
    how = End.TAKEN_OVER if takes_over else End.STOPPED
    ended = rounds.end(tx, doer, wanted.key, how)
    if wanted.act is Act.STOP and not ended:
        raise Conflict("Nothing runs that could be stopped.")
    if takes_over:
        rounds.hand_to(tx, doer, wanted.key, ended, wanted.owner_id)
        until = doer.at + TAKEN_FOR
    return ended | {"until": until}


def _until(at: datetime, days: int | None) -> datetime:
    span = timedelta(days=days or 0)
    if not SHORTEST <= span <= LONGEST:
        raise Invalid(f"Choose from 1 to {LONGEST.days} days.")
    return at + span


def _correct(tx: Connection, doer: Doer, reason: str | None) -> Row:
    if reason not in REASONS:
        raise Invalid(f"Choose one of: {', '.join(REASONS.values())}.")
    score = find_score(tx, doer.account_id, doer.contact_id)
    correcting.correct(tx, doer.account_id, doer.contact_id, reason, at=doer.at)
    told = ("reason", "reason_source")
    before, source = (score[name] for name in told) if score is not None else (None, None)
    return {"reason": reason, "reason_before": before, "source_before": source}


def _uncorrect(tx: Connection, doer: Doer, act: Mapping[str, Any]) -> None:
    """What the person before this one said holds again, else what the CRM tells."""
    mine = store.load_of(tx, doer.account_id, [doer.contact_id]).get(doer.contact_id, [])
    earlier = [one for one in mine if one["act"] == Act.CORRECT and one["act_id"] != act["act_id"]]
    reason = earlier[-1]["reason"] if earlier else None
    at = earlier[-1]["at"] if earlier else doer.at
    correcting.correct(tx, doer.account_id, doer.contact_id, reason, at=at)


def _log(tx: Connection, doer: Doer, wanted: Wanted, row: Row) -> None:
    """What the decision log tells of it; of beginning and ending a round that is told with the round."""
    what = _LOGGED.get(wanted.act)
    if what is None:
        return
    reason = row["reason"] or (wanted.act.value if what is What.SET_ASIDE else None)
    entry = Entry(
        what,
        Who.PERSON,
        doer.contact_id,
        by=doer.by,
        rule="D8" if what is What.SET_ASIDE else None,
        reason=reason,
        subject=wanted.key,
    )
    decision_log.record(tx, doer.account_id, [entry], at=doer.at, now=doer.now)


def _facts(doer: Doer, act: Act, row: Mapping[str, Any]) -> list[Fact]:
    """What others have to do now: decide anew, score anew, tell the CRM."""
    mine = (doer.contact_id,)
    found: list[Fact] = []
    if act in PUTS_OFF or act is Act.WAKE:
        found.append(ContactsSetAside(doer.account_id, mine))
    elif act is Act.STOP:
        found.append(RoundsEnded(doer.account_id, mine))
    elif act is Act.CORRECT:
        found.append(ContactsChanged(doer.account_id, mine))
    if act in ENDS_ROUND and row["playbook"] is not None:
        found.append(RoundsStopped(doer.account_id))
    return found
