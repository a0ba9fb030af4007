"""Puts a process together from its environment: settings in, context out."""

import os
from pathlib import Path

from redis import Redis

from app.pipeline import publisher
from app.published_secrets import refuse_published
from app.virtual_time import HttpClock
from core import log
from core.clock import SystemClock, pause
from core.context import Context
from core.db import open_engine
from core.errors import SettingsInvalid
from core.queue import RqQueue
from core.settings import Environment, Settings, read_environment, read_settings
from core.vault import Vault, parse_keys
from oauth.account_settings.resolve import refuse_unknown_line


def environment() -> Environment:
    """This process's REKINDLE_* variables, over those of a .env file in the working folder."""
    return read_environment(os.environ, dotenv=Path(".env"))


def compose(env: Environment) -> Context:
    """The context of a serving process; raises SettingsInvalid naming what is missing."""
    settings = read_settings(env)
    if not settings.redis_url:
        raise SettingsInvalid(
            "Set REKINDLE_REDIS_URL to a Redis or Valkey server. `rekindle demo` brings its own."
        )
    log.configure(settings.log_format)
    refuse_published(env, settings)
    refuse_unknown_line(settings)
    # A server that does not answer must not hold up what is safe in the database already.
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=5)
    queue = RqQueue(redis)
    wall = SystemClock()
    return Context(
        settings=settings,
        environment=env,
        clock=HttpClock(settings.time_url) if settings.time_url else wall,
        wall=wall,
        engine=open_engine(settings.database_url),
        queue=queue,
        vault=_vault(settings),
        redis=redis,
        publish=publisher(wall),
        pause=pause,
    )


def _vault(settings: Settings) -> Vault:
    return Vault(parse_keys(settings.vault_keys.get_secret_value()))
