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
from tests.contract.rekindle import CrmRekindle

MOST_REQUESTS = 3


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bucket of every request that is made."""
    made: list[str] = []
    monkeypatch.setattr(Unlimited, "take", lambda _self, bucket: made.append(bucket))
    return made


def a_second_passes(rekindle: CrmRekindle) -> None:
    """No CRM's clock stands still between two changes."""
    rekindle.crm_side.advance(rekindle.crm_side.clock.now() + timedelta(seconds=1))


def passes(crm: Crm, watermark: str) -> Iterator[Changes]:
    """The pages of one pass."""
    more = True
    while more:
        page = capability(crm, ReadsChanges).fetch_changes(watermark)
        yield page
        watermark, more = page.watermark, page.more


def test_changed_and_new_contacts_are_told_and_with_nothing_new_nobody(
    rekindle: CrmRekindle,
) -> None:
    rekindle.install()
    crm_side = rekindle.crm_side
    first, second, *_ = sorted(crm_side.contact_ids(crm_side.account))
    # What other tests have changed is further back than a search looks.
    crm_side.advance(crm_side.clock.now() + timedelta(minutes=10))
    with rekindle.opened() as crm:
        begun = capability(crm, ReadsChanges).fetch_changes(None)
        assert (dict(begun.moved), begun.more) == ({}, False)
        a_second_passes(rekindle)
        crm_side.change_email(crm_side.account, second, "changed@example.com")
        new = crm_side.add_contact(crm_side.account)
        told = list(passes(crm, begun.watermark))
        moved = {i: at for page in told for i, at in page.moved.items()}
        # A search looks back a little: what changed before may be told once more.
        assert {second, new} <= set(moved)
        assert first not in moved
        again = [page.moved for page in passes(crm, told[-1].watermark)]
        assert set().union(*again) <= {second, new}


def test_contacts_are_counted_and_listed_by_when_they_were_made(rekindle: CrmRekindle) -> None:
    rekindle.read()
    crm_side = rekindle.crm_side
    present = crm_side.contact_ids(crm_side.account)
    with reading(rekindle.context.engine) as connection:
        rows = [find_contact(connection, rekindle.account_id, i) for i in present]
    made = sorted(row["created_at"] for row in rows if row is not None)
    middle = made[len(made) // 2]
    with rekindle.opened() as crm:
        counts = capability(crm, ReadsChanges)
        assert counts.count_contacts() == len(present)
        for span in ((0, middle), (middle, made[-1] + 1), (made[-1] + 1, made[-1] + 2)):
            inside = {r["contact_id"] for r in rows if r and span[0] <= r["created_at"] < span[1]}
            assert counts.count_contacts(span) == len(inside)
            assert set(counts.list_contacts(span)) == inside


def test_a_poll_finds_what_no_notice_told_and_then_costs_little(
    rekindle: CrmRekindle, requests: list[str]
) -> None:
    """Changes, newcomers and deletions; with nothing new a poll is three requests at most."""
    crm_side = rekindle.crm_side
    # A poll looks back a little: what other tests did in this CRM is older.
    crm_side.advance(crm_side.clock.now() + timedelta(hours=1))
    rekindle.read()
    poll = "sync.jobs.poll"
    rekindle.run(poll, rekindle.account_id)
    changed, gone, *_ = sorted(crm_side.contact_ids(crm_side.account))
    a_second_passes(rekindle)
    crm_side.change_email(crm_side.account, changed, "polled@example.com")
    new = crm_side.add_contact(crm_side.account)
    crm_side.delete_contact(crm_side.account, gone)
    crm_side.posts()  # they are lost
    rekindle.run(poll, rekindle.account_id)
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, changed)
        assert row is not None
        assert row["email"] == "polled@example.com"
        assert find_contact(connection, rekindle.account_id, new) is not None
        assert count_contacts(connection, rekindle.account_id) == len(
            crm_side.contact_ids(crm_side.account)
        )
    for _ in range(4):
        requests.clear()
        rekindle.run(poll, rekindle.account_id)
        assert len(requests) <= MOST_REQUESTS


def test_what_we_write_ourselves_is_no_news_to_a_poll(
    first_rekindle: CrmRekindle, requests: list[str]
) -> None:
    """Our own writes move the CRM's time of change: that is cheap to see and scores nobody anew."""
    rekindle = first_rekindle
    rekindle.write_values()
    requests.clear()
    rekindle.run("sync.jobs.poll", rekindle.account_id)
    assert len(requests) <= 4 * MOST_REQUESTS
    rekindle.queue.ran.clear()
    rekindle.run("sync.jobs.poll", rekindle.account_id)
    assert rekindle.queue.ran == ["sync.jobs.poll"]
    requests.clear()
    rekindle.run("sync.jobs.poll", rekindle.account_id)
    assert len(requests) <= MOST_REQUESTS


def test_the_first_reading_is_not_polled(rekindle: CrmRekindle, requests: list[str]) -> None:
    rekindle.install()
    rekindle.forget_jobs()
    requests.clear()
    rekindle.run("sync.jobs.poll", rekindle.account_id)
    assert requests == []


def test_changes_while_the_first_reading_runs_are_the_first_polls(rekindle: CrmRekindle) -> None:
    """The watermark is the CRM's time from before the reading, not from when the first poll begins."""
    rekindle.read()
    crm_side = rekindle.crm_side
    some = max(crm_side.contact_ids(crm_side.account))
    a_second_passes(rekindle)
    crm_side.change_email(crm_side.account, some, "early@example.com")
    crm_side.posts()  # they are lost
    rekindle.run("sync.jobs.poll", rekindle.account_id)
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, some)
    assert row is not None
    assert row["email"] == "early@example.com"
