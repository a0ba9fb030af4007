"""Every query on touches; account_id is the first argument."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new_rows, one_of
from core.moving import move
from sync.outbox.states import WriteState
from workflows.enrollment.states import SEQUENCE
from workflows.enrollment.store import is_running
from workflows.enrollment.tables import KEY, TOUCH_KEY, touches
from workflows.enrollment.touch_states import SPENT, TOUCHES, UNDONE, TouchState
from workflows.stops.store import stands_still
from workflows.touches.merged import Became, Round, joined

Row = dict[str, Any]


def plan(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write planned touches, each once."""
    insert_new_rows(connection, touches, [dict(row) for row in rows])


def record_state(
    connection: Connection, row: Mapping[str, Any], state: TouchState, **values: Any
) -> bool:
    """Move one touch on; False where it is there already. Raises ImpossibleTransition."""
    t = touches.c
    where = [t[name] == row[name] for name in TOUCH_KEY]
    return move(connection, TOUCHES, t.state, state, *where, expected=1, **values) == 1


def load_due(connection: Connection, account_id: str, *, at: datetime) -> list[Row]:
    """Planned touches of running rounds whose time has come, held until the transaction ends.

    Two workers share none. However long nobody asked, a touch never comes before the one that precedes it.
    """
    t = touches.c
    query = (
        sa.select(touches)
        .where(
            t.account_id == account_id,
            t.state == TouchState.PLANNED,
            t.due_at <= at,
            is_running(t.account_id, t.contact_id, t.playbook, t.round_no),
            _is_next(),
        )
        .order_by(t.due_at, t.contact_id)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _is_next() -> "sa.ColumnElement[bool]":
    """Whether no touch of the same round is still to come before this one."""
    t, earlier = touches.c, touches.alias().c
    return ~sa.exists().where(
        earlier.account_id == t.account_id,
        earlier.contact_id == t.contact_id,
        earlier.playbook == t.playbook,
        earlier.round_no == t.round_no,
        earlier.touch_no < t.touch_no,
        earlier.state.in_([TouchState.PLANNED, TouchState.ASKING]),
    )


def postpone_due(
    connection: Connection,
    account_id: str,
    playbooks: Collection[str],
    *,
    at: datetime,
    until: datetime,
    reason: str,
) -> int:
    """Planned touches of these playbooks that are due wait; answers how many."""
    t = touches.c
    return move(
        connection,
        TOUCHES,
        t.state,
        TouchState.PLANNED,
        t.account_id == account_id,
        t.state == TouchState.PLANNED,
        t.due_at <= at,
        t.playbook.in_(sorted(playbooks)),
        due_at=until,
        reason=reason,
    )


def count_due(connection: Connection, account_id: str, *, until: datetime) -> int:
    """How many touches of running rounds are to be asked for by then."""
    t = touches.c
    query = sa.select(sa.func.count()).where(
        t.account_id == account_id,
        t.state == TouchState.PLANNED,
        t.due_at <= until,
        is_running(t.account_id, t.contact_id, t.playbook, t.round_no),
    )
    return int(connection.execute(query).scalar_one())


def load_coming(
    connection: Connection, account_id: str, *, until: datetime | None = None, limit: int
) -> list[Row]:
    """The next planned touches of running rounds, the earliest first: those that are to be asked for by then."""
    t = touches.c
    query = (
        sa.select(touches)
        .where(
            t.account_id == account_id,
            t.state == TouchState.PLANNED,
            is_running(t.account_id, t.contact_id, t.playbook, t.round_no),
            _is_next(),
        )
        .order_by(t.due_at, t.contact_id)
        .limit(limit)
    )
    if until is not None:
        query = query.where(t.due_at <= until)
    return [dict(row) for row in connection.execute(query).mappings()]


def load_sends(connection: Connection, account_id: str, *, since: datetime) -> list[Row]:
    """Touches that were asked for since then, the earliest first, with `sent_at`; without those that left no trace."""
    t = touches.c
    sent_at = sa.func.coalesce(t.asked_at, t.due_at, type_=t.asked_at.type).label("sent_at")
    states = (TouchState.ASKED, TouchState.PROVED, TouchState.FAILED)
    query = (
        sa.select(t.contact_id, t.playbook, t.channel, t.state, sent_at)
        .where(t.account_id == account_id, t.state.in_(states), sent_at > since)
        .order_by(sent_at, t.contact_id, t.touch_no)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_begun_by_sender(
    connection: Connection, account_id: str, *, since: datetime
) -> dict[str, list[datetime]]:
    """Sender → when each sequence was asked for in their name since then."""
    t = touches.c
    query = sa.select(t.sender_id, t.asked_at).where(
        t.account_id == account_id,
        t.sender_id.is_not(None),
        t.state.in_(SPENT),
        t.asked_at > since,
    )
    found: dict[str, list[datetime]] = {}
    for row in connection.execute(query):
        found.setdefault(row.sender_id, []).append(row.asked_at)
    return found


def _is_followed(at: datetime) -> "sa.ColumnElement[bool]":
    """Whether the CRM is to be asked by now how somebody stands in the sequence that a touch began."""
    t = touches.c
    return sa.and_(
        t.variant == SEQUENCE,
        t.state.in_([TouchState.ASKED, TouchState.PROVED]),
        t.look_at <= at,
        is_running(t.account_id, t.contact_id, t.playbook, t.round_no),
    )


def load_in_sequence(connection: Connection, account_id: str, *, at: datetime) -> list[Row]:
    """Touches of running rounds whose sequence is to be looked at by then."""
    query = sa.select(touches).where(touches.c.account_id == account_id, _is_followed(at))
    return [dict(row) for row in connection.execute(query).mappings()]


def load_asking(connection: Connection, account_id: str) -> list[Row]:
    """Touches whose asking has begun and not ended."""
    t = touches.c
    query = sa.select(touches).where(t.account_id == account_id, t.state == TouchState.ASKING)
    return [dict(row) for row in connection.execute(query).mappings()]


def load_to_prove(
    connection: Connection,
    account_id: str,
    *,
    at: datetime | None = None,
    contact_ids: Iterable[str] | None = None,
) -> list[Row]:
    """Touches that were asked for and are not proved: of these contacts, or all to be looked at by then."""
    t = touches.c
    open_ones = sa.select(touches).where(t.account_id == account_id, t.state == TouchState.ASKED)
    if contact_ids is None:
        rows = connection.execute(open_ones.where(t.look_at <= at)).mappings()
        return [dict(row) for row in rows]
    found: list[Row] = []
    for ids in chunks(contact_ids):
        rows = connection.execute(open_ones.where(one_of(t.contact_id, ids))).mappings()
        found += [dict(row) for row in rows]
    return found


def load_accounts_due(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with a touch to ask for, or one half asked for."""
    t = touches.c
    query = (
        sa.select(t.account_id)
        .distinct()
        .where(
            sa.or_(
                sa.and_(
                    t.state == TouchState.PLANNED,
                    t.due_at <= at,
                    is_running(t.account_id, t.contact_id, t.playbook, t.round_no),
                    _is_next(),
                    ~stands_still(t.account_id, t.playbook),
                ),
                t.state == TouchState.ASKING,
            )
        )
    )
    return [row.account_id for row in connection.execute(query)]


def load_accounts_to_prove(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with a touch whose evidence is to be looked for by now."""
    t = touches.c
    asked = sa.and_(t.state == TouchState.ASKED, t.look_at <= at)
    query = sa.select(t.account_id).distinct().where(sa.or_(asked, _is_followed(at)))
    return [row.account_id for row in connection.execute(query)]


def find_next_due(connection: Connection, account_id: str) -> datetime | None:
    """When the next touch of a running round is due."""
    t = touches.c
    query = (
        sa.select(sa.func.min(t.due_at))
        .where(t.account_id == account_id, t.state == TouchState.PLANNED)
        .where(is_running(t.account_id, t.contact_id, t.playbook, t.round_no))
    )
    return connection.execute(query).scalar_one_or_none()


def cancel_planned(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    """Nothing more is asked for of these people."""
    t = touches.c
    for ids in chunks(contact_ids):
        move(
            connection,
            TOUCHES,
            t.state,
            TouchState.CANCELLED,
            t.account_id == account_id,
            one_of(t.contact_id, ids),
            t.state == TouchState.PLANNED,
        )


def plan_again(connection: Connection, row: Mapping[str, Any]) -> None:
    """The touches of a round that goes on after all are to come again, each at its moment."""
    t = touches.c
    round_ = [t[name] == row[name] for name in KEY]
    of_round = (*round_, t.state == TouchState.CANCELLED)
    move(connection, UNDONE, t.state, TouchState.PLANNED, *of_round)


def load_rounds(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[str, list[Row]]:
    """Contact → all touches, the earliest first."""
    t = touches.c
    found: dict[str, list[Row]] = {}
    for ids in chunks(contact_ids):
        query = (
            sa.select(touches)
            .where(t.account_id == account_id, one_of(t.contact_id, ids))
            .order_by(t.contact_id, t.playbook, t.round_no, t.touch_no)
        )
        for row in connection.execute(query).mappings():
            found.setdefault(row["contact_id"], []).append(dict(row))
    return found


def load_said(
    connection: Connection, account_id: str, rows: Sequence[Row]
) -> dict[str, set[tuple[str, str]]]:
    """Contact → angle and channel of all that was asked for so far in the round of their touch."""
    rounds = {row["contact_id"]: (row["playbook"], row["round_no"]) for row in rows}
    return {
        contact_id: {
            (one["angle"], one["channel"])
            for one in found
            if one["asked_at"] is not None
            and (one["playbook"], one["round_no"]) == rounds[contact_id]
        }
        for contact_id, found in load_rounds(connection, account_id, rounds).items()
    }


def count_touches(
    connection: Connection, account_id: str, *, playbook: str | None = None
) -> dict[TouchState, int]:
    """Touches by state; of one playbook where that is named."""
    t = touches.c
    query = sa.select(t.state, sa.func.count()).where(t.account_id == account_id).group_by(t.state)
    if playbook is not None:
        query = query.where(t.playbook == playbook)
    return {TouchState(row[0]): row[1] for row in connection.execute(query)}


def follow_merge(
    connection: Connection,
    account_id: str,
    rounds: Mapping[Round, Became],
    *,
    writes: Mapping[tuple[str, str], WriteState],
    at: datetime,
) -> None:
    """Touches follow their rounds, as `joined` says; `writes` is (plan, contact) → the state of what was written."""
    t = touches.c
    gone: list[Row] = []
    for ids in chunks(sorted({contact_id for contact_id, _, _ in rounds})):
        statement = sa.delete(touches).where(t.account_id == account_id, one_of(t.contact_id, ids))
        found = connection.execute(statement.returning(*touches.columns)).mappings()
        gone += [dict(row) for row in found]
    if gone:
        kept = joined(gone, rounds, writes=writes, at=at)
        if kept:
            connection.execute(sa.insert(touches), kept)


def forget(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    """Delete what is known of these people's touches."""
    t = touches.c
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(touches).where(t.account_id == account_id, one_of(t.contact_id, ids))
        )
