"""Migrations make exactly the tables the rooms describe, up and down, on both databases."""

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from app.migrate import config, migrate
from core.db import metadata
from sync.inbox.store import load_unhandled
from sync.outbox import plans as outbox
from workflows.decisions.draws import load_draws
from workflows.decisions.store import count_decisions


def test_the_migrations_make_what_the_rooms_describe(empty_engine: Engine) -> None:
    migrate(empty_engine)
    with empty_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(empty_engine: Engine) -> None:
    migrate(empty_engine)
    migrate(empty_engine)


def test_down_leaves_nothing_behind(empty_engine: Engine) -> None:
    migrate(empty_engine)
    command.downgrade(config(empty_engine), "base")
    left = set(sa.inspect(empty_engine).get_table_names()) - {"alembic_version"}
    assert left == set()


def test_draws_and_counts_of_before_are_carried_over(empty_engine: Engine) -> None:
    """Draws last; what plans and decisions had been counted by looking at every row is kept as numbers."""
    command.upgrade(config(empty_engine), "0004")
    with empty_engine.begin() as tx:
        for contact_id, status, playbook, held_out, rule in (
            ("1", "held_out", "customer_winback", True, None),
            ("2", "ready", "lead_reactivation", False, None),
            ("3", "suppressed", None, True, "D1"),
            ("4", "active", None, None, None),
        ):
            row = {"contact_id": contact_id, "status": status, "playbook": playbook, "rule": rule}
            _insert(tx, "decisions", account_id="a", held_out=held_out, decided_at=7, **row)
        for plan_id, state, at in (
            ("p", "applied", 1),
            ("q", "applied", 2),
            ("r", "superseded", 3),
        ):
            row = {"plan_id": plan_id, "state": state}
            more = {"created_at": at, "planned": 3, "fence": 0}
            _insert(tx, "plans", account_id="a", kind="values", **row, **more)
        for plan_id, contact_id, state, verified in (
            ("p", "1", "succeeded", False),  # q has written to them since
            ("p", "2", "succeeded", True),
            ("p", "3", "failed", None),
            ("q", "1", "succeeded", True),
            ("q", "4", "succeeded", False),
            ("q", "5", "planned", None),
            ("r", "1", "planned", None),
        ):
            row = {"plan_id": plan_id, "contact_id": contact_id, "state": state}
            _insert(tx, "plan_writes", new_values="{}", old_values="{}", rank=0, **row)
            update = "UPDATE plan_writes SET verified = :v WHERE plan_id = :p AND contact_id = :c"
            tx.execute(sa.text(update), {"v": verified, "p": plan_id, "c": contact_id})
    migrate(empty_engine)
    with empty_engine.connect() as connection:
        drawn = load_draws(connection, "a", ["1", "2", "3", "4"])
        tally = outbox.tally(connection, "a")
        counts = count_decisions(connection, "a")
    assert drawn == {
        ("1", "customer_winback"): True,
        ("2", "lead_reactivation"): False,
        ("3", "lead_reactivation"): True,
    }
    assert tally == outbox.Tally(6, 4, 1, 2, 1, 0)
    assert sorted((status, rule, n) for status, rule, _, n in counts) == [
        ("active", None, 1),
        ("held_out", None, 1),
        ("ready", None, 1),
        ("suppressed", "D1", 1),
    ]


def test_deliveries_of_before_keep_their_state_up_and_down(empty_engine: Engine) -> None:
    command.upgrade(config(empty_engine), "0011")
    with empty_engine.begin() as tx:
        for key, handled_at in (("k1", None), ("k2", 7)):
            row = {"delivery_key": key, "handled_at": handled_at, "event": "changed"}
            more = {"occurred_at": 5, "received_at": 6, "contact_ids": []}
            columns = [
                sa.column(name, sa.JSON) if name == "contact_ids" else sa.column(name)
                for name in ("account_id", *row, *more)
            ]
            table = sa.table("deliveries", *columns)
            tx.execute(sa.insert(table).values(account_id="a", **row, **more))
        run = {"run_id": "r", "account_id": "a", "state": "running", "read_count": 0, "fence": 0}
        _insert(tx, "runs", **run, worker="w", as_of=1, started_at=1, beat_at=1)
    migrate(empty_engine)
    with empty_engine.connect() as connection:
        (waiting,) = load_unhandled(connection, "a", 10)
    assert (waiting["delivery_key"], waiting["state"]) == ("k1", "waiting")
    command.downgrade(config(empty_engine), "0011")
    with empty_engine.connect() as connection:
        text = "SELECT handled_at FROM deliveries ORDER BY delivery_key"
        assert list(connection.execute(sa.text(text)).scalars()) == [None, 7]
        assert connection.execute(sa.text("SELECT worker FROM runs")).scalar_one() == ""
    migrate(empty_engine)


def _insert(tx: sa.Connection, table: str, **values: object) -> None:
    tx.execute(sa.insert(sa.table(table, *map(sa.column, values))).values(**values))
