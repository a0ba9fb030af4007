"""Reads what somebody steering a sandbox wants to let happen."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import HTTPException

from sandbox.world.events import Event, Kind, Sentiment

TAKES = timedelta(minutes=1)  # what somebody does who is played by a visitor
STRANGER = -1  # nobody of the world's own people: what they do has no consequences there


def read_happening(wanted: Mapping[str, object], at: datetime) -> Event:
    """The event of this `kind`, such as VISIT; raises 400 for one that there is not."""
    name, mood = str(wanted.get("kind", "")).upper(), wanted.get("sentiment")
    if name not in Kind.__members__:
        raise HTTPException(400, f"kind must be one of: {', '.join(Kind.__members__)}")
    if mood is not None and mood not in set(Sentiment):
        raise HTTPException(400, f"sentiment must be one of: {', '.join(Sentiment)}")
    amount = wanted.get("amount")
    return Event(
        STRANGER,
        Kind[name],
        at,
        amount=float(amount) if isinstance(amount, int | float) else None,
        sentiment=None if mood is None else Sentiment(str(mood)),
        text=str(wanted["text"]) if wanted.get("text") else None,
        by_machine=wanted.get("by_machine") is True,
    )
