"""The clockwork: asks for what is due, again and again; two of them do no more than one."""

import signal
import threading
from datetime import timedelta

from app.recover import recover
from core import log
from core.context import Context

EVERY = timedelta(seconds=15)


def keep_time(context: Context, *, stop: threading.Event | None = None) -> None:
    """Until stopped: recover what was left and start what is due."""
    ending = stop or _on_signals()
    while not ending.is_set():
        try:
            recover(context)
        except Exception:  # noqa: BLE001  one bad minute must not end the clockwork
            log.get(__name__).exception("schedule.round.failed")
        ending.wait(EVERY.total_seconds())


def _on_signals() -> threading.Event:
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    return ending
