"""What scoring and learning need, out of the database: settings, the model in use, the account's history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy.engine import Connection

from core.context import Context
from core.db import reading
from oauth.account_playbooks.holding import load_playbooks
from oauth.account_settings.changing import load_settings
from oauth.account_settings.fields import AccountSettings
from playbooks.together import Playbooks
from scoring.features.prepare import ScoreSettings
from scoring.features.terms import inputs_to_read
from scoring.learn import outcomes, versions
from scoring.learn.learnt import Learnt
from scoring.learn.stored_models import from_json
from scoring.learning import OUTCOME_COLUMNS, History
from scoring.score import Yardstick
from scoring.verticals import find_vertical, vertical_of
from sync.frames import load_frames
from sync.live import load_active


@dataclass(frozen=True, slots=True)
class Model:
    """A stored version that can predict; the record it was fitted to ends at `as_of`."""

    version: int
    as_of: datetime
    learnt: Learnt


def settings_of(own: AccountSettings, playbooks: Playbooks | None = None) -> ScoreSettings:
    """What scoring needs of an account's settings; a zone that nobody knows is UTC.

    Without `playbooks` the packaged ones count. Raises Invalid for a line of business that nobody knows.
    """
    try:
        zone = ZoneInfo(own.timezone).key
    except (ValueError, KeyError, OSError):
        zone = "UTC"
    return ScoreSettings(
        currency=own.currency,
        timezone=zone,
        vertical=vertical_of(playbooks.line, playbooks.general)
        if playbooks
        else find_vertical(own.vertical),
        holdout_share=own.holdout_share,
    )


def load_score_settings(here: Context, account_id: str) -> ScoreSettings:
    """What scoring needs of what an account has decided: its settings and its playbooks."""
    own = load_settings(here, load_active(here, account_id))
    return settings_of(own, load_playbooks(here, account_id, own.vertical))


def find_champion(connection: Connection, account_id: str) -> Model | None:
    """The model in use; None where there is none yet, or only one that this Rekindle cannot read."""
    found = versions.find_champion(connection, account_id)
    learnt = None if found is None else from_json(found.params)
    if found is None or learnt is None:
        return None
    return Model(found.version, found.as_of, learnt)


def find_learnt(connection: Connection, account_id: str, version: int | None) -> Learnt | None:
    """The model of a version, to predict with; None where there is none that can be read."""
    if version is None:
        return None
    params = versions.find_params(connection, account_id, version)
    return None if params is None else from_json(params)


def yardstick_of(scoring: dict[str, Any]) -> Yardstick | None:
    """What the last scoring of everybody was measured by; None where that cannot serve for a few."""
    if scoring["history_start"] is None or not scoring["cuts"]:
        return None
    return Yardstick(scoring["history_start"], scoring["sales"], tuple(scoring["cuts"]))


def load_history(
    here: Context, account_id: str, settings: ScoreSettings, *, as_of: datetime
) -> History:
    """Everything the account has shown up to a moment, with the outcomes that are known."""
    contacts, events = load_frames(
        here.engine, account_id, as_of=as_of, inputs=inputs_to_read(settings.vertical.playbooks)
    )
    with reading(here.engine) as connection:
        rows = outcomes.load_outcomes(connection, account_id)
    cohorts = pl.DataFrame(rows, schema=OUTCOME_COLUMNS)
    return History(contacts, events, cohorts, settings)
