"""A playbook's own stops end its rounds, and those that it leaves out do not (S18)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contact_rules.tones import Tone
from playbooks.line import Stop
from workflows.enrollment.states import SEQUENCE, End
from workflows.handoff.noticing import Seen, rows_of
from workflows.handoff.stopping import stopped_by
from workflows.handoff.wording import CLICK, Story, body_of, subject_of

BEGAN = datetime(2026, 11, 17, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL = tuple(Stop)
WITHOUT_STAFF = tuple(stop for stop in Stop if stop is not Stop.STAFF)
WITHOUT_CLICK = tuple(stop for stop in Stop if stop is not Stop.CLICK_TO_BOOK)


def touch(no: int, after: timedelta, **more: Any) -> dict[str, Any]:
    usual = {"channel": "email", "angle": "opening", "variant": "neutral", "state": "proved"}
    return {**usual, "touch_no": no, "asked_at": BEGAN + after, **more}


def stopped(stops: tuple[Stop, ...], *touches: dict[str, Any], **more: Any) -> End | None:
    usual: dict[str, Any] = {"began": BEGAN, "staff_acts": [], "clicked_at": None}
    found = stopped_by(stops, touches, **{**usual, **more})
    return found[0] if found else None


@pytest.mark.parametrize(
    ("act", "ends"),
    [
        (("email", BEGAN + HOUR), None),  # our own message, as the CRM records it
        (("call", BEGAN + HOUR), End.TAKEN_OVER),
        (("email", BEGAN + 2 * DAY), End.TAKEN_OVER),
        (("call", BEGAN - HOUR), None),  # before: the gate knew of it
    ],
)
def test_s18_the_team_s_own_word_ends_a_round_where_the_playbook_says_so(
    act: tuple[str, datetime], ends: End | None
) -> None:
    assert stopped(ALL, touch(1, timedelta()), staff_acts=[act]) == ends
    assert stopped(WITHOUT_STAFF, touch(1, timedelta()), staff_acts=[act]) is None


def test_s22_the_call_that_we_asked_for_is_nobody_else_s() -> None:
    touches = [touch(1, timedelta()), touch(2, 5 * DAY, channel="call")]
    assert stopped(ALL, *touches, staff_acts=[("call", BEGAN + 5 * DAY + 2 * HOUR)]) is None
    assert stopped(ALL, *touches, staff_acts=[("call", BEGAN + 3 * DAY)]) is End.TAKEN_OVER


def test_a_sequence_s_own_e_mails_end_it_not_but_a_call_does() -> None:
    touches = [touch(1, timedelta(), variant=SEQUENCE)]
    later = BEGAN + 4 * DAY
    assert stopped(ALL, *touches, staff_acts=[("email", later), ("email", later + DAY)]) is None
    assert stopped(ALL, *touches, staff_acts=[("call", later)]) is End.TAKEN_OVER


def test_s18_a_click_chooses_the_next_message_and_the_click_in_that_one_is_a_click_to_book() -> (
    None
):
    first, friction = touch(1, timedelta()), touch(2, 5 * DAY, angle="friction")
    assert stopped(ALL, first, clicked_at=BEGAN + HOUR) is None
    assert stopped(ALL, first, friction, clicked_at=BEGAN + HOUR) is None
    at = BEGAN + 5 * DAY + HOUR
    assert stopped(ALL, first, friction, clicked_at=at) is End.CLICKED
    assert stopped(WITHOUT_CLICK, first, friction, clicked_at=at) is None
    planned = {**friction, "state": "planned", "asked_at": None}
    assert stopped(ALL, first, planned, clicked_at=at) is None


def test_s19_who_went_to_book_is_a_person_s_once() -> None:
    row = {"playbook": "general_lead", "round_no": 1, "state": "started"}
    at = BEGAN + 5 * DAY
    seen = Seen(row, stopped=(End.CLICKED, at))
    assert seen.end is End.CLICKED
    [told] = rows_of("1", seen, seen.end, at=at + HOUR)
    assert (told["needs_person"], told["kind"], told["answered_at"]) == (True, CLICK, at)
    [again] = rows_of("1", Seen(row, stopped=(End.CLICKED, at), has_person=True), seen.end, at=at)
    assert not again["needs_person"]
    story = Story("Ann Lee", CLICK, Tone.UNCLEAR, at, at + HOUR, [], "UTC")
    assert subject_of(story) == "Ann Lee went to book and has not: please help"
    assert "Hello Ann, I can hold a time" in body_of(story)
    assert "reply" not in body_of(story)
    [left] = rows_of("1", Seen(row, stopped=(End.TAKEN_OVER, at)), End.TAKEN_OVER, at=at)
    assert not left["needs_person"], "somebody of the team is at it"
