"""`rekindle bench plan`: a made-up account in the database is decided about and planned: CPU, memory, transactions."""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.lab.bench_account import Place, context_of, environment_of
from app.migrate import migrate
from app.perform import keep_loaded, load_jobs
from connector.port.writing import Pace
from core.clock import stopwatch
from core.context import Context
from core.db import metadata, open_engine, refresh_statistics
from core.errors import AppError
from core.moments import to_millis
from oauth.account_settings.fields import AccountSettings
from scoring.plans import PLANS
from scoring.tables import scores, scorings
from sync.mirror.tables import activities, contacts
from sync.outbox import plans as outbox
from workflows.decisions.planning import AT_ONCE, Planning

ACCOUNT = "bench-plan"
AT = datetime(2026, 11, 16, 14, tzinfo=UTC)
_FIRST_NAMES = (
    *("Agnes", "Albert", "Beatrice", "Calvin", "Carol", "Daniel"),
    *("Dolores", "Edith", "Frank", "Gloria", "Harriet", "Henry"),
    *("Irene", "Jacob", "Judith", "Karl", "Laura", "Lewis"),
    *("Marian", "Milton", "Nancy", "Oliver", "Paula", "Philip"),
    *("Rita", "Robert", "Sylvia", "Theodore", "Vera", "Walter"),
)
_PACE = Pace(contacts_per_second=500.0)
# Bands as they are met in accounts that have been there for some years.
_BANDS = (("active", 0.25), ("90_179", 0.15), ("180_364", 0.25), ("365_plus", 0.25), ("never", 0.1))


