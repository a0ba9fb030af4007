"""What an answer means for the person who gave it, and which answers are one and the same; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contact_rules.tones import Tone
from contact_rules.wishes import OPTED_IN, WISHES

# A CRM tells of one reply twice: as a property of the contact, and as a record of its own.
SAME_ANSWER = timedelta(minutes=15)
_TONES = {tone.value: tone for tone in Tone}


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that a contact wrote, said or filled in; `outcome` is the activity's.

    `by_staff`: a call that somebody of the business made, who knows already what was said.
    """

    activity_id: str
    kind: str
    at: datetime
    outcome: str | None = None
    by_staff: bool = False

    @property
    def is_wish(self) -> bool:
        """Whether it asks for not being contacted, in any words."""
        return self.outcome in WISHES and self.outcome != OPTED_IN

    @property
    def tone(self) -> Tone | None:
        """How it is meant; None of a wish. What nobody could read is unclear: a person looks at it."""
        return None if self.is_wish else _TONES.get(self.outcome or "", Tone.UNCLEAR)

    @property
    def needs_person(self) -> bool:
        return self.tone in (Tone.POSITIVE, Tone.UNCLEAR) and not self.by_staff


def joined(answers: Iterable[Answer]) -> list[Answer]:
    """The answers, those that are one and the same as one, with the outcome that says most; oldest first."""
    found: list[Answer] = []
    for answer in sorted(answers, key=lambda one: (one.at, one.activity_id)):
        same = next((i for i, one in enumerate(found) if is_same(one.kind, one.at, answer)), None)
        if same is None:
            found.append(answer)
        elif _says(answer) > _says(found[same]):
            found[same] = replace(found[same], outcome=answer.outcome)
    return found


def is_same(kind: str, at: datetime, answer: Answer) -> bool:
    """Whether an answer of that kind and moment is this one as well."""
    return kind == answer.kind and abs(at - answer.at) <= SAME_ANSWER


def new_ones(answers: Sequence[Answer], known: Iterable[tuple[str, datetime]]) -> list[Answer]:
    """Those of the answers that are none of the known (kind, moment)."""
    held = list(known)
    return [a for a in answers if not any(is_same(kind, at, a) for kind, at in held)]


def _says(answer: Answer) -> int:
    if answer.is_wish:
        return 2
    return int(answer.outcome in _TONES)
