"""An account that is in the mirror and has no CRM behind it: its clock and its facts in the test's hands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import Engine

from app.inline_queue import InlineQueue
from connector.registry import sandbox_variables
from core.clock import FixedClock, SystemClock
from core.context import Context, entered
from core.db import reading
from core.facts import Fact
from core.moments import to_millis
from core.settings import Environment, Settings
from core.vault import Vault, new_key, parse_keys
from oauth.store import Installation, save_installation
from scoring import store
from scoring.learn import versions
from scoring.learn.versions import Version
from sync.mirror.tables import activities, contacts, deals
from sync.mirror.unscored import load_unscored, mark_unscored

ACCOUNT = "hubspot-1"
START = datetime(2026, 6, 1, 12, tzinfo=UTC)
_KINDS = ("form", "email", "visit", "call", "meeting", "click")


def settings(engine: Engine) -> Settings:
    return Settings(
        database_url=engine.url.render_as_string(hide_password=False),
        public_url="http://localhost:8321",
        vault_keys=SecretStr(new_key()),
        session_secret=SecretStr("x" * 40),
        by_hand_under=0,
    )


@dataclass
class Mirrored:
    """`facts` are those said so far; activities are numbered as they come."""

    engine: Engine
    account_id: str = ACCOUNT
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))
    queue: InlineQueue = field(default_factory=InlineQueue)
    facts: list[Fact] = field(default_factory=list)
    acts: int = 0

    def __post_init__(self) -> None:
        with self.engine.begin() as tx:
            save_installation(tx, installation(self.account_id))

    @property
    def context(self) -> Context:
        made = settings(self.engine)
        return Context(
            settings=made,
            environment=Environment(sandbox_variables("hubspot", "http://127.0.0.1:9")),
            clock=self.clock,
            wall=SystemClock(),
            engine=self.engine,
            queue=self.queue,
            vault=Vault(parse_keys(made.vault_keys.get_secret_value())),
            redis=None,
            publish=lambda _tx, fact: self.facts.append(fact),
            pause=lambda _seconds: None,
        )

    def run(self, job: Callable[[str], object]) -> list[Fact]:
        """Run a job and answer what it said."""
        before = len(self.facts)
        with entered(self.context):
            job(self.account_id)
        return self.facts[before:]

    def know(self, *people: str, days: float = 900, **more: Any) -> None:
        """Contacts that the CRM has had for so many days."""
        told = {"archived": False, "fields": "{}", "known": "{}", "content_hash": ""}
        reach = {"email": "a@example.com", "phone": "+12025550100", "sms_consent": True}
        made = {"created_at": self.ago(days), "account_id": self.account_id}
        rows = [{"contact_id": i, **told, **reach, **made, **more} for i in people]
        self._insert(contacts, rows)

    def happen(self, *events: tuple[str, float, str], **more: Any) -> None:
        """(contact, days ago, kind): activities, or won deals for a purchase."""
        acts, sales = [], []
        for contact_id, days, kind in events:
            self.acts += 1
            row = {"account_id": self.account_id, "contact_id": contact_id}
            if kind == "purchase":
                won = {"is_closed": True, "is_won": True, "amount_minor": 20_000}
                sales.append({**row, "deal_id": str(self.acts), "closed_at": self.ago(days), **won})
            else:
                did = {"kind": kind, "occurred_at": self.ago(days), "activity_id": str(self.acts)}
                acts.append({**row, **did, "direction": None if kind == "open" else "in", **more})
        self._insert(activities, acts)
        self._insert(deals, sales)

    def change(self, *people: str) -> None:
        """Mark contacts as the inbox does with what it stores."""
        with self.engine.begin() as tx:
            mark_unscored(tx, self.account_id, people)

    def crowd(
        self,
        size: int,
        *,
        seed: int = 0,
        ahead: float = 0,
        pace: float = 120,
        buys: float = 0.1,
        prefix: str = "c",
    ) -> list[str]:
        """People who come at rates of their own, leave at some time, and sometimes buy.

        The mirror has their next `ahead` days already, which no job reads before they have come. `pace` is
        the usual number of days from one coming to the next, `buys` how often one is a purchase.
        """
        dice = np.random.default_rng(seed)
        people = [f"{prefix}{i:05d}" for i in range(size)]
        self.know(*people)
        events = []
        for person in people:
            rate, left = dice.gamma(2.0, 0.5 / pace), dice.exponential(700)
            day = 0.0
            while day < min(left, 900 + ahead):
                kind = "purchase" if dice.random() < buys else str(dice.choice(_KINDS))
                events.append((person, 900 - day, kind))
                day += 0.5 + dice.exponential(1 / rate)
        self.happen(*events)
        return people

    def ago(self, days: float) -> int:
        return to_millis(self.clock.now() - timedelta(days=days))

    def later(self, days: float) -> None:
        self.clock.advance(timedelta(days=days))

    def scores(self) -> dict[str, dict[str, Any]]:
        with reading(self.engine) as connection:
            rows = store.load_scores(connection, self.account_id)
        return {row["contact_id"]: row for row in rows}

    def scoring(self) -> dict[str, Any]:
        with reading(self.engine) as connection:
            found = store.find_scoring(connection, self.account_id)
        assert found is not None
        return found

    def versions(self) -> list[Version]:
        with reading(self.engine) as connection:
            return versions.load_versions(connection, self.account_id)

    def marks(self) -> dict[str, str]:
        with reading(self.engine) as connection:
            return load_unscored(connection, self.account_id)

    def _insert(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
        with self.engine.begin() as tx:
            if rows:
                tx.execute(sa.insert(table), list(rows))


def installation(account_id: str) -> Installation:
    return Installation(
        account_id=account_id,
        provider="hubspot",
        kind="account",
        remote_account_id=account_id,
        agency_id=None,
        status="active",
        name="Harbor",
        timezone="US/Eastern",
        currency="USD",
        record_url="https://example.com/{contact_id}",
        scopes=(),
        access_token="",
        refresh_token="",
        expires_at=START,
        generation=0,
        refreshing_until=None,
        installed_at=START,
        created_at=START,
        updated_at=START,
    )
