"""A click within seconds of its e-mail is a mail scanner's and no sign of life (S10)."""

from typing import Any

import pytest

from connector.clicks import is_scanner
from connector.highlevel import parse as highlevel
from connector.hubspot import parse as hubspot
from connector.port.records import ActivityRow

SENT = 1_763_800_000_000


@pytest.mark.parametrize(
    ("sent", "seconds", "scanner"),
    [(SENT, 0, True), (SENT, 4, True), (SENT, 10, False), (SENT, -4, False), (None, 4, False)],
)
def test_nobody_reads_within_seconds(sent: int | None, seconds: int, *, scanner: bool) -> None:
    assert is_scanner(sent, SENT + seconds * 1000) is scanner


@pytest.mark.parametrize(("seconds", "outcome"), [(3, "machine"), (90, None)])
def test_hubspots_last_click_is_held_against_the_last_send(
    seconds: int, outcome: str | None
) -> None:
    times = {
        "hs_email_last_send_date": str(SENT),
        "hs_email_last_click_date": str(SENT + seconds * 1000),
    }
    rows = hubspot.moments({"id": "1", "properties": times})
    assert [(r["kind"], r["outcome"]) for r in rows] == [("click", outcome)]


def mail(**more: Any) -> list[ActivityRow]:
    told = {"id": "m1", "contactId": "c1", "messageType": "TYPE_EMAIL", "direction": "outbound"}
    return highlevel.message({**told, "dateAdded": SENT, "status": "clicked", **more})


@pytest.mark.parametrize(("seconds", "outcome"), [(3, "machine"), (90, None)])
def test_highlevels_click_is_held_against_its_message(seconds: int, outcome: str | None) -> None:
    sent, clicked = mail(dateUpdated=SENT + seconds * 1000)
    assert (sent["outcome"], clicked["outcome"]) == (None, outcome)
    record = {"id": "c1", "lastEmailClickedDate": SENT + seconds * 1000}
    (last,) = highlevel.last_click(record, [sent])
    assert (last["outcome"], last["occurred_at"]) == (outcome, SENT + seconds * 1000)


def test_a_click_without_a_time_of_its_own_is_as_old_as_its_message() -> None:
    _, clicked = mail()
    assert (clicked["occurred_at"], clicked["outcome"]) == (SENT, None)
    assert highlevel.last_click({"id": "c1"}, []) == []
