"""What a business can see of its people: names, addresses, where from, what they said they want.

Everything here is drawn apart from the latents, or through noise from them, never copied.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sandbox.world.latents import REASONS, SOURCES, Latents
from sandbox.world.names import CITIES, CONCERNS, FIRST_NAMES, FORMS, LAST_NAMES, NEIGHBOURS
from sandbox.world.tenant import Tenant

LIFECYCLES = ("subscriber", "lead", "opportunity", "customer")
DEPTHS = ("low", "medium", "high")
UNASKED = "unknown"
UNASKED_SHARE = 0.08  # of the people who did not come with an address list
EMAIL_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the business knows them; `number` is the world's own index."""

    number: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    city: str
    state: str
    postcode: str
    zone: str
    zone_known: bool
    created_at: datetime
    source: str
    lifecycle: str
    depth: str
    inquiry: str  # the depth as staff noted it when the contact was made, or `unknown`
    form: str
    concern: str
    reason_noted: str | None
    sms_consent: bool
    owner: int
    duplicate: bool


def _depths(rng: np.random.Generator, latents: Latents) -> np.ndarray:
    """Interest as staff would read it: the intent, blurred and cut in three."""
    blurred = latents.intent + rng.normal(0, 0.8, len(latents.intent))
    return np.digitize(blurred, [-0.3, 0.8])


def _inquiries(rng: np.random.Generator, latents: Latents, depths: np.ndarray) -> list[str]:
    """The depths that staff noted; nobody asked the people of an address list."""
    unasked = rng.random(len(depths)) < UNASKED_SHARE
    unasked |= latents.source == SOURCES.index("import")
    return [
        UNASKED if skipped else DEPTHS[depth]
        for depth, skipped in zip(depths.tolist(), unasked.tolist(), strict=True)
    ]


def _reasons_noted(
    rng: np.random.Generator, noise: np.random.Generator, latents: Latents
) -> np.ndarray:
    """Reasons staff wrote down: for 35 % of people, 10 % of them wrong; -1 for none."""
    n = len(latents.reason)
    wrong = rng.random(n) < 0.10
    guess = rng.integers(0, len(REASONS), n)
    other = (latents.reason + noise.integers(1, len(REASONS), n)) % len(REASONS)
    guess = np.where(guess == latents.reason, other, guess)
    noted = np.where(wrong, guess, latents.reason)
    return np.where(rng.random(n) < 0.35, noted, -1)


def _stages(
    rng: np.random.Generator, noise: np.random.Generator, latents: Latents, bought: np.ndarray
) -> np.ndarray:
    """Lifecycle stages, 5 % of them wrong."""
    n = len(bought)
    wrong = rng.random(n) < 0.05
    stage = np.where(~np.isnan(bought), 3, np.where(latents.intent + rng.normal(0, 1, n) > 1, 2, 1))
    guess = rng.integers(0, len(LIFECYCLES), n)
    other = (stage + noise.integers(1, len(LIFECYCLES), n)) % len(LIFECYCLES)
    return np.where(wrong, np.where(guess == stage, other, guess), stage)


def draw_people(tenant: Tenant, latents: Latents, bought: np.ndarray) -> list[Person]:
    """Everyone's visible side, in the order of the latents."""
    rng, noise = np.random.default_rng([tenant.seed, 4]), np.random.default_rng([tenant.seed, 5])
    n = tenant.contacts
    depth, noted = _depths(rng, latents), _reasons_noted(rng, noise, latents)
    inquiry = _inquiries(noise, latents, depth)
    first, last = rng.integers(0, len(FIRST_NAMES), n), rng.integers(0, len(LAST_NAMES), n)
    place, domain = rng.integers(0, 1_000, n), rng.integers(0, len(EMAIL_DOMAINS), n)
    lines = rng.permutation(max(n, 9_000))
    stage = _stages(rng, noise, latents, bought)
    zone_known = rng.random(n) < 0.60
    owner, concern = rng.integers(0, 1_000, n), rng.integers(0, len(CONCERNS), n)
    twin_mail = rng.random(n) < 0.5
    people = []
    for i in range(n):
        human = int(latents.human[i])
        duplicate = human != i
        given, family = FIRST_NAMES[first[human]], LAST_NAMES[last[human]]
        local = f"{given[0] if duplicate else given}.{family}{i + 1}".lower()
        mailed = bool(twin_mail[i]) if duplicate else bool(latents.has_email[i])
        zone = tenant.zones[latents.zone[human]][0]
        town = CITIES[zone][place[human] % len(CITIES[zone])]
        forms = FORMS[DEPTHS[depth[i]]]
        people.append(
            Person(
                number=i,
                first_name=given,
                last_name=family,
                email=f"{local}@{EMAIL_DOMAINS[domain[i]]}" if mailed else None,
                phone=_phone(town[3], int(lines[human])) if latents.has_phone[human] else None,
                city=town[0],
                state=town[1],
                postcode=town[2],
                zone=zone,
                zone_known=bool(zone_known[i]),
                created_at=tenant.start + timedelta(seconds=int(latents.start[i] * 604_800)),
                source=SOURCES[latents.source[i]],
                lifecycle=LIFECYCLES[stage[i]],
                depth=DEPTHS[depth[i]],
                inquiry=inquiry[i],
                form=forms[int(place[i]) % len(forms)],
                concern=CONCERNS[concern[i]],
                reason_noted=REASONS[noted[i]] if noted[i] >= 0 else None,
                sms_consent=bool(latents.sms_consent[i] and latents.has_phone[i] and not duplicate),
                owner=int(owner[i]),
                duplicate=duplicate,
            )
        )
    return people


def _phone(area: int, line: int) -> str:
    """A number in the made-up 555 exchange; lines beyond 9,000 take the area codes next door."""
    hundred, rest = divmod(line, 9_000)
    code = area if hundred == 0 else NEIGHBOURS[(hundred - 1) % len(NEIGHBOURS)]
    return f"+1{code}555{1_000 + rest:04d}"
