"""What touches and the ends of their rounds teach, as columns; pure, and loads numpy."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np

from scoring.learn.choosing import Sent
from scoring.learn.pooled import CHOICES
from workflows.choices.choice import Choice
from workflows.enrollment.states import End

_ANSWERS = (End.ANSWERED, End.BOOKED, End.BOUGHT)
_DAY = timedelta(days=1)

Row = Mapping[str, Any]


def sent_of(rows: Sequence[Row], *, at: datetime) -> Sent:
    """Touches as `load_sent` tells them, by rounds and in order, by what is known `at` a moment."""
    told: list[dict[str, str]] = []
    person: list[int] = []
    numbers: list[tuple[float, float, float]] = []  # base, age and watched
    answered: list[bool] = []
    opted_out: list[bool] = []
    rounds = groupby(rows, key=lambda row: (row["contact_id"], row["playbook"], row["round_no"]))
    for place, (_, members) in enumerate(rounds):
        mine = list(members)
        for row in mine:
            choice = Choice.from_json(row["choice"])
            if choice is None:
                continue
            asked_at = row["asked_at"]
            told.append(
                choice.columns(
                    playbook=row["playbook"],
                    touch_no=row["touch_no"],
                    channel=row["channel"],
                    variant=row["variant"],
                    at=asked_at,
                )
            )
            until = max(row["ended_at"] or at, asked_at)
            person.append(place)
            numbers.append((choice.base, (at - asked_at) / _DAY, (until - asked_at) / _DAY))
            answered.append(row["ended_by"] in _ANSWERS and until > asked_at)
            opted_out.append(row["ended_by"] == End.OPTED_OUT and row is mine[-1])
    base, age, watched = np.array(numbers).reshape(len(numbers), 3).T
    return Sent(
        {name: [row[name] for row in told] for name in CHOICES.columns},
        person=np.unique(np.array(person, np.int64), return_inverse=True)[1].reshape(len(person)),
        base=base,
        age=age,
        watched=watched,
        answered=np.array(answered, np.bool_),
        opted_out=np.array(opted_out, np.bool_),
    )
