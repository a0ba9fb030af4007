"""What becomes of touches when a merge makes one person of several; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sync.outbox.states import WriteState
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.touch_states import TouchState

_S = TouchState


class Round(NamedTuple):
    """A round as it was before the merge."""

    contact_id: str
    playbook: str
    round_no: int


class Became(NamedTuple):
    """What it is afterwards."""

    contact_id: str
    round_no: int
    state: EnrollmentState
    started_at: datetime | None


def joined(
    rows: Iterable[Mapping[str, Any]],
    rounds: Mapping[Round, Became],
    *,
    writes: Mapping[tuple[str, str], WriteState],
    at: datetime,
) -> list[dict[str, Any]]:
    """The touches of several contacts as touches of one.

    Touches of a round that has not begun go: they are planned when it does. One that was being asked for under an
    id that is no more is planned again where nothing was sent, and has been asked for where nobody can tell. Of two
    rounds that were running the one that began last goes on: nobody is in two.
    """
    going_on = _going_on(rounds)
    kept = []
    for row in rows:
        before = Round(row["contact_id"], row["playbook"], row["round_no"])
        became = rounds.get(before)
        if became is None or became.state in (EnrollmentState.APPROVED, EnrollmentState.REFUSED):
            continue
        now = _settled(row, became.contact_id, writes, at)
        if now["state"] == _S.PLANNED and before != going_on:
            now["state"] = _S.CANCELLED
        kept.append({**now, "contact_id": became.contact_id, "round_no": became.round_no})
    return kept


def _going_on(rounds: Mapping[Round, Became]) -> Round | None:
    running = [
        (became.started_at, before)
        for before, became in rounds.items()
        if became.state is EnrollmentState.STARTED and became.started_at is not None
    ]
    return max(running)[1] if running else None


def _settled(
    row: Mapping[str, Any],
    survivor: str,
    writes: Mapping[tuple[str, str], WriteState],
    at: datetime,
) -> dict[str, Any]:
    found = dict(row)
    if row["state"] != _S.ASKING or row["contact_id"] == survivor:
        return found
    match writes.get((str(row["plan_id"]), row["contact_id"])):
        case WriteState.PLANNED:
            found.update(state=_S.PLANNED, plan_id=None)
        case WriteState.FAILED:
            found.update(state=_S.FAILED)
        case _:
            asked_at = row["asked_at"] or at
            found.update(state=_S.ASKED, asked_at=asked_at, look_at=asked_at)
    return found
