"""A made-up account of any size in a database of its own: its mirror, scored and planned by the real jobs."""

import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.inline_queue import InlineQueue
from app.migrate import migrate
from connector.registry import DEFAULT_PROVIDER, sandbox_variables
from core import log
from core.clock import SystemClock, pause
from core.context import Context, entered
from core.db import open_engine, refresh_statistics
from core.moments import to_millis
from core.settings import Environment, read_settings
from core.vault import Vault, new_key, parse_keys
from oauth.accounts import account_id_of
from oauth.store import Installation, save_installation
from sync.mirror.store import MIRROR
from sync.mirror.tables import activities, contacts, deals

PROVIDER, REMOTE = DEFAULT_PROVIDER, "4711"
ACCOUNT = account_id_of(PROVIDER, REMOTE)
_ROWS = 5_000
_DAYS = 900
_EVENTS_EACH = 4
_KINDS = ("email", "visit", "click", "form", "call", "meeting", "sms", "note")
_SOURCES = ("paid", "organic", "referral", "event", "direct")
_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hope")
_LAST = ("Archer", "Baker", "Cooper", "Dyer", "Fisher", "Glover", "Hunter", "Mason")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a measurement happens: its database, and a folder for everything else."""

    database_url: str
    folder: Path


@contextmanager
def opened_place(database_url: str | None) -> Iterator[Place]:
    """A new SQLite file, or a schema of its own in the PostgreSQL that is named; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rkb-") as name:
        folder = Path(name)
        if database_url is None or sa.make_url(database_url).get_backend_name() == "sqlite":
            yield Place(f"sqlite:///{folder / 'bench.db'}", folder)
            return
        schema = f"bench_{uuid.uuid4().hex[:12]}"
        server = open_engine(database_url)
        with server.begin() as tx:
            tx.execute(sa.text(f"CREATE SCHEMA {schema}"))
        url = sa.make_url(database_url).update_query_dict({"options": f"-csearch_path={schema}"})
        try:
            yield Place(url.render_as_string(hide_password=False), folder)
        finally:
            with server.begin() as tx:
                tx.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
            server.dispose()


def environment_of(place: Place, *, public_url: str, **more: str) -> Environment:
    """Settings of a process that works at this place; the CRM's address answers nobody."""
    return Environment(
        {
            "REKINDLE_DATABASE_URL": place.database_url,
            "REKINDLE_PUBLIC_URL": public_url,
            "REKINDLE_VAULT_KEYS": new_key(),
            "REKINDLE_SESSION_SECRET": uuid.uuid4().hex * 2,
            **sandbox_variables(PROVIDER, "http://127.0.0.1:9"),
            **more,
        }
    )


def context_of(environment: Environment) -> Context:
    """What the jobs need to run in this process, one by one; nobody hears of facts."""
    settings = read_settings(environment)
    log.configure(settings.log_format, level="WARNING")
    clock = SystemClock()
    return Context(
        settings=settings,
        environment=environment,
        clock=clock,
        wall=clock,
        engine=open_engine(settings.database_url),
        queue=InlineQueue(),
        vault=Vault(parse_keys(settings.vault_keys.get_secret_value())),
        redis=None,
        publish=lambda _tx, _fact: None,
        pause=pause,
    )


def make_account(context: Context, size: int, *, tell: Callable[[str], None]) -> None:
    """An installed account that was read, scored and planned, its plan waiting for an admin."""
    # Columns and models are loaded by who makes an account, not by who is measured.
    from scoring.jobs import score_account  # noqa: PLC0415
    from workflows.jobs import plan_account  # noqa: PLC0415

    now = context.wall.now()
    tell(f"Making {size:,} contacts")
    migrate(context.engine)
    install(context.engine, now=now)
    fill_mirror(context.engine, size, now=now)
    with entered(context):
        tell("Scoring them")
        score_account(ACCOUNT)
        tell("Planning")
        plan_account(ACCOUNT)


