"""The clockwork: asks for what is due, again and again; two of them do no more than one."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from app.perform import carry_due
from app.pipeline import ask_for
from core import log
from core.context import Context
from core.db import reading
from core.jobs.store import load_accounts_asked
from oauth.store import find_any_active, load_abandoned_refreshes, load_active_of, load_agencies
from scoring import store as scores
from scoring.learn import outcomes, versions
from scoring.learn.champion import LEARN_AFTER
from scoring.learn.control import WATCHED_FOR
from sync.backfill import polls, runs
from workflows import notes
from workflows.choices import learning
from workflows.decisions import draws
from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.handoff import store as handoffs
from workflows.log import store as decision_log
from workflows.results import weekly
from workflows.results.weekly import told_until
from workflows.stops import store as stops
from workflows.touches import store as touches

EVERY = timedelta(seconds=5)
# Where a sandbox's time is moved by hand, people watch what comes of it.
EVERY_WATCHED = timedelta(seconds=1)
# The stated bound on how old a roll-up may be that no webhook tells of.
REREAD_AFTER = timedelta(hours=24)
# The stated bound on how old anything may be that the CRM's searches tell of, but no notice told.
POLL_EVERY = timedelta(minutes=2)
# Where somebody may answer: what no notice tells is found by the second poll, and is a person's task within a minute.
POLL_AWAITED = timedelta(seconds=25)
# A reading brings a scoring with it; where none came, silences have grown all the same.
SCORE_AFTER = timedelta(hours=26)
# What people did is told as it becomes known; what was sent and what it cost, daily.
TELL_AFTER = timedelta(hours=24)
# What an install begins with: while one of these is asked for, nothing has been lost.
FIRST_STEPS = ("workflows.jobs.provision", "sync.jobs.backfill")


@dataclass(frozen=True, slots=True)
class Due:
    """A job, and the accounts for which its time has come: asked for once each, however many clockworks ask."""

    job: str
    find: Callable[[Connection, Context], list[str]]


def _to_begin(connection: Connection, _here: Context) -> list[str]:
    """An install whose process died before it could say so; an agency's accounts come one by one."""
    unread = runs.load_accounts_unread(connection)
    under_way = load_accounts_asked(connection, unread, FIRST_STEPS)
    return [account_id for account_id in unread if account_id not in under_way]


def _to_reread(connection: Connection, here: Context) -> list[str]:
    return runs.load_accounts_read_before(connection, here.wall.now() - REREAD_AFTER)


def _to_poll(connection: Connection, here: Context) -> list[str]:
    """Accounts that were last asked a while ago what has changed: a notice may have been lost, or is never sent."""
    awaited = running.load_accounts_running(connection)
    soon = [i for i in _not_asked_for(connection, here, POLL_AWAITED) if i in awaited]
    return list(dict.fromkeys([*_not_asked_for(connection, here, POLL_EVERY), *soon]))


def _not_asked_for(connection: Connection, here: Context, age: timedelta) -> list[str]:
    return polls.load_accounts_due(
        connection, before=here.wall.now() - age, at=here.clock.now() - age
    )


def _to_compare(connection: Connection, here: Context) -> list[str]:
    """Agencies whose accounts were last compared a day ago: a notice of a new one may have been lost."""
    before = here.wall.now() - REREAD_AFTER
    agencies = load_agencies(connection)
    return [a.account_id for a in agencies if a.checked_at is None or a.checked_at < before]


def _to_renew(connection: Connection, here: Context) -> list[str]:
    """A refresh that a dead process began is to be finished while the CRM still honours it."""
    return load_abandoned_refreshes(connection, now=here.wall.now())


def _to_rescore(connection: Connection, here: Context) -> list[str]:
    """Contacts whose signal has passed, or has begun because its day has come."""
    return scores.load_accounts_turning(connection, at=here.clock.now())


def _to_score(connection: Connection, here: Context) -> list[str]:
    """Accounts that nobody scored for more than a day, or that have another champion since."""
    return scores.load_accounts_to_score(connection, before=here.clock.now() - SCORE_AFTER)


def _to_start(connection: Connection, here: Context) -> list[str]:
    at = here.clock.now()
    due = [
        *ledger.load_accounts_due(connection, at=at),
        *touches.load_accounts_due(connection, at=at),
    ]
    going = stops.load_going(connection, list(dict.fromkeys(due)))
    return [account_id for account_id in dict.fromkeys(due) if account_id in going]


