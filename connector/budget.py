"""One request budget for each account, shared by every process on every machine, with lanes and learnt limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from redis import Redis


class Urgency(StrEnum):
    """Who goes first when an account's budget is short; the share of the window each may fill."""

    PERSON = "person"
    INCREMENTAL = "incremental"
    BACKFILL = "backfill"
    REREAD = "reread"


# Before an account was read nothing can be started, and a person needs a few requests for a card. What is read again
# leaves enough free for a start to go through at once: about thirty requests of the smallest window of a hundred.
SHARES = {
    Urgency.PERSON: 1.0,
    Urgency.INCREMENTAL: 0.95,
    Urgency.BACKFILL: 0.85,
    Urgency.REREAD: 0.65,
}

# A moving window: requests are scores in a sorted set, so that no two windows can add up to more than
# the limit, which a token bucket with a full burst allows. Scores are cut to whole milliseconds: one that is
# exactly a window old may be younger, and still counts. Answers 0, or the milliseconds to wait.
_TAKE = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
local window = tonumber(ARGV[1])
local limit = tonumber(redis.call('GET', KEYS[2]) or ARGV[2])
local ceiling = math.max(1, math.floor(limit * tonumber(ARGV[3])))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. (ms - window))
local used = redis.call('ZCARD', KEYS[1])
if used < ceiling then
  redis.call('ZADD', KEYS[1], ms, ms .. ':' .. now[2] .. ':' .. used)
  redis.call('PEXPIRE', KEYS[1], window + 1000)
  return 0
end
local freeing = redis.call('ZRANGE', KEYS[1], used - ceiling, used - ceiling, 'WITHSCORES')
return math.max(1, tonumber(freeing[2]) + window - ms + 1)
"""


@dataclass(frozen=True, slots=True)
class Used:
    """One moving window of an account: requests in it, and how many there may be for each urgency."""

    seconds: float
    requests: int
    ceilings: Mapping[Urgency, int]


def load_used(
    redis: Redis, account_id: str, buckets: Mapping[str, tuple[int, int]], *, at: float
) -> list[Used]:
    """The windows of an account at a moment in seconds, as all its processes have filled them."""
    found = []
    for bucket, (usual, window) in buckets.items():
        learnt = redis.get(_key(account_id, bucket, "limit"))
        limit = int(learnt) if isinstance(learnt, bytes | str) else usual
        used = redis.zcount(_key(account_id, bucket), at * 1_000 - window, "+inf")
        ceilings = {urgency: max(1, int(limit * share)) for urgency, share in SHARES.items()}
        found.append(Used(window / 1_000, int(str(used)), ceilings))
    return found


def _key(account_id: str, bucket: str, *more: str) -> str:
    return ":".join(["budget", account_id, bucket, *more])


class Unlimited:
    """No budget: for measuring, and where Redis is absent."""

    def take(self, bucket: str) -> None:
        pass

    def learn(self, bucket: str, limit: int) -> None:
        pass


class RedisBudget:
    """Buckets of (limit, window in ms) in Redis under one account's name."""

    def __init__(
        self,
        redis: Redis,
        account_id: str,
        buckets: dict[str, tuple[int, int]],
        *,
        urgency: Urgency,
        pause: Callable[[float], None],
    ) -> None:
        self._take = redis.register_script(_TAKE)
        self._redis = redis
        self._account_id = account_id
        self._buckets = buckets
        self._share = SHARES[urgency]
        self._pause = pause
        self._learnt: dict[str, int] = {}

    def take(self, bucket: str) -> None:
        limit, window = self._buckets[bucket]
        keys = [self._key(bucket), self._key(bucket, "limit")]
        while wait := int(self._take(keys=keys, args=[window, limit, self._share])):
            self._pause(wait / 1000)

    def learn(self, bucket: str, limit: int) -> None:
        if limit < 1 or self._learnt.get(bucket) == limit:
            return
        self._learnt[bucket] = limit
        # A twentieth stays free for requests that other parts of the account's app make unseen.
        # It stays until another limit is stated: this process tells Redis only once.
        self._redis.set(self._key(bucket, "limit"), max(1, limit - max(1, limit // 20)))

    def _key(self, bucket: str, *more: str) -> str:
        return _key(self._account_id, bucket, *more)
