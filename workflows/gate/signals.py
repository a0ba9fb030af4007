"""Whether something says that somebody may listen again who twice did not answer (S10, D7)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from contact_rules.person import Person
from scoring.store import load_scores

_ASKED = ("contact_id", "signal_at", "signal_until")


def with_signals(
    connection: Connection, account_id: str, people: Mapping[str, Person], *, at: datetime
) -> dict[str, Person]:
    """These people, those with an unanswered round with whether a signal has begun since; few have one."""
    waiting = [i for i, person in people.items() if person.rounds_unanswered]
    if not waiting:
        return {**people}
    found = dict.fromkeys(waiting, False)
    for row in load_scores(connection, account_id, waiting, names=_ASKED):
        began, ends = row["signal_at"], row["signal_until"]
        last = people[row["contact_id"]].last_started_at
        holds = began is not None and began <= at and (ends is None or ends > at)
        found[row["contact_id"]] = holds and (last is None or began > last)
    return {**people, **{i: replace(people[i], signal=said) for i, said in found.items()}}
