"""The queue carries keys: once each, without anything personal, and never louder than the database."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from core.queue import PERFORM, TIMEOUTS, Lane, RqQueue, rq_id

pytestmark = pytest.mark.integration

KEY = "sync.jobs.backfill:hubspot-1:all"


def queued(redis: Redis, lane: Lane) -> list[str]:
    ids = Queue(lane.value, connection=redis, serializer=JSONSerializer).job_ids
    return [str(i) for i in ids]


def test_a_key_is_carried_as_json_in_its_lane(redis: Redis) -> None:
    RqQueue(redis).carry(KEY, Lane.BULK)
    assert queued(redis, Lane.BULK) == [rq_id(KEY)]
    job = Job.fetch(rq_id(KEY), connection=redis, serializer=JSONSerializer)
    assert json.loads(job.data) == [PERFORM, None, [KEY], {}]
    assert job.timeout == TIMEOUTS[Lane.BULK]


def test_a_key_that_waits_is_not_added(redis: Redis) -> None:
    for _ in range(3):
        RqQueue(redis).carry(KEY, Lane.BULK)
    assert len(queued(redis, Lane.BULK)) == 1


def test_a_key_that_was_taken_by_somebody_who_died_is_carried_again(redis: Redis) -> None:
    """Taken out of the list and begun by nobody: RQ still calls it queued."""
    queue = RqQueue(redis)
    queue.carry(KEY, Lane.BULK)
    assert redis.lpop(f"rq:queue:{Lane.BULK}")
    assert not queue.waits([Lane.BULK])
    queue.carry(KEY, Lane.BULK)
    assert queue.waits([Lane.BULK])


def test_without_redis_carrying_is_left_to_the_next_round() -> None:
    nowhere = RqQueue(Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2))
    nowhere.carry(KEY, Lane.URGENT)
    assert not nowhere.waits(list(Lane))


def test_what_is_more_urgent_stands_before() -> None:
    assert Lane.BULK.more_urgent() == (Lane.URGENT, Lane.CHANGES)
    assert Lane.URGENT.more_urgent() == ()


@given(st.text(min_size=1))
def test_an_id_has_only_what_rq_allows(key: str) -> None:
    assert all((c.isascii() and c.isalnum()) or c in "-_" for c in rq_id(key))
