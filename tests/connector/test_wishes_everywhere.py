"""What is said of being contacted is heard in everything that is written with a contact, on both CRMs (D2, D8)."""

from typing import Any

import pytest

from connector.highlevel import parse as highlevel
from connector.highlevel import sales
from connector.hubspot import deals
from connector.hubspot import parse as hubspot
from connector.port.records import Stream
from contact_rules.reasons import Heard
from contact_rules.tones import Tone
from contact_rules.wishes import Wish

AT = "2026-11-02T10:00:00Z"


def nothing(_text: str, _contacts: object) -> Heard | None:
    return None


def of_hubspot(stream: Stream, **properties: str) -> tuple[str | None, str | None]:
    """(wish, outcome) of a record with these properties."""
    record = {"id": "7", "properties": {"hs_timestamp": AT, "createdate": AT, **properties}}
    row = hubspot.activities(stream, record, ["1"], nothing)[0]
    return row["wish"], row["outcome"]


OUR_REPLY = """We are sorry to hear that.

On Mon, Nov 2, 2026 at 9:00 AM Ann <ann@example.test> wrote:
> Please stop emailing me.
>
> On Sun, Nov 1, 2026 the shop wrote:
>> Our offer ends soon. Unsubscribe here."""


@pytest.mark.parametrize(
    ("stream", "properties", "wish"),
    [
        (Stream.NOTES, {"hs_note_body": "<p>Patient deceased per daughter</p>"}, Wish.DECEASED),
        (Stream.CALLS, {"hs_call_body": "asked us never to call again"}, Wish.LEFT_ALONE),
        (Stream.CALLS, {"hs_call_title": "Wrong number"}, Wish.WRONG_PERSON),
        (Stream.MEETINGS, {"hs_internal_meeting_notes": "moved to Spain"}, Wish.MOVED_AWAY),
        (Stream.TICKETS, {"subject": "My lawyer will contact you"}, Wish.LEGAL),
        (Stream.TICKETS, {"content": "Delete all my personal data"}, Wish.ERASE),
        (Stream.EMAILS, {"hs_email_direction": "EMAIL", "hs_email_text": OUR_REPLY}, Wish.OPTED_OUT),
        (
            Stream.MESSAGES,
            {"hs_communication_body": "STOP", "hs_communication_direction": "INBOUND"},
            Wish.OPTED_OUT,
        ),
        (Stream.NOTES, {"hs_note_body": "Will stop by on Monday"}, None),
        # Our own words are no wish of theirs.
        (Stream.EMAILS, {"hs_email_direction": "EMAIL", "hs_email_text": "Reply STOP to unsubscribe"}, None),
    ],
)  # fmt: skip
def test_a_wish_is_heard_in_every_kind_of_record_of_hubspot_d2_d8(
    stream: Stream, properties: dict[str, str], wish: Wish | None
) -> None:
    assert of_hubspot(stream, **properties)[0] == wish


def test_a_ticket_with_a_wish_stays_open_d8() -> None:
    assert of_hubspot(Stream.TICKETS, subject="Leave me alone") == (Wish.LEFT_ALONE, "open")


def test_how_a_message_is_meant_is_its_outcome_s19() -> None:
    came = {"hs_email_direction": "INCOMING_EMAIL", "hs_email_subject": "Re: your offer"}
    assert of_hubspot(Stream.EMAILS, **came, hs_email_text="Yes please")[1] == Tone.POSITIVE
    assert of_hubspot(Stream.EMAILS, **came, hs_email_text="No thanks")[1] == Tone.NEGATIVE
    found = of_hubspot(Stream.EMAILS, **came, hs_email_text="Please unsubscribe me")
    assert found == (Wish.OPTED_OUT, Wish.OPTED_OUT)


def of_highlevel(kind: str, body: str, direction: str = "inbound") -> list[dict[str, Any]]:
    record = {
        "id": "m1",
        "contactId": "c1",
        "dateAdded": AT,
        "messageType": kind,
        "direction": direction,
        "body": body,
    }
    return [dict(row) for row in highlevel.message(record, nothing)]


@pytest.mark.parametrize(
    ("kind", "body", "wish"),
    [
        ("TYPE_SMS", "STOP", Wish.OPTED_OUT),
        ("TYPE_EMAIL", "Ma femme est décédée", Wish.DECEASED),
        ("TYPE_WHATSAPP", "Lassen Sie mich in Ruhe", Wish.LEFT_ALONE),
        ("TYPE_INTERNAL_COMMENT", "she is in hospice care", Wish.DYING),
    ],
)
def test_a_wish_is_heard_in_every_message_of_highlevel_d2_d8(
    kind: str, body: str, wish: Wish
) -> None:
    assert [row["wish"] for row in of_highlevel(kind, body)] == [wish]


def test_what_staff_write_to_each_other_is_kept_for_wishes_alone() -> None:
    assert of_highlevel("TYPE_INTERNAL_COMMENT", "great customer") == []


def test_a_note_of_highlevel_is_heard_and_a_message_has_its_tone_d8_s19() -> None:
    note = {"id": "n1", "dateAdded": AT, "body": "Mr. Hall has passed away"}
    row = highlevel.note(note, "c1", nothing)
    assert row is not None
    assert row["wish"] == Wish.DECEASED
    said = of_highlevel("TYPE_SMS", "yes please call me Tuesday")[0]
    assert (said["wish"], said["outcome"]) == (None, Tone.POSITIVE)
    ours = of_highlevel("TYPE_EMAIL", OUR_REPLY, "outbound")[0]
    assert (ours["direction"], ours["wish"]) == ("out", Wish.OPTED_OUT)


@pytest.mark.parametrize(
    ("reason", "wish"),
    [
        ("Patient passed away", Wish.DECEASED),
        ("Anwalt eingeschaltet, wir werden verklagt", Wish.LEGAL),
        ("In hospice, family declined", Wish.DYING),
        # Of the business's own attempts, of a rival, of the deal itself.
        ("Stopped responding to emails", None),
        ("Went with a competitor", None),
        ("Moved away", None),
        ("Budget died", None),
        ("", None),
    ],
)
def test_a_lost_reason_that_says_so_closes_on_both_crms_d8(reason: str, wish: Wish | None) -> None:
    closed = {"closedate": AT, "hs_is_closed": "true", "hs_is_closed_won": "false"}
    deal = {"id": "7", "properties": {**closed, "closed_lost_reason": reason}}
    opportunity = {"id": "7", "contactId": "1", "lastStatusChangeAt": AT, "lostReasonId": "r"}
    found = [*deals.noted(deal, ["1"]), sales.noted(opportunity, {"r": reason})]
    rows = [row for row in found if row is not None]
    assert [(row["activity_id"], row["kind"], row["wish"]) for row in rows] == (
        [("lost:7", "note", wish)] * 2 if wish else []
    )
    of_contact = hubspot.contact({"id": "1", "properties": {"lost": reason}}, {"reason": ("lost",)})
    field = {"customFields": [{"id": "f", "value": reason}]}
    other = highlevel.contact({"id": "1", **field}, {"f": "lost_reason"})
    assert bool(of_contact["do_not_contact"]) is bool(other["do_not_contact"]) is (wish is not None)
