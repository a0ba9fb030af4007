"""The clockwork: asks for what is due, again and again; two of them do no more than one."""

import signal
import threading
from datetime import timedelta

from app.recover import recover
from core import log
from core.context import Context
from core.db import reading
from core.queue import Lane
from oauth.store import load_agencies, load_installations
from scoring import outcomes, versions
from scoring import store as scores
from scoring.champion import LEARN_AFTER
from scoring.control import WATCHED_FOR
from sync import polls, runs

EVERY = timedelta(seconds=15)
# The stated bound on how old a roll-up may be that no webhook tells of.
REREAD_AFTER = timedelta(hours=24)
# The stated bound on how old anything may be that the CRM's searches tell of, but no notice told.
POLL_EVERY = timedelta(minutes=3)
# A reading brings a scoring with it; where none came, silences have grown all the same.
SCORE_AFTER = timedelta(hours=26)


def keep_time(context: Context, *, stop: threading.Event | None = None) -> None:
    """Until stopped: recover what was left and start what is due."""
    ending = stop or _on_signals()
    while not ending.is_set():
        try:
            recover(context)
            for ask in ASKED:
                ask(context)
        except Exception:  # noqa: BLE001  one bad minute must not end the clockwork
            log.get(__name__).exception("schedule.round.failed")
        ending.wait(EVERY.total_seconds())


def ask_for_rereading(context: Context) -> None:
    """Accounts that were last read a day ago: once for each, however many clockworks ask."""
    before = context.wall.now() - REREAD_AFTER
    with reading(context.engine) as connection:
        active = [i.account_id for i in load_installations(connection) if i.is_active]
        latest = {account_id: runs.find_latest(connection, account_id) for account_id in active}
    for account_id, run in latest.items():
        if run is not None and run["state"] == "done" and run["finished_at"] < before:
            context.queue.enqueue("sync.jobs.reread", account_id, lane=Lane.INBOUND)


def ask_for_polling(context: Context) -> None:
    """Accounts that were last asked a few minutes ago what has changed: a notice may have been lost."""
    before = context.wall.now() - POLL_EVERY
    with reading(context.engine) as connection:
        found = polls.load_accounts_due(connection, before=before)
    _ask(context, "sync.jobs.poll", found, Lane.INBOUND)


def ask_for_comparing(context: Context) -> None:
    """Agencies whose accounts were last compared a day ago: a notice of a new one may have been lost."""
    before = context.wall.now() - REREAD_AFTER
    with reading(context.engine) as connection:
        agencies = load_agencies(connection)
    for agency in agencies:
        if agency.checked_at is None or agency.checked_at < before:
            context.queue.enqueue("sync.jobs.adopt_accounts", agency.account_id, lane=Lane.INBOUND)


def ask_for_scoring(context: Context) -> None:
    """Accounts that nobody scored for more than a day, or that have another champion since."""
    before = context.clock.now() - SCORE_AFTER
    with reading(context.engine) as connection:
        found = scores.load_accounts_to_score(connection, before=before)
    _ask(context, "scoring.jobs.score_account", found, Lane.SCORING)


def ask_for_rescoring(context: Context) -> None:
    """Contacts whose signal has passed, or has begun because its day has come."""
    with reading(context.engine) as connection:
        found = scores.load_accounts_turning(connection, at=context.clock.now())
    _ask(context, "scoring.jobs.score_changed", found, Lane.SCORING)


def ask_for_outcomes(context: Context) -> None:
    """What became of those who were started or left alone 90 days ago: a day's worth at once."""
    today = context.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with reading(context.engine) as connection:
        found = outcomes.load_accounts_ripe(connection, decided_by=today - WATCHED_FOR)
    _ask(context, "workflows.jobs.record_outcomes", found, Lane.OUTREACH)


def ask_for_learning(context: Context) -> None:
    """Accounts that last learnt a month ago."""
    before = context.clock.now() - LEARN_AFTER
    with reading(context.engine) as connection:
        found = versions.load_accounts_to_learn(connection, before=before)
    _ask(context, "scoring.jobs.learn_account", found, Lane.SCORING)


ASKED = (
    ask_for_rereading,
    ask_for_polling,
    ask_for_comparing,
    ask_for_rescoring,
    ask_for_scoring,
    ask_for_outcomes,
    ask_for_learning,
)


def _ask(context: Context, job: str, account_ids: list[str], lane: Lane) -> None:
    """A job for each of these accounts that is still connected; asked again while it waits, it is one."""
    if not account_ids:
        return
    with reading(context.engine) as connection:
        active = {i.account_id for i in load_installations(connection) if i.is_active}
    for account_id in account_ids:
        if account_id in active:
            context.queue.enqueue(job, account_id, lane=lane)


def _on_signals() -> threading.Event:
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    return ending
