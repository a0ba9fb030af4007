"""Two hours without a single notice: nothing stays stale or unseen, whatever the clocks say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
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
from tests.contract.house import CrmHouse, build_house
from tests.contract.mailbox import open_mailbox
from tests.contract.street import Street
from tests.contract.streets.highlevel import HighLevelStreet
from tests.contract.streets.hubspot import HubSpotStreet

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
def serve(name: str, ahead: float) -> Iterator[tuple[HubSpotClient, Street]]:
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
        street = (HubSpotStreet if name == "hubspot" else HighLevelStreet)(lab, mailbox)
        yield lab, cast("Street", street)


class Watch:
    """A clock that is set by another one whenever time is let run."""

    def __init__(self, by: Clock) -> None:
        self._by = by
        self._now = by.now()

    def now(self) -> datetime:
        return self._now

    def set(self) -> None:
        self._now = self._by.now()


def wait(house: CrmHouse, time: timedelta) -> None:
    house.street.advance(house.context.wall.now() + time)
    assert isinstance(house.context.wall, Watch)
    house.context.wall.set()


def poll(house: CrmHouse) -> None:
    """What a poll finds is scored elsewhere."""
    house.forget_jobs()
    ask_for(house.context, "sync.jobs.poll", house.account_id)
    house.queue.step(house.context)


def shake(house: CrmHouse, lab: HubSpotClient, step: int, left: list[str]) -> None:
    """A while in which people are changed, deleted, merged and made, and nobody tells of it."""
    street, much = house.street, AMOUNTS[house.street.provider]
    for number, contact_id in enumerate(left[: much.changed]):
        street.change_email(street.account, contact_id, f"new{step}-{number}@example.com")
    del left[: much.changed]
    for contact_id in left[: much.deleted]:
        street.delete_contact(street.account, contact_id)
    del left[: much.deleted]
    for _ in range(much.merged):
        room = f"records/{street.account}/contacts"
        lab.control(f"{room}/{left.pop()}/merge/{left.pop()}", {})
    for _ in range(much.created):
        street.add_contact(street.account)


def compare(house: CrmHouse) -> tuple[set[str], set[str]]:
    """Contacts whose mirrored content is not what the CRM holds, and those on one side only."""
    present = house.street.contact_ids(house.street.account)
    with house.opened() as crm:
        page = capability(crm, ReadsContacts).fetch_contacts(sorted(present))
    with reading(house.context.engine) as connection:
        query = sa.select(contacts.c.contact_id).where(contacts.c.archived.is_(False))
        mirrored = {row.contact_id for row in connection.execute(query)}
        stored = load_stored(connection, house.account_id, sorted(present))
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
    with serve(name, ahead) as (lab, street):
        house = build_house(street, engine, database_url)
        # Our clock is the sandbox's, from which the CRM's differs.
        watch = Watch(street.clock)
        house.context = replace(house.context, wall=watch, publish=publisher(watch))
        house.web = TestClient(create_app(house.context), base_url=street.public_url)
        house.read()
        left = sorted(street.contact_ids(street.account))
        for step in range(STEPS):
            wait(house, timedelta(hours=2) / STEPS - timedelta(seconds=5))
            shake(house, lab, step, left)
            wait(house, timedelta(seconds=5))  # less than the index lags behind
            if step % 3 == 0:
                poll(house)
        for _ in range(2):
            wait(house, EVERY)
            poll(house)
        assert compare(house) == (set(), set())
        asked = count_quiet_polls(house, requests)
    assert max(asked) <= 3, asked


def count_quiet_polls(house: CrmHouse, requests: list[str]) -> Sequence[int]:
    asked = []
    for _ in range(4):
        requests.clear()
        poll(house)
        asked.append(len(requests))
    return asked
