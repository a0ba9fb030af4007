"""A web process without any CRM behind it: accounts are put there, and nobody is asked."""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta

from fastapi.testclient import TestClient
from itsdangerous import TimestampSigner
from sqlalchemy.engine import Engine

from app.inline_queue import InlineQueue
from app.pipeline import publisher
from app.web import create_app
from connector.registry import sandbox_variables
from core.clock import SystemClock
from core.context import Context
from core.settings import Environment, read_settings
from core.vault import Vault, new_key, parse_keys
from oauth.store import Installation, save_installation
from tests.web_client import open_client

HOME = "http://localhost:8321"
NOWHERE = "http://127.0.0.1:9"
BROWSER = {"accept": "text/html"}


@dataclass
class Entrance:
    context: Context
    web: TestClient

    def install(
        self, account_id: str, *, agency: str | None = None, name: str = ""
    ) -> Installation:
        """An account as its install has stored it."""
        provider, _, remote = account_id.partition("-")
        now = self.context.wall.now() - timedelta(minutes=1)
        made = Installation(
            account_id=account_id,
            provider=provider,
            kind="account",
            remote_account_id=remote,
            agency_id=agency,
            status="active",
            name=name or f"Account {remote}",
            timezone="America/New_York",
            currency="USD",
            record_url="https://crm.agency.test/contacts/{contact_id}",
            scopes=(),
            access_token="",
            refresh_token="",
            expires_at=now,
            generation=0,
            refreshing_until=None,
            installed_at=now,
            created_at=now,
            updated_at=now,
        )
        with self.context.engine.begin() as tx:
            save_installation(tx, made)
        return made

    def sign_in(self, account_id: str, *, agency: str | None = None, role: str = "admin") -> str:
        """A session as a sign-in makes it; answers the token that its forms carry."""
        content = {
            "person": "Somebody",
            "account_id": account_id,
            "agency_id": agency,
            "since": 4_000_000_000_000,
            "role": role,
            "form_token": "form-token",
        }
        secret = self.context.settings.session_secret.get_secret_value()
        signed = TimestampSigner(secret).sign(b64encode(json.dumps(content).encode()))
        self.web.cookies.clear()
        self.web.cookies.set("rekindle_session", signed.decode())
        return "form-token"

    def browser(self) -> TestClient:
        """Another person's, with no session."""
        return open_client(self.web.app, HOME)


def open_entrance(engine: Engine, database_url: str, **more: str) -> Entrance:
    """`more` are settings that differ from the usual."""
    environment = Environment(
        {
            "REKINDLE_DATABASE_URL": database_url,
            "REKINDLE_PUBLIC_URL": HOME,
            "REKINDLE_VAULT_KEYS": new_key(),
            "REKINDLE_SESSION_SECRET": "x" * 40,
            **sandbox_variables("hubspot", NOWHERE),
            **sandbox_variables("highlevel", NOWHERE),
            **more,
        }
    )
    settings = read_settings(environment)
    context = Context(
        settings=settings,
        environment=environment,
        clock=SystemClock(),
        wall=SystemClock(),
        engine=engine,
        queue=InlineQueue(),
        vault=Vault(parse_keys(settings.vault_keys.get_secret_value())),
        redis=None,
        publish=publisher(SystemClock()),
        pause=lambda _seconds: None,
    )
    app = create_app(context)
    return Entrance(context, open_client(app, HOME))
