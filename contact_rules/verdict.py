"""What the rule book says of one person: by which channel to contact them, or what speaks against it; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contact_rules.channels import AUTOMATIC, CHANNELS, Channel
from contact_rules.person import Person, Policy, opens_at
from contact_rules.rules import ALWAYS, BY_CHANNEL, NO_HOUR, NOW, OUTSIDE_HOURS, WAITS, Rule


@dataclass(frozen=True, slots=True)
class Allow:
    channel: Channel


@dataclass(frozen=True, slots=True)
class Defer:
    """Not at this hour, or not so soon after another message: `channel` may be used from `until` on."""

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

    Where none may be used, the reason against the preferred one of those that they have an address for is given: it is
    what an admin can act on.
    """
    against = _first(ALWAYS, person, at, policy)
    if against is not None:
        return against
    for channel in AUTOMATIC:
        if _first(BY_CHANNEL[channel], person, at, policy) is None:
            return _now(person, channel, at, policy)
    has_address = (c for c in AUTOMATIC if getattr(person, CHANNELS[c].address))
    denied = _first(BY_CHANNEL[next(has_address, AUTOMATIC[0])], person, at, policy)
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
    free, (rule, reason) = _free(person, at)
    opens = opens_at(person.timezone, person.region, person.phone, free, policy)
    if opens is None:
        return Deny(*NO_HOUR)
    return Allow(channel) if opens == at else Defer(opens, rule, reason, channel)


def _free(person: Person, at: datetime) -> tuple[datetime, tuple[str, str]]:
    """From when on what was sent before leaves room, and what is said of the time until then."""
    free, said = at, OUTSIDE_HOURS
    for wait in WAITS:
        sent_at = getattr(person, wait.field)
        # A CRM's clock may be ahead of ours: what it dates later than now was sent now.
        until = at if sent_at is None else min(sent_at, at) + wait.span
        if until > free:
            free, said = until, (wait.id, wait.says)
    return free, said


def _first(rules: Iterable[Rule], person: Person, at: datetime, policy: Policy) -> Deny | None:
    for rule in rules:
        if rule.when.holds(person, at, policy):
            return Deny(rule.id, rule.told(policy, person), rule.human_first)
    return None
