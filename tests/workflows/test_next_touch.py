"""Which touches a round has, what the next leads with, and what a merge makes of them (S12, S13, S14, S17, S18)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from contact_rules.channels import Channel
from playbooks.angles import Angle
from playbooks.library import find_line, packaged
from playbooks.line import MOST_TOUCHES, Line
from playbooks.sequence import touches_of
from sync.outbox.states import WriteState
from workflows.enrollment.states import EnrollmentState
from workflows.touches.merged import Became, Round, joined
from workflows.touches.next_touch import adapt, next_look, unsaid

AT = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH = {Channel.EMAIL, Channel.SMS}
LEADS = find_line("general").playbooks[0]


def test_s13_an_e_mail_a_text_after_three_days_another_angle_after_a_week() -> None:
    touches = touches_of(LEADS, BOTH, {"band": "90_179", "interest_level": "low"})
    assert [(t.day, t.channel) for t in touches] == [
        (0, Channel.EMAIL),
        (3, Channel.SMS),
        (10, Channel.EMAIL),
    ]
    assert touches[0].angle is Angle.OPENING
    assert touches[2].angle is Angle.NEW_ANGLE


@pytest.mark.parametrize("line", packaged().values(), ids=packaged())
@pytest.mark.parametrize("usable", [BOTH, {Channel.EMAIL}, {Channel.SMS}])
@pytest.mark.parametrize("band", ["90_179", "365_plus"])
def test_s12_s14_s17_messages_are_days_apart_and_never_more_than_five(
    line: Line, usable: set[Channel], band: str
) -> None:
    """Three for most, four for high intent; a workflow is never asked to call."""
    for playbook in line.playbooks:
        for interest in ("low", "high"):
            touches = touches_of(playbook, usable, {"band": band, "interest_level": interest})
            days = [t.day for t in touches]
            assert len(touches) <= MOST_TOUCHES == 5
            assert all(3 <= later - sooner <= 14 for sooner, later in pairwise(days))
            assert {t.channel for t in touches} <= usable


def test_s18_who_opened_gets_objections_who_clicked_the_easy_step_who_did_nothing_the_plan() -> (
    None
):
    row = {"angle": "proof", "variant": "b"}
    assert adapt(row, opened=False, clicked=False) == (Angle.PROOF, "b")
    assert adapt(row, opened=True, clicked=False)[0] is Angle.OBJECTIONS
    assert adapt(row, opened=True, clicked=True)[0] is Angle.FRICTION


def test_evidence_is_looked_for_less_and_less_often_and_at_least_hourly() -> None:
    at, looks = AT + timedelta(minutes=1), 0
    while at < AT + DAY:
        later = next_look(AT, at)
        assert timedelta(minutes=1) <= later - at <= timedelta(hours=1)
        at, looks = later, looks + 1
    assert looks < 40


def touch(contact_id: str, no: int, state: str, **more: Any) -> dict[str, Any]:
    row = {"contact_id": contact_id, "playbook": "p", "round_no": 1, "touch_no": no, "state": state}
    return {**row, "plan_id": "w", "asked_at": None, **more}


def test_of_two_running_rounds_of_one_person_the_later_goes_on() -> None:
    rounds = {
        Round("1", "p", 1): Became("9", 1, EnrollmentState.STARTED, AT),
        Round("2", "p", 1): Became("9", 2, EnrollmentState.STARTED, AT + DAY),
    }
    rows = [touch("1", 2, "planned"), touch("2", 1, "asked"), touch("2", 2, "planned")]
    found = joined(rows, rounds, writes={}, at=AT)
    assert [(t["contact_id"], t["round_no"], t["state"]) for t in found] == [
        ("9", 1, "cancelled"),
        ("9", 2, "asked"),
        ("9", 2, "planned"),
    ]


@pytest.mark.parametrize(
    ("write", "state"),
    [(WriteState.PLANNED, "planned"), (WriteState.FAILED, "failed"), (WriteState.SENT, "asked")],
)
def test_a_touch_that_was_being_asked_for_counts_as_asked_unless_nothing_was_sent(
    write: WriteState, state: str
) -> None:
    """Nobody can tell what became of it: it is not asked for a second time."""
    rounds = {Round("1", "p", 1): Became("9", 1, EnrollmentState.STARTED, AT)}
    (found,) = joined([touch("1", 2, "asking")], rounds, writes={("w", "1"): write}, at=AT)
    assert found["state"] == state


def test_touches_of_a_round_that_begins_anew_are_planned_then() -> None:
    rounds = {Round("1", "p", 1): Became("9", 1, EnrollmentState.APPROVED, None)}
    assert joined([touch("1", 1, "asking")], rounds, writes={}, at=AT) == []


def test_s18_nobody_reads_the_same_twice_by_one_channel() -> None:
    def led_by(angle: str, planned: str, *said: tuple[str, str]) -> str:
        row = {"angle": angle, "channel": "email", "variant": "neutral"}
        return str(unsaid(row, planned, said)["angle"])

    assert led_by("opening", "opening", ("opening", "sms")) == "opening"
    assert led_by("opening", "opening", ("opening", "email")) == "proof"
    # Who opens every message is told of objections once; the next is what was planned.
    assert led_by("objections", "new_angle", ("objections", "email")) == "new_angle"
    everything = [(angle.value, "email") for angle in Angle]
    assert led_by("proof", "proof", *everything) == "last"
