"""What to write: wanted values less known values, with hysteresis and limits; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.port.fields import PropertyDefinition
from connector.port.writing import Pace


@dataclass(frozen=True, slots=True)
class ValueRule:
    """How one property's values are compared: `least_step` is the smallest change worth a write."""

    kind: str
    least_step: float = 0.0
    rides_along: bool = False  # never a reason to write by itself
    comes_first: bool = False  # written before changes of the others, where writing takes long


@dataclass(frozen=True, slots=True)
class Change:
    """The values to set on one contact, and what they were."""

    contact_id: str
    new: Mapping[str, str]
    old: Mapping[str, str]
    rank: int = 0  # the lower is written first


@dataclass(frozen=True, slots=True)
class Limits:
    """When a plan may go ahead by itself."""

    first_needs_approval: bool = True
    later_need_approval: bool = False
    # Share of the account's contacts a later plan may touch without a person (octoDNS refuses at 30 %).
    most_touched: float = 0.3


def rules_for(
    definitions: Iterable[PropertyDefinition],
    *,
    steps: Mapping[str, float],
    riders: Iterable[str],
    first: Iterable[str] = (),
) -> dict[str, ValueRule]:
    """Comparison rules from the definitions; `steps` per property, `riders` only ride along."""
    along, ahead = set(riders), set(first)
    return {
        d.name: ValueRule(
            d.kind,
            steps.get(d.name, 0.0),
            rides_along=d.name in along,
            comes_first=d.name in ahead,
        )
        for d in definitions
    }


def plan_changes(
    wanted: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Mapping[str, str]],
    rules: Mapping[str, ValueRule],
) -> Iterator[Change]:
    """One change for each contact whose wanted values differ enough; contacts not in `known` are skipped.

    An empty wanted value clears the property; a property without a rule is left alone.
    """
    for contact_id, values in wanted.items():
        if contact_id not in known:
            continue  # archived or gone in the meantime
        have = known[contact_id]
        differing = {
            name: value
            for name, value in values.items()
            if name in rules and not is_same(rules[name], have.get(name, ""), value)
        }
        if any(not rules[name].rides_along for name in differing):
            before = {name: have.get(name, "") for name in differing}
            rank = 0 if any(rules[name].comes_first for name in differing) else 1
            yield Change(contact_id, differing, before, rank)


def is_same(rule: ValueRule, known: str, wanted: str) -> bool:
    """Whether two values are the same to the CRM, or too close to be worth a write."""
    if known == wanted:
        return True
    if not known or not wanted:
        return False
    if rule.kind == "number":
        try:
            return abs(float(known) - float(wanted)) < max(rule.least_step, 1e-9)
        except ValueError:
            return False
    if rule.kind == "moment":
        return _moment(known) == _moment(wanted)
    return False


def expected_seconds(pace: Pace, contacts: int) -> float:
    """How long writing so many contacts takes: the CRM's rate, and whole days where a day's share ends."""
    per_day = pace.contacts_per_day
    if per_day is None or contacts <= per_day:
        return contacts / pace.contacts_per_second
    days, rest = divmod(contacts - 1, per_day)
    return days * 86_400.0 + (rest + 1) / pace.contacts_per_second


def reason_to_wait(limits: Limits, *, is_first: bool, touched: int, contacts: int) -> str | None:
    """Why a plan must wait for a person, or None when it may go ahead."""
    if is_first and limits.first_needs_approval:
        return "The first plan of an account is a dry run: look at it, then approve it."
    if limits.later_need_approval and not is_first:
        return "By the settings of this account every plan waits for a person."
    if contacts and touched > max(100, limits.most_touched * contacts):
        return (
            f"It would change {touched:,} of {contacts:,} contacts; "
            f"more than {limits.most_touched:.0%} waits for a person."
        )
    return None


def _moment(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
