"""What the tests of every room share: databases, a queue server, a house in front of a sandbox."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy.engine import Engine

from app.browser import Form, read_forms
from app.embedded import start_valkey
from app.inline import InlineQueue
from app.migrate import TABLES
from app.pipeline import publisher
from app.processes import Children
from app.virtual_time import HttpClock
from app.web import create_app
from connector.registry import sandbox_variables
from core import log
from core.clock import SystemClock
from core.context import Context
from core.db import metadata, open_engine
from core.settings import Environment, read_settings
from core.vault import Vault, new_key, parse_keys
from sandbox.config import SandboxConfig
from sandbox.lab import Lab, easy_limits, serving

assert TABLES  # importing them registers every room's rows

POSTGRES = os.environ.get("REKINDLE_TEST_DATABASE_URL")
REDIS = os.environ.get("REKINDLE_TEST_REDIS_URL")


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    log.configure("json", level="CRITICAL")


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """An empty database: SQLite, or a schema of its own on the PostgreSQL that was named."""
    if not POSTGRES:
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    schema = f"t_{uuid.uuid4().hex[:12]}"
    server = open_engine(POSTGRES)
    with server.begin() as tx:
        tx.execute(sa.text(f"CREATE SCHEMA {schema}"))
    url = sa.make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with server.begin() as tx:
        tx.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database without tables."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    """An engine on a database with every room's tables."""
    metadata.create_all(empty_engine)
    return empty_engine


@pytest.fixture(scope="session")
def queue_server() -> Iterator[str]:
    """The address of a Redis or Valkey server; the embedded one unless one was named."""
    if REDIS:
        yield REDIS
        return
    # Not pytest's folder: a socket's path must stay short.
    with tempfile.TemporaryDirectory(prefix="rkt-") as folder:
        children = Children(Path(folder) / "logs")
        yield start_valkey(children, Path(folder), dict(os.environ))
        children.stop()


@pytest.fixture
def redis(queue_server: str) -> Iterator[Redis]:
    """A connection to an empty queue server."""
    client = Redis.from_url(queue_server)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@dataclass
class House:
    """The product in this process, its jobs run by hand, in front of a sandbox over HTTP."""

    context: Context
    queue: InlineQueue
    lab: Lab
    web: TestClient

    @property
    def account_id(self) -> str:
        return f"hubspot-{self.lab.portal}"

    def drain(self) -> None:
        self.queue.drain(self.context)

    def begin_install(self) -> str:
        """Press install: the address of the CRM's consent page."""
        answer = self.web.get("/oauth/hubspot/install", follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def consent(self, address: str, decision: str = "grant") -> str:
        """Decide on the consent page: the address the CRM sends the browser back to."""
        page = self.lab.http.get(address)
        assert page.status_code == 200, page.text
        form = first_form(page.text)
        answer = self.lab.http.post(
            str(page.url.join(form.action)), data={**form.fields, "decision": decision}
        )
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])

    def come_back(self, address: str) -> httpx2.Response:
        """Follow the CRM's redirect to us."""
        parts = urlsplit(address)
        return self.web.get(f"{parts.path}?{parts.query}", follow_redirects=False)  # type: ignore[return-value]

    def install(self) -> None:
        answer = self.come_back(self.consent(self.begin_install()))
        assert answer.status_code == 303, answer.text

    def ready(self) -> None:
        """Installed, read, scored, planned: waiting for the admin."""
        self.install()
        self.drain()

    def press(self, page: str, action: str) -> httpx2.Response:
        """Press the button of our own page's form that leads to `action`."""
        shown = self.web.get(page)
        assert shown.status_code == 200, shown.text
        form = next(f for f in read_forms(shown.text) if action in f.action)
        return self.web.post(form.action, data=form.fields, follow_redirects=False)  # type: ignore[return-value]

    def writes(self) -> dict[str, int]:
        """How often each contact was written through the API, as the CRM counts it."""
        counted = self.lab.control("counters")["writes"]
        return dict(counted.get(str(self.lab.portal), {}).get("contacts", {}))


def first_form(html: str) -> Form:
    return read_forms(html)[0]


@pytest.fixture(scope="session")
def world() -> Iterator[Lab]:
    """A sandbox with people that several tests read; tests that write bring their own."""
    with serving(SandboxConfig(contacts=120, limits=easy_limits())) as lab:
        yield lab


@pytest.fixture
def own_world() -> Iterator[Lab]:
    """A sandbox with people for one test alone."""
    with serving(SandboxConfig(contacts=120, limits=easy_limits())) as lab:
        yield lab


def environment_for(lab: Lab, database_url: str, **more: str) -> Environment:
    return Environment(
        {
            "REKINDLE_DATABASE_URL": database_url,
            "REKINDLE_PUBLIC_URL": "http://localhost:8321",
            "REKINDLE_VAULT_KEYS": new_key(),
            "REKINDLE_SESSION_SECRET": "x" * 40,
            "REKINDLE_TIME_URL": f"{lab.url}/control/clock",
            **sandbox_variables("hubspot", lab.url),
            **more,
        }
    )


def build_house(lab: Lab, engine: Engine, database_url: str, **more: str) -> House:
    """A house; `more` are settings that differ from the usual."""
    environment = environment_for(lab, database_url, **more)
    settings = read_settings(environment)
    queue = InlineQueue()
    context = Context(
        settings=settings,
        environment=environment,
        clock=HttpClock(f"{lab.url}/control/clock", keep=0.0),
        wall=SystemClock(),
        engine=engine,
        queue=queue,
        vault=Vault(parse_keys(settings.vault_keys.get_secret_value())),
        redis=None,
        publish=publisher(queue),
        pause=lambda _seconds: None,
        worker="test",
    )
    web = TestClient(
        create_app(context), base_url="http://localhost:8321", raise_server_exceptions=False
    )
    return House(context, queue, lab, web)


@pytest.fixture
def house(own_world: Lab, engine: Engine, database_url: str) -> House:
    """The product in front of a sandbox of its own."""
    return build_house(own_world, engine, database_url)


def query_of(address: str) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}


def now() -> datetime:
    return datetime(2026, 11, 16, 14, tzinfo=UTC)


__all__ = ["House", "build_house", "query_of", "replace"]


@pytest.fixture
def make_house(tmp_path: Path) -> "Iterator[Callable[[Lab], House]]":
    """Builds further houses, each with a fresh SQLite database, in front of a sandbox."""
    engines: list[Engine] = []

    def make(lab: Lab, **more: str) -> House:
        url = f"sqlite:///{tmp_path / f'more-{len(engines)}.db'}"
        engine = open_engine(url)
        metadata.create_all(engine)
        engines.append(engine)
        return build_house(lab, engine, url, **more)

    yield make
    for engine in engines:
        engine.dispose()
