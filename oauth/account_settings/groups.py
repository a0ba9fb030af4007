"""The groups that an account's settings are shown in."""

from enum import StrEnum


class Group(StrEnum):
    """The parts of the page, in their order."""

    BUSINESS = "Your business"
    HOURS = "Hours and pauses"
    MEASURING = "Measuring"
    LEFT_ALONE = "Who is left alone"
    LIMITS = "Limits, and what goes ahead without approval"
    ANSWERS = "Answers"
    SENDER = "Voice and sender"
    REPORT = "Weekly report"
