"""Conditions on a person that mean the same for one person and over columns of everybody; pure.

A condition is written once. `holds` asks it of one person; `column` is the same question as a polars expression,
true or false in every row and never empty. polars is loaded by who needs columns alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from contact_rules.person import Person, Policy

if TYPE_CHECKING:
    import polars as pl


class Condition(Protocol):
    """Something that is so, or is not, of a person at a moment under an account's policy."""

    def holds(self, person: Person, at: datetime, policy: Policy) -> bool: ...

    def column(self, at: datetime, policy: Policy) -> "pl.Expr": ...

    @property
    def fields(self) -> frozenset[str]:
        """The fields of a person that it looks at."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A field is known to be so: true, or a certain value. What the CRM does not say is not so."""

    field: str
    value: bool | str = True

    def holds(self, person: Person, _at: datetime, _policy: Policy) -> bool:
        return bool(getattr(person, self.field) == self.value)

    def column(self, _at: datetime, _policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return pl.col(self.field).eq_missing(pl.lit(self.value))

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field is known to have one of these values."""

    field: str
    values: frozenset[str]

    def holds(self, person: Person, _at: datetime, _policy: Policy) -> bool:
        return getattr(person, self.field) in self.values

    def column(self, _at: datetime, _policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return pl.col(self.field).is_in(sorted(self.values)).fill_null(value=False)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True, slots=True)
class Given:
    """A field is known at all."""

    field: str

    def holds(self, person: Person, _at: datetime, _policy: Policy) -> bool:
        return getattr(person, self.field) is not None

    def column(self, _at: datetime, _policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return pl.col(self.field).is_not_null()

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A number is known and not below a limit."""

    field: str
    limit: int

    def holds(self, person: Person, _at: datetime, _policy: Policy) -> bool:
        value = getattr(person, self.field)
        return value is not None and value >= self.limit

    def column(self, _at: datetime, _policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return (pl.col(self.field) >= self.limit).fill_null(value=False)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True, slots=True)
class Within:
    """A moment is known and less than a span of the policy ago, or still to come."""

    field: str
    span: Callable[[Policy], timedelta]

    def holds(self, person: Person, at: datetime, policy: Policy) -> bool:
        moment = getattr(person, self.field)
        return moment is not None and at - moment < self.span(policy)

    def column(self, at: datetime, policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return (pl.lit(at) - pl.col(self.field) < self.span(policy)).fill_null(value=False)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True, slots=True)
class ToCome:
    """A moment is known and still to come."""

    field: str

    def holds(self, person: Person, at: datetime, _policy: Policy) -> bool:
        moment = getattr(person, self.field)
        return moment is not None and moment > at

    def column(self, at: datetime, _policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return (pl.col(self.field) > at).fill_null(value=False)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True, slots=True)
class Not:
    of: Condition

    def holds(self, person: Person, at: datetime, policy: Policy) -> bool:
        return not self.of.holds(person, at, policy)

    def column(self, at: datetime, policy: Policy) -> "pl.Expr":
        return ~self.of.column(at, policy)

    @property
    def fields(self) -> frozenset[str]:
        return self.of.fields


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them holds."""

    of: tuple[Condition, ...]

    def holds(self, person: Person, at: datetime, policy: Policy) -> bool:
        # A loop, not all(): everybody is asked this some twenty times, and a generator each time takes longer.
        for one in self.of:  # noqa: SIM110
            if not one.holds(person, at, policy):
                return False
        return True

    def column(self, at: datetime, policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return pl.all_horizontal([one.column(at, policy) for one in self.of])

    @property
    def fields(self) -> frozenset[str]:
        return frozenset().union(*(one.fields for one in self.of))


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of them holds."""

    of: tuple[Condition, ...]

    def holds(self, person: Person, at: datetime, policy: Policy) -> bool:
        for one in self.of:  # noqa: SIM110  as in All
            if one.holds(person, at, policy):
                return True
        return False

    def column(self, at: datetime, policy: Policy) -> "pl.Expr":
        import polars as pl  # noqa: PLC0415

        return pl.any_horizontal([one.column(at, policy) for one in self.of])

    @property
    def fields(self) -> frozenset[str]:
        return frozenset().union(*(one.fields for one in self.of))


def every(*of: Condition) -> Condition:
    return All(of)


def some(*of: Condition) -> Condition:
    return Either(of)
