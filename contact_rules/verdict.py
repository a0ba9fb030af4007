"""What the rule book says of one person: by which channel to contact them, or what speaks against it; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contact_rules.channels import AUTOMATIC, Channel
from contact_rules.person import Person, Policy, opens_at
from contact_rules.rules import ALWAYS, BY_CHANNEL, NO_HOUR, NOW, OUTSIDE_HOURS, Rule


@dataclass(frozen=True, slots=True)
class Allow:
    channel: Channel


@dataclass(frozen=True, slots=True)
class Defer:
    """Not at this hour: `channel` may be used from `until` on."""

    until: datetime
    rule: str
    reason: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Deny:
    """`human_first` where nothing automatic may start, but a person of the team should call."""

    rule: str
    reason: str
    human_first: bool = False


Verdict = Allow | Defer | Deny


def choose_channel(person: Person, at: datetime, policy: Policy) -> Verdict:
    """By the first channel that may be used automatically, or what speaks against it.

    Where none may be used, the reason against the preferred one is given: it is what an admin can act on.
    """
    against = _first(ALWAYS, person, at, policy)
    if against is not None:
        return against
    for channel in AUTOMATIC:
        if _first(BY_CHANNEL[channel], person, at, policy) is None:
            return _now(person, channel, at, policy)
    denied = _first(BY_CHANNEL[AUTOMATIC[0]], person, at, policy)
    assert denied is not None  # noqa: S101  else the loop above had answered
    return denied


def may_contact(person: Person, channel: Channel, at: datetime, policy: Policy) -> Verdict:
    """Whether one channel may be used: the first rule that speaks against it, or Allow."""
    against = _first((*ALWAYS, *BY_CHANNEL[channel]), person, at, policy)
    return _now(person, channel, at, policy) if against is None else against


def _now(person: Person, channel: Channel, at: datetime, policy: Policy) -> Verdict:
    against = _first(NOW, person, at, policy)
    if against is not None:
        return against
    opens = opens_at(person.timezone, person.region, person.phone, at, policy)
    if opens is None:
        return Deny(*NO_HOUR)
    return Allow(channel) if opens == at else Defer(opens, *OUTSIDE_HOURS, channel)


def _first(rules: Iterable[Rule], person: Person, at: datetime, policy: Policy) -> Deny | None:
    for rule in rules:
        if rule.when.holds(person, at, policy):
            return Deny(rule.id, rule.told(policy), rule.human_first)
    return None
