"""Proposes the next batch as large as all limits allow, anew each day, and lets it go ahead where nobody is asked."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from core import log
from core.context import Context
from core.db import chunks, reading
from core.facts import ControlsDrawn, WaveApproved
from oauth.account_settings.changing import load_settings
from oauth.account_settings.fields import AccountSettings
from oauth.account_settings.history import find_author
from oauth.store import Installation
from scoring import store as scores
from sync.live import load_active
from sync.mirror.volume import count_sent_a_day
from workflows import notes, waves
from workflows.decisions.planning import AT_ONCE, Planning
from workflows.enrollment import pacing
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import load_bindings
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who
from workflows.pace import Situation, Size, is_by_hand, is_warming_up, size_of
from workflows.stops import store as stops
from workflows.stops.breaker import is_near
from workflows.touches import guarding
from workflows.touches import store as touches

# A proposal that nobody has approved is made anew by the next day's scores.
FRESH = timedelta(hours=20)
_WEEK = timedelta(days=7)


class _Unheard(Exception):
    """A batch has people whose notes nobody has read just now: it is given up, and drawn again once they are."""

    def __init__(self, contact_ids: Sequence[str]) -> None:
        super().__init__()
        self.contact_ids = contact_ids


def propose(here: Context, account_id: str, *, crm_per_day: int | None = None) -> None:
    """Propose whom to start next; what a person has let go on once goes ahead by itself within the limits.

    Nobody is proposed of whom a note says no: whoever is drawn is looked at before the batch stands, and where that
    takes somebody out another is drawn, and looked at as well.
    """
    account = load_active(here, account_id)
    own = load_settings(here, account)
    at = here.clock.now()
    with reading(here.engine) as connection:
        if _rests(connection, account_id, at=at):
            return
        by_hand = works_by_hand(connection, account_id, own)
        situation = load_situation(connection, account_id, own, at=at, crm_per_day=crm_per_day)
    size = Size(0, "by hand") if by_hand else size_of(situation)
    heard: set[str] = set()
    while True:
        try:
            _propose(here, account, own, situation, size, heard, at=at)
        except _Unheard as some:
            _hear(here, account_id, own, some.contact_ids)
            heard.update(some.contact_ids)
        else:
            return


def _propose(
    here: Context,
    account: Installation,
    own: AccountSettings,
    situation: Situation,
    size: Size,
    heard: Collection[str],
    *,
    at: datetime,
) -> None:
    """Raises _Unheard, with nothing done, where somebody of the batch is not among those who were heard."""
    account_id, now = account.account_id, here.wall.now()
    alone = not situation.is_first and own.waves_without_approval
    with here.begin() as tx:
        withdraw(tx, account_id, at=at, now=now)
        if size.people == 0:
            return
        bound = [*load_bindings(tx, account_id)]
        # What nobody has chosen a workflow for waits for a person, and holds up none of the others.
        choices = [bound, None] if alone and bound else [None]
        for playbooks in choices:
            proposed = waves.propose_wave(
                tx,
                account_id,
                own,
                size=size.people,
                playbooks=playbooks,
                oldest_last=is_warming_up(situation.weeks),
                at=at,
                now=now,
            )
            if proposed is not None:
                break
        else:
            return
        if unheard := [i for i in (*proposed.started, *proposed.controls) if i not in heard]:
            raise _Unheard(unheard)
        for ids in chunks(proposed.controls, AT_ONCE):
            here.publish(tx, ControlsDrawn(account_id, tuple(ids)))
        if not alone or not waves.has_workflows(tx, account_id, proposed.wave_id):
            return
        by = _whose_word(tx, here, account)
        if by is None:
            return
        waves.approve_wave(tx, account_id, proposed.wave_id, by=by, at=at, now=now)
        here.publish(tx, WaveApproved(account_id))
    log.get(__name__).info(
        "workflows.wave.approved_by_settings", account_id=account_id, contacts=proposed.starts
    )


def _hear(here: Context, account_id: str, own: AccountSettings, contact_ids: Sequence[str]) -> None:
    """Read the notes of these people and decide about them anew.

    What somebody else has just read, and nobody has decided about yet, counts as well.
    """
    notes.read_notes_of(here, account_id, contact_ids)
    for some in chunks(contact_ids, AT_ONCE):
        Planning(here, account_id, own, at=here.clock.now()).plan_some(some)


def _rests(connection: Connection, account_id: str, *, at: datetime) -> bool:
    """Whether nothing is to be proposed now: the account stands still, or a proposal of today waits for a person."""
    if stops.find_stop(connection, account_id) is not None:
        return True
    proposed_at = pacing.find_proposed_at(connection, account_id)
    return proposed_at is not None and at - proposed_at < FRESH


def withdraw(tx: Connection, account_id: str, *, at: datetime, now: datetime) -> None:
    """Yesterday's proposal gives way: who was in it competes for a place once more."""
    gone = pacing.withdraw(tx, account_id)
    told = [
        Entry(What.REPLACED, Who.SCHEDULE, contact_id, programme=playbook, subject=wave_id)
        for contact_id, playbook, wave_id in gone
    ]
    decision_log.record(tx, account_id, told, at=at, now=now)


def _whose_word(tx: Connection, here: Context, account: Installation) -> str | None:
    """Who let batches go ahead by themselves: by the settings, else by approving the first of them."""
    by = find_author(tx, here.settings, account, "waves_without_approval")
    if by is not None:
        return by
    approval = ledger.find_approval(tx, account.account_id)
    return None if approval is None else approval[0]


def works_by_hand(connection: Connection, account_id: str, own: AccountSettings) -> bool:
    """Whether so few are dormant that a person writes to each, by the last scoring of everybody."""
    scoring = scores.find_scoring(connection, account_id)
    counts = scoring["dormant"] if scoring is not None else {}
    dormant = sum(counts.get(name) or 0 for name in ("d90", "never"))
    has_begun = ledger.has_started(connection, account_id)
    return is_by_hand(dormant, under=own.by_hand_under, has_begun=has_begun)


def load_situation(
    connection: Connection,
    account_id: str,
    own: AccountSettings,
    *,
    at: datetime,
    crm_per_day: int | None = None,
) -> Situation:
    """What the next batch's size goes by at this moment."""
    begun = pacing.count_begun(connection, account_id, at=at)
    since = max([*stops.load_counted_from(connection, account_id).values(), begun.first_at or at])
    situation = Situation(
        is_first=not ledger.has_started(connection, account_id),
        first_wave=own.first_wave,
        later_wave=own.later_wave,
        people_a_day=own.people_a_day,
        answers_a_day=own.answers_per_day,
        begun_lately=begun.lately,
        due_soon=begun.waiting
        + touches.count_due(connection, account_id, until=at + timedelta(days=1)),
        weeks=max(0, (at - since) // _WEEK),
        crm_per_day=crm_per_day,
        asked=begun.asked,
        answered=begun.answered,
        answers_waiting=begun.answered_lately,
        last_batch=begun.last_batch,
        is_near_limit=is_near(guarding.load_sent(connection, account_id, at=at), at=at),
    )
    if size_of(situation) == size_of(replace(situation, usual_per_day=1e9)):
        return situation  # however much is sent anyway, something else is the limit
    usual = count_sent_a_day(connection, account_id, before=begun.first_at or at)
    return replace(situation, usual_per_day=usual)
