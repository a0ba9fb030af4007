"""Who used their right to be forgotten stays forgotten, though somebody had read of them a moment before (D10)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.context import entered
from core.db import reading
from core.jobs import store as job_store
from core.jobs.store import Ask
from scoring import jobs as scoring_jobs
from scoring.store import load_scores
from sync.mirror.store import save_activities, save_contacts
from sync.mirror.tables import activities, contacts
from tests.scoring.mirrored import ACCOUNT, Mirrored
from tests.workflows.merging import contact
from tests.workflows.planned import plan_all
from workflows import jobs

pytestmark = pytest.mark.integration


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    found = Mirrored(engine)
    found.know("1")
    found.happen(("1", 400, "form"), ("1", 300, "email"))
    found.run(scoring_jobs.score_account)
    plan_all(found)
    return found


def held(mirrored: Mirrored) -> int:
    with reading(mirrored.engine) as connection:
        rows = [
            connection.execute(sa.select(table).where(table.c.contact_id == "1")).all()
            for table in (contacts, activities)
        ]
        return sum(map(len, rows)) + len(load_scores(connection, ACCOUNT, ["1"]))


def test_what_a_job_stores_after_it_read_of_them_is_deleted_as_well_d10(
    mirrored: Mirrored,
) -> None:
    poll = Ask("sync.jobs.poll", ACCOUNT, (), "changes", f"poll:{ACCOUNT}")
    now = mirrored.context.wall.now()
    with mirrored.engine.begin() as tx:
        job_store.ask(tx, poll, now=now)
        at_work = job_store.take(tx, poll.key, now=now)
        told = tx.execute(sa.select(activities).where(activities.c.contact_id == "1")).mappings()
        acts = [{n: v for n, v in row.items() if n != "account_id"} for row in told]
    assert at_work is not None
    assert held(mirrored) > 2
    with entered(mirrored.context):
        again = jobs.erase_people(ACCOUNT, "1")
        assert again is not None, "the poll may have read of them"
        assert now < again < now + timedelta(minutes=6)
        assert held(mirrored) == 0
        with mirrored.engine.begin() as tx:
            save_contacts(tx, ACCOUNT, [contact("1")], asked_at=0)
            save_activities(tx, ACCOUNT, acts)  # type: ignore[arg-type]
            job_store.finish(tx, at_work, now=now)
        assert held(mirrored) > 0
        assert jobs.erase_people(ACCOUNT, "1") is None, "nobody is at work any more"
    assert held(mirrored) == 0
