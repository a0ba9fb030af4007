"""What people wrote by text and chat is read from the conversations, once and with its moment (S7)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from connector.budget import Unlimited
from connector.hubspot.parse import millis
from connector.hubspot.provider import HubSpotCrm, from_environment
from connector.port.provider import AccountAccess
from connector.port.records import ActivityRow, ReadText, Stream
from connector.registry import sandbox_variables
from contact_rules.classifier import classify
from contact_rules.reasons import Heard
from core.settings import Environment
from manifest.promise import load_promise
from sandbox.config import SandboxConfig
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot

pytestmark = pytest.mark.integration


PROMISE = load_promise("hubspot")
SCOPES = frozenset((*PROMISE.required_scopes, *PROMISE.optional_scopes))


@contextmanager
def opened(
    lab: HubSpotClient, scopes: frozenset[str] = SCOPES, read_text: ReadText | None = None
) -> Iterator[HubSpotCrm]:
    token = lab.token(sorted(scopes))
    access = AccountAccess(
        account_id=f"hubspot-{lab.portal}",
        remote_account_id=str(lab.portal),
        token=lambda: token,
        renew=lambda _refused: token,
        budget=Unlimited(),
        scopes=scopes,
        read_text=read_text,
    )
    crm = from_environment(Environment(sandbox_variables("hubspot", lab.url))).open(access)
    yield crm
    crm.close()


def say(lab: HubSpotClient, contact: str, text: str, **more: object) -> None:
    lab.control(f"conversations/{lab.portal}/{contact}", {"text": text, **more})


def read(crm: HubSpotCrm) -> list[ActivityRow]:
    (part,) = crm.bounds(Stream.CONVERSATIONS).ranges
    rows: list[ActivityRow] = []
    cursor: str | None = None
    while True:
        page = crm.fetch_page(Stream.CONVERSATIONS, part, cursor)
        rows += page.activities
        cursor = page.cursor
        if cursor is None:
            return rows


def written(lab: HubSpotClient) -> list[dict[str, Any]]:
    threads = lab.control(f"conversations/{lab.portal}")["threads"]
    return [
        {**m, "contact": t["contact"], "channel": t["channel"]}
        for t in threads
        for m in t["messages"]
        if m["incoming"]
    ]


def test_everything_that_came_in_is_read_with_its_contact(own_world: HubSpotClient) -> None:
    contact = own_world.contact(firstname="Talks", phone="+12125550123")
    for number in range(130):
        say(own_world, contact, f"message {number}")
        say(own_world, contact, "answer", incoming=False)
    with opened(own_world) as crm:
        rows = read(crm)
    expected = written(own_world)
    assert len(expected) > 130
    living = {m["contact"] for m in expected if m["at"] > "2025"}
    assert sorted(
        (r["contact_id"], r["activity_id"]) for r in rows if r["contact_id"] in living
    ) == (sorted((m["contact"], f"message:{m['id']}") for m in expected if m["contact"] in living))
    assert {r["contact_id"] for r in rows} == {m["contact"] for m in expected}
    assert {(r["kind"], r["direction"]) for r in rows} == {("sms", "in")}


def test_of_a_thread_that_rested_for_years_only_the_last_message_counts() -> None:
    with serving_hubspot(
        SandboxConfig(contacts=0, crms=("hubspot",), options=(easy_hubspot(),))
    ) as lab:
        old, young = lab.contact(firstname="Old"), lab.contact(firstname="Young")
        say(lab, old, "One.")
        lab.control("advance", {"days": 1})
        say(lab, old, "Two.")
        lab.control("advance", {"days": 800})
        say(lab, young, "Three.")
        say(lab, young, "Four.")
        lab.control("counters", method="DELETE")
        with opened(lab) as crm:
            rows = read(crm)
        asked = [r for r in lab.control("counters")["requests"] if r["path"].endswith("/messages")]
        last = [m["at"] for m in written(lab) if m["contact"] == old][-1]
    assert [r["contact_id"] for r in rows] == [old, young, young]
    assert rows[0]["occurred_at"] == millis(last)
    assert [r["count"] for r in asked] == [1]


def test_a_reply_is_told_of_by_the_second_pass_at_the_latest(own_world: HubSpotClient) -> None:
    contact = own_world.contact(firstname="Replies", phone="+12125550124")
    with opened(own_world) as crm:
        mark = crm.fetch_changes(None).watermark
        own_world.control("advance", {"hours": 1})
        say(own_world, contact, "Yes, please.")
        say(own_world, contact, "And on Monday?", channel="LIVE_CHAT")
        found: list[ActivityRow] = []
        for _ in range(2):  # passes: every second one reads conversations
            more = True
            while more:
                changes = crm.fetch_changes(mark)
                found += changes.activities
                mark, more = changes.watermark, changes.more
    own = [(r["kind"], r["direction"]) for r in found if r["contact_id"] == contact]
    assert sorted(own) == [("other", "in"), ("sms", "in")]


def test_e_mail_is_read_elsewhere(own_world: HubSpotClient) -> None:
    contact = own_world.contact(email="mails@example.com")
    say(own_world, contact, "By e-mail.", channel="EMAIL")
    say(own_world, contact, "By WhatsApp.", channel="WHATSAPP")
    with opened(own_world) as crm:
        own = [r["kind"] for r in read(crm) if r["contact_id"] == contact]
    assert own == ["sms"]


def test_who_is_about_to_be_started_is_asked_about_the_last_day(own_world: HubSpotClient) -> None:
    wrote, silent = own_world.contact(firstname="Wrote"), own_world.contact(firstname="Silent")
    say(own_world, wrote, "Long ago.")
    own_world.control("advance", {"days": 3})
    say(own_world, wrote, "Just now.")
    with opened(own_world) as crm:
        rows = crm.fetch_contacts([wrote, silent], closely=True).activities
        glance = crm.fetch_contacts([wrote, silent]).activities
    mine = [m for m in written(own_world) if m["contact"] == wrote]
    assert [r["activity_id"] for r in rows if r["kind"] == "sms"] == [f"message:{mine[-1]['id']}"]
    assert [r for r in glance if r["kind"] == "sms"] == []


def test_texts_are_heard_and_not_kept(own_world: HubSpotClient) -> None:
    contact = own_world.contact(firstname="Says why")
    say(own_world, contact, "It is too expensive for us.")
    told: list[str] = []

    def hear(text: str, contact_ids: Sequence[str]) -> Heard | None:
        assert contact_ids
        told.append(text)
        return classify(text)

    with opened(own_world, read_text=hear) as crm:
        (row,) = [r for r in read(crm) if r["contact_id"] == contact]
    assert "It is too expensive for us." in told
    assert row["reason"] == "budget_or_timing"
    assert "expensive" not in str(row)


def test_without_the_scope_nothing_is_asked(own_world: HubSpotClient) -> None:
    own_world.control("counters", method="DELETE")
    with opened(own_world, SCOPES - {"conversations.read"}) as crm:
        assert Stream.CONVERSATIONS not in crm.streams()
        mark = crm.fetch_changes(None).watermark
        crm.fetch_changes(mark)
        crm.fetch_contacts([own_world.contact(firstname="One")], closely=True)
    asked = {r["path"] for r in own_world.control("counters")["requests"]}
    assert asked
    assert not any(path.startswith("/conversations") for path in asked)


@pytest.mark.parametrize("by", ["bot", "system"])
def test_what_a_bot_or_the_system_says_is_nobodys_own(own_world: HubSpotClient, by: str) -> None:
    contact = own_world.contact(firstname="Hears a bot")
    for incoming in (True, False):
        say(own_world, contact, "How can we help you?", by=by, incoming=incoming)
    say(own_world, contact, "Welcome!", type="WELCOME_MESSAGE")
    with opened(own_world) as crm:
        assert [r for r in read(crm) if r["contact_id"] == contact] == []
        say(own_world, contact, "By a provider of texts.", by="integration")
        assert [r["kind"] for r in read(crm) if r["contact_id"] == contact] == ["sms"]


def test_a_conversation_is_read_again_by_its_own_id(own_world: HubSpotClient) -> None:
    contact = own_world.contact(firstname="Writes")
    say(own_world, contact, "Last week.")
    own_world.control("advance", {"days": 7})
    at = parse_now(own_world)
    say(own_world, contact, "Today.")
    say(own_world, contact, "We are open.", incoming=False)
    threads = own_world.control(f"conversations/{own_world.portal}")["threads"]
    (mine,) = [t for t in threads if t["contact"] == contact]
    with opened(own_world) as crm:
        page = crm.fetch_written([mine["id"], "1", mine["id"]], since=at - 60_000)
    assert [(r["contact_id"], r["kind"], r["direction"]) for r in page.activities] == [
        (contact, "sms", "in")
    ]
    assert page.activities[0]["activity_id"] == f"message:{mine['messages'][1]['id']}"
    with opened(own_world, SCOPES - {"conversations.read"}) as crm:
        assert crm.fetch_written([mine["id"]], since=0).activities == ()


def parse_now(lab: HubSpotClient) -> int:
    at = millis(lab.control("clock")["now"])
    assert at is not None
    return at
