"""The outreach plans that scoring counts with, as the playbooks have them: which channels on which days."""

from dataclasses import dataclass

from contact_rules.channels import Channel
from playbooks.library import packaged_plans

_DATA = packaged_plans()
# Messages of a plan go out in the morning unless an admin says otherwise.
PLAN_HOUR = _DATA.hour

# What each further touch adds, the first being 1: measured on published programmes (reactivation C9).
TOUCH_DECAY = (1.0, 0.89, 0.72, 0.58, 0.40, 0.37, 0.27)

# A complaint that a touch may bring about, in major units.
COMPLAINT_RATE, COMPLAINT_COST = 0.0005, 50.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Days after the decision, and the channel of each touch."""

    key: str
    touches: tuple[tuple[int, Channel], ...]

    @property
    def first_channel(self) -> Channel:
        return self.touches[0][1]

    @property
    def spacing_days(self) -> float | None:
        """Days from one touch to the next, on average; None for a single one."""
        if len(self.touches) < 2:
            return None
        return (self.touches[-1][0] - self.touches[0][0]) / (len(self.touches) - 1)


PLANS = {
    plan.key: Plan(plan.key, tuple((touch.day, touch.channel) for touch in plan.touches))
    for plan in _DATA.plans
}
# What somebody gets by the channels that may be used; who can't be reached at all is counted by the first, in vain.
USUAL = _DATA.usual
BY_CHANNELS: dict[frozenset[Channel], str] = {
    frozenset(plan.channels): plan.key for plan in _DATA.plans if plan.channels
}
