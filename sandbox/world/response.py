"""How likely a touch is answered and how long the answer takes: the potential-outcome model.

Formulas are the reactivation sheet's generator specification. All functions take and return
arrays, so that one touch of one person and the sealed truth of all people use the same lines.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.world.events import Channel, Kind
from sandbox.world.latents import (
    BUDGET,
    COMPETITOR,
    DISTRACTION,
    HOUR_BLOCKS,
    MOVED,
    REASONS,
    SERVICE,
    Latents,
)
from sandbox.world.names import CONCERNS
from sandbox.world.tenant import Response

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HORIZON_DAYS = 90.0
ORGANIC_SHARE = 0.35  # of a person's event rate that makes for an unprompted return
# What people do unprompted, and how often each of it.
ORGANIC_LEAD: tuple[tuple[Kind, float], ...] = (
    (Kind.VISIT, 0.52),
    (Kind.FORM, 0.16),
    (Kind.EMAIL_IN, 0.12),
    (Kind.CALL_IN, 0.14),
    (Kind.MEETING_BOOKED, 0.06),
)
ORGANIC_CUSTOMER: tuple[tuple[Kind, float], ...] = (
    (Kind.VISIT, 0.34),
    (Kind.FORM, 0.05),
    (Kind.EMAIL_IN, 0.16),
    (Kind.CALL_IN, 0.22),
    (Kind.MEETING_BOOKED, 0.16),
    (Kind.PURCHASE, 0.07),
)
_AFFINITY = dict(zip(CONCERNS, (0.9, 0.5, 0.0, -0.8, -1.6), strict=True))
_REASON_TERMS = np.zeros(len(REASONS))
_REASON_TERMS[[COMPETITOR, BUDGET, SERVICE, DISTRACTION, MOVED]] = [-0.5, 0.35, -0.8, 0.45, -1.6]


@dataclass(frozen=True, slots=True)
class Situation:
    """The circumstances of a touch, one element per person.

    `ordinal` is 1 for the first touch of a programme, `spacing_days` the days since the previous
    touch (NaN for the first), `hour` local, `signal` whether the person visited within 7 days.
    """

    person: Ints  # index of the human behind the record
    ordinal: Ints
    customer: NDArray[np.bool_]
    gap_weeks: Floats
    spacing_days: Floats
    hour: Floats
    signal: NDArray[np.bool_]


def organic_chance(weekly_rate: Floats, weeks: float = HORIZON_DAYS / 7.0) -> Floats:
    """Chance of an unprompted sign of life within `weeks`: 1 - exp(-rate * weeks * 0.35)."""
    return np.asarray(-np.expm1(-weekly_rate * weeks * ORGANIC_SHARE))


def reason_term(reason: Ints, gap_weeks: Floats, addresses: str | None) -> Floats:
    """Effect of the reason for silence; budgets renew after half a year, apologies help."""
    term = _REASON_TERMS[reason] + 0.4 * ((reason == BUDGET) & (gap_weeks > 26.0))
    if addresses == REASONS[SERVICE]:
        term = term + 0.6 * (reason == SERVICE)
    return np.asarray(term)


def hour_term(hours: Floats, hour: Floats) -> Floats:
    """Effect of the local hour: half a logit at most, minus half outside all blocks."""
    block = np.floor((hour - HOUR_BLOCKS[0][0]) / 3.0).astype(np.int64)
    inside = (block >= 0) & (block < len(HOUR_BLOCKS))
    liked = hours[np.arange(len(hour)), np.clip(block, 0, len(HOUR_BLOCKS) - 1)]
    return np.where(inside, np.clip(0.5 * np.log(np.maximum(liked, 1e-3) * 4.0), -0.5, 0.5), -0.5)


def affinity(concerns: Iterable[str]) -> Floats:
    """What each one's concern adds to the log-odds of an answer, where that decides."""
    return np.array([_AFFINITY[concern] for concern in concerns])


def answer_chance(
    latents: Latents,
    response: Response,
    situation: Situation,
    *,
    channel: Channel,
    addresses: str | None,
    noise: Floats,
) -> Floats:
    """Chance that the touch is answered; `noise` are standard normal numbers, one per person."""
    s = situation
    who = s.person
    side = {Channel.EMAIL: -0.5, Channel.SMS: 0.5, Channel.CALL: 0.25}[channel]
    spacing = np.nan_to_num(np.log(np.maximum(s.spacing_days, 0.05) / 5.0) ** 2, nan=0.0)
    logit = (
        response.intercept
        + response.intent * latents.intent[who]
        + response.customer * s.customer
        + response.gap * np.log1p(np.maximum(s.gap_weeks, 0.0) * 12.0 / 52.0)
        + latents.affinity[who]
        + reason_term(latents.reason[who], s.gap_weeks, addresses)
        + side * latents.channel[who]
        + hour_term(latents.hours[who], s.hour)
        + response.decay * (s.ordinal - 1)
        + response.spacing * spacing
        + response.signal * s.signal
        + response.noise * noise
    )
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def answer_delay_days(mixture: Floats, luck: Floats, tail: Floats) -> Floats:
    """Days from touch to answer: 85 % log-normal around one day and within 30, the rest to 90.

    `mixture` and `tail` are uniform, `luck` standard normal.
    """
    early = np.minimum(np.exp(1.2 * luck), 30.0)
    return np.where(mixture < 0.85, early, 30.0 + 60.0 * tail)


def refusal_chance(
    response: Response, channel: Channel, ordinal: int, spacing_days: float | None
) -> float:
    """Chance that the touch makes the person opt out of its channel."""
    usual = response.opt_out_sms if channel is Channel.SMS else response.opt_out_email
    rushed = 2.0 if spacing_days is not None and spacing_days < 2.0 else 1.0
    return usual * (1.0 + 0.5 * (ordinal - 1)) * rushed
