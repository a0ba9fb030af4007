"""The world: people with a past, who go on living and answer when they are touched."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import isnan

import numpy as np
from numpy.typing import NDArray

from sandbox.world.answers import addressed_in
from sandbox.world.brought import Brought
from sandbox.world.dice import Dice
from sandbox.world.events import HUMAN, Channel, Event, Kind, Sentiment, Touch, from_ms, to_ms
from sandbox.world.history import WEEK_MS, campaign_ms, draw_history
from sandbox.world.identity import Person, draw_people
from sandbox.world.latents import FADE_WEEKS, FADING, HOUR_BLOCKS, draw_latents
from sandbox.world.localtime import local_hour, same_day_at
from sandbox.world.replies import Replies
from sandbox.world.response import (
    ORGANIC_CUSTOMER,
    ORGANIC_LEAD,
    ORGANIC_SHARE,
    Situation,
    affinity,
    answer_chance,
    answer_delay_days,
    refusal_chance,
)
from sandbox.world.tenant import Family, Tenant

NULL_RATE = 0.02  # events a week of every record in the null tenant: none differs from another
PROGRAMME_DAYS = 60.0  # a touch after a longer pause starts counting again
SIGNAL_DAYS = 7.0
_HUMAN_KINDS = np.array(sorted(HUMAN))
_WRITTEN_OR_SPOKEN = frozenset({Kind.EMAIL_IN, Kind.CALL_IN})


class World:
    """All people of one tenant. A seed gives the same people, the same past and the same luck."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.dice = Dice(tenant.seed)
        self.latents = draw_latents(tenant)
        self.history, self.bought = draw_history(tenant, self.latents)
        self._people = draw_people(tenant, self.latents, self.bought)
        if tenant.family is Family.AFFINITY:
            self.latents = replace(self.latents, affinity=affinity(p.concern for p in self._people))
        self._bounds = np.searchsorted(self.history.person, np.arange(tenant.contacts + 1))
        self.customer = ~np.isnan(self.bought)
        self.last_human_ms = self._last(_HUMAN_KINDS)
        self.last_visit_ms = self._last(np.array([Kind.VISIT, Kind.CLICK]))
        self.email_lost_ms = self._first(np.array([Kind.BOUNCE, Kind.OPT_OUT]))
        self.sms_lost_ms = self._first(np.array([Kind.SMS_STOP]))
        self.weekly_rate = self._current_rates()
        self._replies = Replies(self.dice, self.latents, tenant.language)
        self._wished_at: dict[int, datetime] = {}  # by human: not to be contacted any more
        self.against_wishes: list[tuple[int, Touch]] = []  # by record: people who had said so
        self.brought = Brought()
        self._touches: dict[int, list[Touch]] = {}
        self._luck_used: dict[int, int] = {}

    def _last(self, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
        """Time of each person's last event among `kinds` that a human caused; -1 for none."""
        h, last = self.history, np.full(self.tenant.contacts, -1, dtype=np.int64)
        which = np.isin(h.kind, kinds) & ~h.by_machine
        np.maximum.at(last, h.person[which], h.at_ms[which])
        return last

    def _first(self, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
        """Time of each person's first event among `kinds`; far in the future for none."""
        h, first = self.history, np.full(self.tenant.contacts, np.iinfo(np.int64).max)
        which = np.isin(h.kind, kinds)
        np.minimum.at(first, h.person[which], h.at_ms[which])
        return first

    def _current_rates(self) -> NDArray[np.float64]:
        """Events a week from `as_of` on: full for active people, a trickle for those who left."""
        t, traits = self.tenant, self.latents
        if t.null:
            # Duplicates too: a record that never stirs would be told from others by its name.
            return np.full(t.contacts, NULL_RATE / ORGANIC_SHARE)
        active = traits.end > t.weeks
        fade = np.where(
            traits.pattern == FADING, np.exp(-(t.weeks - traits.start) / FADE_WEEKS), 1.0
        )
        season = float(t.season(np.array([float(t.weeks)]))[0])
        regime = 0.55 if t.family is Family.MISSPECIFIED else 1.0
        return np.asarray(traits.rate * np.where(active, fade, t.awakening) * season * regime)

    # What has been

    def people(self) -> list[Person]:
        """Everyone the business knows by `as_of`, in no meaningful order."""
        return self._people

    def events_until(self, person: int) -> list[Event]:
        """One person's past, oldest first; nothing in it is later than `as_of`."""
        first, last = int(self._bounds[person]), int(self._bounds[person + 1])
        h = self.history
        rows = zip(
            h.kind[first:last].tolist(),
            h.at_ms[first:last].tolist(),
            h.amount[first:last].tolist(),
            h.subject[first:last].tolist(),
            h.by_machine[first:last].tolist(),
            strict=True,
        )
        return [
            Event(
                person=person,
                kind=Kind(kind),
                at=from_ms(at),
                amount=None if isnan(amount) else amount,
                subject=subject,
                by_machine=machine,
            )
            for kind, at, amount, subject, machine in rows
        ]

    def newsletters(self) -> list[datetime]:
        """When the tenant's newsletter went out until `as_of`."""
        return [from_ms(at) for at in campaign_ms(self.tenant) if at <= to_ms(self.tenant.as_of)]

    # What comes by itself

    def organic(self, person: int) -> Iterator[Event]:
        """The person's unprompted doings after `as_of`, in order, without end or empty."""
        rate = float(self.weekly_rate[person]) * ORGANIC_SHARE
        if rate <= 1e-6:
            return
        at, number = self.tenant.as_of, 0
        while True:
            gap = float(self.dice.exponential("organic.gap", person, number)[0]) / rate
            if gap > 5_000:
                return
            at = max(at + timedelta(minutes=1), self._awake(person, at + timedelta(weeks=gap)))
            yield self._organic_event(person, at, number)
            number += 1

    def organic_between(self, person: int, after: datetime, until: datetime) -> list[Event]:
        """Unprompted events with after < at <= until."""
        events = []
        for event in self.organic(person):
            if event.at > until:
                break
            if event.at > after:
                events.append(event)
        return events

    def _organic_event(self, person: int, at: datetime, number: int) -> Event:
        table = ORGANIC_CUSTOMER if self.customer[person] else ORGANIC_LEAD
        luck, kind = self.dice.one("organic.kind", person, number), Kind.VISIT
        for candidate, share in table:
            if luck < share:
                kind = candidate
                break
            luck -= share
        if kind is Kind.EMAIL_IN and self._people[person].email is None:
            kind = Kind.VISIT
        if kind is Kind.CALL_IN and self._people[person].phone is None:
            kind = Kind.FORM
        if kind is Kind.MEETING_BOOKED:
            return self._booking(person, at, caused=False)
        spread = float(self.dice.normal("organic.amount", person, number)[0])
        amount = round(self.tenant.accessory * float(np.exp(0.4 * spread)), 2)
        return Event(
            person,
            kind,
            at,
            amount=amount if kind is Kind.PURCHASE else None,
            sentiment=Sentiment.POSITIVE if kind in _WRITTEN_OR_SPOKEN else None,
        )

    # What a touch brings about

    def react(self, person: int, touch: Touch) -> list[Event]:
        """What follows directly from one touch, in order of time.

        Later consequences come from `happened`. A touch that cannot arrive brings a bounce or
        nothing.
        """
        if not self._reaches(person, touch):
            dead = touch.channel is Channel.EMAIL and self._people[person].email is not None
            bounce = Event(person, Kind.BOUNCE, touch.at + timedelta(seconds=20), caused=True)
            return [bounce] if dead and self._bounced(person, touch.at) else []
        human = int(self.latents.human[person])
        if human in self._wished_at:
            self.against_wishes.append((person, touch))
            return []
        earlier = self._touches.setdefault(human, [])
        recent = [t for t in earlier if (touch.at - t.at).days < PROGRAMME_DAYS]
        spacing = (touch.at - recent[-1].at) / timedelta(days=1) if recent else None
        earlier.append(touch)
        self.brought.arrive(human, touch.at)
        turn, ordinal = len(earlier), len(recent) + 1
        events = self._replies.traces(person, touch, turn)
        if self.tenant.null:
            return events
        chance = self._chance(person, touch, ordinal, spacing, turn)
        answered = self.dice.one("answer", human, turn) < chance
        self.brought.draw(human, chance, answered=answered)
        if answered:
            events += self._answer(person, touch, turn)
        events += self._refusal(person, touch, turn, ordinal, spacing)
        return sorted(events, key=lambda event: (event.at, event.kind))

    def _reaches(self, person: int, touch: Touch) -> bool:
        someone = self._people[person]
        if touch.channel is Channel.EMAIL:
            return someone.email is not None and self.email_lost_ms[person] > to_ms(touch.at)
        if touch.channel is Channel.SMS:
            return someone.sms_consent and self.sms_lost_ms[person] > to_ms(touch.at)
        return someone.phone is not None

    def _bounced(self, person: int, at: datetime) -> bool:
        dead = self.latents.bounce[person] * WEEK_MS + to_ms(self.tenant.start)
        return bool(dead <= to_ms(at))

    def _chance(
        self, person: int, touch: Touch, ordinal: int, spacing: float | None, turn: int
    ) -> float:
        now, human = to_ms(touch.at), int(self.latents.human[person])
        last = max(int(self.last_human_ms[human]), to_ms(self._people[human].created_at))
        visit = int(self.last_visit_ms[human])
        situation = Situation(
            person=np.array([human]),
            ordinal=np.array([ordinal]),
            customer=self.customer[[human]],
            gap_weeks=np.array([(now - last) / WEEK_MS]),
            spacing_days=np.array([np.nan if spacing is None else spacing]),
            hour=np.array([local_hour(self._people[human].zone, touch.at)]),
            signal=np.array([visit >= 0 and now - visit <= SIGNAL_DAYS * WEEK_MS / 7]),
        )
        return float(
            answer_chance(
                self.latents,
                self.tenant.response,
                situation,
                channel=touch.channel,
                addresses=touch.addresses or addressed_in(self.tenant.language, touch.words or ""),
                noise=self.dice.normal("answer.noise", human, turn),
            )[0]
        )

    def _answer(self, person: int, touch: Touch, turn: int) -> list[Event]:
        human = int(self.latents.human[person])
        days = answer_delay_days(
            self.dice.uniform("answer.mixture", human, turn),
            self.dice.normal("answer.delay", human, turn),
            self.dice.uniform("answer.tail", human, turn),
        )
        at = self._awake(person, touch.at + timedelta(days=float(days[0]), minutes=2))
        tone = self.dice.one("answer.tone", human, turn)
        mood = (
            Sentiment.POSITIVE
            if tone < 0.6
            else Sentiment.NEUTRAL
            if tone < 0.75
            else Sentiment.NEGATIVE
        )
        kind = self._reply_kind(person, touch.channel, self.dice.one("answer.way", human, turn))
        answer = Event(person, kind, at, sentiment=mood, caused=True)
        events = [self._replies.said(answer, human, turn)]
        events += self._replies.looks(person, touch, turn, answers=answer)
        if touch.channel is Channel.EMAIL:
            read = max(touch.at + timedelta(minutes=1), at - timedelta(minutes=25))
            events.insert(0, Event(person, Kind.OPEN, read, caused=True))
            if kind is Kind.FORM:
                events.insert(1, Event(person, Kind.CLICK, at - timedelta(seconds=90), caused=True))
                events.insert(2, Event(person, Kind.VISIT, at - timedelta(seconds=89), caused=True))
        r = self.tenant.response
        chance = {
            Sentiment.POSITIVE: r.booked_if_positive,
            Sentiment.NEUTRAL: r.booked_if_neutral,
            Sentiment.NEGATIVE: 0.0,
        }[mood]
        books = self.dice.one("answer.book", human, turn) < chance
        self.brought.answer(mood, chance, books=books)
        if books:
            minutes = 20.0 + 600.0 * self.dice.one("answer.book_after", human, turn)
            booked = self._awake(person, at + timedelta(minutes=minutes))
            events.append(self._booking(person, booked, caused=True))
        return events

    def _reply_kind(self, person: int, channel: Channel, luck: float) -> Kind:
        match channel:
            case Channel.EMAIL:
                phone = self._people[person].phone is not None
                by_mail = Kind.EMAIL_IN if luck < 0.65 else Kind.FORM
                return Kind.CALL_IN if phone and luck > 0.85 else by_mail
            case Channel.SMS:
                return Kind.SMS_IN if luck < 0.8 else Kind.CALL_IN
            case Channel.CALL:
                return Kind.CALL_IN

    def _refusal(
        self, person: int, touch: Touch, turn: int, ordinal: int, spacing: float | None
    ) -> list[Event]:
        if touch.channel is Channel.CALL:
            return []
        r, human = self.tenant.response, int(self.latents.human[person])
        at = touch.at + timedelta(minutes=3 + 200 * self.dice.one("refuse.after", human, turn))
        events = []
        if self.dice.one("refuse", human, turn) < refusal_chance(
            r, touch.channel, ordinal, spacing
        ):
            kind = Kind.SMS_STOP if touch.channel is Channel.SMS else Kind.OPT_OUT
            refusal = Event(person, kind, at, caused=True)
            events.append(self._replies.refusal(refusal, touch.channel, human, turn))
        if touch.channel is Channel.EMAIL and self.dice.one("complain", human, turn) < r.complaint:
            events.append(Event(person, Kind.COMPLAINT, at, caused=True))
        return events

    # What follows from what happened

    def happened(self, event: Event) -> list[Event]:
        """Take note that an event took place and return what follows from it.

        An appointment is kept or not at its time; a kept one may end in a sale.
        """
        person, at = event.person, to_ms(event.at)
        human = int(self.latents.human[person])
        self.brought.note(human, event, self.tenant.response)
        if event.wish:
            self._wished_at.setdefault(human, event.at)
        elif event.human:
            self.last_human_ms[human] = max(int(self.last_human_ms[human]), at)
        match event.kind:
            case Kind.VISIT | Kind.CLICK if not event.by_machine:
                self.last_visit_ms[human] = max(int(self.last_visit_ms[human]), at)
            case Kind.PURCHASE:
                self.customer[human] = True
            case Kind.OPT_OUT | Kind.BOUNCE | Kind.COMPLAINT:
                self.email_lost_ms[person] = min(int(self.email_lost_ms[person]), at)
            case Kind.SMS_STOP:
                self.sms_lost_ms[person] = min(int(self.sms_lost_ms[person]), at)
            case Kind.MEETING_BOOKED:
                return self._attendance(event)
            case Kind.MEETING_COMPLETED:
                return self._sale(event)
            case _:
                pass
        return []

    def _next_luck(self, person: int) -> int:
        self._luck_used[person] = self._luck_used.get(person, 0) + 1
        return self._luck_used[person]

    def _booking(self, person: int, at: datetime, *, caused: bool) -> Event:
        """An appointment two to nine days ahead, on a weekday between nine and five."""
        luck = self.dice.uniform("booking", person, [to_ms(at), to_ms(at) + 1])
        day = at + timedelta(days=2.0 + 7.0 * float(luck[0]))
        starts = same_day_at(self.tenant.zone, day, 9.0 + int(16 * float(luck[1])) / 2.0)
        while starts.weekday() > 4:
            starts += timedelta(days=1)
        return Event(person, Kind.MEETING_BOOKED, at, starts_at=starts, caused=caused)

    def _attendance(self, event: Event) -> list[Event]:
        starts = event.starts_at
        if starts is None:
            raise ValueError("a booked meeting needs the time it starts at")
        kept = self.dice.one("show", event.person, self._next_luck(event.person))
        came = kept < self.tenant.response.show
        kind = Kind.MEETING_COMPLETED if came else Kind.MEETING_NO_SHOW
        at = starts + timedelta(minutes=45)
        return [Event(event.person, kind, at, starts_at=starts, caused=event.caused)]

    def _sale(self, event: Event) -> list[Event]:
        person, turn = event.person, self._next_luck(event.person)
        if self.dice.one("sale", person, turn) >= self.tenant.response.sale:
            return []
        spread = float(self.dice.normal("sale.amount", person, turn)[0])
        price = round(self.tenant.price * float(np.exp(self.tenant.price_spread * spread)), -1)
        self.brought.sales += event.caused
        days = 0.1 + 10.0 * self.dice.one("sale.after", person, turn) ** 2
        at = self._awake(person, event.at + timedelta(days=days))
        return [Event(person, Kind.PURCHASE, at, amount=price, caused=event.caused)]

    def _awake(self, person: int, at: datetime) -> datetime:
        """The same moment, or the next morning when it falls into the person's night."""
        zone = self._people[person].zone
        hour = local_hour(zone, at)
        first, last = HOUR_BLOCKS[0][0] - 1, HOUR_BLOCKS[-1][1] + 1
        if first <= hour < last:
            return at
        day = at if hour < first else at + timedelta(hours=24.0 - hour + 1.0)
        luck = self.dice.one("morning", person, to_ms(at))
        return same_day_at(zone, day, first + 3.0 * luck)
