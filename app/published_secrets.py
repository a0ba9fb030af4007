"""Secrets that we publish for development: fine on this machine, known to everybody where it is public."""

from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from connector.registry import PROVIDERS, sandbox_variables
from core.errors import SettingsInvalid
from core.settings import PREFIX, Environment, Settings
from core.vault import parse_keys

# The values of .env.example; those of the sandbox stand in each CRM's settings.
_VAULT_KEY = "dev:cmVraW5kbGUtZGV2ZWxvcG1lbnQta2V5LTMyLWJ5dGU="
_SESSION_SECRET = "development-only-session-secret-not-for-production"  # noqa: S105
_DATABASE_PASSWORD = "developmentonly"  # noqa: S105


def refuse_published(env: Environment, settings: Settings) -> None:
    """Raises SettingsInvalid naming the variables that hold a published secret in a real deployment."""
    found = find_published(env, settings)
    if found and urlsplit(settings.public_url).scheme == "https":
        raise SettingsInvalid(
            f"REKINDLE_PUBLIC_URL is a public https address, but these variables still hold secrets that "
            f"everybody can read in .env.example or in the sandbox: {', '.join(found)}. Set them to "
            "secrets of your own; docs/operator.md says how to make them."
        )


def find_published(env: Environment, settings: Settings) -> list[str]:
    """The variables that hold a published secret."""
    secrets = {
        "VAULT_KEYS": _opens_with_the_published_key(settings),
        "SESSION_SECRET": settings.session_secret.get_secret_value() == _SESSION_SECRET,
        "DATABASE_URL (its password, REKINDLE_DATABASE_PASSWORD in compose.yaml)": _password_of(
            settings.database_url
        )
        == _DATABASE_PASSWORD,
    }
    found = [PREFIX + name for name, is_published in secrets.items() if is_published]
    for provider in PROVIDERS:
        known = sandbox_variables(provider, "")
        found += [n for n in known if n.endswith("_SECRET") and env.values.get(n) == known[n]]
    return found


def _opens_with_the_published_key(settings: Settings) -> bool:
    """Under whichever name, and also as an older key: what it sealed anybody can open."""
    keys = parse_keys(settings.vault_keys.get_secret_value())
    return not set(keys.values()).isdisjoint(parse_keys(_VAULT_KEY).values())


def _password_of(database_url: str) -> str | None:
    try:
        return sa.make_url(database_url).password
    except ArgumentError:
        return None
