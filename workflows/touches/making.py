"""Making touches happen: what was written into the outbox is applied, and the CRM told."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from connector.port.writing import WritesProperties
from core import log
from core.clock import Clock
from oauth.account_settings.fields import AccountSettings
from sync.outbox.applying import Applying, Halted
from sync.outbox.plan_rows import load_ends
from sync.outbox.plans import Plan
from sync.outbox.states import WriteState
from workflows.properties import RULES
from workflows.stops.store import watch
from workflows.touches import entering, settling, store


def apply_asking(
    engine: Engine,
    crm: WritesProperties,
    plan: Plan,
    *,
    own: AccountSettings,
    clock: Clock,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Apply the plan of some touches, then settle them by what became of each write.

    Before each call it is asked whether somebody has stopped the account: what has not been sent by then is due again
    once it goes on, and the gate is asked anew.
    """
    must_stop = watch(engine, plan.account_id)
    applying = Applying(engine, crm, plan, RULES, clock=clock, pause=pause, must_stop=must_stop)
    try:
        applying.apply()
    except Halted:
        log.get(__name__).warning("workflows.touches.halted", account_id=plan.account_id)
    settle(engine, crm, plan.account_id, plan.plan_id, own=own, clock=clock, at=at, pause=pause)


def finish(
    engine: Engine,
    crm: WritesProperties,
    plan: Plan,
    *,
    own: AccountSettings,
    clock: Clock,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Settle what a dead or halted process left: what it sent is looked up, what it did not is due again."""
    Applying(engine, crm, plan, RULES, clock=clock, pause=pause).close()
    with engine.begin() as tx:
        sent = load_ends(tx, plan.plan_id)
        asking = store.load_asking(tx, plan.account_id)
        left = [r for r in asking if r["plan_id"] == plan.plan_id and r["contact_id"] not in sent]
        settling.take_back(tx, left, at=at)
    settle(engine, crm, plan.account_id, plan.plan_id, own=own, clock=clock, at=at, pause=pause)


def settle(
    engine: Engine,
    crm: WritesProperties,
    account_id: str,
    plan_id: str,
    *,
    own: AccountSettings,
    clock: Clock,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Touches of an applied plan have been asked for or failed.

    Where a property is the trigger, its write was the asking; everything else is asked for now, by a call for each.
    """
    with engine.begin() as tx:
        ended = load_ends(tx, plan_id)
        written, asked, failed = [], [], []
        for row in store.load_asking(tx, account_id):
            if row["plan_id"] != plan_id or row["contact_id"] not in ended:
                continue
            state, reason = ended[row["contact_id"]]
            if state is WriteState.FAILED:
                failed.append((row, reason))
            elif state is WriteState.SUCCEEDED and entering.is_needed(crm, row):
                written.append(row)
            elif state is WriteState.SUCCEEDED:
                asked.append(row)
        settling.record_failed(tx, account_id, failed, at=at)
        settling.record_asked(tx, account_id, asked, at=at)
    if written:
        entering.Entering(engine, crm, account_id, own, clock, at, pause).enter(written)
