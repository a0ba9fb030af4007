"""Which template a touch is written from: the segment's, else the playbook's, else that of any business; pure."""

from collections.abc import Iterator

from contact_rules.channels import Channel
from playbooks.angles import Angle
from playbooks.line import NEUTRAL, MessageText, Playbook, Track


def texts_for(
    playbook: Playbook,
    general: Playbook,
    *,
    segment: str | None,
    angle: Angle,
    channel: Channel,
    variant: str = NEUTRAL,
    language: str = "en",
) -> Iterator[MessageText]:
    """The templates that fit a touch, the closest first; whoever writes takes the first that can be filled.

    `general` is the playbook of the same track that every business has. After those in the wording that is asked for
    come the neutral ones.
    """
    group = playbook.segment(segment)
    places = (group.texts if group else (), playbook.texts, general.texts)
    wordings = dict.fromkeys((variant, NEUTRAL))
    for worded in wordings:
        for texts in places:
            for text in texts:
                if (text.angle, text.channel, text.variant) != (angle, channel, worded):
                    continue
                if text.language.split("-")[0] == language.split("-", maxsplit=1)[0]:
                    yield text


def general_for(track: Track, playbooks: tuple[Playbook, ...]) -> Playbook:
    """The playbook of a track among those of any business."""
    return next(playbook for playbook in playbooks if playbook.track is track)
