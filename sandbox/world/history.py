"""What happened until the day the sandbox opens: every person's events, drawn as columns.

Rates, seasons and thinning follow the sheet's generator; kinds of event are those of a practice
that people find on the web, call, visit for a test, and sometimes buy from.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sandbox.world.events import Kind, to_ms
from sandbox.world.latents import (
    FADE_WEEKS,
    FADING,
    HOUR_BLOCKS,
    SERVICE,
    SOURCES,
    Latents,
)
from sandbox.world.localtime import at_local_hour
from sandbox.world.tenant import Family, Tenant

WEEK_MS = 7 * 86_400_000
MINUTE_MS = 60_000
CAMPAIGN_WEEKS = 6.0
BOT_SECONDS = (1.0, 5.0)  # within which a scanner clicks everything in a mail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAD_KINDS: dict[Kind, float] = {
    Kind.VISIT: 0.44,
    Kind.FORM: 0.08,
    Kind.EMAIL_IN: 0.16,
    Kind.CALL_IN: 0.07,
    Kind.CALL_ANSWERED: 0.12,
    Kind.CALL_MISSED: 0.06,
    Kind.MEETING_COMPLETED: 0.03,
    Kind.MEETING_NO_SHOW: 0.02,
    Kind.MEETING_CANCELLED: 0.02,
}
CUSTOMER_KINDS: dict[Kind, float] = {
    Kind.VISIT: 0.28,
    Kind.FORM: 0.03,
    Kind.EMAIL_IN: 0.14,
    Kind.SMS_IN: 0.04,
    Kind.CALL_IN: 0.13,
    Kind.CALL_ANSWERED: 0.12,
    Kind.CALL_MISSED: 0.04,
    Kind.MEETING_COMPLETED: 0.13,
    Kind.MEETING_NO_SHOW: 0.02,
    Kind.MEETING_CANCELLED: 0.02,
    Kind.PURCHASE: 0.05,
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Events as equally long arrays; `amount` is NaN and `starts_ms` -1 where there is none."""

    person: Ints
    kind: Ints
    at_ms: Ints
    amount: Floats
    starts_ms: Ints
    subject: Ints
    by_machine: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.person)

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> "Columns":
        return Columns(*(getattr(self, field.name)[which] for field in fields(self)))


def columns(
    person: Ints,
    kind: Ints | Kind,
    at_ms: Ints,
    *,
    amount: Floats | None = None,
    starts_ms: Ints | None = None,
    subject: Ints | None = None,
    by_machine: bool = False,
) -> Columns:
    """Make columns, filling what is not given."""
    n = len(person)
    return Columns(
        person=np.asarray(person, dtype=np.int64),
        kind=np.broadcast_to(np.asarray(kind, dtype=np.int64), (n,)),
        at_ms=np.asarray(at_ms, dtype=np.int64),
        amount=np.full(n, np.nan) if amount is None else amount,
        starts_ms=np.full(n, -1, dtype=np.int64) if starts_ms is None else starts_ms,
        subject=np.zeros(n, dtype=np.int64) if subject is None else subject,
        by_machine=np.full(n, by_machine),
    )


def join(parts: list[Columns]) -> Columns:
    """Put columns one after the other and sort them by person, then time."""
    whole = Columns(
        *(np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(Columns))
    )
    return whole.take(np.lexsort((whole.kind, whole.at_ms, whole.person)))


def weeks_to_ms(tenant: Tenant, weeks: Floats) -> Ints:
    return to_ms(tenant.start) + (weeks * WEEK_MS).astype(np.int64)


def campaign_ms(tenant: Tenant) -> Ints:
    """When the newsletter went out: every six weeks, at ten in the morning local time."""
    weeks = np.arange(1.0, tenant.weeks, CAMPAIGN_WEEKS)
    zones = tuple(name for name, _ in tenant.zones)
    at = weeks_to_ms(tenant, weeks)
    return at_local_hour(zones, np.zeros(len(at), dtype=np.int64), at, np.full(len(at), 10.0))


