"""What HubSpot says of a silence: lost reasons, surveys, and texts that are heard and left behind (S7)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from connector.budget import Unlimited
from connector.hubspot import deals, parse
from connector.hubspot.mapping import FEEDBACK_AT, FEEDBACK_RATING, wanted
from connector.hubspot.provider import HubSpotCrm, from_environment
from connector.port.provider import AccountAccess
from connector.port.records import ActivityRow, Page, ReadText, Stream
from connector.registry import sandbox_variables
from contact_rules.classifier import classify
from contact_rules.reasons import Heard
from core.settings import Environment
from manifest.promise import load_promise
from sandbox.hubspot.client import HubSpotClient

pytestmark = pytest.mark.integration

AT = 1_763_800_000_123
ISO = "2025-11-22T08:26:40.123Z"
PROMISE = load_promise("hubspot")
SCOPES = [*PROMISE.required_scopes, *PROMISE.optional_scopes]


class Ear:
    """Hears with the phrases, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(self, text: str, contact_ids: Sequence[str]) -> Heard | None:
        assert contact_ids
        self.told.append(text)
        return classify(text)


@contextmanager
def opened(lab: HubSpotClient, read_text: ReadText | None) -> Iterator[HubSpotCrm]:
    token = lab.token(SCOPES)
    access = AccountAccess(
        account_id=f"hubspot-{lab.portal}",
        remote_account_id=str(lab.portal),
        token=lambda: token,
        renew=lambda _refused: token,
        budget=Unlimited(),
        scopes=frozenset(SCOPES),
        read_text=read_text,
    )
    crm = from_environment(Environment(sandbox_variables("hubspot", lab.url))).open(access)
    yield crm
    crm.close()


def whole(crm: HubSpotCrm, stream: Stream) -> list[Page]:
    pages = []
    for part in crm.bounds(stream).ranges:
        cursor: str | None = None
        while True:
            pages.append(crm.fetch_page(stream, part, cursor))
            cursor = pages[-1].cursor
            if cursor is None:
                break
    return pages


def activities(crm: HubSpotCrm, stream: Stream) -> list[ActivityRow]:
    return [row for page in whole(crm, stream) for row in page.activities]


def activity(stream: Stream, ear: Ear | None, **properties: str) -> ActivityRow:
    record = {"id": 9, "properties": {"hs_timestamp": ISO, **properties}}
    (row,) = parse.activities(stream, record, ["512"], ear)
    return row


def test_s7_a_note_is_heard_and_not_kept() -> None:
    ear = Ear()
    row = activity(Stream.NOTES, ear, hs_note_body="<p>They went with another clinic.</p>")
    assert ear.told == ["<p>They went with another clinic.</p>"]
    assert (row["kind"], row["direction"], row["reason"]) == ("note", None, "competitor")
    assert row["reason_confidence"] == 0.85
    assert row["reason_source"] is None
    assert "clinic" not in str(row)


@pytest.mark.parametrize(
    ("direction", "reason"),
    [("INCOMING_EMAIL", "moved"), ("EMAIL", None), ("FORWARDED_EMAIL", None), ("", None)],
)
def test_s7_only_what_the_contact_wrote_is_heard(direction: str, reason: str | None) -> None:
    ear = Ear()
    texts = {"hs_email_direction": direction, "hs_email_text": "We moved to Boston."}
    assert activity(Stream.EMAILS, ear, **texts)["reason"] == reason
    assert len(ear.told) == (reason is not None)


def test_without_an_ear_a_text_that_came_anyway_is_passed_over() -> None:
    row = activity(Stream.NOTES, None, hs_note_body="They went with another clinic.")
    assert (row["reason"], row["reason_confidence"], row["reason_source"]) == (None, None, None)


def test_a_text_without_people_is_nobodys() -> None:
    ear = Ear()
    record = {"id": 9, "properties": {"hs_timestamp": ISO, "hs_note_body": "They moved away."}}
    assert parse.activities(Stream.NOTES, record, [], ear) == []
    assert ear.told == []


@pytest.mark.parametrize(
    ("rating", "outcome"),
    [
        *[(str(n), "negative") for n in range(7)],
        ("7", "neutral"),
        ("8", "neutral"),
        ("9", "positive"),
        ("10", "positive"),
        ("Detractor", "negative"),
        ("PASSIVE", "neutral"),
        ("promoter", "positive"),
    ],
)
def test_s7_a_survey_is_negative_up_to_six(rating: str, outcome: str) -> None:
    record = {"id": "512", "properties": {FEEDBACK_RATING: rating, FEEDBACK_AT: ISO}}
    (row,) = parse.moments(record)
    assert (row["kind"], row["outcome"], row["occurred_at"]) == ("feedback", outcome, AT)


