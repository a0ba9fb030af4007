"""What a touch costs an account, by channel; pure."""

from contact_rules.channels import CHANNELS, Channel
from oauth.account_settings.fields import AccountSettings


def costs_of(own: AccountSettings) -> dict[Channel, float]:
    """The account's own costs, and the usual ones where it has said nothing."""
    chosen = {
        Channel.EMAIL: own.email_cost,
        Channel.SMS: own.text_cost,
        Channel.CALL: own.call_cost,
    }
    usual = {channel: facts.cost for channel, facts in CHANNELS.items()}
    return usual | {channel: cost for channel, cost in chosen.items() if cost is not None}
