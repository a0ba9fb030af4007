"""The database layer means the same on every database: moments, upserts, transactions."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.clock import pause
from core.db import (
    UtcDateTime,
    insert_new,
    metadata,
    one_of,
    open_engine,
    reading,
    refresh_statistics,
    upsert,
)

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 17, 17, 0, 0, 123000, tzinfo=UTC)

own = sa.MetaData(naming_convention=metadata.naming_convention)
things = sa.Table(
    "test_things",
    own,
    sa.Column("account_id", sa.String(20), primary_key=True),
    sa.Column("thing_id", sa.String(20), primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("at", UtcDateTime),
    sa.Column("slot", sa.Integer, unique=True),
)


@pytest.fixture
def db(empty_engine: Engine) -> Iterator[Engine]:
    own.create_all(empty_engine)
    yield empty_engine
    own.drop_all(empty_engine)


def thing(thing_id: str = "1", **more: Any) -> dict[str, Any]:
    return {"account_id": "a", "thing_id": thing_id, "name": "x", "at": AT, "slot": None, **more}


def stored(db: Engine) -> list[dict[str, Any]]:
    with reading(db) as connection:
        rows = connection.execute(sa.select(things).order_by(things.c.thing_id)).mappings()
        return [dict(row) for row in rows]


@pytest.mark.parametrize(
    "at",
    [
        AT,
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=-12))),
        None,
    ],
)
def test_moments_come_back_aware_in_utc_and_exact(db: Engine, at: datetime | None) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(at=at)])
    (row,) = stored(db)
    assert row["at"] == at
    assert at is None or row["at"].tzinfo is UTC


def test_moments_compare_and_add_up_in_queries(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(str(i), at=AT + timedelta(days=i)) for i in range(5)])
    query = sa.select(sa.func.max(things.c.at)).where(things.c.at < AT + timedelta(days=3))
    with reading(db) as connection:
        assert connection.execute(query).scalar_one() == AT + timedelta(days=2)


def test_a_moment_without_zone_is_refused(db: Engine) -> None:
    with pytest.raises(sa.exc.StatementError, match="time zone"), db.begin() as tx:
        upsert(tx, things, [thing(at=datetime(2026, 1, 1))])  # noqa: DTZ001  that is the point
    assert stored(db) == []


def test_an_upsert_replaces_what_exists_and_adds_the_rest(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing("1", name="old"), thing("2", name="old")])
        upsert(tx, things, [thing("2", name="new"), thing("3", name="new")])
    assert [(r["thing_id"], r["name"]) for r in stored(db)] == [
        ("1", "old"),
        ("2", "new"),
        ("3", "new"),
    ]


def test_an_upsert_leaves_alone_what_it_should_keep(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(name="old", slot=1)])
        upsert(tx, things, [thing(name="new", slot=2)], keep=["name"])
    (row,) = stored(db)
    assert (row["name"], row["slot"]) == ("old", 2)


def test_an_upsert_that_keeps_everything_changes_nothing(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(name="old")])
        upsert(tx, things, [thing(name="new")], keep=["name", "at", "slot"])
    assert [r["name"] for r in stored(db)] == ["old"]


def test_an_upsert_of_the_same_key_twice_takes_the_last(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(name="first"), thing(name="second")])
        upsert(tx, things, [])
    assert [r["name"] for r in stored(db)] == ["second"]


def test_columns_that_are_not_given_are_not_touched(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(name="old", slot=7)])
        upsert(tx, things, [{"account_id": "a", "thing_id": "1", "name": "new"}])
    (row,) = stored(db)
    assert (row["name"], row["slot"], row["at"]) == ("new", 7, AT)


@pytest.mark.parametrize("again", [thing("1", name="new"), thing("2", name="new", slot=7)])
def test_insert_new_is_silent_about_any_unique_key(db: Engine, again: dict[str, Any]) -> None:
    with db.begin() as tx:
        assert insert_new(tx, things, thing("1", name="old", slot=7)) is True
        assert insert_new(tx, things, again) is False
        assert insert_new(tx, things, thing("3", slot=8)) is True  # the transaction goes on
    assert [(r["thing_id"], r["name"]) for r in stored(db)] == [("1", "old"), ("3", "x")]


@pytest.mark.parametrize(
    "name", ["Zoë 日本 👩🏽‍🚀", "'; DROP TABLE test_things; --", "", "x" * 100_000]
)
def test_any_text_comes_back_as_it_was(db: Engine, name: str) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(name=name)])
    assert [r["name"] for r in stored(db)] == [name]


def test_a_transaction_that_fails_leaves_nothing(db: Engine) -> None:
    def write_and_fail() -> None:
        with db.begin() as tx:
            upsert(tx, things, [thing()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert stored(db) == []


def test_readers_do_not_wait_for_a_writer_and_see_what_was_committed(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing("1")])
    with db.begin() as tx:
        upsert(tx, things, [thing("2")])
        assert [r["thing_id"] for r in stored(db)] == ["1"]
    assert [r["thing_id"] for r in stored(db)] == ["1", "2"]


def test_writers_that_read_first_take_turns_and_lose_nothing(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(slot=0)])
    failures: list[BaseException] = []

    def add() -> None:
        try:
            for _ in range(10):
                with db.begin() as tx:
                    query = sa.select(things.c.slot).with_for_update()
                    slot = tx.execute(query).scalar_one()
                    tx.execute(sa.update(things).values(slot=slot + 1))
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert failures == []
    assert stored(db)[0]["slot"] == 40


def test_a_sqlite_files_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.db"
    engine = open_engine(f"sqlite:///{path}")
    with engine.begin() as tx:
        assert tx.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert tx.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()
    assert path.is_file()


def test_a_sqlite_writer_gets_its_turn_though_another_begins_again_at_once(tmp_path: Path) -> None:
    """The other would write 100 times before it leaves room by itself."""
    engine = open_engine(f"sqlite:///{tmp_path / 'turns.db'}")
    own.create_all(engine)
    asked, served = threading.Event(), threading.Event()
    seen: list[int] = []
    done = 0

    def ask() -> None:
        before = done
        asked.set()
        with engine.begin() as tx:
            rows = tx.execute(sa.select(sa.func.count()).select_from(things)).scalar_one()
            seen.append(rows - before)
        served.set()

    waiting = threading.Thread(target=ask)
    while done < 100 and not served.is_set():
        with engine.begin() as tx:
            if done == 3:
                waiting.start()
                asked.wait()
            tx.execute(sa.insert(things), [thing(str(done))])
            pause(0.03)
        done += 1
    waiting.join()
    engine.dispose()
    # Two where the one that waits is at the line by then; a busy machine may be slower to bring it there.
    assert seen[0] < 20


def test_every_rooms_tables_are_made_and_empty(engine: Engine) -> None:
    assert len(metadata.tables) > 8
    with reading(engine) as connection:
        for table in metadata.sorted_tables:
            count = sa.select(sa.func.count()).select_from(table)
            assert connection.execute(count).scalar_one() == 0, table.name


def test_after_many_rows_the_server_knows_how_they_are_spread(db: Engine) -> None:
    with db.begin() as tx:
        upsert(tx, things, [thing(str(number)) for number in range(200)])
    refresh_statistics(db, things)
    with reading(db) as connection:
        if db.dialect.name == "sqlite":
            query = sa.text(
                "SELECT stat FROM sqlite_stat1 WHERE tbl = 'test_things' AND idx LIKE '%auto%'"
            )
            assert "200 200 1" in list(connection.execute(query).scalars())
            return
        # One account has all rows: without statistics the server takes it for one in two hundred.
        known = sa.text(
            "SELECT n_distinct FROM pg_stats WHERE tablename = 'test_things' AND attname = 'account_id'"
        )
        assert connection.execute(known).scalar_one() == 1


def test_one_of_many_texts_is_found_whatever_they_are(db: Engine) -> None:
    names = ["", "a", "b'c", 'd"e', "f,g", "{h}", "ü", "\\", "null", "1"]
    with db.begin() as tx:
        upsert(tx, things, [thing(str(n), name=name) for n, name in enumerate(names)])

    def found(*texts: str) -> set[str]:
        query = sa.select(things.c.name).where(
            things.c.account_id == "a", one_of(things.c.name, texts)
        )
        with reading(db) as connection:
            return set(connection.execute(query).scalars())

    for name in names:
        assert found(name) == {name}
    assert found() == set()
    assert found(*names, *(f"x{n}" for n in range(3_000))) == set(names)
    left = sa.select(things.c.name).where(~one_of(things.c.name, names[1:]))
    with reading(db) as connection:
        assert list(connection.execute(left).scalars()) == [""]


def test_one_of_many_ids_is_looked_up_by_the_key(db: Engine) -> None:
    if db.dialect.name != "sqlite":
        pytest.skip("how SQLite looks is told by itself")
    with db.begin() as tx:
        upsert(tx, things, [thing(str(number)) for number in range(200)])
    refresh_statistics(db, things)
    query = sa.select(things).where(things.c.account_id == "a", one_of(things.c.thing_id, ["1"]))
    text = str(query.compile(db, compile_kwargs={"literal_binds": True}))
    with reading(db) as connection:
        told = " ".join(
            str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
        )
    assert "account_id=? AND thing_id=?" in told
