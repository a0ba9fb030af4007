"""Odd answers, odd notices and refusals of every CRM: each costs what it is about, and nothing beside it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from app.pipeline import ask_for
from connector.errors import CrmForbidden, CrmUnavailable
from connector.port.automation import AddsToWorkflow
from connector.port.changes import ReadsChanges
from connector.port.fields import ListsFields
from connector.port.provider import Crm, Describes
from connector.port.records import IdRange, ReadsContacts, ReadsRecords, Stream
from connector.port.writing import ProvisionsProperties, WritesProperties
from core.db import reading
from oauth.store import Installation
from sync.backfill import runs
from sync.inbox.store import load_unhandled
from sync.inbox.tables import parked_events
from sync.live import capability
from sync.mirror.store import count_contacts, find_contact
from sync.outbox.unmade import load_unmade
from tests.contract.crm_side import HttpSide, LifecycleSide
from tests.contract.rekindle import CrmRekindle
from tests.contract.test_signed_in import session
from workflows.properties import BY_NEED, DEFINITIONS

LONG = "Ada & Sons " * 500


def http(rekindle: CrmRekindle) -> HttpSide:
    if not isinstance(rekindle.crm_side, HttpSide):
        pytest.skip(f"{rekindle.crm_side.provider} is not asked over HTTP")
    return rekindle.crm_side


def someone(rekindle: CrmRekindle) -> str:
    return sorted(rekindle.crm_side.contact_ids(rekindle.crm_side.account))[1]


# Answers that don't arrive whole.


def questions(crm: Crm, contact: str) -> Iterator[Callable[[], object]]:
    """Everything that is asked of this CRM, each question to be asked by itself."""
    yield capability(crm, Describes).fetch_account
    records = capability(crm, ReadsRecords)
    yield partial(records.bounds, Stream.CONTACTS)
    yield partial(records.fetch_page, Stream.CONTACTS, IdRange(None, None), None)
    yield partial(capability(crm, ReadsContacts).fetch_contacts, [contact])
    yield partial(capability(crm, ReadsChanges).fetch_changes, None)
    writes = capability(crm, WritesProperties)
    yield partial(writes.fetch_values, [contact], [DEFINITIONS[0].name])
    yield partial(capability(crm, ProvisionsProperties).provision, DEFINITIONS)
    yield capability(crm, ListsFields).fetch_fields
    if isinstance(crm, AddsToWorkflow):
        yield crm.fetch_workflows


@pytest.mark.parametrize("kind", ["truncate", "drop"])
def test_an_answer_that_breaks_off_is_a_crm_that_can_not_be_reached(
    rekindle: CrmRekindle, kind: str
) -> None:
    """Whatever was asked: then the job waits a moment and asks again."""
    rekindle.install()
    side, contact = http(rekindle), someone(rekindle)
    with rekindle.opened() as crm:
        asked = len(list(questions(crm, contact)))
    side.break_off(kind)
    for number in range(asked):
        with rekindle.opened() as crm, pytest.raises(CrmUnavailable):
            list(questions(crm, contact))[number]()
    side.mend()


# Notices.


def test_odd_events_are_parked_with_their_reason_and_the_others_kept(rekindle: CrmRekindle) -> None:
    rekindle.install()
    rekindle.forget_jobs()
    contact = someone(rekindle)
    posts = rekindle.crm_side.odd_posts(rekindle.crm_side.account, contact)
    for _ in range(2):
        assert {rekindle.receive(post) for post in posts} == {204}
    with reading(rekindle.context.engine) as connection:
        waiting = load_unhandled(connection, rekindle.account_id, 10)
        parked = list(connection.execute(sa.select(parked_events)).mappings())
    assert [d["contact_ids"] for d in waiting] == [[contact]]
    assert len(parked) == 2
    assert {row["provider"] for row in parked} == {rekindle.crm_side.provider}
    assert all(row["reason"] and len(row["digest"]) == 32 for row in parked)
    assert "example.com" not in str([dict(row) for row in parked])
    assert {row["account_id"] for row in parked} == {None, rekindle.account_id}


@pytest.mark.parametrize("ours", [True, False], ids=["before the install", "of another app"])
def test_an_uninstall_that_is_not_of_this_install_ends_nothing(
    rekindle: CrmRekindle, *, ours: bool
) -> None:
    if not isinstance(rekindle.crm_side, LifecycleSide):
        pytest.skip(f"{rekindle.crm_side.provider} tells nobody of uninstalls")
    rekindle.install()
    installed_at = rekindle.active()[rekindle.crm_side.account].installed_at
    at = installed_at + timedelta(minutes=-1 if ours else 1)
    for post in rekindle.crm_side.tell_uninstall(rekindle.crm_side.account, at=at, ours=ours):
        assert rekindle.receive(post) == 204
    assert set(rekindle.active()) == {rekindle.crm_side.account}
    late = installed_at + timedelta(seconds=1)
    for post in rekindle.crm_side.tell_uninstall(rekindle.crm_side.account, at=late):
        assert rekindle.receive(post) == 204
    assert rekindle.active() == {}


def test_an_uninstall_ends_the_sessions_and_a_new_install_brings_none_back(
    rekindle: CrmRekindle,
) -> None:
    rekindle.install()
    assert rekindle.web.get("/admin/progress").status_code == 200
    session = dict(rekindle.web.cookies)
    with rekindle.context.engine.begin() as tx:
        tx.execute(sa.text("UPDATE installations SET status = 'disconnected'"))
    assert rekindle.web.get("/admin/progress").status_code == 401
    rekindle.crm_side.uninstall(rekindle.crm_side.account)
    rekindle.install()
    assert rekindle.web.get("/admin/progress").status_code == 200
    rekindle.web.cookies.clear()
    rekindle.web.cookies.update(session)
    assert rekindle.web.get("/admin/progress").status_code == 401


# Refusals.


def test_a_stream_that_may_not_be_read_is_missing_and_the_rest_is_read(
    first_rekindle: CrmRekindle,
) -> None:
    rekindle = first_rekindle
    rekindle.install()
    rekindle.crm_side.forbid(Stream.DEALS)
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        run = runs.find_latest(connection, rekindle.account_id)
        mirrored = count_contacts(connection, rekindle.account_id)
    assert run is not None
    assert run["state"] == "done"
    assert [m["stream"] for m in run["missing"]] == ["deals"]
    assert run["missing"][0]["scopes"]
    assert mirrored == len(rekindle.crm_side.contact_ids(rekindle.crm_side.account))
    standing = rekindle.standing()
    assert standing.unread == ("deals",)
    assert standing.scored_at is not None
    with rekindle.opened() as crm:
        contact = someone(rekindle)
        page = capability(crm, ReadsContacts).fetch_contacts([contact], closely=True)
    assert [row["contact_id"] for row in page.contacts] == [contact]


def test_without_the_contacts_there_is_no_reading(first_rekindle: CrmRekindle) -> None:
    rekindle = first_rekindle
    rekindle.install()
    rekindle.queue.step(rekindle.context)
    rekindle.crm_side.forbid(Stream.CONTACTS)
    with pytest.raises(CrmForbidden, match="contacts"):
        rekindle.queue.step(rekindle.context)


def test_the_limit_of_properties_keeps_only_the_properties_out(first_rekindle: CrmRekindle) -> None:
    rekindle = first_rekindle
    rekindle.crm_side.allow_properties(9)
    rekindle.install()
    rekindle.drain()
    wanted = [definition.name for definition in BY_NEED]
    with reading(rekindle.context.engine) as connection:
        assert load_unmade(connection, rekindle.account_id) == frozenset(wanted[9:])
    with rekindle.opened() as crm:
        again = capability(crm, ProvisionsProperties).provision(BY_NEED)
    assert (again.made, again.missing) == (0, tuple(wanted[9:]))
    assert again.limit
    assert again.reason
    rekindle.approve_plan()
    tally = rekindle.standing().tally
    assert tally.succeeded == tally.planned > 0
    assert tally.is_verified
    contact = someone(rekindle)
    assert set(rekindle.crm_side.values(rekindle.crm_side.account, contact)) <= set(wanted[:9])
    rekindle.crm_side.allow_properties(100)
    rekindle.run("workflows.jobs.provision", rekindle.account_id)
    with reading(rekindle.context.engine) as connection:
        assert load_unmade(connection, rekindle.account_id) == frozenset()


# Answers.


def test_characters_that_no_database_holds_reach_the_mirror_replaced(rekindle: CrmRekindle) -> None:
    crm_side = http(rekindle)
    contact = someone(rekindle)
    crm_side.rename(rekindle.crm_side.account, contact, "Cut \ud83d and \x00 \U0001f600")
    rekindle.read()
    with reading(rekindle.context.engine) as connection:
        row = find_contact(connection, rekindle.account_id, contact)
        mirrored = count_contacts(connection, rekindle.account_id)
    assert row is not None
    assert row["first_name"] == "Cut \ufffd and \ufffd \U0001f600"
    assert mirrored == len(rekindle.crm_side.contact_ids(rekindle.crm_side.account))


GARBAGE = {
    "a page": "<html>maintenance</html>",
    "nothing": "",
    "a list": [],
    "a text": "",
    "no tokens": {"ok": True},
    "wrong types": {"access_token": 7, "refresh_token": None, "expires_in": []},
}


def refreshed(rekindle: CrmRekindle) -> Installation:
    """The account after a refresh an access token's lifetime later."""
    clock = rekindle.context.wall
    late = type("Late", (), {"now": lambda _: clock.now() + timedelta(days=1)})()
    rekindle.tokens(late).token()
    return rekindle.active()[rekindle.crm_side.account]


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_from_the_token_endpoint_installs_nothing_and_says_so(
    rekindle: CrmRekindle, content: object
) -> None:
    crm_side = http(rekindle)
    back = rekindle.crm_side.consent(rekindle.begin_install())
    crm_side.answer_tokens(content)
    answer = rekindle.come_back(back)
    assert answer.status_code == 400
    assert "Nothing was installed" in answer.text
    assert rekindle.provider.label in answer.text
    assert rekindle.active() == {}


