"""What a contact's last session on the site was is told by where it came from, and its moment by what else there is."""

from typing import Any

import pytest

from connector.highlevel.sessions import last_session
from connector.highlevel.values import millis

ADDED, ACTIVE = "2024-01-02T03:04:05.000Z", "2026-11-20T15:04:05.000Z"
FIRST = {"url": "https://www.clinic.example/", "medium": "form"}
LAST = {"url": "https://www.clinic.example/prices", "medium": "site", "gclid": "EAIaIQ"}


def contact(**more: Any) -> dict[str, Any]:
    return {"id": "cDemo01", "dateAdded": ADDED, "lastActivity": ACTIVE, **more}


def test_what_nothing_else_explains_is_the_session() -> None:
    (told,) = last_session(contact(attributionSource=FIRST, lastAttributionSource=LAST), [])
    assert (told.contact_id, told.since, told.at) == ("cDemo01", millis(ADDED), millis(ACTIVE))


def test_a_message_at_the_time_of_the_last_activity_explains_it() -> None:
    at = millis(ACTIVE)
    assert at is not None
    (told,) = last_session(contact(lastAttributionSource=LAST), [at + 900])
    assert told.at is None
    (other,) = last_session(contact(lastAttributionSource=LAST), [at - 86_400_000])
    assert (other.mark, other.at) == (told.mark, at)


def test_where_nobody_asked_what_else_happened_it_has_no_time() -> None:
    (told,) = last_session(contact(lastAttributionSource=LAST))
    assert told.at is None


def test_a_search_lists_the_same_session_last() -> None:
    (by_id,) = last_session(contact(attributionSource=FIRST, lastAttributionSource=LAST))
    listed = [{**FIRST, "isFirst": True}, {**LAST, "isLast": True}]
    (searched,) = last_session(contact(attributions=listed))
    assert searched.mark == by_id.mark
    (only,) = last_session(contact(attributionSource=FIRST))
    assert only.mark != by_id.mark


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"lastAttributionSource": {"medium": "manual"}},
        {"lastAttributionSource": {"url": ""}},
        {"lastAttributionSource": {"url": 7}},
        {"lastAttributionSource": "https://www.clinic.example/"},
        {"lastAttributionSource": LAST, "dateAdded": "long ago"},
        {"lastAttributionSource": LAST, "id": None},
        {"attributions": [None, 7]},
    ],
)
def test_who_did_not_come_by_the_web_has_none(odd: dict[str, Any]) -> None:
    assert last_session(contact(**odd), []) == []


def test_nothing_of_the_browser_is_part_of_the_mark() -> None:
    def mark(**more: str) -> str:
        (told,) = last_session(contact(lastAttributionSource={**LAST, **more}))
        return told.mark

    assert mark() == mark(ip="203.0.113.7", userAgent="Mozilla/5.0", fbp="fb.1.2.3")
    assert mark() != mark(gclid="EAIaIR")
