"""The business whose people are pretended: its size, season, prices and how its people answer."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np


class Family(StrEnum):
    """How event times and answers come about; the others are there so that no scorer can learn the first alone."""

    STANDARD = "standard"
    MISSPECIFIED = "misspecified"  # regular gaps, rate tied to dropout, a change of regime
    AFFINITY = "affinity"  # what somebody was concerned about decides what a message brings


@dataclass(frozen=True, slots=True)
class Nature:
    """What a sandbox's tenants are like: their family, whether touches do nothing, their records.

    `weeks` is how far back the records reach: with 20, nothing can be said about half a year. `language` is what
    people write in.
    """

    family: Family = Family.STANDARD
    null: bool = False
    weeks: int = 156
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Response:
    """Coefficients of the answer to a touch, on the logit scale.

    Values are the reactivation sheet's generator specification; each tenant jitters them.
    """

    intercept: float = -2.45
    intent: float = 0.55
    customer: float = 0.5
    gap: float = -0.28
    decay: float = float(np.log(0.8))
    spacing: float = -0.3
    signal: float = 1.0
    noise: float = 0.35
    opt_out_email: float = 0.003
    opt_out_sms: float = 0.009
    complaint: float = 0.0005
    booked_if_positive: float = 0.45
    booked_if_neutral: float = 0.20
    show: float = 0.80
    sale: float = 0.50


@dataclass(frozen=True, slots=True)
class Tenant:
    """One business: everything that is drawn once and then holds for all its people."""

    seed: int
    name: str
    contacts: int
    as_of: datetime
    weeks: int = 156
    currency: str = "USD"
    zone: str = "America/New_York"
    zones: tuple[tuple[str, float], ...] = (
        ("America/New_York", 0.93),
        ("America/Chicago", 0.04),
        ("America/Los_Angeles", 0.03),
    )
    customers: float = 0.35
    season_amplitude: float = 0.2
    season_phase: float = 10.0
    price: float = 3800.0
    price_spread: float = 0.35
    accessory: float = 85.0
    patterns: tuple[float, float, float, float] = (0.30, 0.22, 0.25, 0.23)
    channel_mean: float = 0.35
    awakening: float = 0.02
    response: Response = Response()
    family: Family = Family.STANDARD
    null: bool = False
    language: str = "en"

    @property
    def start(self) -> datetime:
        return self.as_of - timedelta(weeks=self.weeks)

    def season(self, weeks: np.ndarray) -> np.ndarray:
        """Relative activity at `weeks` since the start of the history; mean 1 over a year."""
        angle = 2.0 * np.pi * (weeks - self.season_phase) / 52.0
        return np.asarray(1.0 + self.season_amplitude * np.cos(angle))


def hearing_care(
    *,
    seed: int,
    contacts: int = 1500,
    as_of: datetime,
    weeks: int = 156,
    family: Family = Family.STANDARD,
    null: bool = False,
    language: str = "en",
) -> Tenant:
    """A hearing-care practice in Portland, Maine, with parameters jittered by its seed.

    `weeks` is how far back its records reach.
    With `null`, touches do nothing at all and everyone's chance of coming back is the same.
    """
    rng = np.random.default_rng([seed, 1])
    shares = rng.dirichlet(400 * np.array([0.30, 0.22, 0.25, 0.23]))
    usual = Response()
    response = replace(
        usual,
        intercept=usual.intercept + rng.normal(0.30, 0.08),
        intent=usual.intent * rng.uniform(0.85, 1.15),
        customer=usual.customer * rng.uniform(0.8, 1.2),
        gap=usual.gap * rng.uniform(0.85, 1.15),
        show=usual.show + rng.uniform(-0.04, 0.04),
        sale=usual.sale + rng.uniform(-0.08, 0.04),
    )
    heavy, sporadic, fading, single = (float(share) for share in shares)
    return Tenant(
        seed=seed,
        name="Harbor Hearing Center",
        contacts=contacts,
        as_of=as_of,
        weeks=weeks,
        customers=float(np.clip(rng.normal(0.35, 0.03), 0.25, 0.45)),
        season_amplitude=float(rng.uniform(0.1, 0.5)),
        season_phase=float(rng.uniform(0, 52)),
        price=float(3800 * rng.lognormal(0, 0.08)),
        patterns=(heavy, sporadic, fading, single),
        channel_mean=float(rng.normal(0.35, 0.1)),
        awakening=float(rng.uniform(0.015, 0.025)),
        response=response,
        family=family,
        null=null,
        language=language,
    )
