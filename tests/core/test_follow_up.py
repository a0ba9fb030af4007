"""A job that is asked for while it runs is run once more afterwards: no news is lost between the two."""

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from core.queue import Lane, RqQueue, job_key

JOB = "sync.jobs.handle_deliveries"
KEY = job_key(JOB, "a-1")


def running(redis: Redis) -> Job:
    """The job as it is while a worker is at it."""
    RqQueue(redis).enqueue(JOB, "a-1", lane=Lane.INBOUND)
    redis.delete(Queue("inbound", connection=redis).key)
    RqQueue(redis).enqueue(JOB, "a-1", lane=Lane.INBOUND)
    redis.delete(Queue("inbound", connection=redis).key)
    job = Job.fetch(KEY, connection=redis, serializer=JSONSerializer)
    job.set_status(JobStatus.STARTED)
    return job


def waiting(redis: Redis) -> list[str]:
    return list(Queue("inbound", connection=redis, serializer=JSONSerializer).job_ids)


def test_asked_for_while_it_runs_it_runs_once_more(redis: Redis) -> None:
    job = running(redis)
    queue = RqQueue(redis)
    for _ in range(5):
        queue.enqueue(JOB, "a-1", lane=Lane.INBOUND)
    assert waiting(redis) == []
    job.set_status(JobStatus.FINISHED)
    queue.follow_up(job)
    queue.follow_up(job)
    assert waiting(redis) == [KEY]


def test_not_asked_for_it_does_not_run_again(redis: Redis) -> None:
    job = running(redis)
    job.set_status(JobStatus.FINISHED)
    RqQueue(redis).follow_up(job)
    assert waiting(redis) == []


def test_asked_for_after_it_ended_it_waits_as_usual(redis: Redis) -> None:
    job = running(redis)
    job.set_status(JobStatus.FINISHED)
    queue = RqQueue(redis)
    queue.enqueue(JOB, "a-1", lane=Lane.INBOUND)
    queue.enqueue(JOB, "a-1", lane=Lane.INBOUND)
    assert waiting(redis) == [KEY]
    queue.follow_up(job)
    assert waiting(redis) == [KEY]
