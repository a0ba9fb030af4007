"""What ends a round beside an answer, a booking, a sale and a wish: where its playbook says so; pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from playbooks.angles import Angle
from playbooks.line import Stop
from workflows.enrollment.states import SEQUENCE, End
from workflows.enrollment.touch_states import SPENT
from workflows.gate.touched import of_others


def stopped_by(
    stops: Collection[Stop],
    touches: Iterable[Mapping[str, Any]],
    *,
    began: datetime,
    staff_acts: Iterable[tuple[str, datetime]],
    clicked_at: datetime | None,
) -> tuple[End, datetime] | None:
    """How and when a running round is over by one of its playbook's own stops; None where it goes on.

    `touches` are the round's; `staff_acts` are (channel, moment) of what people of the team did. Whoever clicks in a
    message that leads with the easiest next step went to book: earlier clicks choose that message, and end nothing.
    """
    asked = [t for t in touches if t["state"] in SPENT and t["asked_at"]]
    if Stop.STAFF in stops:
        own = [(t["channel"], t["asked_at"]) for t in asked]
        # A sequence's e-mails look like those of its sender's own hand.
        hidden = {"email"} if any(t["variant"] == SEQUENCE for t in asked) else set[str]()
        acts = [(kind, at) for kind, at in staff_acts if at >= began and kind not in hidden]
        theirs = of_others(acts, own)
        if theirs:
            return End.TAKEN_OVER, theirs[0]
    if Stop.CLICK_TO_BOOK in stops and clicked_at is not None:
        invited = [t["asked_at"] for t in asked if t["angle"] == Angle.FRICTION]
        if invited and clicked_at > min(invited):
            return End.CLICKED, clicked_at
    return None
