"""Two hours without a single notice: nothing stays stale or unseen, whatever the clocks say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.pipeline import ask_for, publisher
from app.web import create_app
from connector.budget import Unlimited
from connector.port.records import ReadsContacts
from core.clock import Clock
from core.db import reading
from sandbox.config import SandboxConfig
from sandbox.highlevel.config import HighLevelLimits, HighLevelOptions
from sandbox.hubspot.client import HubSpotClient, easy_limits, serving_hubspot
from sandbox.hubspot.config import HubSpotOptions
from sync.live import capability
from sync.mirror.changes import content_hash, remember
from sync.mirror.store import load_stored
from sync.mirror.tables import contacts
from tests.contract.crm_side import CrmSide
from tests.contract.crm_sides.highlevel import HighLevelSide
from tests.contract.crm_sides.hubspot import HubSpotSide
from tests.contract.mailbox import open_mailbox
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.web_client import open_client

LAG: dict[str, object] = {
    "search_lag_min_seconds": 12.0,
    "search_lag_max_seconds": 12.0,
    "search_lag_virtual": True,
    "webhook_loss_rate": 1.0,
}
EVERY = timedelta(minutes=3)
STEPS = 10  # of two hours, with some of the changes in each


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many people there are, and what happens in each step."""

    people: int
    changed: int
    deleted: int = 2
    merged: int = 0
    created: int = 1


# HighLevel, where every contact is read by itself, has fewer, and its merges are deletions.
AMOUNTS = {
    "hubspot": Amounts(people=450, changed=38, merged=1),
    "highlevel": Amounts(people=110, changed=8),
}


@pytest.fixture(params=["hubspot", "highlevel"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def serve(name: str, ahead: float) -> Iterator[tuple[HubSpotClient, CrmSide]]:
    people = AMOUNTS[name].people
    limits, highlevel = easy_limits(), HighLevelLimits(requests=100_000)
    limits.change(LAG)
    highlevel.change(LAG)
    config = SandboxConfig(
        contacts=people if name == "hubspot" else 1,
        clock_ahead_seconds=ahead,
        options=(
            HubSpotOptions(limits=limits),
            HighLevelOptions(contacts=0 if name == "hubspot" else people, limits=highlevel),
        ),
    )
    with open_mailbox() as mailbox, serving_hubspot(config) as lab:
        crm_side = (HubSpotSide if name == "hubspot" else HighLevelSide)(lab, mailbox)
        yield lab, cast("CrmSide", crm_side)


class Watch:
    """A clock that is set by another one whenever time is let run."""

    def __init__(self, by: Clock) -> None:
        self._by = by
        self._now = by.now()

    def now(self) -> datetime:
        return self._now

    def set(self) -> None:
        self._now = self._by.now()


def wait(rekindle: CrmRekindle, time: timedelta) -> None:
    rekindle.crm_side.advance(rekindle.context.wall.now() + time)
    assert isinstance(rekindle.context.wall, Watch)
    rekindle.context.wall.set()


def poll(rekindle: CrmRekindle) -> None:
    """What a poll finds is scored elsewhere."""
    rekindle.forget_jobs()
    ask_for(rekindle.context, "sync.jobs.poll", rekindle.account_id)
    rekindle.queue.step(rekindle.context)


def shake(rekindle: CrmRekindle, lab: HubSpotClient, step: int, left: list[str]) -> None:
    """A while in which people are changed, deleted, merged and made, and nobody tells of it."""
    crm_side, much = rekindle.crm_side, AMOUNTS[rekindle.crm_side.provider]
    for number, contact_id in enumerate(left[: much.changed]):
        crm_side.change_email(crm_side.account, contact_id, f"new{step}-{number}@example.com")
    del left[: much.changed]
    for contact_id in left[: much.deleted]:
        crm_side.delete_contact(crm_side.account, contact_id)
    del left[: much.deleted]
    for _ in range(much.merged):
        room = f"records/{crm_side.account}/contacts"
        lab.control(f"{room}/{left.pop()}/merge/{left.pop()}", {})
    for _ in range(much.created):
        crm_side.add_contact(crm_side.account)


def compare(rekindle: CrmRekindle) -> tuple[set[str], set[str]]:
    """Contacts whose mirrored content is not what the CRM holds, and those on one side only."""
    present = rekindle.crm_side.contact_ids(rekindle.crm_side.account)
    with rekindle.opened() as crm:
        page = capability(crm, ReadsContacts).fetch_contacts(sorted(present))
    with reading(rekindle.context.engine) as connection:
        query = sa.select(contacts.c.contact_id).where(contacts.c.archived.is_(False))
        mirrored = {row.contact_id for row in connection.execute(query)}
        stored = load_stored(connection, rekindle.account_id, sorted(present))
    rows = remember(stored, page.contacts)
    stale = {
        row["contact_id"]
        for row in rows
        if row["contact_id"] in stored
        and stored[row["contact_id"]].content_hash != content_hash(row)
    }
    return stale, present ^ mirrored


@pytest.mark.parametrize("ahead", [30.0, -30.0])
def test_two_hours_without_notices_leave_nothing_stale_or_unseen(
    name: str, ahead: float, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []
    monkeypatch.setattr(Unlimited, "take", lambda _self, bucket: requests.append(bucket))
    with serve(name, ahead) as (lab, crm_side):
        rekindle = build_rekindle(crm_side, engine, database_url)
        # Our clock is the sandbox's, from which the CRM's differs.
        watch = Watch(crm_side.clock)
        rekindle.context = replace(rekindle.context, wall=watch, publish=publisher(watch))
        rekindle.web = open_client(create_app(rekindle.context), crm_side.public_url)
        rekindle.read()
        left = sorted(crm_side.contact_ids(crm_side.account))
        for step in range(STEPS):
            wait(rekindle, timedelta(hours=2) / STEPS - timedelta(seconds=5))
            shake(rekindle, lab, step, left)
            wait(rekindle, timedelta(seconds=5))  # less than the index lags behind
            if step % 3 == 0:
                poll(rekindle)
        for _ in range(2):
            wait(rekindle, EVERY)
            poll(rekindle)
        assert compare(rekindle) == (set(), set())
        asked = count_quiet_polls(rekindle, requests)
    assert max(asked) <= 3, asked


def count_quiet_polls(rekindle: CrmRekindle, requests: list[str]) -> Sequence[int]:
    asked = []
    for _ in range(4):
        requests.clear()
        poll(rekindle)
        asked.append(len(requests))
    return asked
