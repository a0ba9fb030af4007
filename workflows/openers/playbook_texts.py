"""Which texts of an account's playbooks fit a touch, found once for all contacts of the same kind; pure."""

from contact_rules.channels import Channel
from playbooks.line import Line, Playbook, Track
from playbooks.wording import general_for, texts_for
from workflows.openers.facts import OpenerFacts, TouchAsk
from workflows.openers.wording import Wordings


class PlaybookTexts:
    """The texts of a line of business and of any business, in one language."""

    def __init__(self, line: Line, general: Line, language: str) -> None:
        self._playbooks = {p.key: p for p in (*general.playbooks, *line.playbooks)}
        self._by_track = {p.track: p for p in (*general.playbooks, *line.playbooks)}
        self._general = general
        self._language = language
        self._found: dict[tuple[str, str, str, str], Wordings] = {}

    def of(self, ask: TouchAsk, facts: OpenerFacts) -> Wordings:
        """Channel → texts, the closest first."""
        playbook = self._playbooks.get(ask.playbook) or self._by_track[Track(facts.track)]
        key = (playbook.key, facts.segment, ask.angle.value, ask.variant)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._look_up(playbook, ask, facts.segment)
        return found

    def _look_up(self, playbook: Playbook, ask: TouchAsk, segment: str) -> Wordings:
        general = general_for(playbook.track, self._general.playbooks)
        wordings = {
            channel: tuple(
                texts_for(
                    playbook,
                    general,
                    segment=segment,
                    angle=ask.angle,
                    channel=channel,
                    variant=ask.variant,
                    language=self._language,
                )
            )
            for channel in (Channel.EMAIL, Channel.SMS, Channel.CALL)
        }
        return {channel: texts for channel, texts in wordings.items() if texts}
