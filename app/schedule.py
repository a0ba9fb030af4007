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
from sync import runs

EVERY = timedelta(seconds=15)
# The stated bound on how old a roll-up may be that no webhook tells of.
REREAD_AFTER = timedelta(hours=24)


def keep_time(context: Context, *, stop: threading.Event | None = None) -> None:
    """Until stopped: recover what was left and start what is due."""
    ending = stop or _on_signals()
    while not ending.is_set():
        try:
            recover(context)
            ask_for_rereading(context)
            ask_for_comparing(context)
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


def ask_for_comparing(context: Context) -> None:
    """Agencies whose accounts were last compared a day ago: a notice of a new one may have been lost."""
    before = context.wall.now() - REREAD_AFTER
    with reading(context.engine) as connection:
        agencies = load_agencies(connection)
    for agency in agencies:
        if agency.checked_at is None or agency.checked_at < before:
            context.queue.enqueue("sync.jobs.adopt_accounts", agency.account_id, lane=Lane.INBOUND)


def _on_signals() -> threading.Event:
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    return ending
