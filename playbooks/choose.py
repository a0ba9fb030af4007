"""Who belongs to which segment of which playbook: over columns, and for one contact with the same answer; pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan
from typing import TYPE_CHECKING, Any

from core.moments import to_millis
from playbooks.conditions import Condition
from playbooks.fields import BY_NAME, Field, FieldKind
from playbooks.line import Playbook, Segment

if TYPE_CHECKING:
    import polars as pl

# What stands before the name of an input in the name of its column: columns of scores have such names as well.
INPUT = "input_"
_DAY_MS = 86_400_000
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody is given."""

    playbook: Playbook
    segment: Segment


def choices(playbooks: Sequence[Playbook]) -> Iterator[Choice]:
    """Every segment in the order in which they are asked: the first that fits counts."""
    for playbook in playbooks:
        for segment in playbook.segments:
            yield Choice(playbook, segment)


def fields_of(playbooks: Sequence[Playbook]) -> dict[str, Field]:
    """Every field that these playbooks look at, by its name."""
    asked = (choice.segment.when for choice in choices(playbooks))
    names = (name for condition in asked if condition is not None for name in condition.fields())
    return {name: BY_NAME[name] for name in dict.fromkeys(names)}


def inputs_of(playbooks: Sequence[Playbook]) -> tuple[str, ...]:
    """The inputs that these playbooks look at."""
    return tuple(name for name, field in fields_of(playbooks).items() if field.is_input)


def has_late(playbooks: Sequence[Playbook]) -> bool:
    """Whether one of them asks about what follows from the chance of an answer."""
    return any(field.late for field in fields_of(playbooks).values())


def column_of(name: str) -> str:
    """The column of a field."""
    return f"{INPUT}{name}" if BY_NAME[name].is_input else name


def choose_one(
    playbooks: Sequence[Playbook], facts: Mapping[str, Any], *, at: datetime
) -> Choice | None:
    """The segment of one contact at a moment; `facts` has track and the fields by their names.

    What is not among the facts is not known.
    """
    for choice in choices(playbooks):
        if facts.get("track") != choice.playbook.track:
            continue
        if choice.segment.when is None or meets(choice.segment.when, facts, at=at):
            return choice
    return None


def choose_columns(
    playbooks: Sequence[Playbook],
    columns: Collection[str],
    *,
    at: datetime,
    without_late: bool = False,
) -> "pl.Expr":
    """The key of everybody's segment, from `track` and the fields' columns, as a text; empty for who is in none.

    A field without a column is not known. `without_late` lets every condition hold that asks about what is not there
    yet: what follows from the chance of an answer.
    """
    import polars as pl  # noqa: PLC0415

    found: pl.Expr = pl.lit(None, dtype=pl.String)
    track = pl.col("track").cast(pl.String)
    for choice in reversed(list(choices(playbooks))):
        holds = track == choice.playbook.track.value
        if choice.segment.when is not None:
            asked = _Asked(frozenset(columns), at, without_late=without_late)
            holds = holds & asked.expression(choice.segment.when)
        found = pl.when(holds).then(pl.lit(choice.segment.key)).otherwise(found)
    return found


def meets(condition: Condition, facts: Mapping[str, Any], *, at: datetime) -> bool:
    """Whether one contact meets a condition at a moment."""
    if condition.field is None:
        return (
            all(meets(one, facts, at=at) for one in condition.all_ or ())
            and (condition.any_ is None or any(meets(c, facts, at=at) for c in condition.any_))
            and not any(meets(one, facts, at=at) for one in condition.none or ())
        )
    kind = BY_NAME[condition.field].kind
    value = _value(kind, facts.get(condition.field))
    if condition.known is not None and condition.known is (value is None):
        return False
    if condition.asked() == {"known"}:
        return True
    if value is None:
        return False
    if kind is FieldKind.MOMENT:
        return _meets_in_time(condition, int(value), to_millis(at))
    return _meets_value(condition, kind, value)


def _value(kind: FieldKind, value: Any) -> Any:
    """A field's value as it is compared; None where it is not known."""
    if value is None:
        return None
    if kind is FieldKind.MOMENT:
        return to_millis(value)
    if kind is FieldKind.NUMBER:
        return None if isnan(value) else float(value)
    if kind is FieldKind.TEXT:
        return str(value).strip(_BLANKS).lower() or None
    return value


