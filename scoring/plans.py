"""Outreach plans as data: which channels on which days."""

from dataclasses import dataclass

from contact_rules.channels import Channel

# Messages of a plan go out in the morning unless an admin says otherwise.
PLAN_HOUR = 10


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
    plan.key: plan
    for plan in (
        # E-mail, a text after three days, a different angle after another week (S13).
        Plan("email_sms_email", ((0, Channel.EMAIL), (3, Channel.SMS), (10, Channel.EMAIL))),
        Plan("sms_email_sms", ((0, Channel.SMS), (3, Channel.EMAIL), (10, Channel.SMS))),
        Plan("email_email_email", ((0, Channel.EMAIL), (5, Channel.EMAIL), (10, Channel.EMAIL))),
        Plan("email", ((0, Channel.EMAIL),)),
        Plan("sms", ((0, Channel.SMS),)),
    )
}
# What somebody gets by the channels that may be used; who can't be reached at all is counted by the first, in vain.
USUAL = "email_sms_email"
BY_CHANNELS: dict[frozenset[Channel], str] = {
    frozenset({Channel.EMAIL, Channel.SMS}): USUAL,
    frozenset({Channel.EMAIL}): "email_email_email",
    frozenset({Channel.SMS}): "sms_email_sms",
}
