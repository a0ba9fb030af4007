"""A job that was asked for twice is one job, in Redis and in this process alike."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from app.inline import InlineQueue
from core.context import Context, current, entered
from core.queue import TIMEOUTS, Lane, RqQueue, job_key

JOB = "sync.jobs.backfill"


def queued(redis: Redis, lane: Lane) -> list[str]:
    ids = Queue(lane.value, connection=redis, serializer=JSONSerializer).job_ids
    return [str(i) for i in ids]


def job_in(redis: Redis, key: str) -> Job:
    return Job.fetch(key, connection=redis, serializer=JSONSerializer)


def test_a_job_carries_its_ids_as_json_under_its_key(redis: Redis) -> None:
    RqQueue(redis).enqueue(JOB, "hubspot-1", "zoë", lane=Lane.INBOUND)
    key = job_key(JOB, "hubspot-1", "zoë")
    assert queued(redis, Lane.INBOUND) == [key]
    job = job_in(redis, key)
    assert (job.func_name, list(job.args), job.kwargs) == (JOB, ["hubspot-1", "zoë"], {})
    assert job.timeout == TIMEOUTS[Lane.INBOUND]
    assert job.retries_left == 3


def test_what_is_stored_can_be_read_without_python(redis: Redis) -> None:
    RqQueue(redis).enqueue(JOB, "hubspot-1", lane=Lane.CARE)
    job = job_in(redis, job_key(JOB, "hubspot-1"))
    assert json.loads(job.data) == [JOB, None, ["hubspot-1"], {}]


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.DEFERRED, JobStatus.SCHEDULED])
def test_asking_again_while_it_waits_is_one_job(redis: Redis, status: JobStatus) -> None:
    queue = RqQueue(redis)
    queue.enqueue(JOB, "hubspot-1", lane=Lane.INBOUND)
    job = job_in(redis, job_key(JOB, "hubspot-1"))
    job.set_status(status)
    queue.enqueue(JOB, "hubspot-1", lane=Lane.INBOUND)
    queue.follow_up(job)
    assert len(queued(redis, Lane.INBOUND)) == 1


@pytest.mark.parametrize("asked", [0, 1, 3])
def test_asking_again_while_it_runs_is_one_further_job_after_it(redis: Redis, asked: int) -> None:
    queue = RqQueue(redis)
    queue.enqueue(JOB, "hubspot-1", "zoë", lane=Lane.OUTREACH)
    key = job_key(JOB, "hubspot-1", "zoë")
    redis.delete("rq:queue:outreach")  # a worker took it
    job = job_in(redis, key)
    job.set_status(JobStatus.STARTED)
    for _ in range(asked):
        queue.enqueue(JOB, "hubspot-1", "zoë", lane=Lane.OUTREACH)
    assert queued(redis, Lane.OUTREACH) == []
    job.set_status(JobStatus.FINISHED)
    for _ in range(2):
        queue.follow_up(job)
    assert queued(redis, Lane.OUTREACH) == [key] * min(asked, 1)
    if asked:
        again = job_in(redis, key)
        assert (again.func_name, list(again.args)) == (JOB, ["hubspot-1", "zoë"])
        assert again.get_status() is JobStatus.QUEUED


@pytest.mark.parametrize("status", [JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED])
def test_asking_again_afterwards_is_another_run(redis: Redis, status: JobStatus) -> None:
    queue = RqQueue(redis)
    queue.enqueue(JOB, "hubspot-1", lane=Lane.INBOUND)
    key = job_key(JOB, "hubspot-1")
    redis.delete("rq:queue:inbound")  # a worker took it
    job_in(redis, key).set_status(status)
    queue.enqueue(JOB, "hubspot-1", lane=Lane.INBOUND)
    assert queued(redis, Lane.INBOUND) == [key]
    assert job_in(redis, key).get_status() is JobStatus.QUEUED


def test_other_ids_and_a_further_attempt_are_other_jobs(redis: Redis) -> None:
    queue = RqQueue(redis)
    queue.enqueue(JOB, "hubspot-1", lane=Lane.INBOUND)
    queue.enqueue(JOB, "hubspot-2", lane=Lane.INBOUND)
    for _ in range(2):
        queue.enqueue(JOB, "hubspot-1", lane=Lane.INBOUND, attempt="2")
    assert len(queued(redis, Lane.INBOUND)) == 3
    again = job_in(redis, job_key(JOB, "hubspot-1", "2"))
    assert list(again.args) == ["hubspot-1"]


def test_lanes_are_queues_of_their_own(redis: Redis) -> None:
    for lane in Lane:
        RqQueue(redis).enqueue(JOB, lane.value, lane=lane)
    assert all(len(queued(redis, lane)) == 1 for lane in Lane)
    assert TIMEOUTS.keys() == set(Lane)


def test_without_workers_nobody_is_alive(redis: Redis) -> None:
    assert RqQueue(redis).live_workers() == set()


@given(parts=st.lists(st.text(), min_size=1, max_size=4))
def test_any_ids_make_a_key_that_rq_takes(parts: list[str]) -> None:
    key = job_key(*parts)
    assert all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    assert key == job_key(*parts)


RAN: list[tuple[str, ...]] = []


def note(*ids: str) -> None:
    """A job of these tests."""
    RAN.append(ids)
    if ids == ("again",):
        cast("Any", current()).queue.enqueue(f"{__name__}.note", "then", lane=Lane.CARE)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> tuple[InlineQueue, Context]:
    import sys  # noqa: PLC0415  this module, under the name that jobs are found by

    monkeypatch.setitem(sys.modules, "queue_test_jobs", sys.modules[__name__])
    RAN.clear()
    queue = InlineQueue()
    context = Context(
        settings=cast("Any", None),
        environment=cast("Any", None),
        clock=cast("Any", None),
        wall=cast("Any", None),
        engine=cast("Any", None),
        queue=queue,
        vault=cast("Any", None),
        redis=None,
        publish=lambda _fact: None,
        pause=lambda _seconds: None,
    )
    return queue, context


NOTE = "queue_test_jobs.note"


def test_the_inline_queue_runs_each_job_once_in_order(here: tuple[InlineQueue, Context]) -> None:
    queue, context = here
    for ids in (("1",), ("2", "b"), ("1",)):
        queue.enqueue(NOTE, *ids, lane=Lane.CARE)
    assert queue.waiting() == [NOTE, NOTE]
    queue.drain(context)
    assert RAN == [("1",), ("2", "b")]
    queue.enqueue(NOTE, "1", lane=Lane.CARE)
    queue.drain(context)
    assert RAN[-1] == ("1",)
    assert queue.ran == [NOTE] * 3
    assert queue.live_workers() == set()


def test_the_inline_queue_tells_attempts_apart_while_they_wait(
    here: tuple[InlineQueue, Context],
) -> None:
    queue, context = here
    queue.enqueue(NOTE, "1", lane=Lane.CARE)
    queue.enqueue(NOTE, "1", lane=Lane.CARE, attempt="2")
    queue.step(context)
    queue.enqueue(NOTE, "1", lane=Lane.CARE, attempt="2")
    queue.enqueue(NOTE, "1", lane=Lane.CARE)
    assert len(queue.waiting()) == 2


def test_jobs_know_their_context_and_nobody_else_does(here: tuple[InlineQueue, Context]) -> None:
    queue, context = here
    other = replace(context, worker="other")
    with entered(context):
        with entered(other):
            assert current() is other
        assert current() is context
    with pytest.raises(LookupError):
        current()
    queue.enqueue(NOTE, "again", lane=Lane.CARE)
    queue.enqueue("queue_test_jobs.missing", lane=Lane.CARE)
    with pytest.raises(AttributeError):
        queue.drain(context)
    with pytest.raises(LookupError):
        current()
