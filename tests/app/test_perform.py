"""The one edge of all jobs: every class of error, dead letters, notices, and what a dead process left."""

import sys
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

from app.failures import judge
from app.perform import run_job
from app.pipeline import JOBS, Kind, ask_for, ask_of
from connector import errors
from connector.errors import CrmError
from connector.patience import RULES, Told, rule_of
from core.context import current
from core.db import reading
from core.facts import ChampionChanged
from core.jobs import store
from core.jobs.tables import claims, jobs
from core.queue import Lane
from oauth.notices import load_notices
from oauth.tables import installations
from scoring.jobs import learn_account
from tests.scoring.mirrored import ACCOUNT, Mirrored

JOB = "perform_test_jobs.work"
KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CrmError)
]


class FakeWriter:
    """What the job under test does next, and how often it was called."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.calls = 0

    def work(self, _account_id: str) -> None:
        self.calls += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def fake_writer(monkeypatch: pytest.MonkeyPatch) -> FakeWriter:
    """A job of the pipeline's that does what it is told."""
    fake_writer, module = FakeWriter(), ModuleType("perform_test_jobs")
    module.work = fake_writer.work  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "perform_test_jobs", module)
    monkeypatch.setitem(JOBS, JOB, Kind(Lane.CHANGES, "testing"))
    return fake_writer


@pytest.fixture
def mirrored(engine: sa.Engine) -> Mirrored:
    return Mirrored(engine)


def run_out(mirrored: Mirrored, fake_writer: FakeWriter) -> int:
    """Try until nobody tries any more; answers how often it was called."""
    here, queue = mirrored.context, mirrored.queue
    ask_for(here, JOB, ACCOUNT)
    for _ in range(100):
        queue.hurry(here)
        if not queue.waiting():
            return fake_writer.calls
        with suppress(type(fake_writer.error or AssertionError())):
            queue.drain(here)
    raise AssertionError("it is asked for for ever")


def letters(mirrored: Mirrored) -> list[store.Letter]:
    with reading(mirrored.engine) as connection:
        return store.load_given_up(connection, ACCOUNT)


def notices(mirrored: Mirrored) -> list[str]:
    with reading(mirrored.engine) as connection:
        return [n.kind for n in load_notices(connection, ACCOUNT)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_of_crm_error_has_a_row_and_its_job_ends(
    mirrored: Mirrored, fake_writer: FakeWriter, kind: type[CrmError]
) -> None:
    more: dict[str, Any] = {"limit": "x"} if kind is errors.CrmLimitReached else {}
    fake_writer.error = kind("The CRM said no.", **more)
    rule = rule_of(fake_writer.error)
    assert run_out(mirrored, fake_writer) == len(rule.retries) + 1
    (letter,) = letters(mirrored)
    assert (letter.job, letter.error) == (JOB, "The CRM said no.")
    assert notices(mirrored) == ([] if rule.told is Told.OPERATOR else [rule.told.value])
    with mirrored.engine.begin() as tx:
        assert tx.execute(sa.select(claims)).first() is None, "its claim is free"

    fake_writer.error = None
    with mirrored.engine.begin() as tx:
        assert store.replay(tx, ACCOUNT, letter.key, now=mirrored.context.wall.now())
    mirrored.queue.recover(mirrored.context)
    mirrored.queue.drain(mirrored.context)
    assert letters(mirrored) == []
    assert notices(mirrored) == []
    with mirrored.engine.begin() as tx:
        assert tx.execute(sa.select(jobs)).first() is None


def test_refusals_are_not_retried_like_time_outs() -> None:
    assert rule_of(errors.CrmInvalid("x")).retries == ()
    assert len(rule_of(errors.CrmUnavailable("x")).retries) > 10
    assert set(RULES) <= set(KINDS)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("jo@example.com"),
        sa.exc.OperationalError("INSERT", {"a": "jo@example.com"}, OSError("jo@example.com")),
    ],
)
def test_no_value_of_an_error_is_kept(
    mirrored: Mirrored, fake_writer: FakeWriter, error: Exception
) -> None:
    fake_writer.error = error
    run_out(mirrored, fake_writer)
    (letter,) = letters(mirrored)
    assert "example" not in letter.error
    assert judge(error, 1).retry_in is not None


def test_a_job_of_an_account_that_has_left_is_dropped(
    mirrored: Mirrored, fake_writer: FakeWriter
) -> None:
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(installations).values(status="disconnected"))
    assert run_out(mirrored, fake_writer) == 0
    assert letters(mirrored) == []


def test_a_fact_is_a_row_until_its_job_is_done_whatever_the_queue_loses(
    mirrored: Mirrored, fake_writer: FakeWriter
) -> None:
    here = mirrored.context
    ask_for(here, JOB, ACCOUNT)
    mirrored.queue.forget()  # emptied
    mirrored.queue.recover(here)
    queue = mirrored.queue
    assert queue.waiting() == [JOB]
    fake_writer.error = KeyboardInterrupt()  # type: ignore[assignment]  # killed in the middle
    with pytest.raises(KeyboardInterrupt):
        run_job(here, ask_of(JOB, ACCOUNT).key)
    fake_writer.error = None
    queue.forget()
    queue.bury(here)
    queue.drain(here)
    assert fake_writer.calls == 2
    queue.recover(here)
    assert queue.waiting() == []


def test_what_is_published_and_not_committed_is_asked_of_nobody(mirrored: Mirrored) -> None:
    from app.pipeline import publisher  # noqa: PLC0415

    here = mirrored.context
    publish = publisher(here.wall)

    class Undone(Exception):
        """The transaction is rolled back."""

    def fail() -> None:
        with here.begin() as tx:
            publish(tx, ChampionChanged(ACCOUNT))
            raise Undone

    with pytest.raises(Undone):
        fail()
    mirrored.queue.recover(here)
    assert mirrored.queue.waiting() == []
    with here.begin() as tx:
        publish(tx, ChampionChanged(ACCOUNT))
    assert mirrored.queue.waiting() == ["scoring.jobs.score_account"]


def test_every_job_of_the_pipeline_is_there() -> None:
    from importlib import import_module  # noqa: PLC0415

    for job in JOBS:
        module, _, name = job.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_a_job_knows_its_context_only_while_it_runs(mirrored: Mirrored) -> None:
    with pytest.raises(LookupError):
        current()
    mirrored.queue.run(mirrored.context, "scoring.jobs.learn_account", ACCOUNT)
    assert mirrored.queue.ran == ["scoring.jobs.learn_account"]
    assert learn_account.__module__ == "scoring.jobs"
