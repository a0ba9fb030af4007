"""The product in this process, its jobs run by hand, in front of a sandbox over HTTP."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from app.inline_queue import InlineQueue
from app.lab.browser import read_forms
from app.pipeline import publisher
from app.virtual_time import HttpClock
from app.web import create_app
from connector.registry import sandbox_variables
from core.clock import SystemClock
from core.context import Context
from core.settings import Environment, read_settings
from core.vault import Vault, new_key, parse_keys
from sandbox.hubspot.client import HubSpotClient
from tests.web_client import open_client


@dataclass
class Rekindle:
    """The product in this process, its jobs run by hand, in front of a sandbox over HTTP."""

    context: Context
    queue: InlineQueue
    lab: HubSpotClient
    web: TestClient

    @property
    def account_id(self) -> str:
        return f"hubspot-{self.lab.portal}"

    def drain(self) -> None:
        self.queue.drain(self.context)

    def write_plan(self) -> None:
        """Run what waits until a plan is applied: what follows, such as drawing controls, writes again."""
        begun = len(self.queue.ran)
        while "workflows.jobs.apply_plan" not in self.queue.ran[begun:]:
            self.queue.step(self.context)

    def begin_install(self) -> str:
        """Press install: the address of the CRM's consent page."""
        answer = self.web.get("/oauth/hubspot/install", follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def consent(self, address: str, decision: str = "grant") -> str:
        """Decide on the consent page: the address the CRM sends the browser back to."""
        page = self.lab.http.get(address)
        assert page.status_code == 200, page.text
        form = read_forms(page.text)[0]
        answer = self.lab.http.post(
            str(page.url.join(form.action)), data={**form.fields, "decision": decision}
        )
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])

    def come_back(self, address: str) -> httpx2.Response:
        """Follow the CRM's redirect to us."""
        parts = urlsplit(address)
        return self.web.get(f"{parts.path}?{parts.query}", follow_redirects=False)

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
        return self.web.post(form.action, data=form.fields, follow_redirects=False)

    def writes(self) -> dict[str, int]:
        """How often each contact was written through the API, as the CRM counts it."""
        counted = self.lab.control("counters")["writes"]
        return dict(counted.get(str(self.lab.portal), {}).get("contacts", {}))


def environment_for(lab: HubSpotClient, database_url: str, **more: str) -> Environment:
    return Environment(
        {
            "REKINDLE_DATABASE_URL": database_url,
            "REKINDLE_PUBLIC_URL": "http://localhost:8321",
            "REKINDLE_VAULT_KEYS": new_key(),
            "REKINDLE_SESSION_SECRET": "x" * 40,
            # Sandboxes of tests have few people, who are started all the same.
            "REKINDLE_BY_HAND_UNDER": "0",
            "REKINDLE_TIME_URL": f"{lab.url}/control/clock",
            **sandbox_variables("hubspot", lab.url),
            **more,
        }
    )


def build_rekindle(lab: HubSpotClient, engine: Engine, database_url: str, **more: str) -> Rekindle:
    """A running product; `more` are settings that differ from the usual."""
    environment = environment_for(lab, database_url, **more)
    settings = read_settings(environment)
    queue = InlineQueue()
    context = Context(
        settings=settings,
        environment=environment,
        clock=HttpClock(f"{lab.url}/control/clock"),
        wall=SystemClock(),
        engine=engine,
        queue=queue,
        vault=Vault(parse_keys(settings.vault_keys.get_secret_value())),
        redis=None,
        publish=publisher(SystemClock()),
        pause=lambda _seconds: None,
    )
    web = open_client(create_app(context), "http://localhost:8321")
    return Rekindle(context, queue, lab, web)
