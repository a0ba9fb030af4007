"""Outreach plans as data: which channels on which days."""

from dataclasses import dataclass

EMAIL, SMS = "email", "sms"
# Messages of a plan go out in the morning unless an admin says otherwise.
PLAN_HOUR = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """Days after the decision, and the channel of each touch."""

    key: str
    touches: tuple[tuple[int, str], ...]

    @property
    def first_channel(self) -> str:
        return self.touches[0][1]

    @property
    def spacing_days(self) -> float | None:
        """Days from one touch to the next, on average; None for a single one."""
        if len(self.touches) < 2:
            return None
        return (self.touches[-1][0] - self.touches[0][0]) / (len(self.touches) - 1)


PLANS = {
    plan.key: plan
    for plan in (
        # E-mail, a text after three days, a different angle after another week (S13).
        Plan("email_sms_email", ((0, EMAIL), (3, SMS), (10, EMAIL))),
        Plan("sms_email_sms", ((0, SMS), (3, EMAIL), (10, SMS))),
        Plan("email_email_email", ((0, EMAIL), (5, EMAIL), (10, EMAIL))),
        Plan("email", ((0, EMAIL),)),
        Plan("sms", ((0, SMS),)),
    )
}
