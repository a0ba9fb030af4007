"""How many are left alone on purpose, by the size of the group, and how long they are watched."""

from datetime import timedelta

# The arm of who is left alone; all others are a plan's key.
CONTROL = "control"
# The arm of who was to be left alone and was not, because a merge made them one with somebody who was started.
CONTACTED = "control_contacted"
# Most of what comes, comes within a month; a trickle takes up to three (N8).
WATCHED_FOR = timedelta(days=90)

# Default control share by eligible contacts (reactivation C10).
SHARES = ((500, 0.30), (2_000, 0.20), (20_000, 0.10))
LARGEST_SHARE = 0.05


def control_share(eligible: int, chosen: float | None = None) -> float:
    """The share to leave alone among so many eligible contacts: the one that the account chose, if it did."""
    if chosen is not None:
        return chosen
    return next((share for below, share in SHARES if eligible < below), LARGEST_SHARE)
