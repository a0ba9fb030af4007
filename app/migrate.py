"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Engine

import core.jobs.tables
import oauth.tables
import scoring.tables
import sync.backfill.tables
import sync.fields.tables
import sync.inbox.tables
import sync.mirror.tables
import sync.outbox.tables
import workflows.acts.tables
import workflows.choices.tables
import workflows.decisions.tables
import workflows.enrollment.tables
import workflows.gate.tables
import workflows.handoff.tables
import workflows.lists.tables
import workflows.log.tables
import workflows.openers.tables
import workflows.results.tables
import workflows.stops.tables
from core.db import metadata

# Importing tables registers them; naming the modules keeps the imports honest.
TABLES = (
    core.jobs.tables,
    oauth.tables,
    scoring.tables,
    sync.backfill.tables,
    sync.fields.tables,
    sync.inbox.tables,
    sync.mirror.tables,
    sync.outbox.tables,
    workflows.acts.tables,
    workflows.choices.tables,
    workflows.decisions.tables,
    workflows.enrollment.tables,
    workflows.gate.tables,
    workflows.handoff.tables,
    workflows.lists.tables,
    workflows.log.tables,
    workflows.openers.tables,
    workflows.results.tables,
    workflows.stops.tables,
)


def config(engine: Engine) -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    alembic.attributes["engine"] = engine
    alembic.attributes["metadata"] = metadata
    return alembic


def migrate(engine: Engine) -> None:
    command.upgrade(config(engine), "head")
