"""Which texts of an account's playbooks fit a touch, found once for all contacts of the same kind; pure."""

from contact_rules.channels import Channel
from playbooks.angles import Angle
from playbooks.line import NEUTRAL, Line, Playbook, Track
from playbooks.wording import general_for, texts_for
from workflows.openers.facts import OpenerFacts, TouchAsk
from workflows.openers.wording import Wordings

# The wording that says what somebody came for.
NAMED = "named"


class PlaybookTexts:
    """The texts of a line of business and of any business, in one language."""

    def __init__(
        self, line: Line, general: Line, language: str, *, names_health: bool = False
    ) -> None:
        """`names_health`: the wording that says what somebody came for takes the neutral one's place (D11)."""
        self._playbooks = {p.key: p for p in (*general.playbooks, *line.playbooks)}
        self._by_track = {p.track: p for p in (*general.playbooks, *line.playbooks)}
        self._general = general
        self._language = language
        self._neutral = NAMED if names_health else NEUTRAL
        self._found: dict[tuple[str, str, str, str], Wordings] = {}

    def of(self, ask: TouchAsk, facts: OpenerFacts) -> Wordings:
        """Channel → texts, the closest first."""
        playbook = self._playbooks.get(ask.playbook) or self._by_track[Track(facts.track)]
        variant = self._neutral if ask.variant in {NEUTRAL, ask.angle.value} else ask.variant
        key = (playbook.key, facts.segment, ask.angle.value, variant)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._look_up(playbook, ask.angle, variant, facts.segment)
        return found

    def _look_up(self, playbook: Playbook, angle: Angle, variant: str, segment: str) -> Wordings:
        general = general_for(playbook.track, self._general.playbooks)
        wordings = {
            channel: tuple(
                texts_for(
                    playbook,
                    general,
                    segment=segment,
                    angle=angle,
                    channel=channel,
                    variant=variant,
                    language=self._language,
                )
            )
            for channel in (Channel.EMAIL, Channel.SMS, Channel.CALL)
        }
        return {channel: texts for channel, texts in wordings.items() if texts}
