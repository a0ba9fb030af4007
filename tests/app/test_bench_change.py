"""What one changed contact costs is measured on real processes, with every process counted and idling left out."""

import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.lab.bench_change import Trial, measure_change
from app.lab.cpu_time import cpu_seconds
from app.lab.padding import pad
from core.db import metadata

BURN = "import os, time\nwhile sum(os.times()[:2]) < 0.4: pass\n"
# Burns in a child that has ended and been waited for, then tells and waits to be ended.
PARENT = (
    f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\n"
    "print('done', flush=True)\nsys.stdin.read()\n"
)


def test_the_time_of_children_counts_while_they_live_and_after() -> None:
    living = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PARENT!r}])"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert living.stdin is not None
    assert living.stdout is not None
    with living:
        assert living.stdout.readline() == b"done\n"
        assert 0.4 <= cpu_seconds([living.pid]) < 5
        assert cpu_seconds([]) == 0
        living.stdin.close()
    assert cpu_seconds([living.pid]) == 0


def rows(engine: Engine, name: str, *columns: str) -> list[tuple[Any, ...]]:
    table = metadata.tables[name]
    query = sa.select(*(table.c[c] for c in columns)).order_by(*(table.c[c] for c in columns))
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


@pytest.fixture
def account(engine: Engine) -> Engine:
    """Two accounts of two contacts each, one of whom did something, is unscored and was merged."""
    contacts, activities = metadata.tables["contacts"], metadata.tables["activities"]
    unscored, aliases = metadata.tables["unscored"], metadata.tables["aliases"]
    with engine.begin() as tx:
        for account_id in ("ours", "theirs"):
            same: dict[str, Any] = {
                "account_id": account_id,
                "fields": "{}",
                "known": "{}",
                "content_hash": "x",
            }
            tx.execute(
                sa.insert(contacts),
                [same | {"contact_id": i, "archived": False} for i in ("7", "8")],
            )
            done = {"contact_id": "7", "occurred_at": 1, "kind": "call"}
            tx.execute(sa.insert(activities), done | {"account_id": account_id, "activity_id": "a"})
            tx.execute(
                sa.insert(unscored), {"account_id": account_id, "contact_id": "7", "stamp": "s"}
            )
            merged = {"alias": "6", "contact_id": "7", "learned_at": 1, "followed": True}
            tx.execute(sa.insert(aliases), merged | {"account_id": account_id})
    return engine


def test_an_account_is_filled_up_with_copies_of_what_it_has(account: Engine) -> None:
    told: list[int] = []
    pad(account, "ours", 5, tell=told.append)
    assert told == [4, 5]
    ours = [i for a, i in rows(account, "contacts", "account_id", "contact_id") if a == "ours"]
    assert ours == ["7", "7000001", "7000002", "8", "8000001"]
    assert rows(account, "activities", "account_id", "activity_id", "contact_id") == [
        ("ours", "a", "7"),
        ("ours", "a000001", "7000001"),
        ("ours", "a000002", "7000002"),
        ("theirs", "a", "7"),
    ]
    assert rows(account, "unscored", "account_id", "contact_id") == [("ours", "7"), ("theirs", "7")]
    assert rows(account, "aliases", "account_id", "alias") == [("ours", "6"), ("theirs", "6")]
    pad(account, "ours", 5, tell=told.append)
    assert told == [4, 5]


@pytest.mark.processes
def test_a_change_is_followed_to_its_write_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REKINDLE_DATABASE_URL", "REKINDLE_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    result = measure_change(Trial(150, changes=1, warm_ups=1, round_seconds=2))
    assert (result["contacts"], result["changes"]) == (150, 1)
    assert result["cpu_seconds_each"] == [result["cpu_seconds"]]
    assert result["cpu_seconds"] > 0
    assert 0 < result["written_after_seconds"] < result["seconds"]
