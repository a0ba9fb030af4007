"""Every touch of every playbook has a text, whichever channel it falls to (S11, S25)."""

import pytest

from contact_rules.channels import AUTOMATIC
from playbooks.angles import Angle
from playbooks.library import GENERAL, find_line, packaged
from playbooks.line import Playbook
from playbooks.slots import Slot, fill
from playbooks.wording import general_for, texts_for

EVERY = [
    (playbook, segment.key)
    for line in packaged().values()
    for playbook in line.playbooks
    for segment in playbook.segments
]
LEAST = {Slot.NAME: "Ann", Slot.PRACTICE: "Harbor", Slot.SENDER: "Dana"}


@pytest.mark.parametrize(("playbook", "segment"), EVERY)
def test_something_can_be_written_with_the_least_that_is_known(
    playbook: Playbook, segment: str
) -> None:
    general = general_for(playbook.track, find_line(GENERAL).playbooks)
    for angle in Angle:
        for channel in AUTOMATIC:
            found = texts_for(playbook, general, segment=segment, angle=angle, channel=channel)
            filled = [fill(text.body, LEAST) for text in found]
            assert any(filled), (angle, channel)


def test_a_segments_own_text_comes_first_and_a_wording_falls_back_to_the_neutral_one() -> None:
    leads = find_line("audiology").playbooks[0]
    general = find_line(GENERAL).playbooks[0]
    found = list(
        texts_for(
            leads,
            general,
            segment="inquired_never_scheduled",
            angle=Angle.OPENING,
            channel=AUTOMATIC[1],
            variant="named",
        )
    )
    own = leads.segment("inquired_never_scheduled")
    assert own is not None
    assert [text.variant for text in found] == ["named", "neutral", "neutral"]
    assert found[0] in own.texts
    assert found[2] in general.texts
