"""Checks a deployment piece by piece and says what to do about each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.compose import environment
from app.migrate import config
from app.published_secrets import find_published, refuse_published
from connector.registry import PROVIDERS, find_provider
from core.db import open_engine
from core.errors import AppError
from core.settings import Environment, Settings, read_settings
from core.vault import parse_keys
from manifest.promise import ManifestInvalid, load_promise, with_public_url
from oauth.account_settings.resolve import refuse_unknown_line
from sync.texts import decide_texts


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    message: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "message": self.message}


def examine() -> list[Finding]:
    """Every check, also after one has failed."""
    env = environment()
    try:
        settings = read_settings(env)
        refuse_unknown_line(settings)
    except AppError as error:
        return [Finding("settings", ok=False, message=error.message)]
    checks: list[tuple[str, Callable[[], str]]] = [
        ("vault", lambda: f"{len(parse_keys(settings.vault_keys.get_secret_value()))} key(s)"),
        ("secrets", lambda: _secrets(env, settings)),
        ("database", lambda: _database(settings)),
        ("queue", lambda: _queue(settings)),
        ("texts", lambda: _texts(settings)),
    ]
    configured = [n for n in PROVIDERS if env.values.get(f"REKINDLE_{n.upper()}_CLIENT_ID")]
    if not configured:
        checks.append(("CRMs", _no_crm))
    for name in configured:
        checks += [
            (f"{name} settings", lambda name=name: find_provider(name, env).label),  # type: ignore[misc]
            (f"{name} manifest", lambda name=name: _manifest(name, settings)),  # type: ignore[misc]
        ]
    return [Finding("settings", ok=True, message="complete"), *(_try(n, c) for n, c in checks)]


def _no_crm() -> str:
    raise AppError(f"no CRM has its CLIENT_ID set; known: {', '.join(PROVIDERS)}")


def _try(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, message=check())
    except AppError as error:
        return Finding(name, ok=False, message=error.message)
    except (SQLAlchemyError, RedisError, httpx2.HTTPError, ManifestInvalid, ValueError) as error:
        return Finding(name, ok=False, message=f"{type(error).__name__}: check its address")


def _secrets(env: Environment, settings: Settings) -> str:
    refuse_published(env, settings)
    found = find_published(env, settings)
    return f"for development only: {', '.join(found)}" if found else "your own"


def _database(settings: Settings) -> str:
    engine = open_engine(settings.database_url)
    head = ScriptDirectory.from_config(config(engine)).get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != head:
        raise AppError(f"schema {current or 'missing'}, wanted {head}: run rekindle migrate")
    return f"schema {current}"


def _queue(settings: Settings) -> str:
    if not settings.redis_url:
        raise AppError("REKINDLE_REDIS_URL is not set")
    info: Any = Redis.from_url(settings.redis_url).info("server")
    return f"version {info.get('valkey_version') or info.get('redis_version')}"


def _texts(settings: Settings) -> str:
    policy = decide_texts(settings.read_texts, phi=settings.phi)
    if policy.rule is not None:
        return f"by default read here; no model is asked ({policy.rule}: REKINDLE_PHI is true)"
    if not policy.reads:
        return "by default not read"
    where = f"here, and by {settings.llm_model}" if policy.asks else "here"
    return f"by default read {where}"


def _manifest(name: str, settings: Settings) -> str:
    promise = with_public_url(load_promise(name), settings.public_url)
    return f"{len(promise.required_scopes)} required scopes, webhooks to {promise.webhook_target}"