def draw_hours(rng: np.random.Generator, latents: Latents, person: Ints) -> Floats:
    """Local hours in each person's favourite blocks of the day."""
    edges = np.cumsum(latents.hours[person], axis=1)
    block = np.minimum((rng.random(len(person))[:, None] > edges).sum(axis=1), 3)
    starts = np.array([first for first, _ in HOUR_BLOCKS], dtype=np.float64)
    return np.asarray(starts[block] + 3.0 * rng.random(len(person)))


class Historian:
    """Draws the parts of a history one after the other from one stream of chance."""

    def __init__(self, tenant: Tenant, latents: Latents) -> None:
        self.tenant = tenant
        self.latents = latents
        self.rng = np.random.default_rng([tenant.seed, 3])
        self.zones = tuple(name for name, _ in tenant.zones)
        self.as_of_ms = to_ms(tenant.as_of)
        imported = latents.source == SOURCES.index("import")
        #: Imported contacts of whom the old system told nothing.
        self.blank = imported & (self.rng.random(tenant.contacts) < 0.6)
        self.bought = self._first_purchases(imported)

    def _first_purchases(self, imported: NDArray[np.bool_]) -> Floats:
        """Week of the first device, NaN for leads; imported customers bought up to 6 years ago."""
        late = self.latents.start + self.rng.gamma(2.0, 1.5, self.tenant.contacts)
        old = self.latents.start - 26.0 - self.rng.random(self.tenant.contacts) * 286.0
        week = np.where(imported, old, late)
        return np.where(self.latents.customer & (week < self.tenant.weeks - 0.1), week, np.nan)

    def draw(self) -> Columns:
        """All events up to `as_of`, none later, sorted by person and time."""
        life = self._life()
        parts = [life, self._beginnings(), self._firsts(), self._answers(life)]
        parts += [self._chasing(), self._tickets(), self._letters(), self._refusals()]
        whole = join(parts)
        own = self.latents.human[whole.person] == whole.person
        return whole.take((whole.at_ms <= self.as_of_ms) & own)

    def _at_hours(self, person: Ints, weeks: Floats) -> Ints:
        at = weeks_to_ms(self.tenant, weeks)
        hours = draw_hours(self.rng, self.latents, person)
        moved = at_local_hour(self.zones, self.latents.zone[person], at, hours)
        created = weeks_to_ms(self.tenant, self.latents.start[person])
        return np.where(moved > created, moved, np.maximum(at, created + MINUTE_MS))

    def _life(self) -> Columns:
        """A Poisson stream of doings while active, thinned by season and fading."""
        t, traits = self.tenant, self.latents
        length = np.clip(np.minimum(traits.end, t.weeks) - traits.start, 0.0, None)
        length[self.blank] = 0.0
        regular = 4 if t.family is Family.MISSPECIFIED else 1
        ceiling = 1.0 + t.season_amplitude
        count = self.rng.poisson(traits.rate * length * ceiling * regular)
        person = np.repeat(np.arange(t.contacts), count)
        age = self.rng.random(len(person)) * length[person]
        order = np.lexsort((age, person))
        person, age = person[order][regular - 1 :: regular], age[order][regular - 1 :: regular]
        chance = t.season(traits.start[person] + age) / ceiling
        chance *= np.where(traits.pattern[person] == FADING, np.exp(-age / FADE_WEEKS), 1.0)
        if t.family is Family.MISSPECIFIED:
            chance *= np.where(traits.start[person] + age > t.weeks * 0.6, 0.55, 1.0)
        kept = self.rng.random(len(person)) < chance
        person, age = person[kept], age[kept]
        weeks = traits.start[person] + age
        kind = self._kinds(person, weeks)
        accessory = t.accessory * self.rng.lognormal(0, 0.4, len(person))
        return columns(
            person,
            kind,
            self._at_hours(person, weeks),
            amount=np.where(kind == Kind.PURCHASE, np.round(accessory, 2), np.nan),
            subject=self.rng.integers(0, 1_000, len(person)),
        )

    def _kinds(self, person: Ints, weeks: Floats) -> Ints:
        """What each doing is: customers call and come, leads read; text needs a phone."""
        traits = self.latents
        customer = weeks > np.nan_to_num(self.bought[person], nan=np.inf)
        kind = np.zeros(len(person), dtype=np.int64)
        for table, who in ((LEAD_KINDS, ~customer), (CUSTOMER_KINDS, customer)):
            names = np.array([int(k) for k in table])
            shares = np.array(list(table.values()))
            kind[who] = names[self.rng.choice(len(names), int(who.sum()), p=shares / shares.sum())]
        # Intent shows: a keen lead asks where an idle one only looks.
        keen = (
            (kind == Kind.VISIT)
            & (traits.intent[person] > 0.8)
            & (self.rng.random(len(person)) < 0.3)
        )
        kind[keen] = Kind.FORM
        no_mail = ~traits.has_email[person] & (kind == Kind.EMAIL_IN)
        no_phone = ~traits.has_phone[person] & np.isin(
            kind, [Kind.CALL_IN, Kind.CALL_ANSWERED, Kind.CALL_MISSED, Kind.SMS_IN]
        )
        kind[no_mail | no_phone] = Kind.VISIT
        return kind

    def _beginnings(self) -> Columns:
        """How each person first came: a form, a fair, a doctor's referral by phone."""
        traits = self.latents
        person = np.flatnonzero(traits.source != SOURCES.index("import"))
        referral = (traits.source[person] == SOURCES.index("referral")) & traits.has_phone[person]
        kind = np.where(referral, int(Kind.CALL_IN), int(Kind.FORM))
        at = weeks_to_ms(self.tenant, traits.start[person])
        return columns(person, kind, at, subject=self.rng.integers(0, 1_000, len(person)))

    def _firsts(self) -> Columns:
        """Hearing tests of customers and of keen leads, and the customers' first devices."""
        t, traits = self.tenant, self.latents
        buyers = np.flatnonzero(~np.isnan(self.bought))
        paid = np.round(t.price * self.rng.lognormal(0, t.price_spread, len(buyers)), -1)
        devices = columns(
            buyers,
            Kind.PURCHASE,
            weeks_to_ms(t, self.bought[buyers]),
            amount=paid,
            subject=np.zeros(len(buyers), dtype=np.int64),
        )
        fresh = buyers[self.bought[buyers] > traits.start[buyers]]
        share = self.rng.uniform(0.3, 0.8, len(fresh))
        week = traits.start[fresh] + share * (self.bought[fresh] - traits.start[fresh])
        tests = columns(fresh, Kind.MEETING_COMPLETED, self._at_hours(fresh, week))
        chance = 0.28 / (1.0 + np.exp(-traits.intent))
        leads = np.flatnonzero(np.isnan(self.bought) & ~self.blank & (traits.rate > 0))
        leads = leads[self.rng.random(len(leads)) < chance[leads] * 1.6]
        week = traits.start[leads] + self.rng.gamma(2.0, 0.8, len(leads))
        came = self.rng.random(len(leads))
        outcome = np.select(
            [came < 0.6, came < 0.85],
            [int(Kind.MEETING_COMPLETED), int(Kind.MEETING_NO_SHOW)],
            int(Kind.MEETING_CANCELLED),
        )
        return join([devices, tests, columns(leads, outcome, self._at_hours(leads, week))])

    def _answers(self, life: Columns) -> Columns:
        """The practice's own e-mail and text answers, hours after the person wrote."""
        mail = life.take((life.kind == Kind.EMAIL_IN) & (self.rng.random(len(life)) < 0.7))
        text = life.take((life.kind == Kind.SMS_IN) & (self.rng.random(len(life)) < 0.8))
        hours = (self.rng.lognormal(1.0, 0.8, len(mail)) * 60 * MINUTE_MS).astype(np.int64)
        minutes = (self.rng.lognormal(2.0, 0.8, len(text)) * MINUTE_MS).astype(np.int64)
        return join(
            [
                columns(mail.person, Kind.EMAIL_OUT, mail.at_ms + hours, subject=mail.subject),
                columns(text.person, Kind.SMS_OUT, text.at_ms + minutes, subject=text.subject),
            ]
        )

    def _chasing(self) -> Columns:
        """Staff who try again after silence: mails and calls that nobody answered."""
        t, traits = self.tenant, self.latents
        quiet = np.flatnonzero((traits.end < t.weeks - 3) & ~self.blank & (traits.rate > 0))
        tries = self.rng.poisson(1.6, len(quiet))
        person = np.repeat(quiet, tries)
        week = traits.end[person] + 1.0 + self.rng.exponential(5.0, len(person))
        called = traits.has_phone[person] & (self.rng.random(len(person)) < 0.4)
        usable = called | (traits.has_email[person] & (week < traits.bounce[person]))
        person, week, called = person[usable], week[usable], called[usable]
        kind = np.where(called, int(Kind.CALL_MISSED), int(Kind.EMAIL_OUT))
        subject = self.rng.integers(0, 1_000, len(person))
        return columns(person, kind, self._at_hours(person, week), subject=subject)

    def _tickets(self) -> Columns:
        """Complaints about service: customers who left for that reason, and a few others."""
        traits, n = self.latents, self.tenant.contacts
        bought = ~np.isnan(self.bought)
        chance = np.where(traits.reason == SERVICE, 0.7, 0.06) * bought
        person = np.flatnonzero(self.rng.random(n) < chance)
        week = np.fmax(traits.start[person], self.bought[person])
        week = np.maximum(traits.end[person] - self.rng.exponential(1.0, len(person)), week + 0.2)
        return columns(person, Kind.TICKET, self._at_hours(person, week))

    def _letters(self) -> Columns:
        """What became of newsletters: machine opens, real opens, clicks by people and by bots."""
        t, traits = self.tenant, self.latents
        sent = campaign_ms(t)
        week = (sent - to_ms(t.start)) / WEEK_MS
        on = (week[None, :] > traits.start[:, None]) & (week[None, :] < traits.bounce[:, None])
        on &= (traits.has_email & ~self.blank)[:, None]
        alive = week[None, :] < traits.end[:, None]
        keen = 1.0 / (1.0 + np.exp(-traits.intent))[:, None]
        dice = self.rng.random((3, *on.shape))
        machine = on & traits.machine_opens[:, None] & (dice[0] < 0.9)
        opened = on & (dice[1] < np.where(alive, 0.5 * keen, 0.01))
        clicked = opened & (dice[2] < 0.15)
        scanned = on & (dice[2] > 0.97) & traits.machine_opens[:, None] & ~clicked
        parts = []
        for which, kind, by_machine, scale in (
            (machine, Kind.OPEN, True, 4.0),
            (opened, Kind.OPEN, False, 400.0),
            (clicked, Kind.CLICK, False, 400.0),
            (scanned, Kind.CLICK, True, 0.04),
        ):
            person, campaign = np.nonzero(which)
            waits = self.rng.exponential(scale, len(person))
            minutes = waits + scale * (kind is Kind.CLICK)
            if by_machine and kind is Kind.CLICK:
                first, last = BOT_SECONDS
                minutes = (first - (last - first) * np.expm1(-waits / scale)) / 60.0
            at = sent[campaign] + (minutes * MINUTE_MS).astype(np.int64)
            parts.append(columns(person, kind, at, subject=campaign, by_machine=by_machine))
        return join(parts)

    def _refusals(self) -> Columns:
        """Dead addresses, unsubscriptions and texted STOPs."""
        t, traits = self.tenant, self.latents
        dead = np.flatnonzero(traits.has_email & (traits.bounce < t.weeks))
        left = np.flatnonzero(traits.has_email & (self.rng.random(t.contacts) < 0.05))
        stop = np.flatnonzero(
            traits.has_phone & traits.sms_consent & (self.rng.random(t.contacts) < 0.02)
        )
        parts = [columns(dead, Kind.BOUNCE, weeks_to_ms(t, traits.bounce[dead]))]
        for person, kind in ((left, Kind.OPT_OUT), (stop, Kind.SMS_STOP)):
            week = traits.start[person] + self.rng.random(len(person)) * (
                t.weeks - traits.start[person]
            )
            parts.append(columns(person, kind, self._at_hours(person, week)))
        return join(parts)


def draw_history(tenant: Tenant, latents: Latents) -> tuple[Columns, Floats]:
    """Draw all events up to `as_of` and each person's week of first purchase (NaN for leads)."""
    historian = Historian(tenant, latents)
    return historian.draw(), historian.bought
