"""What the rule book says of everybody: the same rules as for one person, over columns."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, get_args, get_type_hints

import polars as pl

from contact_rules.channels import AUTOMATIC, CHANNELS, Channel, usable
from contact_rules.person import Person, Policy, opens_at
from contact_rules.rules import ALWAYS, BY_CHANNEL, NO_HOUR, NOW, OUTSIDE_HOURS, WAITS, Rule

MOMENT = pl.Datetime("ms", "UTC")
_EXACT = pl.Datetime("us", "UTC")
_KINDS = {bool: pl.Boolean(), int: pl.Int64(), datetime: MOMENT, str: pl.String()}


def _kind(hint: Any) -> pl.DataType:
    known = next(kind for kind in (get_args(hint) or (hint,)) if kind is not type(None))
    return _KINDS[known]


# The columns of a frame of people: the fields of a person, each with its type.
PERSON_COLUMNS = {name: _kind(hint) for name, hint in get_type_hints(Person).items()}


def with_channels(frame: pl.DataFrame, at: datetime, policy: Policy) -> pl.DataFrame:
    """Add for each channel, under the name of `usable`, whether nothing speaks against the channel itself.

    `frame` has the columns that the rules of channels look at (`channel_fields`). What speaks against any contact,
    or against one just now, is not asked: see `with_verdicts`.
    """
    return frame.with_columns(
        (~_any(BY_CHANNEL[channel], at, policy)).alias(usable(channel)) for channel in CHANNELS
    )


def speaks_against(channel: Channel, rule: str, at: datetime, policy: Policy) -> pl.Expr:
    """Whether a rule of this id speaks against a channel."""
    return _any([r for r in BY_CHANNEL[channel] if r.id == rule], at, policy)


def joined_channels() -> pl.Expr:
    """The channels that may be used as one text, as `channels.join` writes it: what is stored of `with_channels`."""
    names = [pl.when(usable(channel)).then(pl.lit(str(channel))) for channel in CHANNELS]
    return pl.concat_str(names, separator=" ", ignore_nulls=True)


def split_channels(text: pl.Expr) -> dict[str, pl.Expr]:
    """Column → expression, the way back from `joined_channels`."""
    words = text.str.split(" ")
    return {usable(channel): words.list.contains(str(channel)) for channel in CHANNELS}


def channel_fields() -> frozenset[str]:
    """The columns that the rules of channels look at."""
    return frozenset().union(*(r.when.fields for rules in BY_CHANNEL.values() for r in rules))


def with_verdicts(frame: pl.DataFrame, at: datetime, policy: Policy) -> pl.DataFrame:
    """Add `channel`, `rule`, `reason_against`, `human_first` and `until`, as `choose_channel` says of each person.

    `frame` has PERSON_COLUMNS. `until` is set where only the hour or a message just before speaks against it, with the
    rule and the channel that may be used from then on; `channel` alone is set where nothing does.
    """
    frame = with_channels(_with_hours(frame, at, policy), at, policy)
    chain = _Chain(at, policy)
    for rule in ALWAYS:
        chain.add(rule.when.column(at, policy), rule)
    unreachable = ~pl.any_horizontal([pl.col(usable(channel)) for channel in AUTOMATIC])
    # The first channel that there is an address for says why, or the first of all.
    says_why = pl.coalesce(
        pl.when(CHANNELS[channel].address).then(pl.lit(str(channel))) for channel in AUTOMATIC
    ).fill_null(str(AUTOMATIC[0]))
    for channel in AUTOMATIC:
        asked = unreachable & (says_why == str(channel))
        for rule in BY_CHANNEL[channel]:
            chain.add(asked & rule.when.column(at, policy), rule)
    for rule in NOW:
        chain.add(rule.when.column(at, policy), rule)
    chain.say(pl.col("_opens").is_null(), *NO_HOUR)
    found = frame.with_columns(denied=chain.denied())
    outside = ~pl.col("denied") & (pl.col("_opens") > at)
    return found.with_columns(
        channel=pl.when(~pl.col("denied")).then(_preferred()),
        rule=chain.rule(outside),
        reason_against=chain.reason(outside),
        human_first=chain.human_first(),
        until=pl.when(outside).then(pl.col("_opens")),
    ).drop("_opens", "_waits", "denied")


class _Chain:
    """Rules in order, of which the first that holds is the one that counts."""

    def __init__(self, at: datetime, policy: Policy) -> None:
        self._at, self._policy = at, policy
        self._links: list[tuple[pl.Expr, str, pl.Expr, bool]] = []

    def add(self, when: pl.Expr, rule: Rule) -> None:
        told = pl.col(rule.words) if rule.words else pl.lit(rule.told(self._policy))
        self._links.append((when, rule.id, told, rule.human_first))

    def say(self, when: pl.Expr, rule: str, reason: str) -> None:
        self._links.append((when, rule, pl.lit(reason), False))

    def denied(self) -> pl.Expr:
        return pl.any_horizontal([when for when, *_ in self._links])

    def rule(self, outside: pl.Expr) -> pl.Expr:
        return self._pick(
            1, pl.when(outside).then(_waiting([OUTSIDE_HOURS[0], *(w.id for w in WAITS)]))
        )

    def reason(self, outside: pl.Expr) -> pl.Expr:
        return self._pick(
            2, pl.when(outside).then(_waiting([OUTSIDE_HOURS[1], *(w.says for w in WAITS)]))
        )

    def human_first(self) -> pl.Expr:
        return self._pick(3, pl.lit(value=False))

    def _pick(self, place: int, otherwise: pl.Expr) -> pl.Expr:
        picked = otherwise
        for link in reversed(self._links):
            told = link[place]
            picked = (
                pl.when(link[0])
                .then(told if isinstance(told, pl.Expr) else pl.lit(told))
                .otherwise(picked)
            )
        return picked


def _any(rules: Iterable[Rule], at: datetime, policy: Policy) -> pl.Expr:
    return pl.any_horizontal([rule.when.column(at, policy) for rule in rules])


def _preferred() -> pl.Expr:
    """The first channel that may be used automatically."""
    picked = pl.lit(None, dtype=pl.String)
    for channel in reversed(AUTOMATIC):
        picked = pl.when(pl.col(usable(channel))).then(pl.lit(str(channel))).otherwise(picked)
    return picked


def _waiting(words: Sequence[str]) -> pl.Expr:
    """The word for what is waited for: the first for the hour, then one for each of WAITS."""
    return pl.col("_waits").replace_strict(dict(enumerate(words)), return_dtype=pl.String)


def _with_hours(frame: pl.DataFrame, at: datetime, policy: Policy) -> pl.DataFrame:
    """Add `_opens`, when there is room and the hour is decent, asked once for each place; and `_waits`, for what."""
    now = pl.lit(at, dtype=_EXACT)
    until = [
        pl.when(pl.col(wait.field).is_null())
        .then(now)
        .otherwise(pl.min_horizontal(pl.col(wait.field).cast(_EXACT), now) + wait.span)
        for wait in WAITS
    ]
    frame = frame.with_columns(_free=pl.max_horizontal(now, *until))
    waits = pl.lit(0)
    for number, moment in reversed(list(enumerate(until, start=1))):
        ends = (moment == pl.col("_free")) & (pl.col("_free") > now)
        waits = pl.when(ends).then(pl.lit(number)).otherwise(waits)
    place = ("timezone", "region", "phone", "_free")
    places = frame.select(place).unique()
    opens = [
        opens_at(zone, region, phone, free, policy)
        for zone, region, phone, free in places.iter_rows()
    ]
    known = places.with_columns(pl.Series("_opens", opens, dtype=_EXACT))
    joined = frame.with_columns(_waits=waits).join(
        known, on=place, how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.drop("_free")
