"""What a touch leaves behind besides the answer itself: opens, clicks, refusals, and the words of all of it."""

from dataclasses import replace
from datetime import timedelta

from sandbox.world.answers import OF_SENTIMENT, Meaning, words
from sandbox.world.dice import Dice
from sandbox.world.events import Channel, Event, Kind, Sentiment, Touch
from sandbox.world.latents import Latents

#: Of those who open an e-mail and do not answer it.
OPENED = 0.30
#: Of those who do not answer at once: they have looked at what the e-mail links to first.
LOOKED_FIRST = 0.40
LATE_DAYS = 1.0
#: Of refusals, those that no machine understands: a message in a person's own words.
IN_WORDS = {Channel.EMAIL: 0.35, Channel.SMS: 0.45}
#: Of negative answers, those that ask for more than to be asked no further.
_FINAL = (
    (Meaning.WRONG_PERSON, 0.04),
    (Meaning.DECEASED, 0.02),
    (Meaning.LEAVE_ALONE, 0.05),
    (Meaning.STOP, 0.05),
)
_WRITTEN = frozenset({Kind.EMAIL_IN, Kind.SMS_IN})


class Replies:
    """Words and traces of one tenant's people; the same luck gives the same words."""

    def __init__(self, dice: Dice, latents: Latents, language: str) -> None:
        self._dice = dice
        self._latents = latents
        self._language = language

    def said(self, event: Event, human: int, turn: int) -> Event:
        """The event with what its author wrote, if it is written and means something."""
        if event.kind not in _WRITTEN or event.sentiment is None:
            return event
        meaning = OF_SENTIMENT[event.sentiment]
        if event.sentiment is Sentiment.NEGATIVE:
            luck = self._dice.one("answer.final", human, turn)
            for final, share in _FINAL:
                if luck < share:
                    return self._wish(event, final, human, turn)
                luck -= share
        return replace(event, text=self._words(meaning, human, turn))

    def refusal(self, event: Event, channel: Channel, human: int, turn: int) -> Event:
        """A refusal by the CRM's own means as it is, or instead a message that only a reader understands."""
        if self._dice.one("refuse.way", human, turn) >= IN_WORDS[channel]:
            if channel is Channel.SMS:
                return replace(event, text=self._words(Meaning.STOP_WORD, human, turn))
            return event
        kind = Kind.SMS_IN if channel is Channel.SMS else Kind.EMAIL_IN
        written = replace(event, kind=kind)
        return self._wish(written, Meaning.STOP, human, turn)

    def traces(self, person: int, touch: Touch, turn: int) -> list[Event]:
        """Opens and clicks of an e-mail that say nothing about the person's will to answer."""
        if touch.channel is not Channel.EMAIL:
            return []
        events, dice = [], self._dice
        if self._latents.machine_opens[person] and dice.one("open.machine", person, turn) < 0.9:
            minutes = 1.0 + 4.0 * dice.one("open.minutes", person, turn)
            at = touch.at + timedelta(minutes=minutes)
            events.append(Event(person, Kind.OPEN, at, by_machine=True, caused=True))
        if dice.one("click.bot", person, turn) < 0.03:
            at = touch.at + timedelta(seconds=1 + int(4 * dice.one("click.s", person, turn)))
            events.append(Event(person, Kind.CLICK, at, by_machine=True, caused=True))
        if dice.one("open.human", person, turn) < OPENED:
            at = touch.at + timedelta(hours=0.2 + 20.0 * dice.one("open.after", person, turn))
            events.append(Event(person, Kind.OPEN, at, caused=True))
        return events

    def looks(self, person: int, touch: Touch, turn: int, *, answers: Event) -> list[Event]:
        """Whoever will answer an e-mail days later may have clicked before: interested, and not there yet."""
        days = (answers.at - touch.at) / timedelta(days=1)
        late = touch.channel is Channel.EMAIL and days > LATE_DAYS
        if not late or self._dice.one("look", person, turn) >= LOOKED_FIRST:
            return []
        at = touch.at + timedelta(days=days * 0.3)
        return [
            Event(person, Kind.OPEN, at - timedelta(seconds=40), caused=True),
            Event(person, Kind.CLICK, at, caused=True),
        ]

    def _wish(self, event: Event, meaning: Meaning, human: int, turn: int) -> Event:
        return replace(event, text=self._words(meaning, human, turn), wish=True)

    def _words(self, meaning: Meaning, human: int, turn: int) -> str:
        luck = self._dice.one("answer.words", human, turn)
        return words(self._language, meaning, luck)
