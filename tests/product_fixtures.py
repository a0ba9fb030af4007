"""What tests of more than one piece share: databases, a queue server, the product in front of a sandbox."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import sqlalchemy as sa
from redis import Redis
from sqlalchemy.engine import Engine

from app.embedded_valkey import start_valkey
from app.processes import Children
from core.db import open_engine
from sandbox.config import SandboxConfig
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from tests.browsing import opened_browser
from tests.databases import POSTGRES, MadeTables, empty_database
from tests.rekindle import Rekindle, build_rekindle
from tests.web_client import open_client

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REDIS = os.environ.get("REKINDLE_TEST_REDIS_URL")


@pytest.fixture(scope="session")
def made_tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeTables]:
    """Every package's tables, made once for all tests of a process."""
    made = MadeTables(tmp_path_factory.mktemp("made"))
    yield made
    made.close()


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, made_tables: MadeTables
) -> Iterator[str]:
    """An empty database; on PostgreSQL with tables, where the test asks for `engine`."""
    with_tables = POSTGRES and "engine" in request.fixturenames
    with made_tables.lent() if with_tables else empty_database(tmp_path) as url:
        yield url


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database without tables."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


class Statements:
    """Statements in their compiled form, kept for all engines of this process: each would compile them anew."""

    def __init__(self) -> None:
        self._compiled: sa.util.LRUCache[Any, Any] = sa.util.LRUCache(2_000)
        self._dialect: sa.Dialect | None = None

    def share(self, engine: Engine) -> None:
        """Let an engine use what others have compiled, for which it needs the same dialect."""
        if self._dialect is None:
            with engine.connect():
                pass  # until it has connected it does not know its database
            self._dialect = engine.dialect
        if engine.dialect.name == self._dialect.name:
            engine.dialect = self._dialect
            engine.update_execution_options(compiled_cache=self._compiled)


@pytest.fixture(scope="session")
def statements() -> Statements:
    return Statements()


@pytest.fixture
def engine(empty_engine: Engine, made_tables: MadeTables, statements: Statements) -> Engine:
    """An engine on a database with every package's tables."""
    if empty_engine.dialect.name == "sqlite":
        made_tables.give(empty_engine)
    statements.share(empty_engine)
    return empty_engine


@pytest.fixture(scope="session")
def queue_server() -> Iterator[str]:
    """The address of a Redis or Valkey server; the embedded one unless one was named."""
    if REDIS:
        yield _own_database(REDIS)
        return
    # Not pytest's folder: a socket's path must stay short.
    with tempfile.TemporaryDirectory(prefix="rkt-") as folder:
        children = Children(Path(folder) / "logs")
        yield start_valkey(children, Path(folder), dict(os.environ))
        children.stop()


def _own_database(url: str) -> str:
    """Where tests run in several processes, each takes a database of its own on that server."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    parts = urlsplit(url)
    first = int(parts.path.lstrip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first - int(number)}"))


@pytest.fixture
def redis(queue_server: str) -> Iterator[Redis]:
    """A connection to an empty queue server."""
    client = Redis.from_url(queue_server)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture(scope="session")
def world() -> Iterator[HubSpotClient]:
    """A sandbox with people that several tests read; tests that write bring their own."""
    with serving_hubspot(
        SandboxConfig(contacts=120, crms=("hubspot",), options=(easy_hubspot(),))
    ) as lab:
        yield lab


@pytest.fixture
def own_world(request: pytest.FixtureRequest) -> Iterator[HubSpotClient]:
    """A sandbox with people for one test alone; `pytest.mark.people(120)` asks for more than the usual few."""
    asked = request.node.get_closest_marker("people")
    people = asked.args[0] if asked else 60
    with serving_hubspot(
        SandboxConfig(contacts=people, crms=("hubspot",), options=(easy_hubspot(),))
    ) as lab:
        yield lab


@pytest.fixture
def rekindle(own_world: HubSpotClient, engine: Engine, database_url: str) -> Rekindle:
    """The product in front of a sandbox of its own."""
    return build_rekindle(own_world, engine, database_url)


@pytest.fixture(scope="session")
def prepared(
    tmp_path_factory: pytest.TempPathFactory, made_tables: MadeTables, statements: Statements
) -> Iterator[Rekindle]:
    """What `ready_rekindle` shows: made once for all tests of a process."""
    config = SandboxConfig(contacts=60, crms=("hubspot",), options=(easy_hubspot(),))
    with empty_database(tmp_path_factory.mktemp("ready")) as url, serving_hubspot(config) as lab:
        engine = open_engine(url)
        made_tables.give(engine)
        statements.share(engine)
        rekindle = build_rekindle(lab, engine, url)
        rekindle.ready()
        yield rekindle
        engine.dispose()


@pytest.fixture
def ready_rekindle(prepared: Rekindle) -> Rekindle:
    """An account that is read, scored and waits for its admin: for tests that look and change nothing.

    Each has a browser of its own, in which the admin is signed in.
    """
    web = open_client(prepared.web.app, str(prepared.web.base_url))
    web.cookies = prepared.web.cookies
    return replace(prepared, web=web)


@pytest.fixture
def make_rekindle(
    tmp_path: Path, made_tables: MadeTables, statements: Statements
) -> Iterator[Callable[..., Rekindle]]:
    """Builds further houses, each with a fresh SQLite database, in front of a sandbox."""
    engines: list[Engine] = []

    def make(lab: HubSpotClient, **more: str) -> Rekindle:
        url = f"sqlite:///{tmp_path / f'more-{len(engines)}.db'}"
        engine = open_engine(url)
        made_tables.give(engine)
        statements.share(engine)
        engines.append(engine)
        return build_rekindle(lab, engine, url, **more)

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def browser() -> "Iterator[Browser]":
    with opened_browser() as opened:
        yield opened
