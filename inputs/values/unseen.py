"""Marks in a text that can't be seen: they have no width, or steer what shows it."""

# For any regular expression; line ends and tabs are not among them.
UNSEEN = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]"
)