def _to_prove(connection: Connection, here: Context) -> list[str]:
    """Accounts with a touch whose evidence is to be looked for, or a round that has been waited for long enough."""
    at = here.clock.now()
    waiting = touches.load_accounts_to_prove(connection, at=at)
    return list(dict.fromkeys([*waiting, *running.load_accounts_over(connection, at=at)]))


def _to_listen(connection: Connection, here: Context) -> list[str]:
    """Accounts whose notes were last read a day ago: where no notice came, nothing else tells of one."""
    return notes.load_accounts_due(connection, at=here.clock.now())


def _to_watch(connection: Connection, here: Context) -> list[str]:
    """Accounts with a task for an answer that is due, or an answer of which the CRM is still to be told."""
    return handoffs.load_accounts_due(connection, at=here.clock.now())


def _to_record(connection: Connection, here: Context) -> list[str]:
    """What became of those who were started or left alone 7, 30, 60 or 90 days ago: a day's worth at once."""
    today = here.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    ripe = outcomes.load_accounts_ripe(connection, decided_by=today - WATCHED_FOR)
    return sorted({*ripe, *draws.load_accounts_to_measure(connection, at=today)})


def _to_tell(connection: Connection, here: Context) -> list[str]:
    """Accounts with people under way, whose results were last worked out a day ago: touches and costs add up."""
    return draws.load_accounts_to_tell(connection, before=here.clock.now() - TELL_AFTER)


def _to_tell_week(connection: Connection, here: Context) -> list[str]:
    """Accounts that were scored and whose last week has no report yet, or one whose task is still to be made."""
    at = here.clock.now()
    untold = scores.load_accounts_without(connection, lambda account_id: told_until(account_id, at))
    return list(dict.fromkeys([*untold, *weekly.load_accounts_unfinished(connection)]))


def _to_learn(connection: Connection, here: Context) -> list[str]:
    return versions.load_accounts_to_learn(connection, before=here.clock.now() - LEARN_AFTER)


def _to_learn_choices(connection: Connection, here: Context) -> list[str]:
    """Accounts whose touches have not been learnt from for a day."""
    return learning.load_accounts_due(here, connection)


def _to_clear(connection: Connection, here: Context) -> list[str]:
    """What was decided more than five years ago is deleted, of all accounts at once and in the name of one."""
    if not decision_log.has_old(connection, now=here.wall.now()):
        return []
    one = find_any_active(connection)
    return [] if one is None else [one]


SCHEDULE = (
    Due("sync.jobs.renew_access", _to_renew),
    Due("workflows.jobs.start_due", _to_start),
    Due("workflows.jobs.prove_touches", _to_prove),
    Due("workflows.jobs.watch_handoffs", _to_watch),
    Due("workflows.jobs.read_notes", _to_listen),
    Due("workflows.jobs.provision", _to_begin),
    Due("sync.jobs.reread", _to_reread),
    Due("sync.jobs.poll", _to_poll),
    Due("sync.jobs.adopt_accounts", _to_compare),
    Due("scoring.jobs.score_changed", _to_rescore),
    Due("scoring.jobs.score_account", _to_score),
    Due("workflows.jobs.record_outcomes", _to_record),
    Due("app.reports.results.jobs.tell_results", _to_tell),
    Due("app.reports.weekly.jobs.tell_week", _to_tell_week),
    Due("scoring.jobs.learn_account", _to_learn),
    Due("workflows.jobs.learn_choices", _to_learn_choices),
    Due("workflows.jobs.clear_log", _to_clear),
)


def keep_time(context: Context, *, stop: threading.Event | None = None) -> None:
    """Until stopped: carry what is due and nobody does, and ask for what the time has come for."""
    ending = stop or _on_signals()
    every = EVERY if context.clock is context.wall else EVERY_WATCHED
    while not ending.is_set():
        for step in (carry_due, ask_for_due):
            try:
                step(context)
            except Exception:  # noqa: BLE001  one bad minute must not end the clockwork
                log.get(__name__).exception("schedule.round.failed")
        ending.wait(every.total_seconds())


def ask_for_due(context: Context) -> None:
    """Ask for every job of the schedule whose time has come, for accounts that are still connected."""
    for due in SCHEDULE:
        with reading(context.engine) as connection:
            found = due.find(connection, context)
            active = load_active_of(connection, found)
        for account_id in active:
            ask_for(context, due.job, account_id)


def _on_signals() -> threading.Event:
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    return ending
