"""What a list may be called; pure."""

from core.errors import Invalid
from inputs.refusals import disqualifies, refused

LONGEST = 100


def read_name(text: str) -> str:
    """The name that somebody typed. Raises Invalid for none, and for one that would be read as a refusal of contact."""
    name = " ".join(text.split())
    if not 3 <= len(name) <= LONGEST:
        raise Invalid(f"Give the list a name of 3 to {LONGEST} letters.")
    if refused([name]) or disqualifies([name]):
        raise Invalid(
            "By this name everybody in the list would count as somebody who must not be contacted. Choose another."
        )
    return name
