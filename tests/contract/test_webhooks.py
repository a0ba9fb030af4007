"""Notices of every CRM: the good are acted on once, all others are refused without a trace."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
import sqlalchemy as sa

from connector.port.signed import SignedRequest
from core.db import reading
from core.errors import Forbidden
from sync.inbox.tables import deliveries
from sync.mirror.store import find_contact
from tests.contract.crm_side import Post
from tests.contract.rekindle import CrmRekindle

REFUSED = {401, 403}


def stored(rekindle: CrmRekindle) -> int:
    with reading(rekindle.context.engine) as connection:
        query = sa.select(sa.func.count()).select_from(deliveries)
        return int(connection.execute(query).scalar_one())


def change_somebody(rekindle: CrmRekindle) -> tuple[str, str, Sequence[Post]]:
    """Staff change a contact: its id, its new address, and what the platform sends us."""
    crm_side = rekindle.crm_side
    contact = sorted(crm_side.contact_ids(crm_side.account))[2]
    crm_side.posts()
    email = f"{uuid4().hex}@example.com"
    crm_side.change_email(crm_side.account, contact, email)
    posts = crm_side.posts()
    assert posts, "the platform did not tell us"
    return contact, email, posts


def test_a_change_is_read_again_and_a_repeated_notice_is_dropped(rekindle: CrmRekindle) -> None:
    rekindle.read()
    rekindle.forget_jobs()
    contact, email, posts = change_somebody(rekindle)
    assert {rekindle.receive(post) for post in posts} == {204}
    assert rekindle.queue.waiting() == ["sync.jobs.handle_deliveries"]
    rekindle.queue.step(rekindle.context)
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, contact)
    assert row is not None
    assert row["email"] == email
    rekindle.forget_jobs()
    before = stored(rekindle)
    assert {rekindle.receive(post) for post in posts} == {204}
    assert stored(rekindle) == before
    assert rekindle.queue.waiting() == []


def test_what_happens_weeks_ahead_of_this_machine_is_heard(first_rekindle: CrmRekindle) -> None:
    """The accounts' time may be virtual and far ahead: its events are no nonsense from the future."""
    rekindle = first_rekindle
    rekindle.read()
    rekindle.crm_side.advance(
        max(rekindle.context.wall.now(), rekindle.context.clock.now()) + timedelta(days=40)
    )
    rekindle.forget_jobs()
    contact, email, posts = change_somebody(rekindle)
    assert {rekindle.receive(post) for post in posts} == {204}
    assert rekindle.queue.waiting() == ["sync.jobs.handle_deliveries"]
    rekindle.queue.step(rekindle.context)
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, contact)
    assert row is not None
    assert row["email"] == email


def test_new_and_deleted_contacts_are_noticed(rekindle: CrmRekindle) -> None:
    rekindle.read()
    rekindle.forget_jobs()
    crm_side = rekindle.crm_side
    gone = min(crm_side.contact_ids(crm_side.account))
    crm_side.posts()
    new = crm_side.add_contact(crm_side.account)
    crm_side.delete_contact(crm_side.account, gone)
    assert {rekindle.receive(post) for post in crm_side.posts()} == {204}
    rekindle.queue.step(rekindle.context)
    with reading(rekindle.context.engine) as connection:
        added = find_contact(connection, rekindle.account_id, new)
        left = find_contact(connection, rekindle.account_id, gone)
    assert added is not None
    assert left is not None
    assert (added["archived"], left["archived"]) == (False, True)


def test_a_body_that_was_not_signed_is_refused(rekindle: CrmRekindle) -> None:
    rekindle.read()
    rekindle.forget_jobs()
    _, _, posts = change_somebody(rekindle)
    post = posts[0]
    assert rekindle.receive(Post(post.path, post.headers, post.body + b" ")) in REFUSED
    assert rekindle.receive(Post(post.path, {}, post.body)) in REFUSED
    assert stored(rekindle) == 0
    assert rekindle.queue.waiting() == []


def test_garbage_is_refused(rekindle: CrmRekindle) -> None:
    rekindle.install()
    rekindle.forget_jobs()
    _, _, posts = change_somebody(rekindle)
    bodies = (b"", b"\x00\xff", b"{}", b"[[[[", b"null", b"0" * 5_000)
    for headers, body in product(({}, posts[0].headers), bodies):
        assert rekindle.receive(Post(posts[0].path, headers, body)) in {400, *REFUSED}
    assert stored(rekindle) == 0


def test_a_notice_from_last_week_is_refused(rekindle: CrmRekindle) -> None:
    rekindle.install()
    _, _, posts = change_somebody(rekindle)
    post, now = posts[0], rekindle.context.wall.now()
    request = SignedRequest(
        "POST", rekindle.crm_side.public_url + post.path, post.headers, post.body
    )
    verifier = rekindle.provider.webhooks()
    assert verifier.read_deliveries(request, now=now).notices
    with pytest.raises(Forbidden):
        verifier.read_deliveries(request, now=now + timedelta(days=8))


def test_a_notice_about_an_account_we_do_not_have_is_taken_and_dropped(
    rekindle: CrmRekindle,
) -> None:
    rekindle.install()
    _, _, posts = change_somebody(rekindle)
    rekindle.crm_side.uninstall(rekindle.crm_side.account)
    with rekindle.context.engine.begin() as tx:
        tx.execute(sa.text("DELETE FROM installations"))
    rekindle.forget_jobs()
    assert {rekindle.receive(post) for post in posts} == {204}
    assert stored(rekindle) == 0
    assert rekindle.queue.waiting() == []
