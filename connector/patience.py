"""What is done about which error, as one table; adapters never retry, the edges of jobs ask here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from connector.errors import (
    CrmAuthInvalid,
    CrmConflict,
    CrmError,
    CrmForbidden,
    CrmInvalid,
    CrmLimitReached,
    CrmMisconfigured,
    CrmNotFound,
    CrmRateLimited,
    CrmUnavailable,
)

T = TypeVar("T")


class Told(StrEnum):
    """Who has to do something about an error that does not pass by itself."""

    ADMIN_RECONNECTS = "reconnect"
    ADMIN_PERMITS = "permission"
    ADMIN_MAKES_ROOM = "limit"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done about one class of errors, in seconds.

    `pauses` come before the second, third, ... try within a job; `retries` before the job itself runs again.
    After the last it is given up and waits for a person; `told` says for whom.
    """

    pauses: tuple[float, ...]
    retries: tuple[float, ...]
    told: Told


_MINUTES = (60.0, 300.0, 900.0)
_HOURLY = (3600.0,) * 24

# The first row that fits counts: what is special stands before what is general.
RULES: dict[type[CrmError], Rule] = {
    CrmUnavailable: Rule(
        (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0), (*_MINUTES, *_HOURLY), Told.OPERATOR
    ),
    # A rate limit names its own wait and may repeat for longer.
    CrmRateLimited: Rule((10.0,) * 30, (*_MINUTES, *_HOURLY), Told.OPERATOR),
    CrmAuthInvalid: Rule((), (), Told.ADMIN_RECONNECTS),
    CrmForbidden: Rule((), (), Told.ADMIN_PERMITS),
    # Our own credentials or addresses: mended by the operator, and then it goes on by itself.
    CrmMisconfigured: Rule((), (*_MINUTES, *_HOURLY), Told.OPERATOR),
    CrmConflict: Rule((), (5.0, 60.0), Told.OPERATOR),
    CrmLimitReached: Rule((), (), Told.ADMIN_MAKES_ROOM),
    # The same request would be refused again.
    CrmNotFound: Rule((), (), Told.OPERATOR),
    CrmInvalid: Rule((), (), Told.OPERATOR),
    # An answer we do not know, CrmUnexpected among them: perhaps a passing one.
    CrmError: Rule((), (60.0, 600.0), Told.OPERATOR),
}

# A CRM may ask for a day (an account that moves to another data centre): no job sleeps that long.
LONGEST = 300.0


def rule_of(error: CrmError) -> Rule:
    return next(rule for kind, rule in RULES.items() if isinstance(error, kind))


def decide_pause(error: CrmError, tries: int) -> float | None:
    """Seconds to wait after the `tries`-th failure in a row (1 is the first), or None to give up."""
    pauses = rule_of(error).pauses
    if tries > len(pauses) or (error.retry_after or 0.0) > LONGEST:
        return None
    return pauses[tries - 1] if error.retry_after is None else error.retry_after


def decide_retry(error: CrmError, failures: int) -> float | None:
    """Seconds until the job runs again after its `failures`-th failure in a row, or None to give it up."""
    retries = rule_of(error).retries
    if failures > len(retries):
        return None
    return max(retries[failures - 1], error.retry_after or 0.0)


def patiently(
    call: Callable[[], T], *, pause: Callable[[float], None], most: float = float("inf")
) -> T:
    """Call until it succeeds or the table says stop; raises the last CrmError.

    `most` bounds the pauses together, in seconds: somebody at a page waits less long than a job.
    """
    tries, waited = 0, 0.0
    while True:
        try:
            return call()
        except CrmError as error:
            tries += 1
            wait = decide_pause(error, tries)
            if wait is None or waited + wait > most:
                raise
            pause(wait)
            waited += wait
