"""What is said to people of a choice: what a touch goes out with, and why with that; pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from contact_rules.channels import CHANNELS, Channel
from scoring.features.hours import HOUR_BLOCKS, block_of

AS_PLANNED = "As the playbook plans"
NOTHING_LEARNT = f"{AS_PLANNED}: nothing has been learnt yet."
TURNED_OFF = f"{AS_PLANNED}: your settings leave channel, hour and wording to it."
FIXED = f"{AS_PLANNED}, which is fixed."
ONLY_ONE = f"{AS_PLANNED}: nothing else may be used now."

_ARTICLES = {Channel.EMAIL: "an e-mail", Channel.SMS: "a text", Channel.CALL: "a call"}


def what(channel: str, variant: str, at: datetime, zone: str, *, plain: str) -> str:
    """What goes out when: “a text on Tuesday between 3 pm and 6 pm”; a wording other than `plain` is named."""
    local = at.astimezone(ZoneInfo(zone))
    begins, ends = HOUR_BLOCKS[block_of(local.hour)]
    wording = "" if variant == plain else f" worded “{variant}”"
    return f"{_ARTICLES[Channel(channel)]}{wording} on {local:%A} between {_hour(begins)} and {_hour(ends)}"


def _hour(hour: int) -> str:
    if hour == 12:
        return "noon"
    return f"{hour} am" if hour < 12 else f"{hour - 12} pm"


def in_100(chance: float) -> str:
    return f"{chance * 100:.1f} in 100"


def best_is_plan(said: str, chance: float, messages: int) -> str:
    return (
        f"{AS_PLANNED}: {said}. {_shown(messages)} {in_100(chance)} such are answered, and nothing else is surely "
        "better."
    )


def better(said: str, chance: float, planned: str, usual: float, messages: int) -> str:
    return (
        f"{said[0].upper()}{said[1:]}. {_shown(messages)} {in_100(chance)} such are answered, against {in_100(usual)} "
        f"as planned: {planned}."
    )


def a_try(said: str, chance: float, best: str, at_best: float, messages: int) -> str:
    return (
        f"A try, to learn from: {said}. {_shown(messages)} {in_100(chance)} such are answered, against "
        f"{in_100(at_best)} of the best: {best}."
    )


def _shown(messages: int) -> str:
    return f"By what {messages:,} messages have shown,"


def left_out(touch_no: int, channel: str, gain: float, worth: float, costs: float) -> str:
    """Why one more message is not worth it."""
    name = CHANNELS[Channel(channel)].label.lower()
    return (
        f"Left out: message {touch_no}, by {name}, would bring {in_100(max(gain, 0.0))} more answers, worth "
        f"{worth:,.2f}, and costs {costs:,.2f} with those who opt out."
    )
