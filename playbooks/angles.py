"""What a message leads with, and which follows from what the person did about the one before; pure."""

from enum import StrEnum


class Angle(StrEnum):
    """What a touch of a playbook leads with."""

    OPENING = "opening"  # what they asked for or bought, and a reason to talk now
    PROOF = "proof"  # how it went for others, and the usual worries
    NEW_ANGLE = "new_angle"  # another way in: something new, another need
    OBJECTIONS = "objections"  # they opened and did not answer: what may hold them back
    FRICTION = "friction"  # they clicked and went no further: the easiest next step
    LAST = "last"  # the end of it, politely, the door left open
