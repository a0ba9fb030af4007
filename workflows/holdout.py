"""Who is left alone on purpose, so that what comes back by itself is known; pure and lasting."""

import hashlib

# Default control share by the size of the eligible group (reactivation C10).
SHARES = ((500, 0.30), (2_000, 0.20), (20_000, 0.10))
LARGEST_SHARE = 0.05


def control_share(eligible: int) -> float:
    """The share to leave alone among so many eligible contacts."""
    return next((share for below, share in SHARES if eligible < below), LARGEST_SHARE)


def is_held_out(account_id: str, contact_id: str, programme: str, *, share: float) -> bool:
    """Whether chance leaves this contact alone: the same answer every time it is asked."""
    digest = hashlib.blake2b(
        f"{account_id}\x00{contact_id}\x00{programme}".encode(), digest_size=8
    ).digest()
    return int.from_bytes(digest, "big") / 2**64 < share
