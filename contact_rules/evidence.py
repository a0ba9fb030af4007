"""Which fields of a person a refusal goes by: what the decision log keeps of it beside the words; pure."""

from collections.abc import Iterator
from itertools import chain

from contact_rules.person import Policy
from contact_rules.rules import ALWAYS, BY_CHANNEL, NO_HOUR, NOW, OUTSIDE_HOURS, WAITS, Rule

# Where somebody is, by which their hours are known.
_PLACE = frozenset({"timezone", "region", "phone"})


def fields_behind(rule_id: str | None, reason: str | None, policy: Policy) -> frozenset[str]:
    """The fields that the rule with this id and these words looks at; none of what is no rule."""
    if (rule_id, reason) in {OUTSIDE_HOURS, NO_HOUR}:
        return _PLACE
    for wait in WAITS:
        if (wait.id, wait.says) == (rule_id, reason):
            return frozenset({wait.field})
    for rule in _rules():
        # A wish is told with where and when it was said.
        if rule.id == rule_id and reason is not None and reason.startswith(rule.told(policy)):
            return rule.when.fields
    # What was said of a person is told in words of its own.
    for rule in _rules():
        if rule.id == rule_id and rule.words is not None:
            return rule.when.fields
    return frozenset()


def _rules() -> Iterator[Rule]:
    return chain(ALWAYS, NOW, *BY_CHANNEL.values())
