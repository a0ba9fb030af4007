"""The card's answers to the CRM: signed, of its own account alone, readable, and what one presses there (S30)."""

import base64
import hashlib
import hmac
import uuid
from typing import Any

import orjson
import pytest

from app.lab.card_states import WORDS, scored
from cards.card import Words, words_of
from cards.rows import reason_label
from core.db import reading
from core.moments import to_millis
from scoring.features.reason import SOURCES
from tests.rekindle import Rekindle
from workflows.decisions import store as decisions
from workflows.openers.values import CALL_NOTE
from workflows.status import Status

pytestmark = pytest.mark.integration

SECRET = "sandbox-hubspot-secret-not-for-production"
BASE = "http://localhost:8321"
WHO = "userId=7&userEmail=rep%40example.com"


def ask(
    rekindle: Rekindle,
    query: str,
    *,
    secret: str = SECRET,
    to: str = "",
    body: dict[str, Any] | None = None,
    sent: bytes | None = None,
) -> dict[str, Any]:
    """Ask as HubSpot's proxy does; `sent` goes out in place of the body that was signed."""
    path = f"/cards/hubspot/contact{to}?{query}"
    stamp = str(to_millis(rekindle.context.wall.now()))
    content = b"" if body is None else orjson.dumps(body)
    method = "GET" if body is None else "POST"
    text = f"{method}{BASE}{path}".encode().replace(b"%40", b"@") + content + stamp.encode()
    signature = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    answer = rekindle.web.request(
        method,
        path,
        content=sent or content,
        headers={"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp},
    )
    assert answer.status_code == 200
    return dict(answer.json())


def about(rekindle: Rekindle, contact_id: str, who: str = WHO) -> str:
    return f"contactId={contact_id}&portalId={rekindle.lab.portal}&{who}"


def contacts(rekindle: Rekindle) -> list[str]:
    rows = rekindle.lab.api("GET", "/crm/objects/2026-09/contacts?limit=100").json()["results"]
    return [str(row["id"]) for row in rows]


def one_of(rekindle: Rekindle, status: Status) -> str:
    with reading(rekindle.context.engine) as connection:
        return decisions.load_standing(connection, rekindle.account_id, status, limit=1)[0]


def test_s30_every_contacts_card_has_all_the_front_end_reads(ready_rekindle: Rekindle) -> None:
    answers = [ask(ready_rekindle, about(ready_rekindle, c)) for c in contacts(ready_rekindle)]
    assert all(a["ok"] for a in answers)
    cards = [answer["card"] for answer in answers]
    assert len({card["state"] for card in cards}) > 3
    for card in cards:
        assert 20 <= len(card["sentence"]) <= 160
        ring = card["ring"]
        assert ring is None or 0 <= ring["value"] <= 100
        if card["state"] == "ready":
            assert ring["look"] == "now"
            assert card["title"] == f"{ring['value']} in 100 answer"
            assert card["lines"][0].endswith("in 100 without outreach")
            assert "A starting figure, not yet your own." in card["note"]
        if card["state"] in {"held_out", "suppressed"}:
            assert not card["moved"]
        effects = [abs(float(one["effect"].replace("−", "-"))) for one in card["moved"]]
        assert effects == sorted(effects, reverse=True)


def test_a_card_asked_for_by_an_id_that_a_merge_has_ended_is_the_persons(
    rekindle: Rekindle,
) -> None:
    rekindle.ready()
    primary, other = contacts(rekindle)[:2]
    path = f"records/{rekindle.lab.portal}/contacts/{primary}/merge/{other}"
    merged = rekindle.lab.control(path, {})["id"]
    rekindle.queue.run(rekindle.context, "sync.jobs.poll", rekindle.account_id)
    asked = [ask(rekindle, about(rekindle, i)) for i in (primary, other, merged)]
    assert all(answer["ok"] for answer in asked)
    assert asked[0] == asked[1] == asked[2]


def test_s11_the_words_of_a_record_are_those_that_stand_there() -> None:
    assert words_of(WORDS) == Words("Say: hello.", "About", "Hi", "Hi.")
    assert words_of({CALL_NOTE: "Say: hello."}) == Words("Say: hello.", "", "", "")
    assert words_of({}) is None


def test_s30_the_admins_page_shows_the_same_card(ready_rekindle: Rekindle) -> None:
    for status in (Status.READY, Status.SUPPRESSED, Status.ACTIVE):
        contact_id = one_of(ready_rekindle, status)
        page = ready_rekindle.web.get(f"/admin/contacts/{contact_id}").text
        card = ask(ready_rekindle, about(ready_rekindle, contact_id))["card"]
        page = page.replace("&#39;", "'")
        for said in (card["title"], card["sentence"], *card["lines"]):
            assert said in page, (status, said)
        for one in card["actions"]:
            assert f'value="{one["name"]}"' in page, (status, one)
        assert ('value="start"' in page) == (status is Status.READY)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"reason": None}, None),
        (
            {"reason": "service_issue", "reason_source": "ticket", "reason_confidence": 0.75},
            "Service issue, from a ticket, 75% sure",
        ),
        (
            {"reason": "moved", "reason_source": "person", "reason_confidence": 1.0},
            "Moved away or needs changed, from your team",
        ),
        (
            {"reason": "moved", "reason_source": "llm", "reason_confidence": 0.5},
            "Moved away or needs changed, from a note or message, as a language model read it, 50% sure",
        ),
    ],
)
def test_s7_a_reason_says_who_says_so_and_how_sure_it_is(
    told: dict[str, Any], words: str | None
) -> None:
    assert reason_label(scored(**told)) == words


