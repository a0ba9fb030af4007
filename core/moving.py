"""Moves rows from one state to another by an UPDATE that finds only those which may go there."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.states import ImpossibleTransition, Machine, S


def move(
    connection: Connection,
    machine: Machine[S],
    state: "sa.Column[str]",
    new: S,
    *where: "sa.ColumnElement[bool]",
    expected: int | None = None,
    **values: Any,
) -> int:
    """Move the rows that `where` finds to a state, `values` with it; answers how many were moved.

    A row that is there already stays as it is, unless the machine says that the state follows itself. Raises
    ImpossibleTransition where a row is in any other state that does not lead there; the transaction is then
    to be given up. With `expected` rows moved nobody is left to look for.
    """
    before = machine.before(new)
    statement = sa.update(state.table).where(*where, state.in_(before))
    moved = connection.execute(statement.values({state.name: new, **values})).rowcount
    if moved != expected:
        left = sa.select(state).where(*where, state.not_in({*before, new})).limit(1)
        old = connection.execute(left).scalar_one_or_none()
        if old is not None:
            raise ImpossibleTransition(machine.thing, old, new)
    return moved
