"""What a line of business has as data: planning values, seasons, and playbooks with their segments; pure."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from contact_rules.channels import Channel
from playbooks.angles import Angle
from playbooks.conditions import STRICT, Condition, Days
from playbooks.slots import SLOTS, problems_of, slots_of

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Share = Annotated[float, Field(gt=0, le=1)]
Words = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]

# S14: between two touches lie 3 to 7 days; nobody gets more than five (reactivation C9).
LEAST_DAYS, MOST_DAYS, MOST_TOUCHES = 3, 7, 5
NEUTRAL = "neutral"


class Track(StrEnum):
    """Who never bought, and who did: their playbooks are never mixed (S2)."""

    LEAD = "lead"
    CUSTOMER = "customer"


class Stop(StrEnum):
    """What ends a playbook for somebody."""

    REPLY = "reply"
    CLICK_TO_BOOK = "click_to_book"
    BOOKING = "booking"
    PURCHASE = "purchase"
    OPT_OUT = "opt_out"
    STAFF = "staff"  # somebody of the team got in touch


class Priors(BaseModel):
    """Planning values until an account has outcomes of its own: `respond` of all, each other of those before it."""

    model_config = STRICT

    respond: Annotated[float, Field(gt=0, le=0.25)]  # N5: up to 25 in 100
    book: Share | None = None
    show: Share | None = None
    sale: Share | None = None


class Value(BaseModel):
    """What a sale typically brings until sales are on record; of use to accounts of this currency alone."""

    model_config = STRICT

    typical_sale: Annotated[float, Field(gt=0)]
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] = "USD"
    note: Words = ""


class Planning(BaseModel):
    """A line of business's own: `response` scales the planning values of the segments every business has.

    `booked`, `shown` and `sold` are shares of those before them.
    """

    model_config = STRICT

    response: Annotated[float, Field(gt=0, le=1)] = 1.0
    booked: Share = 0.30
    shown: Share = 1.0
    sold: Share = 0.50
    value: Value | None = None


class Cycle(BaseModel):
    """When customers come due again: not before `min`, gone after `max`."""

    model_config = STRICT

    min: Days
    due: Days
    max: Days

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.min <= self.due <= self.max:
            raise ValueError(
                "A cycle has min, due and max in this order. Write min: 5 months, due: 6 months, ..."
            )
        return self


class Season(BaseModel):
    """Months in which some are likelier to act: `lift` scales the planning value, `news` is what a text may say."""

    model_config = STRICT

    key: Key
    label: Label
    months: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(min_length=1)]
    lift: Annotated[float, Field(ge=0.5, le=1.5)] = 1.0
    tracks: tuple[Track, ...] = (Track.LEAD, Track.CUSTOMER)
    segments: tuple[Key, ...] = ()  # none named: all of these tracks
    news: Words = ""


class Compliance(BaseModel):
    """What the law asks of this line of business: `phi` keeps health out of texts unless an admin decides otherwise."""

    model_config = STRICT

    phi: bool = False
    fair_housing: bool = False  # texts say nothing of who lives where (Fair Housing Act)
    notes: tuple[Words, ...] = ()


class Handoff(BaseModel):
    """Who gets a positive answer, and how soon it is due."""

    model_config = STRICT

    owner: Annotated[str, StringConstraints(pattern="^(contact_owner|account_person)$")] = (
        "contact_owner"
    )
    due_minutes: Annotated[int, Field(ge=5, le=10_080)] = 60
    say: Words = ""


class Touch(BaseModel):
    """One message or call of a sequence; `high_intent`: for those alone who asked for a conversation."""

    model_config = STRICT

    day: Annotated[int, Field(ge=0, le=40)]
    channel: Channel
    angle: Angle
    variants: Annotated[tuple[Key, ...], Field(min_length=1)] = (NEUTRAL,)
    high_intent: bool = False


class MessageText(BaseModel):
    """What a touch says, as a template with slots; `subject` of an e-mail alone."""

    model_config = STRICT

    angle: Angle
    channel: Channel
    variant: Key = NEUTRAL
    language: Annotated[str, StringConstraints(pattern="^[a-z]{2,3}(-[A-Z]{2})?$")] = "en"
    subject: Annotated[str, StringConstraints(max_length=120)] = ""
    body: Annotated[str, StringConstraints(min_length=1, max_length=3_000)]

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        if self.channel is Channel.EMAIL and not self.subject:
            raise ValueError("An e-mail needs a subject. Write subject: ... beside its body.")
        if self.channel is not Channel.EMAIL and self.subject:
            raise ValueError("Only an e-mail has a subject. Take the line subject away.")
        for text in (self.subject, self.body):
            for problem in problems_of(text):
                raise ValueError(problem)
        return self

    @property
    def tells_of_health(self) -> bool:
        """Whether a slot of it may tell something of the person's health."""
        return any(SLOTS[slot].tells_of_health for slot in slots_of(self.subject + self.body))


