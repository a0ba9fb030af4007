"""Rows move where their machine's table says, and nothing else happens to them."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.db import metadata, reading
from core.moving import move, move_all, move_each
from core.states import ImpossibleTransition, Machine
from tests.pairs import MOVES, REFUSED, every_pair

pytestmark = pytest.mark.integration


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    AMBER = "amber"
    OFF = "off"


LIGHTS = Machine(
    "light",
    {
        Light.RED: frozenset({Light.GREEN}),
        Light.GREEN: frozenset({Light.AMBER, Light.GREEN}),
        Light.AMBER: frozenset({Light.RED, Light.OFF}),
        Light.OFF: frozenset(),
    },
)

own = sa.MetaData(naming_convention=metadata.naming_convention)
lights = sa.Table(
    "test_lights",
    own,
    sa.Column("light_id", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("note", sa.Text),
)


@pytest.fixture
def db(empty_engine: Engine) -> Iterator[Engine]:
    own.create_all(empty_engine)
    yield empty_engine
    own.drop_all(empty_engine)


def put(db: Engine, *states: Light) -> None:
    with db.begin() as tx:
        given = [{"light_id": number, "state": state} for number, state in enumerate(states)]
        tx.execute(sa.insert(lights), given)


def rows(db: Engine) -> list[tuple[str, str | None]]:
    with reading(db) as connection:
        query = sa.select(lights.c.state, lights.c.note).order_by(lights.c.light_id)
        return [(row.state, row.note) for row in connection.execute(query)]


def turn(db: Engine, new: Light, *where: Any, **more: Any) -> int:
    with db.begin() as tx:
        return move(tx, LIGHTS, lights.c.state, new, *where, note="turned", **more)


def turn_all(db: Engine, new: Light, *numbers: int) -> list[int]:
    with db.begin() as tx:
        given = [{"light_id": number} for number in numbers]
        moved = move_all(tx, LIGHTS, lights.c.state, new, ["light_id"], given, note="turned")
        return sorted(row["light_id"] for row in moved)


def turn_each(db: Engine, new: Light, *numbers: int) -> None:
    with db.begin() as tx:
        moves = [({"light_id": number}, new, {"note": f"turned {number}"}) for number in numbers]
        move_each(tx, LIGHTS, lights.c.state, ["light_id"], moves)


@every_pair(LIGHTS)
@pytest.mark.parametrize("turn_many", [turn_all, turn_each])
def test_many_rows_go_where_the_table_says_and_nowhere_else(
    db: Engine, old: Light, new: Light, leads: str, turn_many: Any
) -> None:
    put(db, *[old] * 6)
    some = range(0, 6, 2)
    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition) as refused:
            turn_many(db, new, *some)
        assert refused.value.message == f"No light goes from {old} to {new}."
        assert rows(db) == [(old, None)] * 6
        return
    moved = turn_many(db, new, *some)
    assert moved in (None, list(some) if leads == MOVES else [])
    of_each = "turned" if turn_many is turn_all else "turned {}"
    assert rows(db) == [
        (new, of_each.format(n) if leads == MOVES else None) if n in some else (old, None)
        for n in range(6)
    ]


@pytest.mark.parametrize("turn_many", [turn_all, turn_each])
def test_more_rows_than_one_statement_takes_are_moved(db: Engine, turn_many: Any) -> None:
    put(db, *[Light.RED] * 1_200, Light.OFF)
    assert turn_many(db, Light.GREEN, *range(1_200)) in (None, list(range(1_200)))
    assert [state for state, _ in rows(db)] == ["green"] * 1_200 + ["off"]
    with pytest.raises(ImpossibleTransition):
        turn_many(db, Light.GREEN, *range(1_201))


@pytest.mark.parametrize("turn_many", [turn_all, turn_each])
def test_of_many_rows_one_that_cannot_go_keeps_all_and_one_that_is_there_stays(
    db: Engine, turn_many: Any
) -> None:
    put(db, Light.AMBER, Light.OFF, Light.GREEN, Light.AMBER)
    with pytest.raises(ImpossibleTransition):
        turn_many(db, Light.OFF, 0, 1, 2)
    assert [state for state, _ in rows(db)] == ["amber", "off", "green", "amber"]
    assert turn_many(db, Light.OFF, 0, 1, 7) in (None, [0])
    assert [state for state, _ in rows(db)] == ["off", "off", "green", "amber"]
    assert rows(db)[1] == ("off", None)


@every_pair(LIGHTS)
@pytest.mark.parametrize("counted", [{"expected": 1}, {}])
def test_a_row_goes_where_the_table_says_and_nowhere_else(
    db: Engine, old: Light, new: Light, leads: str, counted: dict[str, int]
) -> None:
    put(db, old)
    if leads == REFUSED:
        with pytest.raises(ImpossibleTransition) as refused:
            turn(db, new, lights.c.light_id == 0, **counted)
        assert refused.value.message == f"No light goes from {old} to {new}."
        assert rows(db) == [(old, None)]
        return
    moved = turn(db, new, lights.c.light_id == 0, **counted)
    assert moved == (1 if leads == MOVES else 0)
    assert rows(db) == [(new, "turned" if leads == MOVES else None)]


def test_one_row_that_cannot_go_keeps_all_of_them(db: Engine) -> None:
    put(db, Light.AMBER, Light.GREEN, Light.AMBER)
    with pytest.raises(ImpossibleTransition) as refused:
        turn(db, Light.RED, expected=3)
    assert (refused.value.thing, refused.value.old, refused.value.new) == ("light", "green", "red")
    assert rows(db) == [("amber", None), ("green", None), ("amber", None)]


def test_those_that_are_there_stay_as_they_are_while_the_others_move(db: Engine) -> None:
    put(db, Light.OFF, Light.AMBER)
    assert turn(db, Light.OFF, expected=2) == 1
    assert rows(db) == [("off", None), ("off", "turned")]


def test_a_row_that_is_gone_is_no_impossible_transition(db: Engine) -> None:
    assert turn(db, Light.GREEN, lights.c.light_id == 7, expected=1) == 0