def test_a_token_endpoint_that_stumbles_once_costs_no_install(rekindle: CrmRekindle) -> None:
    crm_side = http(rekindle)
    back = rekindle.crm_side.consent(rekindle.begin_install())
    crm_side.answer_tokens("<html>maintenance</html>", times=2)
    assert rekindle.come_back(back).status_code == 303
    assert set(rekindle.active()) == {rekindle.crm_side.account}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_for_a_refresh_is_classified_and_gives_the_lease_back(
    rekindle: CrmRekindle, content: object
) -> None:
    crm_side = http(rekindle)
    rekindle.install()
    before = rekindle.active()[rekindle.crm_side.account]
    crm_side.answer_tokens(content)
    with pytest.raises(Exception, match=rekindle.provider.label) as failed:
        refreshed(rekindle)
    assert failed.type.__name__ in {"CrmUnavailable", "CrmUnexpected"}
    left = rekindle.active()[rekindle.crm_side.account]
    assert left.refreshing_until is None
    assert left.generation == before.generation
    crm_side.mend()
    assert refreshed(rekindle).generation == before.generation + 1


def test_a_failure_that_nobody_foresaw_gives_the_lease_back_too(
    rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    rekindle.install()

    def broken(_self: object, _token: str) -> object:
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr(type(rekindle.provider.authorizer()), "refresh", broken)
        with pytest.raises(RuntimeError):
            refreshed(rekindle)
    assert rekindle.active()[rekindle.crm_side.account].refreshing_until is None
    assert refreshed(rekindle).generation == 1


SPARE = ("expires_in", "scope", "scopes", "hub_id", "locationId", "refresh_token", "token_type")


def test_new_tokens_are_kept_whatever_else_the_answer_lacks(rekindle: CrmRekindle) -> None:
    crm_side = http(rekindle)
    rekindle.install()
    crm_side.alter_tokens(drop=SPARE)
    after = refreshed(rekindle)
    assert after.generation == 1
    assert after.is_active


def test_an_install_whose_answer_names_no_scopes_has_those_it_asked_for(
    rekindle: CrmRekindle,
) -> None:
    crm_side = http(rekindle)
    back = rekindle.crm_side.consent(rekindle.begin_install())
    crm_side.alter_tokens(drop=("expires_in", "scope", "scopes"))
    assert rekindle.come_back(back).status_code == 303
    assert rekindle.active()[rekindle.crm_side.account].scopes


def test_an_install_whose_answer_names_no_user_is_told_of_one_or_says_so(
    rekindle: CrmRekindle,
) -> None:
    """Where the CRM can be asked whose a token is, it is; elsewhere nobody's number is made up."""
    crm_side = http(rekindle)
    back = rekindle.crm_side.consent(rekindle.begin_install())
    crm_side.alter_tokens(drop=("user_id", "userId"))
    assert rekindle.come_back(back).status_code == 303
    person = str(session(rekindle.web)["person"])
    asked = hasattr(rekindle.provider.authorizer(), "_introspect")
    label = rekindle.provider.label
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
    rekindle: CrmRekindle, said: dict[str, object] | None
) -> None:
    crm_side = http(rekindle)
    crm_side.describe(said)
    rekindle.install()
    rekindle.crm_side.uninstall(rekindle.crm_side.account)
    rekindle.install()
    kept = rekindle.active()[rekindle.crm_side.account]
    assert 0 < len(kept.name) <= 200
    assert len(kept.timezone) <= 60
    assert len(kept.currency) == 3
    crm_side.mend()
    rekindle.forget_jobs()
    ask_for(rekindle.context, "sync.jobs.backfill", rekindle.account_id)
    rekindle.queue.step(rekindle.context)
    assert "{contact_id}" in rekindle.active()[rekindle.crm_side.account].record_url
