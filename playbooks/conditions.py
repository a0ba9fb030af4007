"""Conditions of a playbook as they are written: what one looks at, and what it asks of it; pure."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from playbooks.fields import BY_NAME, FieldKind

DAYS_A_YEAR = 365.25
_UNITS = {"day": 1.0, "week": 7.0, "month": DAYS_A_YEAR / 12, "year": DAYS_A_YEAR}
_PERIOD = re.compile(r"(\d+(?:\.\d+)?)\s*(day|week|month|year)s?")

STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def read_period(value: object) -> float:
    """A number of days, or a text such as "6 months", as days; raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _PERIOD.fullmatch(str(value).strip().lower())
    if found is None:
        raise ValueError(f"{value!r} is no length of time. Write 90 days, 6 months or 3 years.")
    return float(found[1]) * _UNITS[found[2]]


Days = Annotated[float, BeforeValidator(read_period), Field(ge=0, le=36_525)]


def _listed(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


Words = Annotated[
    tuple[str | bool | int | float, ...], BeforeValidator(_listed), Field(min_length=1)
]
# What a condition of each kind may ask.
ASKED = {
    FieldKind.CHOICE: {"is", "is_not", "known"},
    FieldKind.NUMBER: {"is", "at_least", "at_most", "below", "above", "known"},
    FieldKind.FLAG: {"is", "known"},
    FieldKind.MOMENT: {"older_than", "within", "coming_within", "known"},
    FieldKind.TEXT: {"is", "contains", "known"},
}


class Condition(BaseModel):
    """One question about a field, or several conditions together.

    A value that isn't known meets no condition but `known: no`. Of `all` every condition has to hold, of `any` one,
    of `none` not one.
    """

    model_config = STRICT

    field: str | None = None
    is_: Words | None = Field(None, alias="is")
    is_not: Words | None = None
    contains: Words | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    older_than: Days | None = None
    within: Days | None = None
    coming_within: Days | None = None
    known: bool | None = None
    all_: tuple["Condition", ...] | None = Field(None, alias="all")
    any_: tuple["Condition", ...] | None = Field(None, alias="any")
    none: tuple["Condition", ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_days(cls, data: Any) -> Any:
        """Counts of days may be written as lengths of time."""
        if not isinstance(data, dict) or "days" not in str(data.get("field", "")).split("_"):
            return data
        numbers = ("at_least", "at_most", "above", "below")
        return {k: _as_days(v) if k in numbers else v for k, v in data.items()}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        groups = [g for g in (self.all_, self.any_, self.none) if g is not None]
        if self.field is None:
            if self.asked():
                raise ValueError("A question needs what it is about. Write field: NAME beside it.")
            if not groups or not all(groups):
                raise ValueError(
                    "Nothing is asked here. Write field: NAME with a question, or all: [...]."
                )
            return self
        if groups:
            raise ValueError(
                "A condition is either about a field or a list. Write the list on its own."
            )
        self._suits_its_field()
        return self

    def _suits_its_field(self) -> None:
        found = BY_NAME.get(self.field or "")
        if found is None:
            raise ValueError(
                f"There is no field {self.field!r}. {_nearest(self.field or '', BY_NAME)}"
            )
        asked, allowed = self.asked(), ASKED[found.kind]
        if not asked:
            raise ValueError(f"Nothing is asked of {self.field}. Write one of {_joined(allowed)}.")
        wrong = asked - allowed
        if wrong:
            said = f"{_joined(wrong)} cannot be asked of {self.field}, a {found.kind.value}."
            raise ValueError(f"{said} Write one of {_joined(allowed)}.")
        if found.kind is FieldKind.CHOICE:
            for word in (*(self.is_ or ()), *(self.is_not or ())):
                if word not in found.words:
                    raise ValueError(
                        f"{self.field} is never {word!r}. {_nearest(str(word), found.words)}"
                    )
        if found.kind is FieldKind.FLAG and not all(isinstance(v, bool) for v in self.is_ or ()):
            raise ValueError(f"{self.field} is yes or no. Write is: yes or is: no.")
        if found.kind is FieldKind.NUMBER and not all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in self.is_ or ()
        ):
            raise ValueError(f"{self.field} is a number. Write is: 3.")

    def asked(self) -> set[str]:
        """The questions that are asked of the field, by the names in which they are written."""
        names = ("is_not", "contains", "at_least", "at_most", "above", "below")
        days = ("older_than", "within", "coming_within", "known")
        found = {name for name in (*names, *days) if getattr(self, name) is not None}
        return found | ({"is"} if self.is_ is not None else set())

    def fields(self) -> Iterator[str]:
        """The names of all fields that are looked at."""
        if self.field is not None:
            yield self.field
        for group in (self.all_, self.any_, self.none):
            for condition in group or ():
                yield from condition.fields()


def _as_days(value: object) -> object:
    try:
        return read_period(value)
    except ValueError:
        return value


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _nearest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(word, names, 3, 0.6)
    return f"Write {' or '.join(close)}." if close else f"Write one of {', '.join(names)}."
