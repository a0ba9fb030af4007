"""Who is left alone on purpose, so that what comes back by itself is known; pure and lasting."""

import hashlib


def is_held_out(account_id: str, contact_id: str, programme: str, *, share: float) -> bool:
    """Whether chance leaves this contact alone: the same answer every time it is asked."""
    digest = hashlib.blake2b(
        f"{account_id}\x00{contact_id}\x00{programme}".encode(), digest_size=8
    ).digest()
    return int.from_bytes(digest, "big") / 2**64 < share
