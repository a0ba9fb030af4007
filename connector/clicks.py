"""Tells a person's click in an e-mail from that of a mail scanner, which follows every link as the mail comes in."""

OPENING = (
    "open"  # the kind of activity that an opened e-mail is: no sign of life, machines open as well
)
MACHINE = "machine"  # what such a click's outcome is
# Nobody has read a mail and followed a link in it so soon after it was sent (ms).
_SOONEST = 10_000


def is_scanner(sent_at: int | None, clicked_at: int) -> bool:
    """Whether a click came so soon after its e-mail was sent that no person made it."""
    return sent_at is not None and 0 <= clicked_at - sent_at < _SOONEST
