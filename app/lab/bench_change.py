"""`rekindle bench change`: what one changed contact costs, from the CRM's webhook to the write-back, in CPU time."""

import statistics
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from app.lab.cpu_time import cpu_seconds
from app.lab.demo_job import Install, Job
from app.lab.demo_progress import Progress
from app.lab.deployment import PROCESSES, Pretended, opened_deployment
from app.lab.padding import pad
from app.processes import Children
from connector.registry import DEFAULT_PROVIDER
from core.clock import pause, stopwatch
from core.context import Context
from core.db import reading
from core.errors import AppError, Invalid
from core.jobs.store import load_jobs_asked
from sync.backfill import polls
from sync.mirror.store import count_contacts
from workflows.waves import load_best_ready

SEED = 300  # contacts that the sandbox holds; the others are copies of them, in our database alone
_EVERY = 0.2
_PATIENCE = 600.0
_IDLE_ROUNDS = 4
_IDLE_AT_MOST = 0.1  # CPU seconds in two seconds, also where others keep the machine busy
# What a webhook tells of: whoever was ready to start cannot be reached any more.
_CHANGE = {"email": "", "phone": ""}
_OURS = "rekindle_"


@dataclass(frozen=True, slots=True)
class Trial:
    """`round_seconds`: a multiple of how often an idle process looks for work, so that rounds are alike.

    A process of a worker loads what a job takes with its first one. Several are at work, so that it takes some changes,
    `warm_ups`, until each has done that once in its life.
    """

    contacts: int
    changes: int = 9
    warm_ups: int = 5
    round_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Site:
    """The product's own processes in front of a sandbox, with one account."""

    context: Context
    children: Children
    sandbox: str
    account_id: str
    portal: str

    def cpu(self) -> float:
        return cpu_seconds(self.children.pid(name) for name in PROCESSES)

    def values(self, contact_id: str) -> dict[str, str]:
        """What the CRM holds of ours about a contact."""
        record = httpx2.get(self._record(contact_id), timeout=60).raise_for_status().json()
        return {k: v for k, v in record["properties"].items() if k.startswith(_OURS)}

    def change(self, contact_id: str) -> None:
        """Change a contact by hand in the CRM, which sends its webhook."""
        httpx2.patch(self._record(contact_id), json=_CHANGE, timeout=60).raise_for_status()

    def _record(self, contact_id: str) -> str:
        return f"{self.sandbox}/control/records/{self.portal}/contacts/{contact_id}"


def measure_change(trial: Trial) -> dict[str, Any]:
    """Change contacts one by one; raises AppError when a write-back never comes."""
    total = stopwatch()
    seed = min(SEED, trial.contacts)
    with Progress() as progress, opened_site(seed, trial.contacts, progress) as site:
        chosen = _choose(site, trial.changes + trial.warm_ups)
        progress.stage("settle", "Changing some contacts to warm up, and measuring idle processes")
        for contact_id in chosen[: trial.warm_ups]:
            _measure(site, contact_id, trial, idle=0.0)
        idle = _measure_idle(site, trial)
        progress.stage("change", "Changing contacts one by one")
        measured = []
        for number, contact_id in enumerate(chosen[trial.warm_ups :], start=1):
            measured.append(_measure(site, contact_id, trial, idle=idle))
            progress.count(number, trial.changes)
    each = [cpu for cpu, _ in measured]
    return {
        "contacts": trial.contacts,
        "changes": trial.changes,
        "cpu_seconds": round(statistics.median(each), 3),
        "cpu_seconds_each": [round(cpu, 3) for cpu in each],
        "written_after_seconds": round(statistics.median(wall for _, wall in measured), 3),
        "idle_cpu_share": round(idle, 4),
        "seconds": round(total(), 1),
    }


