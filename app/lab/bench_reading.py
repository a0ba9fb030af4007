"""Measures the bulk paths: contacts a second, CPU, memory and requests."""

import resource
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.lab.bench_account import Place, context_of, environment_of
from app.migrate import migrate
from connector.budget import Unlimited
from connector.port.provider import AccountAccess
from connector.port.records import Bounds, IdRange, Page, Stream
from connector.registry import find_provider
from core.clock import stopwatch
from sync.backfill.reading import Backfill, ReadsAll
from sync.live import capability
from sync.mirror.store import count_contacts

ACCOUNT = "bench"


class _ContactsOnly:
    """A CRM whose other streams are left alone, with its requests counted and its progress shown."""

    def __init__(self, crm: ReadsAll, progress: Progress) -> None:
        self._crm = crm
        self._progress = progress
        self._bar = progress.add_task("reading contacts", total=None)

    def streams(self) -> tuple[Stream, ...]:
        return (Stream.CONTACTS,)

    def bounds(self, stream: Stream) -> Bounds:
        bounds = self._crm.bounds(stream)
        self._progress.update(self._bar, total=bounds.total)
        return bounds

    def halve(self, part: IdRange, cursor: str | None) -> tuple[IdRange, IdRange] | None:
        return self._crm.halve(part, cursor)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        return self._crm.fetch_contacts(contact_ids, closely=closely)

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        page = self._crm.fetch_page(stream, part, cursor)
        self._progress.advance(self._bar, page.count)
        return page


class _Counted(Unlimited):
    """No limit, but a count of requests."""

    def __init__(self) -> None:
        self.requests = 0
        self._lock = Lock()

    def take(self, bucket: str) -> None:  # noqa: ARG002  every bucket is counted alike
        with self._lock:
            self.requests += 1


def extract_contacts(
    api_url: str, token: str, *, provider: str, in_flight: int, database_url: str | None
) -> dict[str, Any]:
    """Read every contact with every field into a mirror; raises CrmError when the server refuses."""
    name = provider.upper()
    theirs = {
        f"REKINDLE_{name}_API_URL": api_url,
        f"REKINDLE_{name}_CLIENT_ID": "bench",
        f"REKINDLE_{name}_CLIENT_SECRET": "bench",
    }
    with tempfile.TemporaryDirectory(prefix="rekindle-bench-") as folder:
        place = Place(database_url or f"sqlite:///{Path(folder) / 'bench.db'}", Path(folder))
        environment = environment_of(place, public_url="http://localhost", **theirs)
        here = context_of(environment)
        migrate(here.engine)
        budget = _Counted()
        crm = find_provider(provider, environment).open(
            AccountAccess(
                account_id=ACCOUNT,
                remote_account_id=ACCOUNT,
                token=lambda: token,
                renew=lambda _refused: token,
                budget=budget,
                scopes=frozenset(),
                every_field=True,
            )
        )
        before = resource.getrusage(resource.RUSAGE_SELF)
        elapsed = stopwatch()
        with _progress() as progress:
            counted = _ContactsOnly(capability(crm, ReadsAll), progress)
            Backfill(here, counted, ACCOUNT, in_flight=in_flight).run(as_of=datetime.now(UTC))
        seconds = elapsed()
        after = resource.getrusage(resource.RUSAGE_SELF)
        crm.close()
        with here.engine.connect() as connection:
            contacts = count_contacts(connection, ACCOUNT)
        here.engine.dispose()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "contacts": contacts,
        "seconds": round(seconds, 4),
        "contacts_per_second": round(contacts / seconds, 1),
        "cpu_seconds": round(cpu, 4),
        "contacts_per_cpu_second": round(contacts / cpu, 1),
        "peak_memory_mb": round(after.ru_maxrss / 1024, 1),
        "requests": budget.requests,
    }


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
