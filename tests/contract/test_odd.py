"""Odd answers, odd notices and refusals of every CRM: each costs what it is about, and nothing beside it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.pipeline import ask_for
from connector.errors import CrmForbidden
from connector.port.records import ReadsContacts, Stream
from connector.port.writing import ProvisionsProperties
from core.db import reading
from oauth.store import Installation
from sync.backfill import runs
from sync.inbox.store import load_unhandled
from sync.inbox.tables import parked_events
from sync.live import capability
from sync.mirror.store import count_contacts, find_contact
from sync.outbox.unmade import load_unmade
from tests.contract.house import CrmHouse
from tests.contract.street import HttpStreet, LifecycleStreet
from tests.contract.test_signed_in import session
from workflows.properties import BY_NEED

LONG = "Ada & Sons " * 500


def http(house: CrmHouse) -> HttpStreet:
    if not isinstance(house.street, HttpStreet):
        pytest.skip(f"{house.street.provider} is not asked over HTTP")
    return house.street


def someone(house: CrmHouse) -> str:
    return sorted(house.street.contact_ids(house.street.account))[1]


# Notices.


def test_odd_events_are_parked_with_their_reason_and_the_others_kept(house: CrmHouse) -> None:
    house.install()
    house.forget_jobs()
    contact = someone(house)
    posts = house.street.odd_posts(house.street.account, contact)
    for _ in range(2):
        assert {house.receive(post) for post in posts} == {204}
    with reading(house.context.engine) as connection:
        waiting = load_unhandled(connection, house.account_id, 10)
        parked = list(connection.execute(sa.select(parked_events)).mappings())
    assert [d["contact_ids"] for d in waiting] == [[contact]]
    assert len(parked) == 2
    assert {row["provider"] for row in parked} == {house.street.provider}
    assert all(row["reason"] and len(row["digest"]) == 32 for row in parked)
    assert "example.com" not in str([dict(row) for row in parked])
    assert {row["account_id"] for row in parked} == {None, house.account_id}


@pytest.mark.parametrize("ours", [True, False], ids=["before the install", "of another app"])
def test_an_uninstall_that_is_not_of_this_install_ends_nothing(
    house: CrmHouse, *, ours: bool
) -> None:
    if not isinstance(house.street, LifecycleStreet):
        pytest.skip(f"{house.street.provider} tells nobody of uninstalls")
    house.install()
    installed_at = house.active()[house.street.account].installed_at
    at = installed_at + timedelta(minutes=-1 if ours else 1)
    for post in house.street.tell_uninstall(house.street.account, at=at, ours=ours):
        assert house.receive(post) == 204
    assert set(house.active()) == {house.street.account}
    late = installed_at + timedelta(seconds=1)
    for post in house.street.tell_uninstall(house.street.account, at=late):
        assert house.receive(post) == 204
    assert house.active() == {}


def test_an_uninstall_ends_the_sessions_and_a_new_install_brings_none_back(house: CrmHouse) -> None:
    house.install()
    assert house.web.get("/admin/progress").status_code == 200
    session = dict(house.web.cookies)
    with house.context.engine.begin() as tx:
        tx.execute(sa.text("UPDATE installations SET status = 'disconnected'"))
    assert house.web.get("/admin/progress").status_code == 401
    house.street.uninstall(house.street.account)
    house.install()
    assert house.web.get("/admin/progress").status_code == 200
    house.web.cookies.clear()
    house.web.cookies.update(session)
    assert house.web.get("/admin/progress").status_code == 401


# Refusals.


def test_a_stream_that_may_not_be_read_is_missing_and_the_rest_is_read(
    first_house: CrmHouse,
) -> None:
    house = first_house
    house.install()
    house.street.forbid(Stream.DEALS)
    house.drain()
    with reading(house.context.engine) as connection:
        run = runs.find_latest(connection, house.account_id)
        mirrored = count_contacts(connection, house.account_id)
    assert run is not None
    assert run["state"] == "done"
    assert [m["stream"] for m in run["missing"]] == ["deals"]
    assert run["missing"][0]["scopes"]
    assert mirrored == len(house.street.contact_ids(house.street.account))
    standing = house.standing()
    assert standing.unread == ("deals",)
    assert standing.scored_at is not None
    with house.opened() as crm:
        contact = someone(house)
        page = capability(crm, ReadsContacts).fetch_contacts([contact], closely=True)
    assert [row["contact_id"] for row in page.contacts] == [contact]


def test_without_the_contacts_there_is_no_reading(first_house: CrmHouse) -> None:
    house = first_house
    house.install()
    house.queue.step(house.context)
    house.street.forbid(Stream.CONTACTS)
    with pytest.raises(CrmForbidden, match="contacts"):
        house.queue.step(house.context)


def test_the_limit_of_properties_keeps_only_the_properties_out(first_house: CrmHouse) -> None:
    house = first_house
    house.street.allow_properties(9)
    house.install()
    house.drain()
    wanted = [definition.name for definition in BY_NEED]
    with reading(house.context.engine) as connection:
        assert load_unmade(connection, house.account_id) == frozenset(wanted[9:])
    with house.opened() as crm:
        again = capability(crm, ProvisionsProperties).provision(BY_NEED)
    assert (again.made, again.missing) == (0, tuple(wanted[9:]))
    assert again.limit
    assert again.reason
    house.approve_plan()
    tally = house.standing().tally
    assert tally.succeeded == tally.planned > 0
    assert tally.is_verified
    contact = someone(house)
    assert set(house.street.values(house.street.account, contact)) <= set(wanted[:9])
    house.street.allow_properties(100)
    house.run("workflows.jobs.provision", house.account_id)
    with reading(house.context.engine) as connection:
        assert load_unmade(connection, house.account_id) == frozenset()


# Answers.


def test_characters_that_no_database_holds_reach_the_mirror_replaced(house: CrmHouse) -> None:
    street = http(house)
    contact = someone(house)
    street.rename(house.street.account, contact, "Cut \ud83d and \x00 \U0001f600")
    house.read()
    with reading(house.context.engine) as connection:
        row = find_contact(connection, house.account_id, contact)
        mirrored = count_contacts(connection, house.account_id)
    assert row is not None
    assert row["first_name"] == "Cut \ufffd and \ufffd \U0001f600"
    assert mirrored == len(house.street.contact_ids(house.street.account))


GARBAGE = {
    "a page": "<html>maintenance</html>",
    "nothing": "",
    "a list": [],
    "a text": "",
    "no tokens": {"ok": True},
    "wrong types": {"access_token": 7, "refresh_token": None, "expires_in": []},
}


def refreshed(house: CrmHouse) -> Installation:
    """The account after a refresh an access token's lifetime later."""
    clock = house.context.wall
    late = type("Late", (), {"now": lambda _: clock.now() + timedelta(days=1)})()
    house.tokens(late).token()
    return house.active()[house.street.account]


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_from_the_token_endpoint_installs_nothing_and_says_so(
    house: CrmHouse, content: object
) -> None:
    street = http(house)
    back = house.street.consent(house.begin_install())
    street.answer_tokens(content)
    answer = house.come_back(back)
    assert answer.status_code == 400
    assert "Nothing was installed" in answer.text
    assert house.provider.label in answer.text
    assert house.active() == {}


