"""A database that fails in the middle of somebody's row leaves nothing of them in logs, queue or terminal."""

import base64
import binascii
import contextlib
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from app import errors
from app.templating import environment
from core import log
from core.clock import SystemClock
from core.db import metadata, open_engine
from core.jobs import store
from core.jobs.store import Ask
from core.jobs.tables import jobs
from core.queue import Lane
from core.vault import new_key
from oauth.store import save_installation
from tests.scoring.mirrored import ACCOUNT, installation

NAME, EMAIL, PHONE = "Ada Lovelace", "ada.lovelace@example.com", "+1 212 555 0142"
ROOT = Path(__file__).parents[2]

people = sa.Table(
    "people_for_a_test",
    sa.MetaData(),
    sa.Column("email", sa.String(80), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("phone", sa.String(80)),
)


def is_private(text: str) -> bool:
    words = (NAME, EMAIL, PHONE, "Lovelace", "lovelace", "5550142")
    # By themselves: random ids and moments have any four digits in a row.
    return not any(word in text for word in words) and not re.search(r"\b0142\b", text)


def insert_twice(engine: Engine, _url: str) -> None:
    for _ in range(2):
        with engine.begin() as tx:
            tx.execute(sa.insert(people), [{"email": EMAIL, "name": NAME, "phone": PHONE}])


def insert_half(engine: Engine, _url: str) -> None:
    with engine.begin() as tx:
        tx.execute(sa.insert(people), [{"email": EMAIL, "name": None, "phone": PHONE}])


def misspell(engine: Engine, _url: str) -> None:
    with engine.begin() as tx:
        tx.exec_driver_sql(f"INSERT INTO people_for_a_test SELEKT '{NAME}', '{EMAIL}', '{PHONE}'")


def lose_the_connection(engine: Engine, url: str) -> None:
    """Somebody ends our connection while we insert; SQLite has none, its file is taken away."""
    with engine.begin() as tx:
        if engine.dialect.name == "postgresql":
            pid = tx.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            other = open_engine(url)
            with other.begin() as second:
                second.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            other.dispose()
        else:
            tx.exec_driver_sql("DROP TABLE people_for_a_test")
        tx.execute(sa.insert(people), [{"email": EMAIL, "name": NAME, "phone": PHONE}])


FAILURES = (insert_twice, insert_half, misspell, lose_the_connection)


@pytest.mark.parametrize("fail", FAILURES)
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_failed_statement_names_its_kind_and_nobody(
    empty_engine: Engine,
    database_url: str,
    fail: Callable[[Engine, str], None],
    log_format: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    metadata.create_all(empty_engine)
    people.create(empty_engine)
    log.configure(log_format)
    try:
        fail(empty_engine, database_url)
    except DBAPIError as error:
        log.get("test").exception("job.failed", why=error)
        told = log.describe(error)
    finally:
        log.configure("json", level="CRITICAL")
    captured = capsys.readouterr()
    assert is_private(captured.out + captured.err)
    assert is_private(told)
    assert "sqlalchemy.exc." in captured.err
    assert fail.__name__ in captured.err


def test_the_drivers_own_message_would_have_told(empty_engine: Engine, database_url: str) -> None:
    metadata.create_all(empty_engine)
    people.create(empty_engine)
    with pytest.raises(DBAPIError) as failed:
        insert_twice(empty_engine, database_url)
    assert PHONE not in str(failed.value)
    if empty_engine.dialect.name == "postgresql":
        assert EMAIL in str(failed.value)  # DETAIL: Key (email)=(...) already exists.


def test_a_page_that_fails_names_nobody(
    empty_engine: Engine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata.create_all(empty_engine)
    people.create(empty_engine)
    app = FastAPI()
    errors.install(app, environment())

    @app.get("/people/{who}")
    def fail(who: str) -> None:
        insert_twice(empty_engine, who and database_url)

    log.configure("json")
    try:
        answer = TestClient(app, raise_server_exceptions=False).get(f"/people/{NAME}")
    finally:
        log.configure("json", level="CRITICAL")
    said = capsys.readouterr().err
    assert answer.status_code == 500
    assert is_private(answer.text + said)
    assert "/people/{who}" in said
    assert "IntegrityError" in said


FAILING_JOBS = """
from core.context import current
from tests_of_people import insert_twice, lose_the_connection

def fail(_account_id, how):
    here = current()
    {"twice": insert_twice, "lost": lose_the_connection}[how](here.engine, here.settings.database_url)
"""


def held_under(key: Any, redis: Any) -> str:
    """All that a key of the queue holds, as text; the queue's library packs what is long."""
    reads: dict[bytes, Callable[[], Any]] = {
        b"hash": lambda: [part for pair in redis.hgetall(key).items() for part in pair],
        b"list": lambda: redis.lrange(key, 0, -1),
        b"set": lambda: redis.smembers(key),
        b"stream": lambda: [
            part for _, said in redis.xrange(key) for pair in said.items() for part in pair
        ],
        b"string": lambda: [redis.get(key)],
        b"zset": lambda: redis.zrange(key, 0, -1),
    }
    return "\n".join([str(key), *map(unpacked, reads[redis.type(key)]())])


def unpacked(value: bytes) -> str:
    for unpack in (zlib.decompress, lambda packed: zlib.decompress(base64.b64decode(packed))):
        with contextlib.suppress(zlib.error, binascii.Error, ValueError):
            return unpack(value).decode("latin-1")
    return value.decode("latin-1")


@pytest.mark.processes
@pytest.mark.parametrize(("how", "log_format"), [("lost", "json"), ("twice", "console")])
def test_a_job_that_fails_leaves_nobody_in_the_queue(
    redis: Redis,
    queue_server: str,
    empty_engine: Engine,
    database_url: str,
    tmp_path: Path,
    how: str,
    log_format: str,
) -> None:
    metadata.create_all(empty_engine)
    people.create(empty_engine)
    (tmp_path / "failing_jobs.py").write_text(FAILING_JOBS)
    (tmp_path / "tests_of_people.py").write_text(Path(__file__).read_text())
    wanted = Ask("failing_jobs.fail", ACCOUNT, (how,), Lane.CHANGES, "failing")
    with empty_engine.begin() as tx:
        save_installation(tx, installation(ACCOUNT))
        store.ask(tx, wanted, now=SystemClock().now())
    variables = {
        "REKINDLE_DATABASE_URL": database_url,
        "REKINDLE_REDIS_URL": queue_server,
        "REKINDLE_VAULT_KEYS": new_key(),
        "REKINDLE_SESSION_SECRET": "x" * 40,
        "REKINDLE_LOG_FORMAT": log_format,
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
    }
    ended = subprocess.run(
        [sys.executable, "-c", "from app.cli.main import main; main()", "worker", "--burst"],
        env={**os.environ, **variables},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    kept = [held_under(key, redis) for key in redis.scan_iter()]
    with empty_engine.begin() as tx:
        (row,) = tx.execute(sa.select(jobs)).mappings()
        kept.append(str(dict(row)))
    said = ended.stdout + ended.stderr
    assert is_private(said)
    assert is_private("\n".join(kept))
    assert "The database failed" in "\n".join(kept)
    assert "The database failed" in said
    assert row["failures"] == 1
    assert ended.returncode == 0, said


def test_a_command_that_fails_names_nobody(empty_engine: Engine, database_url: str) -> None:
    metadata.create_all(empty_engine)
    people.create(empty_engine)
    command = (
        "import app.cli.main as cli, tests_of_people as t\n"
        "from core.db import open_engine\n"
        "def fail(): t.insert_twice(open_engine(URL), URL)\n"
        "cli.app = fail\ncli.main()"
    ).replace("URL", repr(database_url))
    module = f"import sys, types, runpy; m = types.ModuleType('tests_of_people'); m.__dict__.update(runpy.run_path({__file__!r})); sys.modules['tests_of_people'] = m\n"  # noqa: E501
    ended = subprocess.run(
        [sys.executable, "-c", module + command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert is_private(ended.stdout + ended.stderr)
    assert "IntegrityError" in ended.stderr
    assert "insert_twice" in ended.stderr
