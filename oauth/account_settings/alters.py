"""What has to be done anew after a change of settings; pure."""

from enum import StrEnum


class Alters(StrEnum):
    """What has to be done anew after a change; each includes those after it."""

    READING = "reading"
    SCORING = "scoring"
    DECIDING = "deciding"
