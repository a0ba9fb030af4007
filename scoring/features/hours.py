"""The parts of a day by which people are told apart, in local hours."""

# Four blocks of the waking day, by local hour; what falls outside them tells nothing of what somebody likes.
HOUR_BLOCKS = ((9, 12), (12, 15), (15, 18), (18, 21))


def block_of(hour: int) -> int:
    """The block that an hour belongs to; earlier ones belong to the first, later ones to the last."""
    return next((i for i, (_, end) in enumerate(HOUR_BLOCKS) if hour < end), len(HOUR_BLOCKS) - 1)
