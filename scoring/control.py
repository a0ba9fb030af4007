"""How many are left alone on purpose, by the size of the group: what a difference needs to be seen."""

# Default control share by eligible contacts (reactivation C10).
SHARES = ((500, 0.30), (2_000, 0.20), (20_000, 0.10))
LARGEST_SHARE = 0.05


def control_share(eligible: int) -> float:
    """The share to leave alone among so many eligible contacts."""
    return next((share for below, share in SHARES if eligible < below), LARGEST_SHARE)