def test_a_token_endpoint_that_stumbles_once_costs_no_install(house: CrmHouse) -> None:
    street = http(house)
    back = house.street.consent(house.begin_install())
    street.answer_tokens("<html>maintenance</html>", times=2)
    assert house.come_back(back).status_code == 303
    assert set(house.active()) == {house.street.account}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_for_a_refresh_is_classified_and_gives_the_lease_back(
    house: CrmHouse, content: object
) -> None:
    street = http(house)
    house.install()
    before = house.active()[house.street.account]
    street.answer_tokens(content)
    with pytest.raises(Exception, match=house.provider.label) as failed:
        refreshed(house)
    assert failed.type.__name__ in {"CrmUnavailable", "CrmUnexpected"}
    left = house.active()[house.street.account]
    assert left.refreshing_until is None
    assert left.generation == before.generation
    street.mend()
    assert refreshed(house).generation == before.generation + 1


def test_a_failure_that_nobody_foresaw_gives_the_lease_back_too(
    house: CrmHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.install()

    def broken(_self: object, _token: str) -> object:
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.provider.authorizer()), "refresh", broken)
        with pytest.raises(RuntimeError):
            refreshed(house)
    assert house.active()[house.street.account].refreshing_until is None
    assert refreshed(house).generation == 1


SPARE = ("expires_in", "scope", "scopes", "hub_id", "locationId", "refresh_token", "token_type")


def test_new_tokens_are_kept_whatever_else_the_answer_lacks(house: CrmHouse) -> None:
    street = http(house)
    house.install()
    street.alter_tokens(drop=SPARE)
    after = refreshed(house)
    assert after.generation == 1
    assert after.is_active


def test_an_install_whose_answer_names_no_scopes_has_those_it_asked_for(house: CrmHouse) -> None:
    street = http(house)
    back = house.street.consent(house.begin_install())
    street.alter_tokens(drop=("expires_in", "scope", "scopes"))
    assert house.come_back(back).status_code == 303
    assert house.active()[house.street.account].scopes


def test_an_install_whose_answer_names_no_user_is_told_of_one_or_says_so(house: CrmHouse) -> None:
    """Where the CRM can be asked whose a token is, it is; elsewhere nobody's number is made up."""
    street = http(house)
    back = house.street.consent(house.begin_install())
    street.alter_tokens(drop=("user_id", "userId"))
    assert house.come_back(back).status_code == 303
    person = str(session(house.web)["person"])
    asked = hasattr(house.provider.authorizer(), "_introspect")
    label = house.provider.label
    assert person.startswith(f"{label} user ")
    assert (person == f"{label} user without a number") is not asked


@pytest.mark.parametrize(
    "said",
    [
        {"name": LONG, "timezone": LONG, "currency": "DOLLARS"},
        {"name": None, "timezone": None, "currency": None},
        {"name": ["x"], "timezone": {"a": 1}, "currency": 7},
        {"name": "Cut \ufffd", "timezone": "Mars/Olympus", "currency": ""},
        None,
    ],
    ids=["long", "null", "odd", "strange", "failing"],
)
def test_whatever_the_crm_says_of_the_account_it_is_installed_and_can_be_again(
    house: CrmHouse, said: dict[str, object] | None
) -> None:
    street = http(house)
    street.describe(said)
    house.install()
    house.street.uninstall(house.street.account)
    house.install()
    kept = house.active()[house.street.account]
    assert 0 < len(kept.name) <= 200
    assert len(kept.timezone) <= 60
    assert len(kept.currency) == 3
    street.mend()
    house.forget_jobs()
    ask_for(house.context, "sync.jobs.reread", house.account_id)
    house.queue.step(house.context)
    assert "{contact_id}" in house.active()[house.street.account].record_url
