"""An account whose contacts are decided about and planned, and what is stored of it."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from connector.port.writing import Pace
from core.clock import SystemClock
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from scoring import jobs as scoring_jobs
from sync.mirror.tables import contacts
from sync.outbox import plans as outbox
from sync.outbox.plans import Plan
from sync.outbox.tables import plan_writes, plans
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows.decisions import store as decision_store
from workflows.decisions.planning import Planning
from workflows.decisions.tables import decisions as decided_rows

PACE = Pace(contacts_per_second=100.0)


def crowded(mirrored: Mirrored, size: int = 60, **more: Any) -> list[str]:
    people = mirrored.crowd(size, **more)
    mirrored.run(scoring_jobs.score_account)
    return people


def of(mirrored: Mirrored) -> Planning:
    own = AccountSettings(timezone="America/New_York")
    return Planning(mirrored.context, ACCOUNT, own, at=mirrored.clock.now())


def plan_all(mirrored: Mirrored) -> Plan | None:
    return of(mirrored).plan_all(PACE)


def load(mirrored: Mirrored, table: sa.Table, *names: str) -> dict[str, tuple[Any, ...]]:
    """Contact → columns of its row."""
    query = sa.select(table.c.contact_id, *(table.c[name] for name in names))
    with reading(mirrored.engine) as connection:
        return {row[0]: tuple(row[1:]) for row in connection.execute(query)}


def load_now(tx: sa.Connection, table: sa.Table, name: str) -> list[Any]:
    return list(tx.execute(sa.select(table.c[name])).scalars())


def decided(mirrored: Mirrored) -> dict[str, tuple[Any, ...]]:
    return load(mirrored, decided_rows, "status", "playbook", "rule", "reason")


def written(mirrored: Mirrored) -> dict[str, tuple[Any, ...]]:
    return load(mirrored, plan_writes, "new_values", "old_values", "state", "rank")


def counted(mirrored: Mirrored) -> dict[str, int]:
    """Status → contacts, as the page shows them; each kind of decision as a recount finds it."""
    with reading(mirrored.engine) as connection:
        told = decision_store.count_decisions(connection, ACCOUNT)
    again = Counter((s, rule, reason) for s, _, rule, reason in decided(mirrored).values())
    assert {(s, rule, reason): n for s, rule, reason, n in told} == again
    sums = Counter[str]()
    for status, _, _, contacts_of in told:
        sums[status] += contacts_of
    return dict(sums)


def approve(mirrored: Mirrored, plan: Plan | None) -> None:
    assert plan is not None
    with mirrored.engine.begin() as tx:
        outbox.approve(tx, ACCOUNT, plan.plan_id, by="operator ada", now=SystemClock().now())


def take(mirrored: Mirrored, plan: Plan | None) -> None:
    """As if the plan had been applied: the mirror has its values, and it is over."""
    assert plan is not None
    with mirrored.engine.begin() as tx:
        for row in tx.execute(sa.select(plan_writes)).all():
            tx.execute(
                sa.update(contacts)
                .where(contacts.c.contact_id == row.contact_id)
                .values(known=row.new_values)
            )
        tx.execute(sa.delete(plan_writes))
        tx.execute(sa.update(plans).values(state="applied"))
