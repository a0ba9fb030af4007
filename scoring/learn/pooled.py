"""What other accounts taught about who responds: where every account's own learning starts from."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """Mean and spread (standard deviation between accounts) of coefficients, by term.

    `alone` are of coming back by oneself, `effect` of answering a plan; both on log-odds. `level` is what plans bring
    beyond their planning values. `unknown` is the spread of terms that nothing is believed of, `trait` that of what
    only one account knows of its people; `works` are the log-odds that plans do anything at all.
    """

    alone: Mapping[str, tuple[float, float]]
    effect: Mapping[str, tuple[float, float]]
    constant_alone: float
    constant_effect: float
    level: float
    unknown: float
    trait: float
    works: float


# Means are judgement on what the trade expects of interest, reasons and hours (S5-S9) and on the safe side
# of what outreach to pretend people of eight practices showed, so that a contact of whom everything speaks
# for an answer stays near the published ranges (N4-N5); spreads say how far an account may differ. How
# often somebody comes back by himself is known from every account's own record: there the belief is
# that the record is right, and its spread is wide, so that an account's control group soon corrects it.
POOLED = Pool(
    alone={
        "customer": (0.0, 0.3),
        "gap": (0.0, 0.5),
        "rate": (0.0, 0.5),
        "span": (0.0, 0.2),
        "age": (0.0, 0.25),
        "returning": (0.0, 0.5),
        "returning_squared": (0.0, 0.25),
        "rate_returning": (0.0, 0.25),
        "answered": (0.0, 0.25),
    },
    effect={
        "customer": (0.35, 0.25),
        "returning": (0.0, 0.15),
        "returning_squared": (0.0, 0.08),
        "sms_only": (0.2, 0.2),
        "answered": (0.1, 0.2),
        "hour": (0.35, 0.2),
        "inquiry_high": (0.3, 0.2),
        "inquiry_medium": (0.05, 0.2),
        "inquiry_low": (-0.35, 0.2),
        "reason_competitor": (-0.4, 0.25),
        "reason_budget_or_timing": (0.05, 0.25),
        "reason_new_budget": (0.2, 0.25),
        "reason_service_issue": (-0.5, 0.25),
        "reason_distraction": (0.1, 0.2),
        "reason_moved": (-0.7, 0.3),
    },
    constant_alone=0.8,
    constant_effect=0.35,
    level=0.12,
    unknown=0.12,
    trait=0.3,
    works=2.2,
)


@dataclass(frozen=True, slots=True)
class Family:
    """Coefficients of one kind, one for each value of its columns together: how far they differ from each other."""

    columns: tuple[str, ...]
    spread: float
    mean: float = 0.0

    @property
    def key(self) -> str:
        return "*".join(self.columns) or "all"


@dataclass(frozen=True, slots=True)
class ChoicePool:
    """What is believed of channels, hours, touches and wordings before an account has messages of its own."""

    families: tuple[Family, ...]
    means: Mapping[str, float]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its families are made of."""
        return tuple(dict.fromkeys(name for family in self.families for name in family.columns))

    def of(self, key: str) -> tuple[float, float]:
        """Mean and spread of a coefficient."""
        kind = key.partition("=")[0]
        family = next(family for family in self.families if family.key == kind)
        return self.means.get(key, family.mean), family.spread


# Spreads are judgement: how much answers to messages of otherwise the same kind differ, on log-odds. What holds of
# one segment or of a channel at some hour alone differs less than what holds of all.
CHOICES = ChoicePool(
    families=(
        Family((), 0.5),
        Family(("playbook",), 0.2),
        Family(("segment",), 0.2),
        Family(("touch",), 0.15),
        Family(("channel",), 0.25),
        Family(("block",), 0.2),
        Family(("day",), 0.1),
        Family(("variant",), 0.15),
        Family(("playbook", "variant"), 0.15),
        Family(("planned",), 0.2),
        Family(("as_planned",), 0.15),
        Family(("channel", "block"), 0.12),
        Family(("channel", "touch"), 0.12),
        Family(("channel", "track"), 0.12),
        Family(("channel", "segment"), 0.15),
        Family(("channel", "interest"), 0.1),
        Family(("block", "segment"), 0.12),
    ),
    # What the playbook plans is believed to be a little better than anything else.
    means={"planned=yes": 0.05, "as_planned=yes": 0.05},
)
