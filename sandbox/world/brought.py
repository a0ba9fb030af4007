"""What touches have brought so far, beside what they were to bring by the odds: for whoever judges, never for a CRM."""

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from sandbox.world.events import REPLIES, Event, Kind, Sentiment
from sandbox.world.tenant import Response

#: What ends a programme for whoever does it: they answered, acted, or want no more.
_ENDING = REPLIES | {Kind.MEETING_BOOKED, Kind.OPT_OUT, Kind.SMS_STOP, Kind.COMPLAINT}
#: A touch within so many days of an answer is one of the programme that it answered.
AFTER_DAYS = 60


@dataclass(slots=True)
class Brought:
    """Counts of one tenant; `*_expected` and `*_variance` are sums of the odds that were drawn against.

    `people` are those who were touched, `ending` counts everything by which one of them ended a programme, whether a
    touch had brought it or not, and `after_an_answer` the touches of whoever had done such a thing.
    """

    touches: int = 0
    answers: int = 0
    answers_expected: float = 0.0
    answers_variance: float = 0.0
    positive: int = 0
    bookings: int = 0
    bookings_expected: float = 0.0
    bookings_variance: float = 0.0
    kept: int = 0
    kept_expected: float = 0.0
    kept_variance: float = 0.0
    sales: int = 0
    sales_expected: float = 0.0
    sales_variance: float = 0.0
    refusals: int = 0
    ending: int = 0
    after_an_answer: int = 0
    people: set[int] = field(default_factory=set)
    answering: set[int] = field(default_factory=set)
    _ended_at: dict[int, datetime] = field(default_factory=dict)

    def arrive(self, human: int, at: datetime) -> None:
        """A touch has arrived at somebody."""
        self.touches += 1
        self.people.add(human)
        ended = self._ended_at.get(human)
        if ended is not None and at - ended < timedelta(days=AFTER_DAYS):
            self.after_an_answer += 1

    def draw(self, human: int, chance: float, *, answered: bool) -> None:
        """Whether a touch will be answered, and how likely that was."""
        self.answers += answered
        self.answers_expected += chance
        self.answers_variance += chance * (1 - chance)
        if answered:
            self.answering.add(human)

    def answer(self, mood: Sentiment, chance: float, *, books: bool) -> None:
        """An answer that will come, and whether a booking will follow from it."""
        self.positive += mood is Sentiment.POSITIVE
        self.bookings += books
        self.bookings_expected += chance
        self.bookings_variance += chance * (1 - chance)

    def note(self, human: int, event: Event, response: Response) -> None:
        """Something happened; of what no touch has brought that alone is counted which ends a programme."""
        if event.by_machine:
            return
        if event.kind in _ENDING and (event.caused or human in self.people):
            self.ending += 1
            self._ended_at.setdefault(human, event.at)
        if not event.caused:
            return
        self.refusals += event.wish or event.kind in (Kind.OPT_OUT, Kind.SMS_STOP)
        if event.kind in (Kind.MEETING_COMPLETED, Kind.MEETING_NO_SHOW):
            came, show, sale = event.kind is Kind.MEETING_COMPLETED, response.show, response.sale
            self.kept += came
            self.kept_expected += show
            self.kept_variance += show * (1 - show)
            self.sales_expected += sale * came
            self.sales_variance += sale * (1 - sale) * came

    def json(self) -> dict[str, object]:
        """The counts as the control API shows them."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name[0] != "_"}
        return {name: len(v) if isinstance(v, set) else round(v, 4) for name, v in told.items()}
