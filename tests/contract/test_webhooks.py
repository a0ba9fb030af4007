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
from tests.contract.house import CrmHouse
from tests.contract.street import Post

REFUSED = {401, 403}


def stored(house: CrmHouse) -> int:
    with reading(house.context.engine) as connection:
        query = sa.select(sa.func.count()).select_from(deliveries)
        return int(connection.execute(query).scalar_one())


def change_somebody(house: CrmHouse) -> tuple[str, str, Sequence[Post]]:
    """Staff change a contact: its id, its new address, and what the platform sends us."""
    street = house.street
    contact = sorted(street.contact_ids(street.account))[2]
    street.posts()
    email = f"{uuid4().hex}@example.com"
    street.change_email(street.account, contact, email)
    posts = street.posts()
    assert posts, "the platform did not tell us"
    return contact, email, posts


def test_a_change_is_read_again_and_a_repeated_notice_is_dropped(house: CrmHouse) -> None:
    house.read()
    house.forget_jobs()
    contact, email, posts = change_somebody(house)
    assert {house.receive(post) for post in posts} == {204}
    assert house.queue.waiting() == ["sync.jobs.handle_deliveries"]
    house.queue.step(house.context)
    with reading(house.context.engine) as connection:
        row = find_contact(connection, house.account_id, contact)
    assert row is not None
    assert row["email"] == email
    house.forget_jobs()
    before = stored(house)
    assert {house.receive(post) for post in posts} == {204}
    assert stored(house) == before
    assert house.queue.waiting() == []


def test_new_and_deleted_contacts_are_noticed(house: CrmHouse) -> None:
    house.read()
    house.forget_jobs()
    street = house.street
    gone = min(street.contact_ids(street.account))
    street.posts()
    new = street.add_contact(street.account)
    street.delete_contact(street.account, gone)
    assert {house.receive(post) for post in street.posts()} == {204}
    house.queue.step(house.context)
    with reading(house.context.engine) as connection:
        added = find_contact(connection, house.account_id, new)
        left = find_contact(connection, house.account_id, gone)
    assert added is not None
    assert left is not None
    assert (added["archived"], left["archived"]) == (False, True)


def test_a_body_that_was_not_signed_is_refused(house: CrmHouse) -> None:
    house.read()
    house.forget_jobs()
    _, _, posts = change_somebody(house)
    post = posts[0]
    assert house.receive(Post(post.path, post.headers, post.body + b" ")) in REFUSED
    assert house.receive(Post(post.path, {}, post.body)) in REFUSED
    assert stored(house) == 0
    assert house.queue.waiting() == []


def test_garbage_is_refused(house: CrmHouse) -> None:
    house.install()
    house.forget_jobs()
    _, _, posts = change_somebody(house)
    bodies = (b"", b"\x00\xff", b"{}", b"[[[[", b"null", b"0" * 5_000)
    for headers, body in product(({}, posts[0].headers), bodies):
        assert house.receive(Post(posts[0].path, headers, body)) in {400, *REFUSED}
    assert stored(house) == 0


def test_a_notice_from_last_week_is_refused(house: CrmHouse) -> None:
    house.install()
    _, _, posts = change_somebody(house)
    post, now = posts[0], house.context.wall.now()
    request = SignedRequest("POST", house.street.public_url + post.path, post.headers, post.body)
    verifier = house.provider.webhooks()
    assert verifier.read_deliveries(request, now=now).notices
    with pytest.raises(Forbidden):
        verifier.read_deliveries(request, now=now + timedelta(days=8))


def test_a_notice_about_an_account_we_do_not_have_is_taken_and_dropped(house: CrmHouse) -> None:
    house.install()
    _, _, posts = change_somebody(house)
    house.street.uninstall(house.street.account)
    with house.context.engine.begin() as tx:
        tx.execute(sa.text("DELETE FROM installations"))
    house.forget_jobs()
    assert {house.receive(post) for post in posts} == {204}
    assert stored(house) == 0
    assert house.queue.waiting() == []