def _texts(words: Collection[Any]) -> list[str]:
    return [str(word).strip(_BLANKS).lower() for word in words]


def _meets_in_time(condition: Condition, value: int, at: int) -> bool:
    passed = (at - value) / _DAY_MS
    return (
        (condition.older_than is None or passed >= condition.older_than)
        and (condition.within is None or 0 <= passed <= condition.within)
        and (condition.coming_within is None or 0 < -passed <= condition.coming_within)
    )


def _meets_value(condition: Condition, kind: FieldKind, value: Any) -> bool:
    if kind is FieldKind.TEXT:
        return (condition.is_ is None or value in _texts(condition.is_)) and (
            condition.contains is None or any(word in value for word in _texts(condition.contains))
        )
    return (
        (condition.is_ is None or value in condition.is_)
        and (condition.is_not is None or value not in condition.is_not)
        and (condition.at_least is None or value >= condition.at_least)
        and (condition.at_most is None or value <= condition.at_most)
        and (condition.above is None or value > condition.above)
        and (condition.below is None or value < condition.below)
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """Conditions as expressions over the columns that are there."""

    columns: frozenset[str]
    at: datetime
    without_late: bool

    def expression(self, condition: Condition) -> "pl.Expr":
        """True where a condition is met, false everywhere else."""
        import polars as pl  # noqa: PLC0415

        if condition.field is None:
            parts = [self.expression(one) for one in condition.all_ or ()]
            if condition.any_ is not None:
                parts.append(pl.any_horizontal([self.expression(one) for one in condition.any_]))
            parts += [~self.expression(one) for one in condition.none or ()]
            return pl.all_horizontal(parts)
        field = BY_NAME[condition.field]
        if field.late and self.without_late:
            return pl.lit(value=True)
        value = self._column(field)
        parts = [value.is_not_null() if condition.known is not False else value.is_null()]
        if condition.known is False and condition.asked() != {"known"}:
            return pl.lit(value=False)
        parts += _in_time(condition, value, to_millis(self.at))
        parts += _of_value(condition, field.kind, value)
        return pl.all_horizontal([part.fill_null(value=False) for part in parts])

    def _column(self, field: Field) -> "pl.Expr":
        """A field's column as it is compared."""
        import polars as pl  # noqa: PLC0415

        name = column_of(field.name)
        column = pl.col(name) if name in self.columns else pl.lit(None)
        if field.kind is FieldKind.MOMENT:
            moment = column.cast(pl.Datetime("ms", "UTC"))
            return moment.dt.epoch("ms")
        if field.kind is FieldKind.NUMBER:
            return column.cast(pl.Float64).fill_nan(None)
        if field.kind is FieldKind.TEXT:
            text = column.cast(pl.String).str.strip_chars(_BLANKS).str.to_lowercase()
            return pl.when(text != "").then(text)
        if field.kind is FieldKind.FLAG:
            return column.cast(pl.Boolean)
        return column.cast(pl.String)


def _in_time(condition: Condition, value: "pl.Expr", at: int) -> "Iterator[pl.Expr]":
    import polars as pl  # noqa: PLC0415

    passed = (pl.lit(at) - value) / _DAY_MS
    if condition.older_than is not None:
        yield passed >= condition.older_than
    if condition.within is not None:
        yield passed.is_between(0, condition.within)
    if condition.coming_within is not None:
        yield (passed < 0) & (-passed <= condition.coming_within)


def _of_value(condition: Condition, kind: FieldKind, value: "pl.Expr") -> "Iterator[pl.Expr]":
    import polars as pl  # noqa: PLC0415

    is_text = kind is FieldKind.TEXT
    if condition.is_ is not None:
        words = _texts(condition.is_) if is_text else condition.is_
        yield pl.any_horizontal([value == pl.lit(word) for word in words])
    if condition.is_not is not None:
        yield pl.all_horizontal([value != pl.lit(word) for word in condition.is_not])
    if condition.contains is not None:
        words = _texts(condition.contains)
        yield pl.any_horizontal([value.str.contains(word, literal=True) for word in words])
    if condition.at_least is not None:
        yield value >= condition.at_least
    if condition.at_most is not None:
        yield value <= condition.at_most
    if condition.above is not None:
        yield value > condition.above
    if condition.below is not None:
        yield value < condition.below
