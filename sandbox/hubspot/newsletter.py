"""The tenant's newsletter: mass e-mail every six weeks, not to people HubSpot calls unengaged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.agenda import Agenda
from sandbox.hubspot.rollups import GRAYMAIL_ENGAGED_ONCE, GRAYMAIL_NEVER_ENGAGED
from sandbox.hubspot.subscriptions import NEWSLETTER
from sandbox.hubspot.timeline import Timeline
from sandbox.world.events import Event, Kind, to_ms
from sandbox.world.identity import Person
from sandbox.world.world import World

EVERY = timedelta(weeks=6)
OPENED_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Past:
    """How many issues one person was sent, when, and how many of the last they left unopened."""

    number: int
    first: datetime
    last: datetime
    unopened: int


class Newsletter:
    """Counts what was sent before the sandbox opened and keeps sending afterwards."""

    def __init__(self, timeline: Timeline, agenda: Agenda, world: World) -> None:
        self._timeline = timeline
        self._agenda = agenda
        self._world = world
        self._past = world.newsletters()
        self._readers: Mapping[int, str] = {}

    def past(self, person: Person, events: list[Event]) -> "Past | None":
        """What the person was sent before the sandbox opened, up to the graymail limits."""
        until = min(
            (e.at for e in events if e.kind in {Kind.BOUNCE, Kind.OPT_OUT}),
            default=self._world.tenant.as_of,
        )
        received = [at for at in self._past if person.created_at < at <= until]
        if person.email is None or not received:
            return None
        interest = [e.at for e in events if _shows_interest(e)]
        last = max(interest, default=person.created_at)
        since = sum(1 for at in received if at > last)
        limit = GRAYMAIL_ENGAGED_ONCE if interest else GRAYMAIL_NEVER_ENGAGED
        unopened = min(since, limit)
        number = len(received) - since + unopened
        return Past(number, received[0], received[number - 1], unopened)

    def begin(self, readers: Mapping[int, str]) -> None:
        """Plan the next issue for these people, given as contact ids by person."""
        self._readers = readers
        self._plan(self._world.tenant.as_of + EVERY)

    def _plan(self, at: datetime) -> None:
        self._agenda.schedule(at, lambda: self._send(at))

    def _send(self, at: datetime) -> None:
        """Send to everyone who may get it; machines open theirs a few minutes later."""
        opened = []
        for number, contact_id in self._readers.items():
            if not self._may_get(contact_id):
                continue
            self._timeline.rollup(contact_id).sends(1, to_ms(at), to_ms(at), unopened=1)
            self._timeline.show(contact_id)
            if self._world.latents.machine_opens[number]:
                opened.append(number)
        self._agenda.schedule(at + OPENED_AFTER, lambda: self._open(opened, at + OPENED_AFTER))
        self._plan(at + EVERY)

    def _open(self, people: list[int], at: datetime) -> None:
        for number in people:
            event = Event(number, Kind.OPEN, at, by_machine=True)
            self._timeline.log(self._readers[number], event)

    def _may_get(self, contact_id: str) -> bool:
        record = self._timeline.records.get("contacts", contact_id)
        if record is None or record.archived or "email" not in record.properties:
            return False
        names = ("hs_email_optout", NEWSLETTER.opt_out_name)
        refused = any(record.properties.get(name) == "true" for name in names)
        dead = "hs_email_hard_bounce_reason_enum" in record.properties
        return not (refused or dead or self._timeline.rollup(contact_id).unengaged)


def _shows_interest(event: Event) -> bool:
    """Whether HubSpot takes the event for interest: any click, and opens that no machine made."""
    return event.kind is Kind.CLICK or (event.kind is Kind.OPEN and not event.by_machine)