def install(engine: Engine, *, now: datetime, token: str = "") -> None:
    """The made-up account is connected; `token`, sealed, is what its CRM is asked with."""
    with engine.begin() as tx:
        save_installation(tx, replace(_installation(now), access_token=token, refresh_token=token))


def contact_id(number: int) -> str:
    return str(100_000_000 + number)


def fill_mirror(engine: Engine, size: int, *, now: datetime) -> None:
    """People who come at random moments since they were added, and sometimes buy; the same each time."""
    fill(engine, _contacts(size, now), _activities(size, now), _deals(size, now))


def fill(
    engine: Engine,
    people: Iterable[dict[str, Any]],
    acts: Iterable[dict[str, Any]],
    sales: Iterable[dict[str, Any]],
) -> None:
    """Put rows of contacts, activities and deals into the mirror."""
    _insert(engine, contacts, people)
    _insert(engine, activities, acts)
    _insert(engine, deals, sales)
    # As after a reading.
    refresh_statistics(engine, *MIRROR)


def _insert(engine: Engine, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    waiting = iter(rows)
    while some := list(islice(waiting, _ROWS)):
        with engine.begin() as tx:
            tx.execute(sa.insert(table), some)


def _contacts(size: int, now: datetime) -> Iterator[dict[str, Any]]:
    dice = Random(1)  # noqa: S311  made-up people, no secret
    for number in range(size):
        yield {
            "account_id": ACCOUNT,
            "contact_id": contact_id(number),
            "created_at": to_millis(now - timedelta(days=_age(number))),
            "archived": False,
            "first_name": dice.choice(_FIRST),
            "last_name": dice.choice(_LAST),
            "email": f"p{number}@example.com" if dice.random() < 0.95 else None,
            "phone": f"+1202555{number % 10_000:04d}" if dice.random() < 0.7 else None,
            "sms_consent": dice.random() < 0.5,
            "source": dice.choice(_SOURCES),
            "fields": "{}",
            "known": "{}",
            "content_hash": f"{number:032x}",
        }


def _activities(size: int, now: datetime) -> Iterator[dict[str, Any]]:
    dice = Random(2)  # noqa: S311
    for number in range(size):
        for event in range(dice.randrange(2 * _EVENTS_EACH + 1)):
            yield {
                "account_id": ACCOUNT,
                "activity_id": f"{number}-{event}",
                "contact_id": contact_id(number),
                "occurred_at": _moment(dice, number, now),
                "kind": dice.choice(_KINDS),
                "direction": dice.choice(("in", "in", "out")),
            }


def _deals(size: int, now: datetime) -> Iterator[dict[str, Any]]:
    dice = Random(3)  # noqa: S311
    for number in range(0, size, 4):
        at = _moment(dice, number, now)
        yield {
            "account_id": ACCOUNT,
            "deal_id": str(number),
            "contact_id": contact_id(number),
            "amount_minor": dice.randrange(5_000, 500_000),
            "is_closed": True,
            "is_won": dice.random() < 0.7,
            "closed_at": at,
            "created_at": at,
        }


def _age(number: int) -> int:
    """Days since a contact was added: spread evenly, without order."""
    return 30 + (number * 7_919) % _DAYS


def _moment(dice: Random, number: int, now: datetime) -> int:
    """Somewhere between when a contact was added and now, more often early than late."""
    since = _age(number) * (1 - dice.random() ** 2)
    return to_millis(now - timedelta(days=since))


def _installation(now: datetime) -> Installation:
    return Installation(
        account_id=ACCOUNT,
        provider=PROVIDER,
        kind="account",
        remote_account_id=REMOTE,
        agency_id=None,
        status="active",
        name="A made-up account",
        timezone="US/Eastern",
        currency="USD",
        record_url="https://example.com/{contact_id}",
        scopes=(),
        access_token="",
        refresh_token="",
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        generation=0,
        refreshing_until=None,
        installed_at=now,
        created_at=now,
        updated_at=now,
    )
