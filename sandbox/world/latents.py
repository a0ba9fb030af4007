"""What nobody can see about people: intent, pattern, rate, reason for silence, preferences."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.world.tenant import Family, Tenant

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SOURCES = ("ads", "referral", "form", "event", "import")
SOURCE_SHARES = (0.40, 0.15, 0.25, 0.10, 0.10)
SOURCE_INTENT = np.array([-0.1, 0.6, 0.3, -0.2, -0.3])

HEAVY_STOP, SPORADIC, FADING, ONE_AND_DONE = range(4)
PATTERNS = ("heavy_stop", "sporadic", "fading", "one_and_done")
RATES = np.array([0.90, 0.12, 0.60, 0.25])  # human events a week, times Gamma(1.2)
DROPOUTS = np.array([0.10, 0.01, 0.04, 0.60])  # a week, times Gamma(2)
FADE_WEEKS = 12.0
# People leave slower than those dropouts say, which alone make more than 80 % of a database
# dormant; the generator's band is 60 to 80 %. Aftercare keeps customers longest.
LINGER_LEAD, LINGER_CUSTOMER = 0.4, 0.2

COMPETITOR, BUDGET, SERVICE, DISTRACTION, MOVED = range(5)
REASONS = ("competitor", "budget_or_timing", "service_issue", "distraction", "moved")
REASON_SHARES = np.array([0.15, 0.35, 0.10, 0.30, 0.10])

#: Four blocks of the local day; `hours` says how much of a person's attention each one gets.
HOUR_BLOCKS = ((9, 12), (12, 15), (15, 18), (18, 21))


@dataclass(frozen=True, slots=True)
class Latents:
    """One element per person in every array; weeks count from the start of the history."""

    intent: Floats
    source: Ints
    pattern: Ints
    rate: Floats
    start: Floats
    end: Floats  # of active life; beyond the horizon for people who are still active
    customer: Bools
    reason: Ints
    channel: Floats  # positive: prefers text messages to e-mail
    hours: Floats  # people x blocks, rows add up to 1
    zone: Ints  # index into the tenant's zones: where the person really lives
    has_email: Bools
    has_phone: Bools
    sms_consent: Bools
    machine_opens: Bools
    bounce: Floats  # week in which the e-mail address stops working
    human: Ints  # index of the person behind the record: duplicates share one
    affinity: Floats  # log-odds of an answer that what they are concerned about adds


def _reasons(rng: np.random.Generator, customer: Bools, pattern: Ints) -> Ints:
    """Reasons by chance; service trouble happens to customers only, and to heavy users most."""
    weights = np.tile(REASON_SHARES, (len(customer), 1))
    weights[~customer, SERVICE] = 0.0
    weights[customer & (pattern == HEAVY_STOP), SERVICE] *= 2.5
    edges = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    return np.asarray((rng.random(len(customer))[:, None] > edges).sum(axis=1))


def _duplicates(rng: np.random.Generator, total: int) -> Ints:
    """Give 3 % of the records to people who already have one."""
    human = np.arange(total)
    twins = np.flatnonzero(rng.random(total) < 0.03)
    originals = np.setdiff1d(human, twins)
    if len(originals):
        human[twins] = rng.choice(originals, len(twins))
    return human


def draw_latents(tenant: Tenant) -> Latents:
    """Draw one row per contact of the tenant, all at once."""
    rng = np.random.default_rng([tenant.seed, 2])
    n = tenant.contacts
    source = rng.choice(len(SOURCES), n, p=SOURCE_SHARES)
    intent = rng.normal(SOURCE_INTENT[source], 1.0)
    pattern = rng.choice(len(PATTERNS), n, p=np.array(tenant.patterns))
    customer = rng.random(n) < tenant.customers
    activity = rng.gamma(1.2, 1.0, n)
    rate = activity * RATES[pattern] * np.exp(0.3 * intent)
    dropout = (
        rng.gamma(2.0, 1.0, n)
        * DROPOUTS[pattern]
        * np.where(customer, LINGER_CUSTOMER, LINGER_LEAD)
    )
    if tenant.family is Family.MISSPECIFIED:
        dropout *= np.clip(activity, 0.3, 3.0)
    start = np.clip(tenant.weeks * rng.random(n) ** 0.8, 0.05, tenant.weeks - 0.05)
    batches = tenant.weeks * np.array([0.02, 0.3, 0.55])  # address lists arrive all at once
    imported = source == SOURCES.index("import")
    start = np.where(imported, rng.choice(batches, n), start)
    end = start + rng.exponential(1.0, n) / np.maximum(dropout, 1e-4)
    human = _duplicates(rng, n)
    latents = Latents(
        intent=intent,
        source=source,
        pattern=pattern,
        rate=rate,
        start=start,
        end=end,
        customer=customer,
        reason=_reasons(rng, customer, pattern),
        channel=rng.normal(tenant.channel_mean, 0.8, n),
        hours=rng.dirichlet(np.full(len(HOUR_BLOCKS), 1.5), n),
        zone=rng.choice(len(tenant.zones), n, p=[share for _, share in tenant.zones]),
        has_email=rng.random(n) < 0.92,
        has_phone=rng.random(n) < 0.75,
        sms_consent=rng.random(n) < 0.60,
        machine_opens=rng.random(n) < 0.45,
        bounce=start + rng.exponential(52.0 / 0.10, n),
        human=human,
        affinity=np.zeros(n),
    )
    return _share_twins(latents, tenant.weeks)


def _share_twins(latents: Latents, weeks: int) -> Latents:
    """Let a duplicate have its person's traits; the second record itself has no life of its own."""
    twin = latents.human != np.arange(len(latents.human))
    for name in ("intent", "pattern", "reason", "channel", "hours", "zone", "machine_opens"):
        column = getattr(latents, name)
        column[twin] = column[latents.human[twin]]
    latents.customer[twin] = False
    latents.source[twin] = SOURCES.index("import")
    original = latents.start[latents.human[twin]]
    latents.start[twin] = original + (weeks - 0.05 - original) * 0.5
    latents.rate[twin] = 0.0
    latents.end[twin] = latents.start[twin]
    return latents
