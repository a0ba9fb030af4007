"""What becomes of ledger rows when a merge makes one person of several; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sync.outbox.states import WriteState
from workflows.enrollment.states import MERGES, EnrollmentState

ONE_START = "Merged with a contact that is to be started already"
_S = EnrollmentState
_WAITING = (_S.PROPOSED, _S.APPROVED)


def joined(
    rows: Iterable[Mapping[str, Any]],
    survivor: str,
    *,
    writes: Mapping[tuple[str, str], WriteState],
    at: datetime,
) -> list[dict[str, Any]]:
    """The rows of several contacts as rows of one: none is lost, and their rounds are counted anew.

    A start that was being made under an id that is no more goes back to where it may be made once it is known that
    nothing was sent; it has failed where the CRM refused it; otherwise nobody can tell whether the customer's
    workflow has begun, and it counts as a start, because nobody is to be started twice.
    Of several that wait to be started one may: none where one is being started, else the approved and the older.
    """
    ours = [_settled(row, survivor, writes, at) for row in rows]
    waiting = sorted(
        (row for row in ours if row["state"] in _WAITING),
        key=lambda row: (row["state"] != _S.APPROVED, _order(row)),
    )
    is_starting = any(row["state"] == _S.STARTING for row in ours)
    for row in waiting if is_starting else waiting[1:]:
        _move(row, _S.REFUSED, rule=None, reason=ONE_START)
    rounds = Counter[str]()
    for row in sorted(ours, key=_order):
        rounds[row["playbook"]] += 1
        row.update(contact_id=survivor, round_no=rounds[row["playbook"]])
    return ours


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["created_at"], row["round_no"], row["contact_id"]


def _settled(
    row: Mapping[str, Any],
    survivor: str,
    writes: Mapping[tuple[str, str], WriteState],
    at: datetime,
) -> dict[str, Any]:
    found = dict(row)
    if row["state"] != _S.STARTING or row["contact_id"] == survivor:
        return found
    match writes.get((str(row["plan_id"]), row["contact_id"])):
        case WriteState.PLANNED:
            _move(found, _S.APPROVED, plan_id=None)
        case WriteState.FAILED:
            _move(found, _S.FAILED)
        case _:
            _move(found, _S.STARTED, started_at=row["asked_at"] or at)
    return found


def _move(row: dict[str, Any], state: EnrollmentState, **values: Any) -> None:
    MERGES.check(EnrollmentState(row["state"]), state)
    row.update(state=state, **values)
