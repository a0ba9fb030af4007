"""What to write: wanted values less known values, with hysteresis and limits; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.port.fields import PropertyDefinition
from connector.port.writing import Pace


@dataclass(frozen=True, slots=True)
class ValueRule:
    """How one property's values are compared: what drifts by less than is worth a write is no reason for one.

    A number has to move by `least_step` and by `least_share` of the larger of the two, a value of an `order` by two
    places of it.
    """

    kind: str
    least_step: float = 0.0
    least_share: float = 0.0
    order: tuple[str, ...] = ()
    rides_along: bool = False  # never a reason to write by itself
    comes_first: bool = False  # written before changes of the others, where writing takes long
    is_standing: bool = (
        False  # says where somebody stands: what a plan is judged by before it goes ahead
    )


@dataclass(frozen=True, slots=True)
class Change:
    """The values to set on one contact, and what they were."""

    contact_id: str
    new: Mapping[str, str]
    old: Mapping[str, str]
    rank: int = 0  # the lower is written first; of STANDING: somebody stands otherwise from then on


# Ranks of changes, in the order in which they are written.
STANDING, FIRST, OTHER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Limits:
    """When a plan may go ahead by itself."""

    first_needs_approval: bool = True
    later_need_approval: bool = False
    # Share of the account's contacts whose standing a later plan may change without a person.
    most_touched: float = 0.3


@dataclass(frozen=True, slots=True)
class Drift:
    """What of a property's value is no news."""

    step: float = 0.0
    share: float = 0.0
    order: tuple[str, ...] = ()


def rules_for(
    definitions: Iterable[PropertyDefinition],
    *,
    drifts: Mapping[str, Drift],
    riders: Iterable[str],
    standing: Iterable[str] = (),
    first: Iterable[str] = (),
) -> dict[str, ValueRule]:
    """Comparison rules from the definitions; `drifts` per property, `riders` only ride along."""
    along, stands, ahead = set(riders), set(standing), set(first)
    none = Drift()
    return {
        d.name: ValueRule(
            d.kind,
            drifts.get(d.name, none).step,
            drifts.get(d.name, none).share,
            drifts.get(d.name, none).order,
            rides_along=d.name in along,
            comes_first=d.name in ahead,
            is_standing=d.name in stands,
        )
        for d in definitions
    }


def plan_changes(
    wanted: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Mapping[str, str]],
    rules: Mapping[str, ValueRule],
) -> Iterator[Change]:
    """One change for each contact of whom something is news; contacts not in `known` are skipped.

    Whoever is written to gets all that differs, also what has only drifted. An empty wanted value clears the
    property; a property without a rule is left alone.
    """
    for contact_id, values in wanted.items():
        if contact_id not in known:
            continue  # archived or gone in the meantime
        have = known[contact_id]
        differing: dict[str, str] = {}
        before: dict[str, str] = {}
        news: list[ValueRule] = []
        for name, value in values.items():
            rule, old = rules.get(name), have.get(name, "")
            if rule is None or old == value:
                continue
            # Of two texts of which one is empty nothing is to be compared.
            if old and value and is_equal(rule.kind, old, value):
                continue
            differing[name], before[name] = value, old
            if not rule.rides_along and not (old and value and is_same(rule, old, value)):
                news.append(rule)
        if news:
            yield Change(contact_id, differing, before, _rank(news))


def _rank(news: Iterable[ValueRule]) -> int:
    ranks = (STANDING if r.is_standing else FIRST if r.comes_first else OTHER for r in news)
    return min(ranks)


def is_same(rule: ValueRule, known: str, wanted: str) -> bool:
    """Whether two values are the same to the CRM, or too close to be worth a write."""
    if is_equal(rule.kind, known, wanted):
        return True
    if not known or not wanted:
        return False
    if rule.kind == "number":
        return _is_near(rule, known, wanted)
    if known in rule.order and wanted in rule.order:
        return abs(rule.order.index(known) - rule.order.index(wanted)) < 2
    return False


def is_equal(kind: str, known: str, wanted: str) -> bool:
    """Whether two texts are one value to the CRM."""
    if known == wanted:
        return True
    if not known or not wanted:
        return False
    if kind == "number":
        return _is_near(ValueRule(kind), known, wanted)
    return kind == "moment" and _moment(known) == _moment(wanted)


def _is_near(rule: ValueRule, known: str, wanted: str) -> bool:
    try:
        one, other = float(known), float(wanted)
    except ValueError:
        return False
    least = max(rule.least_step, rule.least_share * max(abs(one), abs(other)), 1e-9)
    return abs(one - other) < least


def expected_seconds(pace: Pace, contacts: int) -> float:
    """How long writing so many contacts takes: the CRM's rate, and whole days where a day's share ends."""
    per_day = pace.contacts_per_day
    if per_day is None or contacts <= per_day:
        return contacts / pace.contacts_per_second
    days, rest = divmod(contacts - 1, per_day)
    return days * 86_400.0 + (rest + 1) / pace.contacts_per_second


def reason_to_wait(limits: Limits, *, is_first: bool, touched: int, contacts: int) -> str | None:
    """Why a plan must wait for a person, or None when it may go ahead.

    `touched` are those who stand otherwise from then on: numbers drift every day, in everybody.
    """
    if is_first and limits.first_needs_approval:
        return "The first plan of an account is a dry run: look at it, then approve it."
    if limits.later_need_approval and not is_first:
        return "By the settings of this account every plan waits for a person."
    if contacts and touched > max(100, limits.most_touched * contacts):
        return (
            f"It would change where {touched:,} of {contacts:,} contacts stand; "
            f"more than {limits.most_touched:.0%} waits for a person."
        )
    return None


def _moment(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
