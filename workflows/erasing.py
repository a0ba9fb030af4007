"""Deleting everything we hold of people who used their right to be forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core import log
from core.context import Context
from core.db import reading
from core.jobs.store import find_longest_running
from oauth.account_settings.changing import load_settings
from oauth.store import find_installation
from scoring import store as scores
from sync.mirror import aliases
from sync.mirror import store as mirror
from sync.outbox import plans as outbox
from workflows.acts import store as acts
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.gate.do_not_contact import remember_erased
from workflows.handoff import store as handoffs
from workflows.log import store as decision_log
from workflows.results import store as results
from workflows.touches import store as touches

# Whoever read something of a person before they were erased may store it after: so soon, and so late at most, it is
# looked for again. Who has been at work for long will go on for long.
SOON, LATE = timedelta(seconds=3), timedelta(minutes=5)
_JOB = "workflows.jobs.erase_people"


def erase_people(here: Context, account_id: str, erased: Sequence[str]) -> datetime | None:
    """Delete everything we hold of people whom the CRM has erased, in one transaction; answers when to do so again.

    That is also what hangs on ids that merges have ended, and that these ids were theirs. It is to be done again where
    other jobs of the account are under way meanwhile, until none was.
    """
    with here.engine.begin() as tx:
        decisions.lock(tx, account_id)
        aliases.lock(tx, account_id)
        before = find_longest_running(tx, account_id, but=_JOB)
        everything = aliases.load_same(tx, account_id, erased)
        account = find_installation(tx, account_id)
        zone = load_settings(here, account).timezone if account else None
        remember_erased(
            tx, account_id, everything, vault=here.vault, tenant_zone=zone, now=here.wall.now()
        )
        mirror.erase_contacts(tx, account_id, everything)
        scores.forget(tx, account_id, everything)
        outbox.forget(tx, account_id, everything)
        decisions.delete_decisions(tx, account_id, everything)
        draws.forget(tx, account_id, everything)
        results.forget(tx, account_id, everything)
        ledger.forget(tx, account_id, everything)
        touches.forget(tx, account_id, everything)
        handoffs.forget(tx, account_id, everything)
        acts.forget(tx, account_id, everything)
        aliases.forget(tx, account_id, everything)
        secret = here.settings.session_secret.get_secret_value()
        decision_log.forget(tx, account_id, everything, secret=secret)
    with reading(here.engine) as connection:
        after = find_longest_running(connection, account_id, but=_JOB)
    log.get(__name__).info("workflows.people.erased", account_id=account_id, people=len(erased))
    at_work, now = [since for since in (before, after) if since is not None], here.wall.now()
    return now + min(max(SOON, now - min(at_work)), LATE) if at_work else None
