"""The product in this process, its jobs run by hand, in front of any CRM's pretend side."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from app.inline_queue import InlineQueue
from app.lab.browser import read_forms
from app.pages.standing import Standing, load_standing
from app.pipeline import publisher
from app.web import create_app
from connector.budget import Urgency
from connector.port.provider import Crm, Provider
from connector.registry import find_provider
from core.clock import Clock, SystemClock
from core.context import Context
from core.db import reading
from core.jobs.tables import jobs
from core.settings import Environment, read_settings
from core.vault import Vault, new_key, parse_keys
from manifest.promise import load_promise, with_public_url
from oauth.account_settings import store as settings_store
from oauth.accounts import account_id_of
from oauth.store import Installation, load_installations
from oauth.tokens import TokenSource
from sync.live import opened
from tests.contract.crm_side import CrmSide, Post
from tests.web_client import open_client
from workflows.enrollment import store as ledger
from workflows.enrollment.tables import enrollments


@dataclass
class CrmRekindle:
    """`account_id` is our name of the CRM's account."""

    context: Context
    queue: InlineQueue
    web: TestClient
    crm_side: CrmSide

    @property
    def account_id(self) -> str:
        return account_id_of(self.crm_side.provider, self.crm_side.account)

    @property
    def provider(self) -> Provider:
        return find_provider(self.crm_side.provider, self.context.environment)

    def begin_install(self) -> str:
        """Press install: the address of the CRM's consent page."""
        answer = self.web.get(f"/oauth/{self.crm_side.provider}/install", follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def come_back(self, address: str) -> httpx2.Response:
        """Follow the CRM's redirect to us."""
        parts = urlsplit(address)
        return self.web.get(f"{parts.path}?{parts.query}", follow_redirects=False)

    def install(self) -> None:
        answer = self.come_back(self.crm_side.consent(self.begin_install()))
        assert answer.status_code == 303, answer.text

    def drain(self) -> None:
        self.queue.drain(self.context)

    def read(self) -> None:
        """Install, make our properties, read everything; scoring is not begun."""
        self.install()
        for _ in ("provision", "backfill"):
            self.queue.step(self.context)
        assert self.queue.ran[-1] == "sync.jobs.backfill"

    def forget_jobs(self) -> None:
        """What waits to be done is not what a test is about."""
        self.queue.forget()
        with self.context.engine.begin() as tx:
            tx.execute(sa.delete(jobs))

    def run(self, job: str, *ids: str) -> None:
        """Run one job as a worker does, and what it causes."""
        account_id, *rest = ids
        self.queue.run(self.context, job, account_id, *rest)

    def receive(self, post: Post) -> int:
        """The platform's request arrives: the status of our answer."""
        answer = self.web.post(post.path, content=post.body, headers=dict(post.headers))
        return answer.status_code

    def press(self, page: str, action: str, **chosen: str) -> None:
        """Press the button of our own page's form that leads to `action`, with these of its fields changed."""
        shown = self.web.get(page)
        assert shown.status_code == 200, shown.text
        form = next(f for f in read_forms(shown.text) if action in f.action)
        answer = self.web.post(form.action, data={**form.fields, **chosen}, follow_redirects=False)
        assert answer.status_code == 303, answer.text

    def standing(self) -> Standing:
        return load_standing(self.context, self.account_id)

    def choose(self, **values: str | int) -> None:
        """Change these settings of the account; all others stay as they are."""
        with self.context.engine.begin() as tx:
            held = settings_store.load_latest(tx, [self.account_id]).get(self.account_id)
            settings_store.record_version(
                tx,
                self.account_id,
                {**(held.values if held else {}), **values},
                after=held.version if held else 0,
                by="operator",
                now=self.context.wall.now(),
            )

    def write_values(self) -> None:
        """Install, read, score, plan; approve the plan and write it."""
        self.install()
        self.drain()
        self.approve_plan()

    def approve_plan(self) -> None:
        """Approve the plan that waits, and write it."""
        standing = self.standing()
        assert standing.plan_state == "waiting"
        self.press("/admin/plan", f"/plans/{standing.plan_id}/approve")
        self.drain()

    def approve_wave(self, **chosen: str) -> list[str]:
        """Approve the proposed wave and answer its contacts; nobody is started yet."""
        wave_id = self.standing().wave_id
        assert wave_id is not None, "nobody is ready to start"
        self.press("/admin/plan", f"/waves/{wave_id}/approve", **chosen)
        self.forget_jobs()
        with reading(self.context.engine) as connection:
            return ledger.load_wave(connection, self.account_id, wave_id)

    def started_of(self, wave: list[str]) -> list[str]:
        """Those of a wave who were started; all others by what is read of a contact just before a start alone."""
        e = enrollments.c
        query = sa.select(e.contact_id, e.state, e.reason).where(
            e.account_id == self.account_id, e.contact_id.in_(wave)
        )
        with reading(self.context.engine) as connection:
            rows = connection.execute(query).all()
        refused = [row.reason for row in rows if row.state == "refused"]
        assert all("(note" in reason for reason in refused), refused
        assert len(refused) <= len(wave) // 5
        return [row.contact_id for row in rows if row.state == "started"]

    def start_all_due(self) -> None:
        """Start whoever is due, and let the nights pass until nobody waits for a decent hour."""
        for _ in range(20):
            due = self.standing().next_due
            if due is None:
                return
            if due > self.context.clock.now():
                self.crm_side.advance(due)
            self.run("workflows.jobs.start_due", self.account_id)
        raise AssertionError("somebody waits for ever")

    def active(self) -> dict[str, Installation]:
        """Connected accounts by their remote id."""
        with reading(self.context.engine) as connection:
            found = load_installations(connection)
        return {i.remote_account_id: i for i in found if i.is_active}

    def tokens(self, clock: Clock, *, account_id: str | None = None) -> TokenSource:
        """A fresh process's access tokens."""
        return TokenSource(
            self.context.engine,
            self.context.vault,
            self.provider,
            account_id or self.account_id,
            clock=clock,
            pause=self.context.pause,
        )

    @contextmanager
    def opened(self) -> Iterator[Crm]:
        with opened(self.context, self.account_id, Urgency.INCREMENTAL) as crm:
            yield crm


def build_rekindle(
    crm_side: CrmSide, engine: Engine, database_url: str, **more: str
) -> CrmRekindle:
    """The product in front of `crm_side`, with the app's addresses registered there; `more` are settings."""
    environment = Environment(
        {
            "REKINDLE_DATABASE_URL": database_url,
            "REKINDLE_PUBLIC_URL": crm_side.public_url,
            "REKINDLE_VAULT_KEYS": new_key(),
            "REKINDLE_SESSION_SECRET": "x" * 40,
            # Sandboxes of tests have few people, who are started all the same.
            "REKINDLE_BY_HAND_UNDER": "0",
            **crm_side.variables,
            **more,
        }
    )
    settings = read_settings(environment)
    queue = InlineQueue()
    context = Context(
        settings=settings,
        environment=environment,
        clock=crm_side.clock,
        wall=SystemClock(),
        engine=engine,
        queue=queue,
        vault=Vault(parse_keys(settings.vault_keys.get_secret_value())),
        redis=None,
        publish=publisher(SystemClock()),
        pause=lambda _seconds: None,
    )
    crm_side.register(with_public_url(load_promise(crm_side.provider), crm_side.public_url))
    web = open_client(create_app(context), crm_side.public_url)
    return CrmRekindle(context, queue, web, crm_side)
