"""Migrations make exactly the tables the rooms describe, up and down, on both databases."""

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from app.migrate import config, migrate
from core.db import metadata


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
