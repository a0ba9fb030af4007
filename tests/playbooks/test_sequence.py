"""Touches of one contact: never a single one, spaced, by channels that may be used (S5, S12, S13, S14)."""

from itertools import combinations, pairwise

import pytest

from contact_rules.channels import AUTOMATIC, Channel
from playbooks.angles import Angle
from playbooks.library import find_line, packaged
from playbooks.line import Playbook
from playbooks.reading import read_line
from playbooks.sequence import Pace, PlannedTouch, touches_for
from tests.playbooks.small import SMALL

EMAIL, SMS, CALL = Channel.EMAIL, Channel.SMS, Channel.CALL
EVERY = [
    (playbook, segment.key)
    for line in packaged().values()
    for playbook in line.playbooks
    for segment in playbook.segments
]
CHANNELS = [set(some) for n in range(4) for some in combinations(Channel, n)]


def days(touches: tuple[PlannedTouch, ...]) -> list[int]:
    return [touch.day for touch in touches]


def test_the_usual_one_is_email_then_a_text_then_another_angle_s13() -> None:
    leads = find_line("general").playbooks[0]
    assert touches_for(leads, {EMAIL, SMS}, False) == (
        PlannedTouch(0, EMAIL, Angle.OPENING, variants=("neutral", "short")),
        PlannedTouch(3, SMS, Angle.OPENING),
        PlannedTouch(10, EMAIL, Angle.NEW_ANGLE),
    )


@pytest.mark.parametrize(("playbook", "segment"), EVERY)
def test_every_playbook_keeps_to_the_rules_whatever_may_be_used_s12_s14(
    playbook: Playbook, segment: str
) -> None:
    for usable in CHANNELS:
        for high_intent, pace in ((False, None), (True, None), (True, Pace.COLD)):
            touches = touches_for(playbook, usable, high_intent, segment=segment, pace=pace)
            if not usable & set(AUTOMATIC) & set(playbook.channels):
                assert touches == ()
                continue
            assert len(touches) == (4 if high_intent else 3)
            assert {touch.channel for touch in touches} <= usable & set(playbook.channels)
            assert all(3 <= b - a <= 7 for a, b in pairwise(days(touches)))
            assert touches[0].day == 0
            assert touches[0].channel in AUTOMATIC


def test_spacing_follows_the_urgency_s14() -> None:
    leads = find_line("general").playbooks[0]
    assert days(touches_for(leads, {EMAIL}, False, pace=Pace.URGENT)) == [0, 3, 6]
    assert days(touches_for(leads, {EMAIL}, False, pace=Pace.COLD)) == [0, 7, 14]


def test_high_intent_without_a_touch_of_its_own_gets_a_last_one_s5() -> None:
    small = read_line(SMALL).playbooks[0]
    more = touches_for(small, {EMAIL, SMS}, True)
    assert more[:-1] == touches_for(small, {EMAIL, SMS}, False)
    assert more[-1] == PlannedTouch(9, EMAIL, Angle.LAST)


def test_a_wording_that_a_touch_does_not_have_is_the_neutral_one_d11() -> None:
    leads = find_line("audiology").playbooks[0]
    neutral = touches_for(leads, {SMS, EMAIL}, False)
    assert {touch.variant for touch in neutral} == {"neutral"}
    named = touches_for(leads, {SMS, EMAIL}, False, variant="named")
    assert {touch.variant for touch in named} == {"named"}
    assert {t.variant for t in touches_for(leads, {SMS}, False, variant="other")} == {"neutral"}
