"""What a large plan changes is counted once, and is what its rows say."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from app.lab.bench_account import Place, context_of, environment_of
from app.lab.bench_plan import ACCOUNT, AT, make
from connector.port.writing import Pace
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from sync.outbox import diff, parts
from workflows.decisions import store as decisions
from workflows.decisions.plan_counts import count_plan
from workflows.decisions.planning import Planning

pytestmark = pytest.mark.integration

CONTACTS = diff.COUNTED_AT_ONCE + 150


def test_a_large_plan_is_counted_whole_and_no_more_once_it_is_parted(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    make(engine, CONTACTS)
    made = context_of(environment_of(Place(database_url, tmp_path), public_url="http://localhost"))
    made.engine.dispose()
    here = replace(made, engine=engine)
    own = AccountSettings(timezone="America/New_York", business_name="Harbor Hearing")
    plan = Planning(here, ACCOUNT, own, at=AT).plan_all(Pace(contacts_per_second=500.0))
    assert plan is not None
    with reading(engine) as connection:
        assert diff.find_counted(connection, plan.plan_id) is None
        assert diff.count_values(connection, plan.plan_id).contacts == diff.COUNTED_AT_ONCE
    count_plan(here, ACCOUNT, plan)
    with reading(engine) as connection:
        counted = diff.find_counted(connection, plan.plan_id)
        rows = diff.load_diff(connection, plan.plan_id, limit=CONTACTS + 1)
        segments = decisions.count_segments(connection, ACCOUNT)
        some = [row.contact_id for row in rows[:10]]
    assert counted is not None
    assert counted.contacts == len(rows) == plan.planned > diff.COUNTED_AT_ONCE
    new = Counter(
        name for row in rows for name, (old, value) in row.values.items() if not old and value
    )
    assert counted.new == new
    assert sum(counted.groups.values()) == plan.planned
    assert set(counted.groups) == {key for key in segments if key}
    with engine.begin() as tx:
        parts.approve_part(tx, ACCOUNT, plan.plan_id, some, by="somebody", now=AT)
        assert diff.find_counted(tx, plan.plan_id) is None
