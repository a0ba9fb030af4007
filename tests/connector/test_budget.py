"""One budget for all processes: never more than the limit in any window, urgent things first."""

import threading
import time
from collections.abc import Callable

import pytest
from redis import Redis

from connector.budget import SHARES, RedisBudget, Unlimited, Urgency, load_used

pytestmark = pytest.mark.integration

LIMIT, WINDOW = 10, 300  # requests in milliseconds


class Halted(Exception):
    """The budget asked to wait."""


def halt(_seconds: float) -> None:
    raise Halted


def budget(
    redis: Redis,
    urgency: Urgency = Urgency.PERSON,
    *,
    pause: Callable[[float], None] = halt,
    account_id: str = "hubspot-1",
    window: int = 60_000,
) -> RedisBudget:
    buckets = {"burst": (LIMIT, window), "search": (4, window), "single": (1, window)}
    return RedisBudget(redis, account_id, buckets, urgency=urgency, pause=pause)


def takes(of: RedisBudget, bucket: str = "burst") -> int:
    """How many fit before it asks to wait."""
    for count in range(1_000):
        try:
            of.take(bucket)
        except Halted:
            return count
    return 1_000


def test_never_more_than_the_limit_in_any_window_however_many_take(redis: Redis) -> None:
    granted: list[tuple[float, float]] = []  # each between two looks at the server's clock
    waits: list[float] = []
    url = address_of(redis)

    def work(urgency: Urgency) -> None:
        own = Redis.from_url(url)
        looked = 0.0

        def pause(seconds: float) -> None:
            nonlocal looked
            waits.append(seconds)
            time.sleep(min(seconds, 0.01))  # asks again too early, which must not help
            looked = server_time(own)

        shared = budget(own, urgency, pause=pause, window=WINDOW)
        for _ in range(6):
            looked = server_time(own)
            shared.take("burst")
            granted.append((looked, server_time(own)))
        own.close()

    threads = [threading.Thread(target=work, args=(u,)) for u in list(Urgency) * 2]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(granted) == len(Urgency) * 2 * 6
    assert waits
    for first, _ in granted:
        surely_inside = [
            1 for before, after in granted if before >= first and after < first + WINDOW
        ]
        assert len(surely_inside) <= LIMIT


def server_time(redis: Redis) -> float:
    """The server's clock in milliseconds."""
    seconds, micros = redis.time()
    return seconds * 1000 + micros / 1000


def address_of(redis: Redis) -> str:
    options = redis.connection_pool.connection_kwargs
    if "path" in options:
        return f"unix://{options['path']}"
    return f"redis://{options['host']}:{options['port']}/{options.get('db', 0)}"


def test_processes_share_one_budget_and_accounts_do_not(redis: Redis) -> None:
    assert takes(budget(redis)) == LIMIT
    assert takes(budget(redis)) == 0
    assert takes(budget(redis, account_id="hubspot-2")) == LIMIT
    assert takes(budget(redis), "search") == 4


@pytest.mark.parametrize("urgency", list(Urgency))
def test_each_lane_may_fill_its_share(redis: Redis, urgency: Urgency) -> None:
    assert takes(budget(redis, urgency)) == int(LIMIT * SHARES[urgency])


def test_a_person_gets_through_while_a_backfill_runs(redis: Redis) -> None:
    assert takes(budget(redis, Urgency.BACKFILL)) == 8
    assert takes(budget(redis, Urgency.BACKFILL)) == 0
    assert takes(budget(redis, Urgency.PERSON)) == 2
    assert takes(budget(redis, Urgency.INCREMENTAL)) == 0


def test_a_start_gets_through_while_the_account_is_read_again(redis: Redis) -> None:
    assert takes(budget(redis, Urgency.REREAD)) == 6
    assert takes(budget(redis, Urgency.PERSON)) == 4


@pytest.mark.parametrize("urgency", list(Urgency))
def test_no_lane_starves_where_only_one_request_fits(redis: Redis, urgency: Urgency) -> None:
    assert takes(budget(redis, urgency), "single") == 1


def test_the_wait_is_as_long_as_needed_and_no_longer(redis: Redis) -> None:
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        raise Halted

    full = budget(redis, pause=pause)
    assert takes(full) == LIMIT
    assert len(waits) == 1
    assert 50 < waits[0] <= 60.001
    # After the oldest has left there is room again.
    redis.zremrangebyrank("budget:hubspot-1:burst", 0, 0)
    assert takes(full) == 1


def test_a_lower_lane_waits_until_it_is_below_its_own_share(redis: Redis) -> None:
    assert takes(budget(redis, Urgency.PERSON)) == LIMIT
    redis.zremrangebyrank("budget:hubspot-1:burst", 0, 0)
    assert takes(budget(redis, Urgency.BACKFILL)) == 0
    redis.zremrangebyrank("budget:hubspot-1:burst", 0, 1)
    assert takes(budget(redis, Urgency.BACKFILL)) == 1


@pytest.mark.parametrize(
    ("said", "fits"), [(110, 105), (20, 19), (5, 4), (2, 1), (1, 1), (0, LIMIT), (-3, LIMIT)]
)
def test_what_the_crm_says_is_taken_over_by_everybody(redis: Redis, said: int, fits: int) -> None:
    budget(redis).learn("burst", said)
    assert takes(budget(redis)) == fits


def test_a_learnt_limit_lasts_and_follows_the_crm(redis: Redis) -> None:
    one = budget(redis)
    one.learn("burst", 5)
    one.learn("burst", 5)
    assert redis.ttl("budget:hubspot-1:burst:limit") == -1  # it is told only once
    one.learn("burst", 8)
    assert takes(one) == 7


def test_a_bucket_that_is_not_known_is_a_mistake_of_ours(redis: Redis) -> None:
    with pytest.raises(KeyError):
        budget(redis).take("nonsense")


def test_what_is_over_is_forgotten_by_itself(redis: Redis) -> None:
    budget(redis, window=5_000).take("burst")
    assert 0 < int(redis.pttl("budget:hubspot-1:burst")) <= 6_000


def test_no_budget_never_waits() -> None:
    free = Unlimited()
    free.learn("burst", 1)
    for _ in range(1_000):
        free.take("burst")


def test_what_is_used_of_a_window_is_told_with_what_each_lane_may_fill(redis: Redis) -> None:
    mine = budget(redis)
    for _ in range(3):
        mine.take("burst")
    budget(redis, account_id="hubspot-2").take("burst")
    mine.learn("burst", 100)
    now = server_time(redis) / 1_000
    [told] = load_used(redis, "hubspot-1", {"burst": (LIMIT, 60_000)}, at=now)
    assert (told.seconds, told.requests) == (60.0, 3)
    assert told.ceilings[Urgency.PERSON] == 95, "a twentieth stays free of what the CRM states"
    assert told.ceilings[Urgency.BACKFILL] == int(95 * SHARES[Urgency.BACKFILL])
    [later] = load_used(redis, "hubspot-1", {"burst": (LIMIT, 60_000)}, at=now + 61)
    assert later.requests == 0
