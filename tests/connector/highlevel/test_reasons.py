"""What HighLevel says of a silence: reasons for losing, refunds, and texts that are heard and left behind (S7)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connector.highlevel import parse, sales
from connector.highlevel.provider import HighLevelCrm
from connector.highlevel.values import millis
from connector.port.records import DealRow, Page, Stream
from contact_rules.classifier import classify
from contact_rules.reasons import Heard
from sandbox.hubspot.client import HubSpotClient
from tests.connector.highlevel.pretend import SCOPES, Open, location

pytestmark = pytest.mark.integration

MESSAGES = json.loads(
    (Path(__file__).parents[2] / "data/highlevel/messages.json").read_text(encoding="utf-8")
)
GONE = "We went with another provider, sorry."


class Ear:
    """Hears with the phrases, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(self, text: str, contact_ids: Sequence[str]) -> Heard | None:
        assert len(contact_ids) == 1
        self.told.append(text)
        return classify(text)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sms_in", "competitor"),
        ("email_in", "competitor"),
        ("chat", "competitor"),
        ("sms_out_by_campaign", None),
        ("email_out_opened", None),
        ("call_answered", None),
        ("form", None),
    ],
)
def test_s7_only_what_the_contact_wrote_is_heard(name: str, reason: str | None) -> None:
    ear = Ear()
    row, *_ = parse.message({**MESSAGES[name], "body": GONE}, ear)
    assert row["reason"] == reason
    assert ear.told == ([GONE] if reason else [])
    assert "provider" not in str(row)


@pytest.mark.parametrize("body", [None, "", 7, {"html": GONE}])
def test_a_message_without_a_text_is_heard_as_nothing(body: object) -> None:
    ear = Ear()
    (row,) = parse.message({**MESSAGES["sms_in"], "body": body}, ear)
    assert row["reason"] is None
    assert ear.told == []


def test_without_an_ear_a_text_that_came_anyway_is_passed_over() -> None:
    (row,) = parse.message({**MESSAGES["sms_in"], "body": GONE})
    assert (row["reason"], row["reason_confidence"], row["reason_source"]) == (None, None, None)


def test_s7_a_note_is_heard_and_not_kept() -> None:
    record = {"id": "n1", "body": f"<p>{GONE}</p>", "dateAdded": "2026-11-20T15:04:05.000Z"}
    row = parse.note(record, "c1", Ear())
    assert row is not None
    assert (row["activity_id"], row["kind"], row["reason"]) == ("note:n1", "note", "competitor")
    assert row["occurred_at"] == millis("2026-11-20T15:04:05Z")
    assert "provider" not in str(row)
    assert parse.note({**record, "dateAdded": None}, "c1", Ear()) is None


@pytest.mark.parametrize(
    ("status", "reason_id", "reason"),
    [
        ("lost", "r1", "budget_or_timing"),
        ("abandoned", "r1", "budget_or_timing"),
        ("lost", "r2", None),
        ("lost", "r9", None),
        ("lost", None, None),
        ("won", "r1", None),
        ("open", "r1", None),
    ],
)
def test_s7_a_lost_opportunity_says_why_in_our_words(
    status: str, reason_id: str | None, reason: str | None
) -> None:
    record = {"id": "o1", "contactId": "c1", "status": status, "lostReasonId": reason_id}
    row = sales.opportunity(record, {"r1": "Price", "r2": "No answer"})
    assert row is not None
    assert row["reason"] == reason
    assert row["reason_confidence"] == (0.9 if reason else None)


PAYMENT: dict[str, Any] = {
    "_id": "t1",
    "contactId": "c1",
    "amount": 150.1,
    "status": "succeeded",
    "liveMode": True,
    "createdAt": "2026-11-01T15:04:05.000Z",
    "updatedAt": "2026-11-20T15:04:05.000Z",
}


