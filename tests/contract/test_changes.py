"""What every CRM must tell without a notice: who has changed or come, and how many there are."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connector.budget import Unlimited
from connector.port.changes import Changes, ReadsChanges
from connector.port.provider import Crm
from core.db import reading
from sync.live import capability
from sync.mirror.store import count_contacts, find_contact
from tests.contract.house import CrmHouse

MOST_REQUESTS = 3


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bucket of every request that is made."""
    made: list[str] = []
    monkeypatch.setattr(Unlimited, "take", lambda _self, bucket: made.append(bucket))
    return made


def a_second_passes(house: CrmHouse) -> None:
    """No CRM's clock stands still between two changes."""
    house.street.advance(house.street.clock.now() + timedelta(seconds=1))


def passes(crm: Crm, watermark: str) -> Iterator[Changes]:
    """The pages of one pass."""
    more = True
    while more:
        page = capability(crm, ReadsChanges).fetch_changes(watermark)
        yield page
        watermark, more = page.watermark, page.more


def test_changed_and_new_contacts_are_told_and_with_nothing_new_nobody(house: CrmHouse) -> None:
    house.install()
    street = house.street
    first, second, *_ = sorted(street.contact_ids(street.account))
    # What other tests have changed is further back than a search looks.
    street.advance(street.clock.now() + timedelta(minutes=10))
    with house.opened() as crm:
        begun = capability(crm, ReadsChanges).fetch_changes(None)
        assert (dict(begun.moved), begun.more) == ({}, False)
        a_second_passes(house)
        street.change_email(street.account, second, "changed@example.com")
        new = street.add_contact(street.account)
        told = list(passes(crm, begun.watermark))
        moved = {i: at for page in told for i, at in page.moved.items()}
        # A search looks back a little: what changed before may be told once more.
        assert {second, new} <= set(moved)
        assert first not in moved
        again = [page.moved for page in passes(crm, told[-1].watermark)]
        assert set().union(*again) <= {second, new}


def test_contacts_are_counted_and_listed_by_when_they_were_made(house: CrmHouse) -> None:
    house.read()
    street = house.street
    present = street.contact_ids(street.account)
    with reading(house.context.engine) as connection:
        rows = [find_contact(connection, house.account_id, i) for i in present]
    made = sorted(row["created_at"] for row in rows if row is not None)
    middle = made[len(made) // 2]
    with house.opened() as crm:
        counts = capability(crm, ReadsChanges)
        assert counts.count_contacts() == len(present)
        for span in ((0, middle), (middle, made[-1] + 1), (made[-1] + 1, made[-1] + 2)):
            inside = {r["contact_id"] for r in rows if r and span[0] <= r["created_at"] < span[1]}
            assert counts.count_contacts(span) == len(inside)
            assert set(counts.list_contacts(span)) == inside


def test_a_poll_finds_what_no_notice_told_and_then_costs_little(
    house: CrmHouse, requests: list[str]
) -> None:
    """Changes, newcomers and deletions; with nothing new a poll is three requests at most."""
    house.read()
    street = house.street
    poll = "sync.jobs.poll"
    house.run(poll, house.account_id)
    changed, gone, *_ = sorted(street.contact_ids(street.account))
    a_second_passes(house)
    street.change_email(street.account, changed, "polled@example.com")
    new = street.add_contact(street.account)
    street.delete_contact(street.account, gone)
    street.posts()  # they are lost
    house.run(poll, house.account_id)
    with reading(house.context.engine) as connection:
        row = find_contact(connection, house.account_id, changed)
        assert row is not None
        assert row["email"] == "polled@example.com"
        assert find_contact(connection, house.account_id, new) is not None
        assert count_contacts(connection, house.account_id) == len(
            street.contact_ids(street.account)
        )
    for _ in range(4):
        requests.clear()
        house.run(poll, house.account_id)
        assert len(requests) <= MOST_REQUESTS


def test_what_we_write_ourselves_is_no_news_to_a_poll(
    first_house: CrmHouse, requests: list[str]
) -> None:
    """Our own writes move the CRM's time of change: that is cheap to see and scores nobody anew."""
    house = first_house
    house.write_values()
    requests.clear()
    house.run("sync.jobs.poll", house.account_id)
    assert len(requests) <= 4 * MOST_REQUESTS
    house.queue.ran.clear()
    house.run("sync.jobs.poll", house.account_id)
    assert house.queue.ran == ["sync.jobs.poll"]
    requests.clear()
    house.run("sync.jobs.poll", house.account_id)
    assert len(requests) <= MOST_REQUESTS


def test_the_first_reading_is_not_polled(house: CrmHouse, requests: list[str]) -> None:
    house.install()
    house.forget_jobs()
    requests.clear()
    house.run("sync.jobs.poll", house.account_id)
    assert requests == []


def test_changes_while_the_first_reading_runs_are_the_first_polls(house: CrmHouse) -> None:
    """The watermark is the CRM's time from before the reading, not from when the first poll begins."""
    house.read()
    street = house.street
    some = max(street.contact_ids(street.account))
    a_second_passes(house)
    street.change_email(street.account, some, "early@example.com")
    street.posts()  # they are lost
    house.run("sync.jobs.poll", house.account_id)
    with reading(house.context.engine) as connection:
        row = find_contact(connection, house.account_id, some)
    assert row is not None
    assert row["email"] == "early@example.com"
