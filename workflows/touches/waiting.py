"""What is due waits where the account's automation cannot do it, and the admin is told; the rest goes on."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from connector.patience import patiently
from connector.port.provider import Crm
from core import log
from core.context import Context
from oauth.notices import AUTOMATION, SEQUENCES, clear_notices, record_notice
from sync.outbox.unmade import load_unmade
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import Binding, load_bindings
from workflows.enrollment.states import Way
from workflows.touches import ability, store

# How long what is due waits where the account's automation cannot do it.
UNABLE_WAITS = timedelta(hours=1)


def hold_back(here: Context, account_id: str, crm: Crm, *, at: datetime) -> None:
    """Look at what the due playbooks run, before anybody is started: workflows and sequences apart."""
    with here.engine.begin() as tx:
        rows = (*ledger.load_due(tx, account_id, at=at), *store.load_due(tx, account_id, at=at))
        due = {row["playbook"] for row in rows}
        bound = load_bindings(tx, account_id)
        unmade = load_unmade(tx, account_id)
    by_sequence = {p: b for p, b in bound.items() if b.way is Way.SEQUENCE}
    _hold_workflows(here, account_id, crm, due - {*by_sequence}, bound, unmade, at=at)
    _hold_sequences(here, account_id, crm, due & {*by_sequence}, by_sequence, unmade, at=at)


def _hold_workflows(
    here: Context,
    account_id: str,
    crm: Crm,
    playbooks: Collection[str],
    bound: Mapping[str, Binding],
    unmade: Collection[str],
    *,
    at: datetime,
) -> None:
    if not playbooks:
        return
    wanted = [b.workflow_id for b in bound.values() if b.way is not Way.SEQUENCE]
    ways = {bound[p].way if p in bound else Way.TOUCHES for p in playbooks}
    found = patiently(lambda: ability.look(crm, wanted), pause=here.pause)
    said = ability.words(found) or ability.without_fields(unmade, ways)
    if said:
        _postpone(here, account_id, playbooks, said, AUTOMATION, at=at)
        return
    with here.begin() as tx:
        clear_notices(tx, account_id, kind=AUTOMATION)


def _hold_sequences(
    here: Context,
    account_id: str,
    crm: Crm,
    playbooks: Collection[str],
    bound: Mapping[str, Binding],
    unmade: Collection[str],
    *,
    at: datetime,
) -> None:
    """A missing seat or inbox shows when somebody is enrolled: its notice stands until somebody is in."""
    if not playbooks:
        return
    pairs = sorted({(bound[p].workflow_id, bound[p].sender_id) for p in playbooks})
    found = patiently(lambda: ability.look_at_sequences(crm, pairs), pause=here.pause)
    said = ability.words(found) or ability.without_fields(unmade, [Way.SEQUENCE])
    if said:
        _postpone(here, account_id, playbooks, said, SEQUENCES, at=at)


def _postpone(
    here: Context,
    account_id: str,
    playbooks: Collection[str],
    said: str,
    kind: str,
    *,
    at: datetime,
) -> None:
    until, now = at + UNABLE_WAITS, here.wall.now()
    with here.begin() as tx:
        for put_off in (ledger.postpone_due, store.postpone_due):
            put_off(tx, account_id, playbooks, at=at, until=until, reason=said)
        record_notice(tx, account_id, kind, job="workflows.jobs.start_due", message=said, now=now)
    log.get(__name__).info("workflows.automation.unable", account_id=account_id, kind=kind)
