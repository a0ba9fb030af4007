"""What other accounts taught about who responds: where every account's own learning starts from."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """Mean and spread (standard deviation between accounts) of coefficients, by term.

    `alone` are of coming back by oneself, `effect` of what a plan adds; both on log-odds.
    """

    alone: Mapping[str, tuple[float, float]]
    effect: Mapping[str, tuple[float, float]]
    constant_alone: float
    constant_effect: float
    unknown: float


# Judgement, from the reasons and interest that people in the trade expect to matter (S5-S9).
POOLED = Pool(
    alone={},
    effect={
        "returning": (-0.5, 0.2),
        "inquiry_high": (0.4, 0.2),
        "inquiry_medium": (0.0, 0.2),
        "inquiry_low": (-0.4, 0.2),
        "reason_competitor": (-0.4, 0.2),
        "reason_budget_or_timing": (0.3, 0.2),
        "reason_service_issue": (-0.6, 0.2),
        "reason_distraction": (0.3, 0.2),
        "reason_moved": (-1.2, 0.3),
        "reason_new_budget": (0.3, 0.2),
        "answered": (0.3, 0.2),
        "hour": (0.8, 0.2),
        "source_referral": (0.2, 0.2),
    },
    constant_alone=0.7,
    constant_effect=0.5,
    unknown=0.15,
)
