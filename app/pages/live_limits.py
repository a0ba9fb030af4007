"""How near an account is to its limits: people and answers of today, harm of the week, requests by lane."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.pages.live_runs import Live
from connector.budget import Used, load_used
from connector.registry import find_provider
from core.context import Context
from core.db import reading
from core.moments import to_millis
from oauth.account_settings.fields import AccountSettings
from oauth.store import Installation
from workflows.stops.breaker import LIMITS, Harm
from workflows.touches.guarding import load_sent


@dataclass(frozen=True, slots=True)
class HarmNow:
    """What harm came of the messages of seven days, beside the share at which a playbook stops."""

    harm: Harm
    harmed: int
    sends: int
    limit: float


@dataclass(frozen=True, slots=True)
class Limits:
    """People and answers beside what the policy allows a day; requests where they are counted."""

    people: int
    people_a_day: int
    answers: int
    answers_a_day: int
    harms: Sequence[HarmNow]
    windows: Sequence[Used]


def load_limits(
    here: Context, installation: Installation, own: AccountSettings, live: Live, *, at: datetime
) -> Limits:
    """The same counts that the page shows elsewhere, beside their limits."""
    with reading(here.engine) as connection:
        sent = load_sent(connection, installation.account_id, at=at)
    harms = [
        HarmNow(harm, sum(harm in one.harms for one in sent), len(sent), LIMITS[harm])
        for harm in Harm
    ]
    windows: Sequence[Used] = ()
    if here.redis is not None:
        provider = find_provider(installation.provider, here.environment)
        windows = load_used(
            here.redis,
            installation.account_id,
            provider.budgets(),
            at=to_millis(here.wall.now()) / 1_000,
        )
    return Limits(
        people=sum(one.today for one in live.programmes),
        people_a_day=own.people_a_day,
        answers=live.answers_waiting,
        answers_a_day=own.answers_per_day,
        harms=harms if sent else (),
        windows=windows,
    )
