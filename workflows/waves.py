"""Whom to start next: a wave of the most worthwhile contacts with its controls, proposed for a person to approve."""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.engine import Connection

from oauth.account_settings.fields import AccountSettings
from scoring.learn.control import control_share
from scoring.learn.outcomes import load_watched, open_cohorts
from scoring.store import load_best_of, load_scores
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.decisions.holdout import Candidate, choose_batch
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import load_bindings
from workflows.enrollment.pacing import busy_contacts
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who
from workflows.results.outcome import control_rows
from workflows.status import Status

# The silences that come last while the account's mail gets used to being sent (D6).
OLDEST = ("365_plus", "never")
# All that a draw asks of a score.
_LOOKED_AT = (
    *("contact_id", "track", "band", "priority", "segment", "p_return", "likelihood", "channels"),
)


@dataclass(frozen=True, slots=True)
class Wave:
    """A proposed wave: who is to be started, how many of them are new in the ledger, and who is left alone beside."""

    wave_id: str
    started: tuple[str, ...]
    starts: int
    controls: tuple[str, ...]


def propose_wave(
    connection: Connection,
    account_id: str,
    own: AccountSettings,
    *,
    size: int,
    at: datetime,
    now: datetime,
    playbooks: Sequence[str] | None = None,
    oldest_last: bool = False,
) -> Wave | None:
    """Propose up to `size` of the best of those who are ready, and draw their controls; None where nobody is ready.

    The controls are left alone from now on; both arms are watched from the approval on. Who is in a batch that waits
    for its hour is in no other, and holds up nobody. Of `playbooks` alone where they are named; `oldest_last` puts
    the oldest silences behind the others.
    `at` is the account's time, `now` this machine's.
    """
    if not decisions.lock(connection, account_id):
        return None
    wave_id = uuid.uuid4().hex
    among = decisions.batch_contacts(
        account_id, without=busy_contacts(account_id, at=at), playbooks=playbooks
    )
    late = OLDEST if oldest_last else ()
    ranked = _load_candidates(connection, account_id, own, among, starts=size, late=late)
    batch = choose_batch(ranked, starts=size, seed=_seed(account_id, ranked))
    if not batch.started:
        return None
    draws.record_batch(connection, account_id, batch, wave_id=wave_id, now=at)
    controls = tuple(c.contact_id for c in batch.controls)
    decisions.hold_out(connection, account_id, controls, now=now)
    alone = [_held_out(c, wave_id) for c in batch.controls if c.held_out is None]
    picked = [(c.contact_id, c.programme) for c in batch.started]
    told = [
        Entry(What.PROPOSED, Who.SCHEDULE, contact_id, programme=playbook, subject=wave_id)
        for contact_id, playbook in picked
    ]
    decision_log.record(connection, account_id, [*alone, *told], at=at, now=now)
    starts = ledger.propose(connection, account_id, picked, wave_id=wave_id, now=at)
    return Wave(wave_id, tuple(c.contact_id for c in batch.started), starts, controls)


def _seed(account_id: str, ranked: Sequence[Candidate]) -> str:
    """Chance by who is to be drawn: a draw that is made once more after a failure comes out the same."""
    return " ".join([account_id, *sorted(c.contact_id for c in ranked)])


def _held_out(control: Candidate, wave_id: str) -> Entry:
    return Entry(
        What.STANDING,
        Who.SCHEDULE,
        control.contact_id,
        standing=Status.HELD_OUT,
        programme=control.programme,
        subject=wave_id,
    )


def approve_wave(
    connection: Connection, account_id: str, wave_id: str, *, by: str, at: datetime, now: datetime
) -> int:
    """Let a proposed wave start, in the name of a person, and watch both arms from now on; answers how many start.

    They are due `at` the account's time; `now` is this machine's.
    """
    starts = ledger.approve_wave(connection, account_id, wave_id, by=by, at=at, now=now)
    if starts:
        told = [
            Entry(What.APPROVED, Who.PERSON, contact_id, by=by, subject=wave_id)
            for contact_id in ledger.load_wave(connection, account_id, wave_id)
        ]
        decision_log.record(connection, account_id, told, at=at, now=now)
        controls = draws.assign_batch(connection, account_id, wave_id, at=at)
        watched = load_watched(connection, account_id, controls)
        scored = {row["contact_id"]: row for row in load_scores(connection, account_id, controls)}
        open_cohorts(connection, account_id, control_rows(controls, scored, watched), at=at)
    return starts


def has_workflows(connection: Connection, account_id: str, wave_id: str) -> bool:
    """Whether somebody has said what each playbook of a wave starts."""
    bound = load_bindings(connection, account_id)
    # Without a single binding the CRM starts by a property, and there is nothing to choose.
    return not bound or ledger.load_wave_playbooks(connection, account_id, wave_id) <= {*bound}


def load_best_ready(
    connection: Connection, account_id: str, *, limit: int
) -> list[tuple[str, str]]:
    """(contact, playbook) of those who may start, the most worthwhile first."""
    ready = decisions.ready_contacts(account_id)
    best = load_best_of(connection, account_id, ready, limit=limit)
    playbooks = decisions.load_playbooks(connection, account_id, best)
    return [(contact_id, playbooks[contact_id]) for contact_id in best]


def _load_candidates(
    connection: Connection,
    account_id: str,
    own: AccountSettings,
    among: "Select[tuple[str]]",
    *,
    starts: int,
    late: Sequence[str],
) -> list[Candidate]:
    """Whom a batch may take, the most worthwhile first: as many as it takes for so many starts."""
    known = draws.load_shares(connection, account_id)
    largest = own.holdout_share or max(known.values(), default=control_share(0))
    # Where everybody is to be left alone nobody is started, however many are looked at.
    drawn = math.ceil((starts + 1) / (1 - min(largest, 0.9)))
    limit = drawn + draws.count_waiting_controls(connection, account_id)
    best = load_best_of(connection, account_id, among, limit=limit, late=late)
    playbooks = decisions.load_playbooks(connection, account_id, best)
    held = draws.load_draws(connection, account_id, best)
    scored = {
        row["contact_id"]: row
        for row in load_scores(connection, account_id, best, names=_LOOKED_AT)
    }
    return _candidates(best, scored, playbooks, held, own.holdout_share, known)


def _candidates(
    best: Sequence[str],
    scored: Mapping[str, Mapping[str, object]],
    playbooks: Mapping[str, str],
    held: Mapping[tuple[str, str], bool],
    chosen: float | None,
    known: Mapping[str, float],
) -> list[Candidate]:
    """The account's own share counts for who is drawn now, else the programme's, which goes by its size.

    Without a share nobody was eligible when everybody was last counted: few are now.
    """

    def share(programme: str) -> float:
        return known.get(programme, control_share(0)) if chosen is None else chosen

    return [
        Candidate(
            **scored[i],  # type: ignore[arg-type]
            programme=playbooks[i],
            share=share(playbooks[i]),
            held_out=held.get((i, playbooks[i])),
        )
        for i in best
        if i in playbooks
    ]
