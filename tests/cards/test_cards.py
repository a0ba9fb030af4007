"""The card's answers to the CRM: signed, of its own account alone, readable in every state (S30)."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cards.card import Words, _reason, _signal, words_of
from core.db import reading
from core.moments import to_millis
from scoring.features.reason import SOURCES
from scoring.store import load_best
from tests.rekindle import Rekindle
from workflows.openers.values import CALL_NOTE, EMAIL, SMS, SUBJECT
from workflows.status import Status

pytestmark = pytest.mark.integration

SECRET = "sandbox-hubspot-secret-not-for-production"
BASE = "http://localhost:8321"


def ask(rekindle: Rekindle, query: str, *, secret: str = SECRET) -> dict[str, Any]:
    path = f"/cards/hubspot/contact?{query}"
    stamp = str(to_millis(rekindle.context.wall.now()))
    text = f"GET{BASE}{path}{stamp}".encode()
    signature = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    answer = rekindle.web.get(
        path,
        headers={"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp},
    )
    assert answer.status_code == 200
    return dict(answer.json())


def contacts(rekindle: Rekindle) -> list[str]:
    rows = rekindle.lab.api("GET", "/crm/objects/2026-09/contacts?limit=100").json()["results"]
    return [str(row["id"]) for row in rows]


def test_s30_a_scored_contacts_card_has_all_the_front_end_reads(ready_rekindle: Rekindle) -> None:
    answers = [
        ask(ready_rekindle, f"contactId={c}&portalId={ready_rekindle.lab.portal}")
        for c in contacts(ready_rekindle)
    ]
    assert all(a["ok"] for a in answers)
    states = {a["card"]["state"] for a in answers}
    assert states <= {"scored", "suppressed", "human_first", "held_out", "started"}
    assert len(states) > 1
    for answer in answers:
        card = answer["card"]
        assert len(card["explanation"]) <= 160
        assert (card["rule"] is not None) == (card["state"] in {"suppressed", "human_first"})
        assert card["likelihood"] is None or 0 <= card["likelihood"] <= 100
        if card["likelihood"] is not None:
            assert 0 <= card["p_return"] <= 100, "odds never stand without those of no outreach"
            assert card["numbers_label"].startswith("Uses starting values")


def test_a_card_asked_for_by_an_id_that_a_merge_has_ended_is_the_persons(
    rekindle: Rekindle,
) -> None:
    rekindle.ready()
    primary, other = contacts(rekindle)[:2]
    path = f"records/{rekindle.lab.portal}/contacts/{primary}/merge/{other}"
    merged = rekindle.lab.control(path, {})["id"]
    rekindle.queue.run(rekindle.context, "sync.jobs.poll", rekindle.account_id)
    asked = [
        ask(rekindle, f"contactId={i}&portalId={rekindle.lab.portal}")
        for i in (primary, other, merged)
    ]
    assert all(answer["ok"] for answer in asked)
    assert asked[0] == asked[1] == asked[2]


def test_s11_who_may_be_spoken_to_is_shown_with_what_to_say_and_nobody_else() -> None:
    known = {CALL_NOTE: "Say: hello.", SUBJECT: "About", EMAIL: "Hi", SMS: "Hi."}
    whole = Words("Say: hello.", "About", "Hi", "Hi.")
    assert {status: words_of(status, known) for status in Status} == {
        status: whole if status in {Status.READY, Status.HUMAN_FIRST, Status.STARTED} else None
        for status in Status
    }
    note = Words("Say: hello.", "", "", "")
    assert words_of(Status.HUMAN_FIRST, {CALL_NOTE: "Say: hello."}) == note
    assert words_of(Status.READY, {}) is None


def points(effect: str) -> float:
    return float(effect.replace("−", "-"))


def test_s9_s30_what_moves_the_number_is_told_the_most_first(ready_rekindle: Rekindle) -> None:
    answers = [
        ask(ready_rekindle, f"contactId={c}&portalId={ready_rekindle.lab.portal}")
        for c in contacts(ready_rekindle)
    ]
    told = [a["card"] for a in answers if a["card"]["contributions"]]
    assert told
    for card in told:
        assert card["state"] in {"scored", "started"}
        assert card["likelihood"] is not None
        effects = [points(one["effect"]) for one in card["contributions"]]
        assert effects == sorted(effects, key=abs, reverse=True)
        assert all(one["effect"][0] in "+−" for one in card["contributions"])
        labels = [one["label"] for one in card["contributions"]]
        assert len(labels) == len(set(labels))
    for card in (a["card"] for a in answers if a["card"]["state"] not in {"scored", "started"}):
        assert card["contributions"] == []


def test_s30_the_admins_page_shows_the_same_card(ready_rekindle: Rekindle) -> None:
    with reading(ready_rekindle.context.engine) as connection:
        best = load_best(connection, ready_rekindle.account_id, limit=1)[0]
    page = ready_rekindle.web.get(f"/admin/contacts/{best['contact_id']}").text
    answer = ask(
        ready_rekindle, f"contactId={best['contact_id']}&portalId={ready_rekindle.lab.portal}"
    )["card"]
    if answer["state"] == "scored":
        assert f"{answer['likelihood']} in 100 reply" in page
        assert f"{answer['p_return']} in 100 without outreach" in page
        assert f"What moves the {answer['likelihood']}" in page


AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
QUIET: dict[str, Any] = {
    "signal": None,
    "signal_at": None,
    "signal_until": None,
    "signal_gap": None,
    "reason": None,
    "reason_source": None,
    "reason_confidence": None,
}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, None),
        ({"reason": "service_issue", "reason_source": "ticket", "reason_confidence": 0.75},
         "Service issue, from a ticket, 75% sure"),
        ({"reason": "moved", "reason_source": "llm", "reason_confidence": 0.5},
         "Moved away or needs changed, from a note or message, as a language model read it, 50% sure"),
    ],
)  # fmt: skip
def test_s7_a_reason_says_who_says_so_and_how_sure_it_is(
    told: dict[str, Any], words: str | None
) -> None:
    assert _reason({**QUIET, **told}) == words


@pytest.mark.parametrize("source", list(SOURCES))
def test_s7_every_source_has_its_words(source: str) -> None:
    told = {"reason": "moved", "reason_source": source, "reason_confidence": 0.6}
    assert ", from " in str(_reason({**QUIET, **told}))


@pytest.mark.parametrize(
    ("signal", "since", "until", "words"),
    [
        ("came_back", 2, 5, "Came back 2 days ago after 214 days; counts until Nov 30"),
        ("came_back", 1, 6, "Came back yesterday after 214 days; counts until Dec 1"),
        ("came_back", 0, 7, "Came back today after 214 days; counts until Dec 2"),
        ("season", 20, 10, "Bought around this time of year; counts until Dec 5"),
        ("came_back", 9, 0, None),
        (None, 2, 5, None),
    ],
)
def test_s10_a_signal_says_until_when_it_counts(
    signal: str | None, since: int, until: int, words: str | None
) -> None:
    day = AT.replace(hour=0)
    told = {
        "signal": signal,
        "signal_at": day - timedelta(days=since),
        "signal_until": day + timedelta(days=until),
        "signal_gap": 214,
    }
    assert _signal({**QUIET, **told}, AT) == words


def test_a_contact_we_have_not_scored_says_so(rekindle: Rekindle) -> None:
    rekindle.install()
    rekindle.queue.step(rekindle.context)
    rekindle.queue.step(rekindle.context)
    answer = ask(rekindle, f"contactId={contacts(rekindle)[0]}&portalId={rekindle.lab.portal}")
    assert answer["card"]["state"] == "unscored"


def test_a_wrong_signature_gets_no_card(ready_rekindle: Rekindle) -> None:
    query = f"contactId={contacts(ready_rekindle)[0]}&portalId={ready_rekindle.lab.portal}"
    answer = ask(ready_rekindle, query, secret="wrong")
    assert answer["ok"] is False
    assert answer["error"]["code"] == "forbidden"


@pytest.mark.parametrize("name", ["portalId", "userId", "userEmail", "appId"])
def test_an_identity_given_twice_gets_no_card(ready_rekindle: Rekindle, name: str) -> None:
    query = f"contactId={contacts(ready_rekindle)[0]}&portalId={ready_rekindle.lab.portal}&{name}=1&{name}=2"
    assert ask(ready_rekindle, query)["error"]["code"] == "forbidden"


def test_a_contact_of_another_account_is_not_found(ready_rekindle: Rekindle) -> None:
    answer = ask(ready_rekindle, f"contactId=424242&portalId={ready_rekindle.lab.portal}")
    assert answer["ok"] is False
    assert answer["error"]["reference"]


def test_an_account_that_has_not_installed_us_gets_no_card(ready_rekindle: Rekindle) -> None:
    answer = ask(ready_rekindle, f"contactId={contacts(ready_rekindle)[0]}&portalId=999")
    assert answer["error"]["code"] == "not_connected"