@pytest.mark.parametrize(
    "more",
    [{"amountRefunded": 20}, {"amountRefunded": "150.1"}, {"status": "refunded"}],
)
def test_s7_money_given_back_is_a_refund(more: dict[str, Any]) -> None:
    row = sales.refund({**PAYMENT, **more})
    assert row is not None
    assert (row["kind"], row["contact_id"], row["activity_id"]) == ("refund", "c1", "refund:t1")
    assert row["occurred_at"] == millis("2026-11-20T15:04:05Z")
    earlier = sales.refund({**PAYMENT, **more, "updatedAt": None})
    assert earlier is not None
    assert earlier["occurred_at"] == millis("2026-11-01T15:04:05Z")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"amountRefunded": 0},
        {"amountRefunded": "some"},
        {"amountRefunded": 20, "liveMode": False},
        {"amountRefunded": 20, "contactId": None},
        {"amountRefunded": 20, "createdAt": None, "updatedAt": None},
    ],
)
def test_s7_everything_else_is_no_refund(more: dict[str, Any]) -> None:
    assert sales.refund({**PAYMENT, **more}) is None


def whole(crm: HighLevelCrm, stream: Stream) -> list[Page]:
    (part,) = crm.bounds(stream).ranges
    pages = [crm.fetch_page(stream, part, None)]
    while pages[-1].cursor is not None:
        pages.append(crm.fetch_page(stream, part, pages[-1].cursor))
    return pages


def test_s7_an_accounts_losses_and_refunds_are_read(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    pages = whole(open_account(crm_side), Stream.DEALS)
    lost = [d for page in pages for d in page.deals if d["is_closed"] and not d["is_won"]]
    assert {d["reason"] for d in lost} > {None}
    assert {a["kind"] for page in pages for a in page.activities} <= {"refund"}


def test_s7_losses_without_names_have_no_reason(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    crm_side.control("faults", {"path": "/opportunities/lost-reason", "status": 403, "times": 9})
    try:
        pages = whole(open_account(crm_side), Stream.DEALS)
    finally:
        crm_side.control("faults", method="DELETE")
    deals = [d for page in pages for d in page.deals]
    assert deals
    assert {d["reason"] for d in deals} == {None}


def test_s7_messages_of_an_account_are_heard(crm_side: HubSpotClient, open_account: Open) -> None:
    ear = Ear()
    rows = [a for page in whole(open_account(crm_side, read_text=ear), Stream.MESSAGES)
            for a in page.activities]  # fmt: skip
    written = [r for r in rows if r["kind"] == "sms" and r["direction"] == "in"]
    assert len(ear.told) == len(written)


def contacts(lab: HubSpotClient) -> list[str]:
    found = lab.control(f"highlevel/records/{location(lab)}/contacts?limit=1000")["results"]
    return [str(row["id"]) for row in found]


def of(deals: Sequence[DealRow], contact: str) -> list[DealRow]:
    return [deal for deal in deals if deal["contact_id"] == contact]


def test_s7_a_contact_looked_at_closely_comes_with_notes_and_deals(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    ear = Ear()
    crm = open_account(crm_side, read_text=ear)
    lost = next(
        d for page in whole(crm, Stream.DEALS) for d in page.deals if d["reason"] is not None
    )
    ear.told.clear()
    close = crm.fetch_contacts([lost["contact_id"]], closely=True)
    assert [a["kind"] for a in close.activities].count("note") == 1
    assert any("." in text for text in ear.told), "the note was heard"
    assert lost in of(close.deals, lost["contact_id"])


def test_a_close_look_counts_what_was_paid_only_once(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    """An opportunity that was won and paid is its payment, in the whole reading and in a close one."""
    crm = open_account(crm_side)
    people = contacts(crm_side)
    whole_reading = {
        (d["deal_id"], d["contact_id"]): d for page in whole(crm, Stream.DEALS) for d in page.deals
    }
    close = crm.fetch_contacts(people[:30], closely=True).deals
    assert close
    assert [d for d in close if whole_reading[(d["deal_id"], d["contact_id"])] != d] == []


def test_notes_are_not_asked_for_without_an_ear(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    close = open_account(crm_side).fetch_contacts(contacts(crm_side)[:3], closely=True)
    assert "note" not in {a["kind"] for a in close.activities}


def test_a_close_look_asks_only_what_the_scopes_allow(
    crm_side: HubSpotClient, open_account: Open
) -> None:
    few = [s for s in SCOPES if s.startswith(("contacts", "locations", "workflows"))]
    crm = open_account(crm_side, scopes=few, read_text=Ear())
    close = crm.fetch_contacts(contacts(crm_side)[:3], closely=True)
    assert close.deals == []
    assert {a["kind"] for a in close.activities} <= {"note"}