@pytest.mark.parametrize("source", list(SOURCES))
def test_s7_every_source_has_its_words(source: str) -> None:
    told = {"reason": "moved", "reason_source": source, "reason_confidence": 0.6}
    assert ", from " in str(reason_label(scored(**told)))


def test_a_contact_we_have_not_scored_says_so(rekindle: Rekindle) -> None:
    rekindle.install()
    rekindle.queue.step(rekindle.context)
    rekindle.queue.step(rekindle.context)
    answer = ask(rekindle, about(rekindle, contacts(rekindle)[0]))
    assert answer["card"]["state"] == "unscored"


def test_a_wrong_signature_gets_no_card(ready_rekindle: Rekindle) -> None:
    query = about(ready_rekindle, contacts(ready_rekindle)[0])
    answer = ask(ready_rekindle, query, secret="wrong")
    assert answer["ok"] is False
    assert answer["error"]["code"] == "forbidden"


@pytest.mark.parametrize("name", ["portalId", "userId", "userEmail", "appId"])
def test_an_identity_given_twice_gets_no_card(ready_rekindle: Rekindle, name: str) -> None:
    query = f"contactId={contacts(ready_rekindle)[0]}&portalId={ready_rekindle.lab.portal}&{name}=1&{name}=2"
    assert ask(ready_rekindle, query)["error"]["code"] == "forbidden"
    body = {"act": "not_a_fit", "key": uuid.uuid4().hex}
    assert ask(ready_rekindle, query, to="/acts", body=body)["error"]["code"] == "forbidden"


def test_a_contact_of_another_account_is_not_found(ready_rekindle: Rekindle) -> None:
    answer = ask(ready_rekindle, about(ready_rekindle, "424242"))
    assert answer["ok"] is False
    assert answer["error"]["reference"]


def test_an_account_that_has_not_installed_us_gets_no_card(ready_rekindle: Rekindle) -> None:
    answer = ask(ready_rekindle, f"contactId={contacts(ready_rekindle)[0]}&portalId=999")
    assert answer["error"]["code"] == "not_connected"


ACT = {"act": "not_a_fit", "key": "press-0001"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"body": ACT, "secret": "wrong"}, "forbidden"),
        ({"body": ACT, "sent": orjson.dumps({**ACT, "act": "start"})}, "forbidden"),
        ({"body": {"act": "erase", "key": "press-0001"}}, "invalid"),
        ({"body": {**ACT, "by": "the boss"}}, "invalid"),
        ({"body": {"act": "not_a_fit", "key": "short"}}, "invalid"),
        ({"body": {"act": "snooze", "key": "press-0001", "days": 10_000}}, "invalid"),
        ({"body": {"act": "correct", "key": "press-0001", "reason": "bored"}}, "invalid"),
        ({"body": {"act": "stop", "key": "press-0001"}}, "conflict"),
        ({"body": {"act": "start", "key": "press-0001"}}, "conflict"),  # no dry run was approved
    ],
)
def test_s30_what_is_forged_or_means_nothing_changes_nothing(
    ready_rekindle: Rekindle, asked: dict[str, Any], code: str
) -> None:
    contact_id = one_of(ready_rekindle, Status.READY)
    answer = ask(ready_rekindle, about(ready_rekindle, contact_id), to="/acts", **asked)
    assert answer["error"]["code"] == code
    assert ask(ready_rekindle, about(ready_rekindle, contact_id))["card"]["state"] == "ready"


def test_s30_without_a_user_one_may_look_and_do_nothing(ready_rekindle: Rekindle) -> None:
    contact_id = one_of(ready_rekindle, Status.READY)
    nobody = f"contactId={contact_id}&portalId={ready_rekindle.lab.portal}"
    card = ask(ready_rekindle, nobody)["card"]
    assert card["actions"] == []
    assert card["look_only"]
    assert card["ring"]["value"] > 0
    assert ask(ready_rekindle, nobody, to="/acts", body=ACT)["error"]["code"] == "forbidden"


def test_s30_a_rep_starts_and_stops_and_corrects_from_the_card(rekindle: Rekindle) -> None:
    """From a record to a started and a stopped playbook; each press counts once, with who did it."""
    rekindle.ready()
    rekindle.press("/admin/plan", "/approve")
    rekindle.write_plan()
    contact_id = one_of(rekindle, Status.READY)
    query = about(rekindle, contact_id)

    def press(act: str, key: str, **more: Any) -> dict[str, Any]:
        return ask(rekindle, query, to="/acts", body={"act": act, "key": key, **more})

    started = press("start", "press-start-1")
    assert started["card"]["state"] == "running"
    assert started["card"]["undo"]["act_id"] == "press-start-1"
    assert press("start", "press-start-1")["card"]["state"] == "running"
    back = ask(rekindle, query, to="/undo", body={"act_id": "press-start-1"})
    assert back["card"]["state"] == "ready"
    assert press("start", "press-start-2")["ok"]
    rekindle.lab.control("advance", {"minutes": 2})
    rekindle.queue.run(rekindle.context, "workflows.jobs.start_due", rekindle.account_id)
    rekindle.drain()
    running = ask(rekindle, query)["card"]
    assert running["title"].startswith("Touch 1 of"), running
    stopped = press("stop", "press-stop-1")["card"]
    assert stopped["state"] == "stopped"
    rekindle.drain()
    assert ask(rekindle, query)["card"]["state"] == "stopped"
    page = rekindle.web.get(f"/admin/contacts/{contact_id}").text
    assert page.count("HubSpot user 7") >= 3, "who did what stands on the person's page"
    corrected = press("correct", "press-why-1", reason="moved")["card"]
    assert corrected["why"]["key"] == "moved"
