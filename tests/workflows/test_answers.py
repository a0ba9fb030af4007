"""What answers mean and until when they are to be answered, by value (S18, S19, D2)."""

from datetime import UTC, datetime, timedelta

import pytest

from contact_rules.tones import Tone
from contact_rules.wishes import Wish
from workflows.due import due_at
from workflows.enrollment.states import End
from workflows.handoff.meaning import Answer, joined, new_ones
from workflows.handoff.noticing import Seen, has_person, rows_of
from workflows.handoff.states import HandoffState
from workflows.handoff.wording import Sent, Story, body_of, subject_of
from workflows.tasks import trace_of

AT = datetime(2026, 11, 17, 15, tzinfo=UTC)  # a Tuesday, ten in the morning in New York
ROUND = {"playbook": "lead_reactivation", "round_no": 1, "state": "started"}


def answer(outcome: str | None, *, minutes: float = 0, kind: str = "email", **more: bool) -> Answer:
    at = AT + timedelta(minutes=minutes)
    return Answer(f"{kind}:{minutes}", kind, at, outcome, **more)


def rows(*answers: Answer, end: End | None = End.ANSWERED, has_person: bool = False) -> list[str]:
    """State of each row, and an asterisk where a person is needed."""
    seen = Seen(ROUND, answers, has_person=has_person)
    return [
        f"{row['state']}{'*' if row['needs_person'] else ''}"
        for row in rows_of("1", seen, end, at=AT)
    ]


@pytest.mark.parametrize(
    ("outcome", "needs", "tone"),
    [
        ("positive", True, Tone.POSITIVE),
        ("unclear", True, Tone.UNCLEAR),
        (None, True, Tone.UNCLEAR),
        ("negative", False, Tone.NEGATIVE),
        (Wish.OPTED_OUT, False, None),
        (Wish.DECEASED, False, None),
        (Wish.OPTED_IN, True, Tone.UNCLEAR),
    ],
)
def test_s19_a_person_is_needed_where_somebody_wants_something_or_nobody_can_tell(
    outcome: str | None, needs: bool, tone: Tone | None
) -> None:
    said = answer(outcome)
    assert (said.needs_person, said.tone) == (needs, tone)


def test_s19_a_call_of_our_own_people_needs_nobody() -> None:
    assert not answer(None, kind="call", by_staff=True).needs_person
    assert answer(None, kind="call").needs_person


def test_one_reply_that_the_crm_tells_twice_is_one_with_what_was_read_of_it() -> None:
    both = joined([answer(None), answer("negative", minutes=2), answer(None, minutes=300)])
    assert [(a.outcome, a.at) for a in both] == [
        ("negative", AT),
        (None, AT + timedelta(minutes=300)),
    ]
    assert new_ones(both, [("email", AT + timedelta(minutes=1))]) == both[1:]


def test_s19_one_conversation_is_one_task() -> None:
    assert rows(answer("positive"), answer("positive", minutes=60)) == ["leaving*", "closed"]
    assert rows(answer("negative"), answer("positive", minutes=60)) == ["leaving", "leaving*"]
    assert rows(answer("positive"), end=None, has_person=True) == ["closed"]


@pytest.mark.parametrize(
    ("state", "acted", "has"),
    [
        (HandoffState.LEAVING, None, True),
        (HandoffState.OPEN, None, True),
        (HandoffState.LATE, None, True),
        (HandoffState.DONE, None, False),  # whoever did it has gone home
        (HandoffState.DONE, -30, False),
        (HandoffState.DONE, 30, True),  # they answer what the team has written since
        (HandoffState.CLOSED, None, False),  # taken over, and taken back
        (HandoffState.FAILED, None, False),
    ],
)
def test_s19_whoever_answers_after_a_task_was_done_is_heard_again(
    state: HandoffState, acted: int | None, *, has: bool
) -> None:
    asked = {"needs_person": True, "state": state, "noticed_at": AT}
    earlier = {"needs_person": False, "state": HandoffState.CLOSED, "noticed_at": AT}
    acts = [] if acted is None else [("email", AT + timedelta(minutes=acted))]
    assert has_person([earlier, asked], acts) is has
    assert not has_person([earlier], acts)


def test_d1_d2_a_wish_asks_nobody_and_ends_the_round() -> None:
    seen = Seen(ROUND, [answer("positive"), answer(Wish.LEGAL, minutes=30)])
    assert seen.end is End.OPTED_OUT
    assert rows(*seen.answers, end=seen.end) == ["leaving", "closed"]


def test_s18_what_ends_a_round_without_a_word_is_written_down_too() -> None:
    assert rows(end=End.BOOKED) == ["leaving"]
    [row] = rows_of("1", Seen(ROUND), End.BOUGHT, at=AT)
    assert row["answer_id"] == "round:lead_reactivation:1"
    assert HandoffState(row["state"]) is HandoffState.LEAVING


@pytest.mark.parametrize(
    ("at", "minutes", "due"),
    [
        ("2026-11-17T15:00Z", 240, "2026-11-17T19:00Z"),  # the same day
        ("2026-11-17T21:00Z", 240, "2026-11-18T16:00Z"),  # two hours are left of the day
        ("2026-11-20T23:30Z", 30, "2026-11-23T14:30Z"),  # a Friday evening: Monday
        ("2026-11-22T05:00Z", 600, "2026-11-24T15:00Z"),  # a Sunday: a day and an hour
        ("2026-10-30T20:00Z", 240, "2026-11-02T16:00Z"),  # the clocks go back in between
    ],
)
def test_s19_due_times_are_working_hours_of_the_business(at: str, minutes: int, due: str) -> None:
    found = due_at(datetime.fromisoformat(at), minutes, "America/New_York")
    assert found == datetime.fromisoformat(due)


def test_s19_a_task_tells_what_was_answered_what_was_sent_and_what_to_answer() -> None:
    story = Story(
        name="Ann Lee",
        kind="sms",
        tone=Tone.POSITIVE,
        answered_at=AT,
        due=AT + timedelta(hours=4),
        sent=[Sent("email", AT - timedelta(days=1), "You asked about prices in April.")],
        zone="America/New_York",
        say="Offer the earliest appointment.",
    )
    assert subject_of(story) == "Ann Lee answered by text: please reply"
    said = body_of(story)
    for part in (
        "a reply by text on Nov 17, 2026, 10:00",
        "It reads as a yes.",
        "by e-mail, Nov 16, 2026, 10:00: “You asked about prices in April.”",
        "Thank you for getting back to us, Ann.",
        "Would Wednesday at 10:00 suit you",
        "Offer the earliest appointment.",
        "Please answer by Nov 17, 2026, 14:00",
    ):
        assert part in said
    assert body_of(story, late=True).startswith("The task for this answer was due")


def test_a_trace_names_one_answer_and_tells_nothing_of_anybody() -> None:
    traces = {
        trace_of("a", "1", "email:2"),
        trace_of("a", "1", "email:3"),
        trace_of("b", "1", "email:2"),
        trace_of("a", "1", "email:2", late=True),
    }
    assert len(traces) == 4
    assert all(t.startswith("Rekindle ref ") and "email" not in t for t in traces)
