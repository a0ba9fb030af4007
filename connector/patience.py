"""How long to wait after which error, as one table; adapters never retry, the edges of jobs ask here."""

from collections.abc import Callable
from typing import TypeVar

from connector.errors import CrmError, CrmRateLimited, CrmUnavailable

T = TypeVar("T")

# Seconds before the second, third, ... try. A rate limit names its own wait and may repeat for longer.
PAUSES = {
    CrmUnavailable: (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0),
    CrmRateLimited: (10.0,) * 30,
}


# A CRM may ask for a day (an account that moves to another data centre): no job sleeps that long.
LONGEST = 300.0


def decide_pause(error: CrmError, tries: int) -> float | None:
    """Seconds to wait after the `tries`-th failure in a row (1 is the first), or None to give up."""
    pauses = next((p for kind, p in PAUSES.items() if isinstance(error, kind)), ())
    if tries > len(pauses) or (error.retry_after or 0.0) > LONGEST:
        return None
    return pauses[tries - 1] if error.retry_after is None else error.retry_after


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