def plan_made_up(
    count: int, *, database_url: str | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Make the account in this process and plan it in another; raises AppError if that fails."""
    with tempfile.TemporaryDirectory(prefix="rekindle-bench-") as folder:
        url = database_url or f"sqlite:///{Path(folder) / 'bench.db'}"
        tell(f"Making {count:,} contacts")
        engine = open_engine(url)
        migrate(engine)
        clear(engine)
        make(engine, count)
        engine.dispose()
        tell("Deciding and planning")
        command = [sys.executable, "-m", "app.lab.bench_plan", url]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise AppError(f"The account could not be planned: {done.stderr.strip()[-200:]}")
        return {"contacts": count, **json.loads(done.stdout)}


def measure(url: str) -> dict[str, Any]:
    """A first pass, one where nothing has changed, and some contacts by themselves."""
    place = Place(url, Path())
    here = context_of(environment_of(place, public_url="http://localhost"))
    engine = here.engine
    longest = _watch(engine)
    # As in a worker.
    load_jobs()
    keep_loaded()
    first = _timed(longest, lambda: _planning(here).plan_all(_PACE))
    second = _timed(longest, lambda: _planning(here).plan_all(_PACE))
    with engine.connect() as connection:
        some = list(connection.execute(sa.select(scores.c.contact_id).limit(AT_ONCE)).scalars())
    changed = _timed(longest, lambda: _planning(here).plan_some(some[:1]))
    many = _timed(longest, lambda: _planning(here).plan_some(some))
    with engine.connect() as connection:
        planned = outbox.tally(connection, ACCOUNT).planned
    engine.dispose()
    return {
        "planned": planned,
        **first,
        "again": second,
        "one_contact": changed,
        "thousand_contacts": many,
    }


def _planning(here: Context) -> Planning:
    own = AccountSettings(timezone="America/New_York", business_name="Harbor Hearing")
    return Planning(here, ACCOUNT, own, at=AT)


def _timed(longest: list[float], do: Callable[[], object]) -> dict[str, float]:
    longest.clear()
    before, elapsed = resource.getrusage(resource.RUSAGE_SELF), stopwatch()
    do()
    seconds, after = elapsed(), resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(used, 3),
        "peak_mb": round(after.ru_maxrss / 1024, 1),
        "longest_transaction_seconds": round(max(longest, default=0.0), 3),
        "transactions": len(longest),
    }


def _watch(engine: Engine) -> list[float]:
    """Seconds of each transaction that may write, from its first word to its commit."""
    longest: list[float] = []

    def begun(connection: sa.Connection) -> None:
        connection.info["since"] = stopwatch()

    def ended(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("read_only"):
            longest.append(connection.info["since"]())

    sa.event.listen(engine, "begin", begun)
    sa.event.listen(engine, "commit", ended)
    return longest


def clear(engine: Engine) -> None:
    """Leave nothing of an earlier account of that name."""
    for table in metadata.sorted_tables:
        # What was decided stays on record.
        if "account_id" in table.c and table.name != "decision_log":
            with engine.begin() as tx:
                tx.execute(sa.delete(table).where(table.c.account_id == ACCOUNT))


def make(engine: Engine, count: int) -> None:
    """Scores, their contacts in the mirror and some activities of each."""
    dice = Random(1)  # noqa: S311  made-up people
    people = _people(dice, count)
    while some := list(islice(people, 2_000)):
        with engine.begin() as tx:
            tx.execute(sa.insert(contacts), [_contact(dice, row) for row in some])
            tx.execute(sa.insert(scores), some)
            acts = [act for row in some for act in _activities(dice, row)]
            tx.execute(sa.insert(activities), acts)
    empty: dict[str, Any] = {"dormant": {}, "tracks": {}, "segments": {}, "sales": {}, "cuts": []}
    with engine.begin() as tx:
        row = {"account_id": ACCOUNT, "as_of": AT, "contacts": count, "scored_at": AT, "pass_no": 1}
        tx.execute(sa.insert(scorings).values(**row, **empty))
    # As after a reading and a scoring.
    refresh_statistics(engine, contacts, activities, scores)


def _people(dice: Random, count: int) -> Iterator[dict[str, Any]]:
    names, weights = [name for name, _ in _BANDS], [weight for _, weight in _BANDS]
    for number in range(count):
        band = dice.choices(names, weights)[0]
        quiet = {"active": 40, "90_179": 120, "180_364": 250, "365_plus": 600}.get(band)
        seen = AT - timedelta(days=quiet, hours=dice.random() * 99) if quiet else None
        worth = round(dice.lognormvariate(3, 1), 2)
        usual = dict.fromkeys(c.name for c in scores.columns)
        yield usual | {
            "account_id": ACCOUNT,
            "contact_id": str(100_000_000 + number * 7),
            "track": dice.choice(("lead", "customer")),
            "band": band,
            "quiet_days": quiet,
            "last_human_at": seen,
            "last_human_kind": "form" if seen else None,
            "human_events": dice.randrange(20),
            "purchases": dice.randrange(3),
            "segment": "never_replied",
            "interest_level": dice.choice((None, "high", "low")),
            "pattern": "fading",
            "reason": dice.choice((None, None, None, "budget_or_timing", "service_issue")),
            "reason_confidence": 0.7,
            "dormancy_score": dice.random() * 100,
            "p_return": dice.random() / 10,
            "likelihood": dice.random() / 10,
            "uplift": dice.random() / 20,
            "plan": next(iter(PLANS)),
            "expected_value": worth,
            "priority": dice.choice("ABCD"),
            "channels": "email",
            "explanation": f"Quiet for {quiet} days after coming about every {dice.randrange(90)}.",
            "model_version": 1,
            "as_of": AT,
            "scored_at": AT,
            "pass_no": 1,
        }


def _contact(dice: Random, row: dict[str, Any]) -> dict[str, Any]:
    contact_id = row["contact_id"]
    return {
        "account_id": ACCOUNT,
        "contact_id": contact_id,
        "created_at": to_millis(AT - timedelta(days=900)),
        "updated_at": to_millis(AT),
        "archived": False,
        "first_name": dice.choice(_FIRST_NAMES),
        "last_name": f"Last{contact_id}",
        "email": f"c{contact_id}@example.com" if dice.random() < 0.95 else None,
        "phone": f"+1{dice.choice(('212', '305', '415', '512'))}555{dice.randrange(10_000):04d}",
        "region": dice.choice((None, "NY", "TX", "CA")),
        "email_opt_out": dice.random() < 0.05,
        "unengaged_sends": dice.randrange(12),
        "fields": "{}",
        "known": "{}",
        "content_hash": "x",
    }


def _activities(dice: Random, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number in range(dice.randrange(12)):
        ago = timedelta(days=(row["quiet_days"] or 300) + dice.randrange(400))
        yield {
            "account_id": ACCOUNT,
            "contact_id": row["contact_id"],
            "activity_id": f"{row['contact_id']}-{number}",
            "occurred_at": to_millis(AT - ago),
            "kind": dice.choice(("form", "email", "visit", "call", "open")),
            "direction": dice.choice(("in", "out")),
            "outcome": None,
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1])))
