"""`rekindle bench start`: how soon an approved start reaches the CRM while the account is being read again."""

from collections.abc import Callable
from typing import Any

import httpx2

from app.lab.bench_change import Site, look, opened_site
from app.lab.demo_job import Job
from app.lab.demo_progress import Progress
from app.pages.standing import load_standing
from app.pipeline import ask_for
from connector.tls import trusted
from core.clock import stopwatch

REREAD = "sync.jobs.reread"
# A reading that has gone on for so long, in seconds, has used up its share of the CRM's ten-second window.
_UNDER_WAY = 12.0


def measure_start(contacts: int, *, workers: int) -> dict[str, Any]:
    """Approve a wave in the middle of a reading; raises AppError where nobody is ever started."""
    total = stopwatch()
    with Progress() as progress, opened_site(contacts, contacts, progress, workers=workers) as site:
        job = Job(
            site.context,
            site.children,
            progress,
            sandbox=site.sandbox,
            account_id=site.account_id,
        )
        progress.stage("read", "Reading the account again, with its whole budget")
        ask_for(site.context, REREAD, site.account_id)
        _wait(site, lambda: not load_standing(site.context, site.account_id).read_done)
        under_way = stopwatch()
        _wait(site, lambda: under_way() > _UNDER_WAY)
        progress.stage("start", "Starting a wave meanwhile")
        before = _starts(site)
        wave = load_standing(site.context, site.account_id).wave_size
        job.approve_wave()
        elapsed = stopwatch()
        _wait(site, lambda: _starts(site) > before)
        first = elapsed()
        reading = not load_standing(site.context, site.account_id).read_done
        job.close()
    return {
        "contacts": contacts,
        "workers": workers,
        "wave": wave,
        "reading_under_way": reading,
        "started_after_seconds": round(first, 3),
        "seconds": round(total(), 1),
    }


def _wait(site: Site, until: Callable[[], bool]) -> None:
    elapsed = stopwatch()
    while not until():
        look(site, elapsed())


def _starts(site: Site) -> int:
    """How many starts the CRM counts, of whomever."""
    counted = httpx2.get(f"{site.sandbox}/control/starts", timeout=60, verify=trusted())
    programmes = counted.raise_for_status().json().get(site.portal, {})
    return sum(times for contacts in programmes.values() for times in contacts.values())
