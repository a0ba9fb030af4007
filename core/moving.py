"""Moves rows from one state to another by an UPDATE that finds only those which may go there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks
from core.states import ImpossibleTransition, Machine, S

Row = Mapping[str, Any]


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
        _refuse_impossible(connection, machine, state, new, *where)
    return moved


def move_all(
    connection: Connection,
    machine: Machine[S],
    state: "sa.Column[str]",
    new: S,
    key: Sequence[str],
    rows: Iterable[Row],
    **values: Any,
) -> list[Row]:
    """Move many rows, named by their columns `key`, to a state with the same values; answers those that were moved.

    What `move` says of rows that are there already, or are in a state that does not lead there, holds for each.
    """
    wanted = {tuple(row[name] for name in key): row for row in rows}
    before = machine.before(new)
    columns = [state.table.c[name] for name in key]
    moved: list[Row] = []
    for some in chunks(wanted):
        among = sa.tuple_(*columns).in_(some)
        statement = (
            sa.update(state.table)
            .where(among, state.in_(before))
            .values({state.name: new, **values})
            .returning(*columns)
        )
        went = [tuple(row) for row in connection.execute(statement)]
        moved += [wanted[one] for one in went]
        if len(went) < len(some):
            _refuse_impossible(connection, machine, state, new, among)
    return moved


def move_each(
    connection: Connection,
    machine: Machine[S],
    state: "sa.Column[str]",
    key: Sequence[str],
    moves: Iterable[tuple[Row, S, Mapping[str, Any]]],
) -> None:
    """Move many rows, each to its state with values of its own: one statement for all that change alike.

    What `move` says of rows that are there already, or are in a state that does not lead there, holds for each.
    """
    alike: dict[tuple[S, tuple[str, ...]], list[tuple[Row, Mapping[str, Any]]]] = {}
    for row, new, values in moves:
        alike.setdefault((new, tuple(sorted(values))), []).append((row, values))
    for (new, _), changes in alike.items():
        # A list of states would be spread out anew for each row, which no driver does for many at once.
        may_go = sa.or_(sa.false(), *(state == before for before in machine.before(new)))
        told = [(row, {**values, state.name: new}) for row, values in changes]
        if set_each(connection, state.table, key, told, may_go) == len(told):
            continue
        for some in chunks(tuple(row[name] for name in key) for row, _ in changes):
            among = sa.tuple_(*(state.table.c[name] for name in key)).in_(some)
            _refuse_impossible(connection, machine, state, new, among)


def set_each(
    connection: Connection,
    table: sa.FromClause,
    key: Sequence[str],
    changes: Sequence[tuple[Row, Mapping[str, Any]]],
    *where: "sa.ColumnElement[bool]",
) -> int:
    """Give each of these rows values of its own, all of them the same columns; answers how many there were."""
    if not changes:
        return 0
    columns = table.c
    names = list(changes[0][1])
    statement = (
        sa.update(table)  # type: ignore[arg-type]
        .where(*(columns[name] == sa.bindparam(f"key_{name}") for name in key), *where)
        .values({name: sa.bindparam(f"new_{name}", type_=columns[name].type) for name in names})
    )
    told = [
        {f"key_{name}": row[name] for name in key} | {f"new_{name}": values[name] for name in names}
        for row, values in changes
    ]
    return connection.execute(statement, told).rowcount


def _refuse_impossible(
    connection: Connection,
    machine: Machine[S],
    state: "sa.Column[str]",
    new: S,
    *where: "sa.ColumnElement[bool]",
) -> None:
    """Raises ImpossibleTransition where one of the rows is in a state that does not lead to the new one."""
    left = sa.select(state).where(*where, state.not_in({*machine.before(new), new})).limit(1)
    old = connection.execute(left).scalar_one_or_none()
    if old is not None:
        raise ImpossibleTransition(machine.thing, old, new)