def _spaced(touches: tuple[Touch, ...]) -> tuple[Touch, ...]:
    """Raise ValueError where touches are too many, or too near to each other or too far apart."""
    for with_all in (False, True):
        days = [t.day for t in touches if with_all or not t.high_intent]
        if len(days) > MOST_TOUCHES:
            raise ValueError(f"Nobody gets more than {MOST_TOUCHES} touches. Take some away.")
        for before, after in pairwise(days):
            if not LEAST_DAYS <= after - before <= MOST_DAYS:
                raise ValueError(
                    f"Between day {before} and day {after} lie {after - before} days. "
                    f"Write days that are {LEAST_DAYS} to {MOST_DAYS} apart (S14)."
                )
    if touches and touches[0].high_intent:
        raise ValueError("The first touch is for everybody. Take high_intent away from it.")
    if touches and touches[0].day != 0:
        raise ValueError("A sequence begins on day 0. Write day: 0 for its first touch.")
    return touches


Sequence = Annotated[tuple[Touch, ...], AfterValidator(_spaced)]


def _ending(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """Raise ValueError where somebody who answered would go on being written to."""
    missing = {Stop.REPLY, Stop.BOOKING, Stop.PURCHASE, Stop.OPT_OUT} - set(stops)
    if missing:
        raise ValueError(f"Every playbook ends with these. Add {', '.join(sorted(missing))}.")
    return stops


class Segment(BaseModel):
    """A group of a playbook; the first whose conditions somebody meets is theirs.

    Its sequence takes the place of the playbook's, its texts come before the playbook's. `urgent`: its moment passes,
    so touches follow each other sooner.
    """

    model_config = STRICT

    key: Key
    label: Label
    definition: Words
    when: Condition | None = None
    priors: Priors
    value: Value | None = None
    urgent: bool = False
    sequence: Sequence = ()
    texts: tuple[MessageText, ...] = ()


class Playbook(BaseModel):
    """What is done about the people of one track; by no other than its `channels`.

    A `fixed` one is run as it is written, whatever is learnt of channels, hours and wordings.
    """

    model_config = STRICT

    key: Key
    label: Label
    track: Track
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = tuple(Channel)
    sequence: Annotated[Sequence, Field(min_length=1)]
    fixed: bool = False
    stops: Annotated[tuple[Stop, ...], AfterValidator(_ending)] = tuple(Stop)
    handoff: Handoff = Handoff()
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]
    texts: tuple[MessageText, ...] = ()

    def segment(self, key: str | None) -> Segment | None:
        """The segment of that key, if the playbook has it."""
        return next((segment for segment in self.segments if segment.key == key), None)


class Line(BaseModel):
    """A line of business; who is in none of its segments falls to those every business has."""

    model_config = STRICT

    line: Key
    label: Label
    planning: Planning = Planning()
    cycle: Cycle | None = None
    compliance: Compliance = Compliance()
    seasons: tuple[Season, ...] = ()
    signals: tuple[Words, ...] = ()
    metrics: tuple[Words, ...] = ()
    playbooks: Annotated[tuple[Playbook, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_single(self) -> Self:
        keys = [playbook.key for playbook in self.playbooks]
        keys += [segment.key for playbook in self.playbooks for segment in playbook.segments]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(
                f"{twice[0]} is there twice. Give each playbook and segment a key of its own."
            )
        valued = [s.key for p in self.playbooks for s in p.segments if s.value is not None]
        if valued and self.planning.value is None:
            # Of segments with a value and such without, nobody could say who comes first.
            raise ValueError(
                f"{valued[0]} has a value. Write planning.value for all others as well."
            )
        for season in self.seasons:
            for key in season.segments:
                if key not in keys:
                    raise ValueError(
                        f"The season {season.key} names {key}, which is no segment here."
                    )
        return self


class PlannedDay(BaseModel):
    """One touch of a plan that scoring counts with."""

    model_config = STRICT

    day: Annotated[int, Field(ge=0, le=40)]
    channel: Channel


class Plan(BaseModel):
    """Channels on days; `channels` are those of whoever is given it by default."""

    model_config = STRICT

    key: Key
    channels: tuple[Channel, ...] = ()
    touches: Annotated[tuple[PlannedDay, ...], Field(min_length=1)]


class Plans(BaseModel):
    """What scoring counts with."""

    model_config = STRICT

    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
    usual: Key
    hour: Annotated[int, Field(ge=0, le=23)]