@pytest.mark.parametrize(
    "properties",
    [{}, {FEEDBACK_RATING: "3"}, {FEEDBACK_AT: ISO}, {FEEDBACK_RATING: "?", FEEDBACK_AT: ISO},
     {FEEDBACK_RATING: "3", FEEDBACK_AT: "soon"}, {FEEDBACK_RATING: "", FEEDBACK_AT: ISO}],
)  # fmt: skip
def test_s7_a_survey_without_a_time_or_a_meaning_is_none(properties: dict[str, str]) -> None:
    assert parse.moments({"id": "512", "properties": properties}) == []


def test_surveys_are_asked_for_where_the_account_has_them() -> None:
    assert wanted(["email", FEEDBACK_RATING, FEEDBACK_AT]) == (
        "email",
        FEEDBACK_RATING,
        FEEDBACK_AT,
        "hs_merged_object_ids",
    )


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"dealstage": "closedlost", "closed_lost_reason": "Price"}, "budget_or_timing"),
        ({"dealstage": "closedlost", "closed_lost_reason": "who knows"}, None),
        ({"dealstage": "closedlost"}, None),
        ({"dealstage": "closedwon", "closed_lost_reason": "Price"}, None),
        ({"dealstage": "contractsent", "closed_lost_reason": "Price"}, None),
    ],
)
def test_s7_a_lost_deal_says_why_in_our_words(
    properties: dict[str, str], reason: str | None
) -> None:
    (row,) = deals.read({"id": 7, "properties": properties}, ["512"])
    assert row["reason"] == reason
    assert row["reason_confidence"] == (0.9 if reason else None)
    assert "who knows" not in str(row)


def test_s7_notes_and_mail_of_an_account_are_heard(world: HubSpotClient) -> None:
    ear = Ear()
    with opened(world, ear) as crm:
        assert Stream.NOTES in crm.streams()
        notes, mail = activities(crm, Stream.NOTES), activities(crm, Stream.EMAILS)
        sold = [deal for page in whole(crm, Stream.DEALS) for deal in page.deals]
        people = whole(crm, Stream.CONTACTS)
    assert {row["kind"] for row in notes} == {"note"}
    assert len(ear.told) == len(notes) + sum(row["direction"] == "in" for row in mail)
    heard = [row for row in notes if row["reason"] is not None]
    assert len(heard) > len(notes) / 2
    assert {deal["reason"] for deal in sold} > {None}
    assert not any(deal["reason"] for deal in sold if deal["is_won"] or not deal["is_closed"])
    assert any(row["kind"] == "feedback" for page in people for row in page.activities)


def test_s7_without_an_ear_no_text_is_asked_for(world: HubSpotClient) -> None:
    with opened(world, None) as crm:
        assert Stream.NOTES not in crm.streams()
        asked = crm._records()._asked(Stream.EMAILS)
        rows = activities(crm, Stream.EMAILS)
    assert "hs_email_text" not in asked
    assert {row["reason"] for row in rows} == {None}


def add(lab: HubSpotClient, kind: str, contact: str, association: int, **properties: Any) -> None:
    link = {
        "to": {"id": contact},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": association}],
    }
    body = {"properties": properties, "associations": [link]}
    answer = lab.api("POST", f"/crm/objects/2026-09/{kind}", body)
    assert answer.status_code == 201, answer.text


def test_s7_what_changes_without_the_contact_is_seen_when_looked_at_closely(
    own_world: HubSpotClient,
) -> None:
    contact = own_world.contact(firstname="Ada", email="ada@example.com")
    other = own_world.contact(firstname="Bob")
    add(own_world, "tickets", contact, 16, subject="Trouble", hs_pipeline_stage="1")
    add(own_world, "notes", contact, 202, hs_timestamp=ISO, hs_note_body="Wants a refund.")
    add(own_world, "deals", contact, 3, dealname="x", dealstage="closedlost",
        closed_lost_reason="Went elsewhere", closedate=ISO)  # fmt: skip
    with opened(own_world, Ear()) as crm:
        glance = crm.fetch_contacts([contact, other, "987654321987"])
        close = crm.fetch_contacts([contact, other, "987654321987"], closely=True)
    assert (glance.deals, [a for a in glance.activities if a["kind"] in {"ticket", "note"}]) == (
        (),
        [],
    )
    assert {row["contact_id"] for row in close.contacts} == {contact, other}
    kinds = {a["kind"]: a for a in close.activities if a["kind"] in {"ticket", "note"}}
    assert kinds["ticket"]["outcome"] == "open"
    assert kinds["note"]["reason"] == "service_issue"
    assert {a["contact_id"] for a in kinds.values()} == {contact}
    (deal,) = close.deals
    assert (deal["contact_id"], deal["reason"]) == (contact, "competitor")
