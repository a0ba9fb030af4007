"""The database: one metadata, aware times, upserts and transactions that mean the same on SQLite and PostgreSQL."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.ext.compiler import compiles

from core.moments import from_millis, to_millis

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC moment, kept as whole milliseconds since 1970.

    SQLite has no time zones and columnar reads want a plain integer, so both databases hold a BIGINT.
    Naive values are refused.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else from_millis(value)


def open_engine(url: str) -> Engine:
    """An engine for `url`, with SQLite in WAL mode and its folder made if missing."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # A connection knows the statistics that there were when it was opened.
        engine = sa.create_engine(
            parsed, hide_parameters=True, pool_recycle=300, connect_args={"timeout": 30}
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    # Web requests are answered on up to 40 threads: none of them waits for a connection.
    return sa.create_engine(
        parsed, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=30
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN below, not the driver's late one
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        # Behind a long reader the log grows; this cuts it to 64 MB when it begins anew.
        "journal_size_limit=67108864",
        # So many rows of an index tell how its values are spread: milliseconds, however large a table is.
        "analysis_limit=1000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that turns into a write later fails at once when another process writes;
    # IMMEDIATE waits its turn. Readers say so through `reading()`.
    if connection.get_execution_options().get("read_only"):
        connection.exec_driver_sql("BEGIN")
        return
    with _first_in_line(connection.engine.url.database):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _first_in_line(database: str | None) -> Iterator[None]:
    """Only one writer at a time waits for SQLite's lock, the others for this line, which is left when it is got.

    SQLite's own waiting is looking again every 100 ms: who writes one transaction after the other keeps all others
    out for good. The line is a file beside the database: closing the database's own would drop its locks.
    """
    if not database or database == ":memory:":
        yield
        return
    line = os.open(f"{database}-line", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(line, fcntl.LOCK_EX)
        yield
    finally:
        os.close(line)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads and therefore never waits for a writer."""
    with engine.connect().execution_options(read_only=True) as connection:
        yield connection


def refresh_statistics(engine: Engine, *tables: sa.Table) -> None:
    """Let the database count what is in these tables now, as after many rows were written to them.

    PostgreSQL's own autovacuum does so a minute later or, where it is turned off, never: until then it takes every
    account for a two-hundredth of a table and reads the whole account where a few contacts were asked for. SQLite,
    which takes every account for ten rows until it has counted, counts all tables at once.
    """
    with engine.begin() as tx:
        if tx.dialect.name == "sqlite":
            tx.exec_driver_sql("ANALYZE")
            return
        prepare = tx.dialect.identifier_preparer
        tx.execute(sa.text(f"ANALYZE {', '.join(prepare.format_table(t) for t in tables)}"))


def hold(connection: Connection, name: str) -> None:
    """Let one transaction at a time have this name, until it ends; SQLite lets one at a time write anyway."""
    if connection.dialect.name == "postgresql":
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


class _Texts(sa.types.TypeDecorator[list[str]]):
    """Many texts as one parameter."""

    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        is_array = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.ARRAY(sa.String) if is_array else sa.String())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


class _OneOf(sa.sql.functions.FunctionElement[bool]):
    name = "one_of"
    inherit_cache = True
    type = sa.types.NullType()  # type: ignore[assignment]  # a boolean would be compared with 1 where a database has none


@compiles(_OneOf)
def _write_one_of(element: _OneOf, compiler: Any, **options: Any) -> str:
    column, texts = (compiler.process(one, **options) for one in element.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{column} = ANY ({texts})"
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608  texts is the name of a parameter


def one_of(column: "sa.ColumnElement[str]", texts: Iterable[str]) -> "sa.ColumnElement[bool]":
    """Whether a column has one of many texts: they are one parameter, where IN has one for each and is written anew."""
    return _OneOf(column, sa.bindparam(None, list(texts), type_=_Texts(), unique=True))


CHUNK = 500  # ids in one statement
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in lists of at most `size`: databases bound how many values one statement has."""
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def upsert(
    connection: Connection,
    table: sa.Table,
    rows: Sequence[dict[str, Any]],
    *,
    keep: Sequence[str] = (),
    where: "sa.ColumnElement[bool] | None" = None,
) -> None:
    """Insert rows, or replace the non-key columns of those whose primary key exists.

    Columns named in `keep` are not touched on rows that exist, nor are rows that `where` does not hold for.
    All rows have the same keys.
    """
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    key = [column.name for column in table.primary_key.columns]
    changing = {
        name: statement.excluded[name] for name in rows[0] if name not in key and name not in keep
    }
    if changing:
        statement = statement.on_conflict_do_update(index_elements=key, set_=changing, where=where)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    connection.execute(statement, list(rows))


def insert_new(connection: Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert one row; False, and nothing changed, when one of its unique keys exists already."""
    return bool(insert_new_rows(connection, table, [row]))


def insert_new_rows(
    connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """Insert those rows whose unique keys do not exist; answers the primary keys of the new ones."""
    if not rows:
        return []
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    # Not rowcount, which drivers do not keep for inserts: a row comes back only if it went in.
    return [tuple(row) for row in connection.execute(statement, list(rows))]
