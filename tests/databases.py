"""Databases for tests, with every package's tables or empty: tables are made once for a process, not for each test."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from app.migrate import TABLES
from core.db import metadata, open_engine

assert TABLES  # importing them registers every package's rows

POSTGRES = os.environ.get("REKINDLE_TEST_DATABASE_URL")
# Deleted rows stay in PostgreSQL's files for a while: after so many tests the schema is made anew.
_LENT_MOST = 100
_THERE = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
# Guards of single rows, as the decision log's, are not what is tested where tables are emptied.
_FREELY = ("SET LOCAL lock_timeout = '1s'", "SET LOCAL session_replication_role = replica")
_NUMBERS_ANEW = """
SELECT setval(quote_ident(schemaname) || '.' || quote_ident(sequencename), start_value, false)
FROM pg_sequences WHERE schemaname = current_schema()
"""


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The address of an empty database: SQLite in the folder, or a schema of its own on PostgreSQL."""
    if not POSTGRES:
        yield f"sqlite:///{folder / 'test.db'}"
        return
    schema = f"t_{uuid.uuid4().hex[:12]}"
    server = open_engine(POSTGRES)
    with server.begin() as tx:
        tx.execute(sa.text(f"CREATE SCHEMA {schema}"))
    # Nobody takes the power away: a transaction need not wait for the disk.
    options = f"-csearch_path={schema} -csynchronous_commit=off"
    url = sa.make_url(POSTGRES).update_query_dict({"options": options})
    yield url.render_as_string(hide_password=False)
    with server.begin() as tx:
        tx.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


class MadeTables:
    """Every package's tables as they are before anything happens: a SQLite file to copy, a schema to lend."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "made.db"
        self._schema = ExitStack()
        self._url = ""
        self._lent = 0

    def give(self, engine: Engine) -> None:
        """Give an empty database the tables."""
        database = engine.url.database
        if engine.dialect.name != "sqlite" or not database:
            metadata.create_all(engine)
            return
        if not self._file.exists():
            made = open_engine(f"sqlite:///{self._file}")
            metadata.create_all(made)
            made.dispose()
        shutil.copyfile(self._file, database)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of PostgreSQL's schema with the tables, for one test."""
        if not self._url:
            self._url = self._schema.enter_context(empty_database(self._file.parent))
            engine = open_engine(self._url)
            metadata.create_all(engine)
            engine.dispose()
        self._lent += 1
        yield self._url
        if self._lent >= _LENT_MOST or not self._is_emptied():
            self.close()

    def close(self) -> None:
        self._schema.close()
        self._url, self._lent = "", 0

    def _is_emptied(self) -> bool:
        """Delete all rows; not where the test left other tables or a connection that holds some."""
        names = sorted(metadata.tables)
        engine = open_engine(self._url)
        try:
            with engine.begin() as tx:
                if sorted(tx.exec_driver_sql(_THERE).scalars()) != names:
                    return False
                deletions = [str(sa.delete(table)) for table in metadata.tables.values()]
                tx.exec_driver_sql("; ".join([*_FREELY, *deletions, _NUMBERS_ANEW]))
        except DBAPIError:
            return False
        finally:
            engine.dispose()
        return True
