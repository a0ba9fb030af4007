"""How an answer is meant, as the outcome of its activity says; a wish, where it holds one, says more."""

from enum import StrEnum


class Tone(StrEnum):
    """The outcome of an e-mail or a text that came in and holds no wish."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNCLEAR = "unclear"
