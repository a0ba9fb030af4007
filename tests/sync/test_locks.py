"""SQLite's locks are the process's: reading columns must not drop those of a transaction (one library)."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from core.db import open_engine
from sync.frames import load_frames
from sync.mirror.unscored import mark_unscored
from tests.databases import MadeTables

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)

WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
else:
    print("mine")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.db"


@pytest.fixture
def sqlite(path: Path, made_tables: MadeTables) -> Iterator[Engine]:
    """A SQLite file, whichever database the other tests use."""
    engine = open_engine(f"sqlite:///{path}")
    made_tables.give(engine)
    yield engine
    engine.dispose()


def another_process_may_write(path: Path) -> str:
    command = [sys.executable, "-c", WRITER, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_transaction_stays_alone_while_columns_are_read_in_its_process(
    sqlite: Engine, path: Path
) -> None:
    with sqlite.begin() as tx:
        mark_unscored(tx, ACCOUNT, ["1"])
        assert another_process_may_write(path) == "database is locked"
        load_frames(sqlite, ACCOUNT, as_of=AS_OF)
        load_frames(sqlite, ACCOUNT, as_of=AS_OF, contact_ids=["1"])
        assert another_process_may_write(path) == "database is locked"
    assert another_process_may_write(path) == "mine"
