"""Awkward contacts every portal has: merged, deleted, re-created, with open deals or tickets."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sandbox.agenda import Agenda
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.moments import iso
from sandbox.world.events import Event, Kind, to_ms
from sandbox.world.identity import Person
from sandbox.world.remarks import FILED_UNDER, UNFILED
from sandbox.world.world import World

RECREATED, MERGED, DELETED = 3, 4, 4
OPEN_DEALS, OPEN_TICKETS, FUTURE_MEETINGS, IN_SEQUENCE = 12, 6, 8, 5
LOST_DEALS, DETRACTORS = 4, 3


class Settled(Protocol):
    """What of a population the edge cases need."""

    contact_of: dict[int, str]
    world: World | None

    def deliver(self, event: Event) -> None: ...


class EdgeCases:
    """Plants a fixed small number of each awkward case among a world's people."""

    def __init__(self, timeline: Timeline, agenda: Agenda) -> None:
        self.timeline = timeline
        self.records = timeline.records
        self.agenda = agenda

    def choose_recreated(self, people: Iterable[Person]) -> list[Person]:
        """People whose former record staff deleted by mistake before making a new one."""
        mailed = [p for p in people if p.email and not p.duplicate]
        return mailed[5 :: max(1, len(mailed) // RECREATED)][:RECREATED]

    def delete_former(self, properties: Mapping[str, str | None], created: datetime) -> None:
        """Write and delete the record that the re-created contact had before."""
        former = self.records.create("contacts", properties, at=created - timedelta(days=30))
        self.records.archive("contacts", former)

    def plant(self, population: Settled) -> None:
        """Write all other cases; needs everyone's past to be in the records already."""
        world = population.world
        if world is None:
            return
        chosen = iter(self._picks(world))
        now, ids = world.tenant.as_of, population.contact_of
        for number in _take(chosen, MERGED):
            self._merge_into(ids[number], now)
        self._delete_strangers(now)
        for place, number in enumerate(_take(chosen, OPEN_DEALS)):
            self._open_deal(ids[number], now - timedelta(days=20 + 25 * place))
        for place, number in enumerate(_take(chosen, OPEN_TICKETS)):
            at = now - timedelta(days=4 + 9 * place)
            self.timeline.write(ids[number], Event(number, Kind.TICKET, at))
        for place, number in enumerate(_take(chosen, FUTURE_MEETINGS)):
            starts = now.replace(minute=0, second=0) + timedelta(days=2 + 3 * place, hours=1)
            booked = Event(number, Kind.MEETING_BOOKED, now - timedelta(days=1), starts_at=starts)
            population.deliver(booked)
        for number in _take(chosen, IN_SEQUENCE):
            self.records.set_rollup(ids[number], {"hs_sequences_is_enrolled": "true"})
        for place, number in enumerate(_take(chosen, LOST_DEALS)):
            self._lost_deal(ids[number], now - timedelta(days=150 + 20 * place), place)
        for place, number in enumerate(_take(chosen, DETRACTORS)):
            self._answer_survey(ids[number], now - timedelta(days=100 + 9 * place), str(2 * place))

    def _picks(self, world: World) -> list[int]:
        """People in an order that depends on nothing but the seed's luck."""
        fit = [p.number for p in world.people() if p.email and p.phone and not p.duplicate]
        if not fit:
            return []
        luck = world.dice.uniform("edge", fit).tolist()
        return [
            number
            for _, number in sorted(zip(luck, fit, strict=True))
            if world.email_lost_ms[number] > to_ms(world.tenant.as_of)
        ]

    def _merge_into(self, contact_id: str, now: datetime) -> None:
        record = self.records.get("contacts", contact_id)
        if record is None:
            return
        names = ("firstname", "lastname", "phone", "city", "state", "zip")
        twin = {name: record.properties.get(name) for name in names}
        other = self.records.create(
            "contacts", twin, at=max(record.created_at, now - timedelta(days=90)), source="IMPORT"
        )
        self.records.merge("contacts", contact_id, other, keeps_id=True)

    def _delete_strangers(self, now: datetime) -> None:
        for place in range(DELETED):
            stranger = {"firstname": "Test", "lastname": "Entry", "lifecyclestage": "lead"}
            at = now - timedelta(days=200 + place)
            self.records.archive("contacts", self.records.create("contacts", stranger, at=at))

    def _open_deal(self, contact_id: str, created: datetime) -> None:
        self.timeline.deal(
            contact_id,
            name="Hearing aids, quotation",
            stage="presentationscheduled" if created.day % 2 else "contractsent",
            amount=3600.0 + created.day * 20,
            created=created,
            closes=created + timedelta(days=400),
            known=created,
        )
        self.timeline.rollup(contact_id).deal(to_ms(created), None, 0.0)

    def _lost_deal(self, contact_id: str, ended: datetime, place: int) -> None:
        """A deal that staff filed away as lost, some with a reason that means nothing."""
        reasons = (*FILED_UNDER.values(), UNFILED)
        created = ended - timedelta(days=60)
        self.timeline.deal(
            contact_id,
            name="Hearing aids, quotation",
            stage="closedlost",
            amount=3200.0,
            created=created,
            closes=ended,
            known=ended,
            lost_reason=reasons[place % len(reasons)],
        )
        self.timeline.rollup(contact_id).deal(to_ms(created), None, 0.0)

    def _answer_survey(self, contact_id: str, at: datetime, rating: str) -> None:
        answered = {"hs_feedback_last_nps_rating": rating, "hs_feedback_last_survey_date": iso(at)}
        self.records.set_rollup(contact_id, answered)


def _take(chosen: Iterable[int], number: int) -> list[int]:
    return [item for item, _ in zip(chosen, range(number), strict=False)]
