"""However many people a batch has, the database is asked as often: nothing is looked up or written one by one."""

from importlib import import_module
from pathlib import Path

import sqlalchemy as sa

from connector.port.records import ReadsContacts
from core.db import metadata, open_engine, reading
from sandbox.conduct import Conduct
from sync.inbox.deliveries import refresh
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.databases import empty_database
from workflows.enrollment.touch_states import TouchState
from workflows.touches import store as touches

# A lease that is renewed, or one more look whether somebody has pressed stop.
A_FEW = 8


def count(rekindle: CrmRekindle, job: str) -> int:
    """How many statements a job takes, whatever it causes not counted."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(rekindle.context.engine, "before_cursor_execute", note)
    rekindle.run(job, rekindle.account_id)
    sa.event.remove(rekindle.context.engine, "before_cursor_execute", note)
    rekindle.drain()
    return len(asked)


def start_and_prove(folder: Path, people: int) -> tuple[int, int, int]:
    """How many were started, and the statements that their starts and the look for evidence took."""
    side_of = import_module("tests.contract.crm_sides.hubspot").open_side
    with empty_database(folder) as url, side_of(Conduct(staff_work=False)) as side:
        engine = open_engine(url)
        metadata.create_all(engine)
        rekindle = build_rekindle(side, engine, url)
        rekindle.install()
        rekindle.choose(first_wave=people)
        rekindle.drain()
        rekindle.approve_plan()
        wave = rekindle.approve_wave()
        due = rekindle.standing().next_due
        assert due is not None
        side.advance(due)
        starts = count(rekindle, "workflows.jobs.start_due")
        started = len(rekindle.started_of(wave))
        side.advance(rekindle.context.clock.now().replace(minute=59))
        with rekindle.opened() as crm:
            # The receipts are read, and nobody has been told of it.
            assert isinstance(crm, ReadsContacts)
            refresh(rekindle.context, crm, rekindle.account_id, wave)
        proofs = count(rekindle, "workflows.jobs.prove_touches")
        with reading(engine) as connection:
            counts = touches.count_touches(connection, rekindle.account_id)
        assert counts.get(TouchState.PROVED) == started
        engine.dispose()
    return started, starts, proofs


def test_a_large_batch_takes_as_many_statements_as_a_small_one(tmp_path: Path) -> None:
    for name in ("few", "many"):
        (tmp_path / name).mkdir()
    few, *small = start_and_prove(tmp_path / "few", 3)
    many, *large = start_and_prove(tmp_path / "many", 14)
    assert few <= 3 < many - 6
    assert large[0] <= small[0] + A_FEW, (few, small, many, large)
    assert large[1] <= small[1] + A_FEW, (few, small, many, large)
