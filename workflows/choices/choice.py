"""One choice: what a touch goes out with, how it came about, and what has to be known to learn from it; pure."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from workflows.choices.moments import part_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A touch goes out by `channel` in `variant`, not before `at`.

    It came out with the chance `propensity` of those that might be used; `is_plan` where it is the playbook's own,
    whose channel is `planned_channel`. `base` are the log-odds of an answer that were expected of any touch of
    theirs, `zone` where they live, and `segment`, `track` and `interest` how they were known. `version` is that of
    what was learnt, None where nothing was asked; `why` is for people.
    """

    channel: str
    variant: str
    at: datetime
    propensity: float
    why: str
    base: float
    zone: str
    segment: str
    track: str
    interest: str
    planned_channel: str
    is_plan: bool
    version: int | None = None

    def columns(
        self, *, playbook: str, touch_no: int, channel: str, variant: str, at: datetime
    ) -> dict[str, str]:
        """What the touch is learnt by, as it went out; the names are those of scoring.learn.pooled.CHOICES."""
        block, day = part_of(at, self.zone)
        return {
            "playbook": playbook,
            "segment": self.segment,
            "track": self.track,
            "interest": self.interest,
            "touch": str(touch_no),
            "channel": channel,
            "block": block,
            "day": day,
            "variant": variant,
            "planned": "yes" if self.is_plan else "no",
            "as_planned": "yes" if channel == self.planned_channel else "no",
        }

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, stored: Any) -> "Choice | None":
        """The choice again; None of none."""
        if not stored:
            return None
        return cls(**{**stored, "at": datetime.fromisoformat(stored["at"])})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A touch that would bring less than it costs, and why in words."""

    why: str
