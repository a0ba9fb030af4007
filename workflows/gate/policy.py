"""An account's settings as the rule book asks for them; pure."""

from datetime import time, timedelta

from contact_rules.local_time import QuietHours, Window
from contact_rules.person import Policy
from oauth.account_settings.fields import AccountSettings
from oauth.account_settings.kinds import window_of

_NEVER = Window(time(0), time(0))


def policy_of(own: AccountSettings) -> Policy:
    return Policy(
        tenant_zone=own.timezone,
        own_domains=frozenset(own.own_domains.split()),
        competitor_domains=frozenset(own.competitor_domains.split()),
        hours=QuietHours(_window(own.hours), _window(own.sunday_hours)),
        cooldown=timedelta(days=own.cooldown_days),
        quiet_after_staff=timedelta(days=own.quiet_after_staff_days),
        quiet_after_activity=timedelta(days=own.quiet_after_activity_days),
    )


def _window(text: str) -> Window:
    found = window_of(text)
    return _NEVER if found is None else Window(*found)