def _measure(site: Site, contact_id: str, trial: Trial, *, idle: float) -> tuple[float, float]:
    """CPU seconds that a change cost beyond idling, and how long its write-back took."""
    before, elapsed, known = site.cpu(), stopwatch(), site.values(contact_id)
    site.change(contact_id)
    while site.values(contact_id) == known:
        look(site, elapsed())
    written = elapsed()
    # What follows the write-back belongs to the change.
    while _is_busy(site):
        look(site, elapsed())
    # Idle processes look for work in rounds: whole ones are compared with whole ones.
    pause(trial.round_seconds - elapsed() % trial.round_seconds)
    return max(0.0, site.cpu() - before - idle * elapsed()), written


def _is_busy(site: Site) -> bool:
    """Whether somebody computes right now; idle processes take less."""
    before = site.cpu()
    pause(2.0)
    return site.cpu() - before > _IDLE_AT_MOST


def _measure_idle(site: Site, trial: Trial) -> float:
    """CPU seconds in a second in which nothing happens: the calmest of some rounds, to subtract too little."""
    shares = []
    for _ in range(_IDLE_ROUNDS):
        before, elapsed = site.cpu(), stopwatch()
        pause(trial.round_seconds)
        shares.append((site.cpu() - before) / elapsed())
    return min(shares)


def look(site: Site, waited: float) -> None:
    """Wait a moment; raises AppError where waiting has no point any more."""
    if (gone := site.children.ended()) is not None:
        raise AppError(f"The {gone} process ended:\n{site.children.last_words(gone)}")
    if waited > _PATIENCE:
        raise AppError(f"A change was not written back.\n{site.children.last_words('worker')}")
    pause(_EVERY)


def _choose(site: Site, wanted: int) -> list[str]:
    """Contacts of the sandbox's own that are ready to start: without an address they are not any more."""
    with reading(site.context.engine) as connection:
        ready = sorted(
            (i for i, _ in load_best_ready(connection, site.account_id, limit=10_000)),
            key=lambda i: (len(i), i),
        )
    if len(ready) < wanted:
        raise Invalid(f"Only {len(ready)} contacts can be changed, some to warm up: ask for fewer.")
    return ready[:wanted]


@contextmanager
def opened_site(
    seed: int, contacts: int, progress: Progress, *, workers: int = 1
) -> Iterator[Site]:
    """A sandbox of `seed` contacts, and the product with an account that it has read, scored and written.

    The account is filled up to `contacts` in our own database.
    """
    pretended = Pretended(seed, settings={"REKINDLE_BY_HAND_UNDER": "0"})
    with opened_deployment(pretended, progress, workers=workers) as deployed:
        context, children, sandbox = deployed.context, deployed.children, deployed.sandbox
        [account_id] = Install(context, progress, provider=DEFAULT_PROVIDER).run()
        job = Job(context, children, progress, sandbox=sandbox, account_id=account_id)
        with closing(job):
            job.write()
            portal = account_id.removeprefix(f"{DEFAULT_PROVIDER}-")
            site = Site(context, children, sandbox, account_id, portal)
            if contacts > seed:
                _fill_up(site, contacts, progress)
            yield site


def _fill_up(site: Site, contacts: int, progress: Progress) -> None:
    """Add copies once all is quiet, and leave them out of what the mirror is compared with the CRM by."""
    elapsed, engine = stopwatch(), site.context.engine
    while _jobs_asked(site):
        look(site, elapsed())
    with reading(engine) as connection:
        before = count_contacts(connection, site.account_id)
    progress.stage("pad", f"Filling the account up to {contacts:,} contacts")
    pad(engine, site.account_id, contacts, tell=lambda made: progress.count(made, contacts))
    with engine.begin() as tx:
        # The CRM has no copies: a poll would find them missing.
        polls.record_unexplained(tx, site.account_id, before - count_contacts(tx, site.account_id))


def _jobs_asked(site: Site) -> set[str]:
    with reading(site.context.engine) as connection:
        return load_jobs_asked(connection, site.account_id)
