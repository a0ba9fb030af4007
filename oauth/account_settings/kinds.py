"""Kinds of values that a setting may have: what may be typed, what is refused and why, how it is shown; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Protocol

from contact_rules.identity import FREE_MAIL, domain_of
from contact_rules.local_time import is_zone
from core.errors import Invalid

Value = str | bool | int | float | None

# Between the two hours of a window, as people write it.
_TO = re.compile(r"\s*(?:-|–|to)\s*")
_HOUR = re.compile(r"(\d{1,2})(?::(\d{2}))?")
_CLOSED = "closed"


class Kind(Protocol):
    """One kind of value: `check` takes a stored value, `read` what somebody typed; both raise Invalid."""

    def check(self, value: object) -> Value: ...

    def read(self, text: str) -> Value: ...

    def show(self, value: Value) -> str: ...

    def typed(self, value: Value) -> str:
        """What to type for this value."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values, each with its words."""

    options: Mapping[str, str]

    def check(self, value: object) -> Value:
        if not isinstance(value, str) or value not in self.options:
            raise Invalid(f"Choose one of {', '.join(self.options)}.")
        return value

    def read(self, text: str) -> Value:
        return self.check(text)

    def show(self, value: Value) -> str:
        return self.options.get(str(value), str(value))

    def typed(self, value: Value) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class YesNo:
    options: Mapping[str, str] = field(default_factory=lambda: {"yes": "Yes", "no": "No"})

    def check(self, value: object) -> Value:
        if not isinstance(value, bool):
            raise Invalid("Choose yes or no.")
        return value

    def read(self, text: str) -> Value:
        said = {"yes": True, "true": True, "no": False, "false": False}
        return self.check(said.get(text.lower()))

    def show(self, value: Value) -> str:
        return self.options[self.typed(value)]

    def typed(self, value: Value) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`; `why` is the rule behind a bound."""

    least: int
    most: int
    unit: str
    why: str = ""

    def check(self, value: object) -> Value:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Invalid(f"Enter a whole number of {self.unit}, from {self._bounds()}.")
        if not self.least <= value <= self.most:
            raise Invalid(f"Enter {self._bounds()} {self.unit}. {self.why}".rstrip())
        return value

    def read(self, text: str) -> Value:
        return self.check(int(text) if re.fullmatch(r"\d{1,9}", text) else None)

    def show(self, value: Value) -> str:
        return f"{value:,} {self.unit}"

    def typed(self, value: Value) -> str:
        return str(value)

    def _bounds(self) -> str:
        return f"{self.least:,} to {self.most:,}"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a whole, typed in percent; `otherwise` is the word for None where that is a value too."""

    least: float
    most: float
    otherwise: str | None = None

    def check(self, value: object) -> Value:
        if value is None and self.otherwise is not None:
            return None
        number = -1.0
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value)
        if self.least <= number <= self.most:  # false for what is no number at all (NaN)
            return number
        words = f", or “{self.otherwise}”" if self.otherwise else ""
        raise Invalid(f"Enter {self.least:.0%} to {self.most:.0%}{words}.")

    def read(self, text: str) -> Value:
        if self.otherwise is not None and text.lower() == self.otherwise:
            return None
        percent = re.fullmatch(r"(\d{1,3}(?:\.\d{1,4})?)\s*%?", text)
        return self.check(round(float(percent[1]) / 100, 6) if percent else "")

    def show(self, value: Value) -> str:
        return self.typed(value)

    def typed(self, value: Value) -> str:
        return str(self.otherwise) if value is None else f"{self._percent(value)}%"

    def _percent(self, value: Value) -> str:
        return f"{float(value or 0) * 100:.4f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in the account's currency, up to `most`; `otherwise` is the word for None."""

    most: float
    otherwise: str

    def check(self, value: object) -> Value:
        if value is None:
            return None
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and 0 <= value <= self.most
        ):
            return round(float(value), 4)
        raise Invalid(f"Enter an amount from 0 to {self.most:,.0f}, or “{self.otherwise}”.")

    def read(self, text: str) -> Value:
        if text.lower() == self.otherwise:
            return None
        known = re.fullmatch(r"\d{1,6}(?:\.\d{1,4})?", text)
        return self.check(float(text) if known else "")

    def show(self, value: Value) -> str:
        return self.typed(value)

    def typed(self, value: Value) -> str:
        return self.otherwise if value is None else f"{float(value):.4f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of the day to another, within the hours that the law leaves; or closed, where that may be."""

    earliest: time
    latest: time
    may_close: bool = False

    def check(self, value: object) -> Value:
        if value == _CLOSED and self.may_close:
            return _CLOSED
        window = window_of(value) if isinstance(value, str) else None
        closed = f", or “{_CLOSED}”" if self.may_close else ""
        if window is None or value != _written(*window):
            raise Invalid(f"Enter two times such as 09:00–20:00{closed}.")
        opens, closes = window
        if opens >= closes:
            raise Invalid("The first time must come before the second.")
        if opens < self.earliest or closes > self.latest:
            raise Invalid(
                f"Nobody may be contacted before {self.earliest:%H:%M} or after "
                f"{self.latest:%H:%M} where they live (rule D4)."
            )
        return value

    def read(self, text: str) -> Value:
        if text.lower() == _CLOSED:
            return self.check(_CLOSED)
        window = window_of(text)
        return self.check(_written(*window) if window else None)

    def show(self, value: Value) -> str:
        return "Closed" if value == _CLOSED else str(value).replace("-", "–")

    def typed(self, value: Value) -> str:
        return str(value).replace("-", "–")


def window_of(text: str) -> tuple[time, time] | None:
    """When a window opens and closes; None for “closed” and for what is no window."""
    found = [_HOUR.fullmatch(part) for part in _TO.split(text.strip())]
    if len(found) != 2:
        return None
    try:
        opens, closes = (time(int(m[1]), int(m[2] or 0)) for m in found if m)
    except ValueError:
        return None
    return opens, closes


def _written(opens: time, closes: time) -> str:
    return f"{opens:%H:%M}-{closes:%H:%M}"


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one's own, at most `longest` characters, on one line."""

    longest: int

    def check(self, value: object) -> Value:
        if not isinstance(value, str) or len(value) > self.longest or not value.isprintable():
            raise Invalid(f"Enter at most {self.longest} characters on one line.")
        return value

    def read(self, text: str) -> Value:
        return self.check(text)

    def show(self, value: Value) -> str:
        return str(value) or "empty"

    def typed(self, value: Value) -> str:
        return str(value)


_PAGE = re.compile(r"https://[^\s/?#<>\"'{}]+\.[^\s<>\"'{}]+")
# What carriers filter, because nobody sees where it leads.
_SHORTENED = re.compile(
    r"https://(?:www\.)?(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|rebrand\.ly|cutt\.ly|rb\.gy|t\.ly|tiny\.cc)(?:/|$)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a page, or nothing."""

    longest: int

    def check(self, value: object) -> Value:
        if value == "":
            return value
        if not isinstance(value, str) or len(value) > self.longest or not _PAGE.fullmatch(value):
            raise Invalid(
                f"Enter an address that begins with https://, at most {self.longest} characters."
            )
        if _SHORTENED.match(value):
            raise Invalid(
                "Enter the page's own address: carriers stop messages with shortened links."
            )
        return value

    def read(self, text: str) -> Value:
        return self.check(text)

    def show(self, value: Value) -> str:
        return str(value) or "empty"

    def typed(self, value: Value) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Coded:
    """A code of some standard, such as a currency's; `example` shows one."""

    pattern: str
    example: str
    upper: bool = False

    def check(self, value: object) -> Value:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise Invalid(f"Enter a code such as {self.example}.")
        return value

    def read(self, text: str) -> Value:
        return self.check(text.upper() if self.upper else text)

    def show(self, value: Value) -> str:
        return str(value)

    def typed(self, value: Value) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its IANA name."""

    def check(self, value: object) -> Value:
        if not isinstance(value, str) or not is_zone(value):
            raise Invalid("Enter a time zone such as America/New_York.")
        return value

    def read(self, text: str) -> Value:
        return self.check(text)

    def show(self, value: Value) -> str:
        return str(value) or "unknown"

    def typed(self, value: Value) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Domains:
    """Domains of e-mail addresses, kept as they are compared, in order and with a space between."""

    most: int = 200

    def check(self, value: object) -> Value:
        if not isinstance(value, str) or value != " ".join(sorted(set(value.split()))):
            raise Invalid("Enter domains such as example.com, with a space between.")
        domains = value.split()
        wrong = [domain for domain in domains if domain_of(domain) != domain]
        if wrong or len(domains) > self.most:
            raise Invalid("Enter domains such as example.com, at most 200 of them.")
        shared = FREE_MAIL.intersection(domains)
        if shared:
            raise Invalid(f"Anybody may have an address at {min(shared)}: name no such domain.")
        return value

    def read(self, text: str) -> Value:
        words = [word for word in re.split(r"[\s,;]+", text) if word]
        return self.check(" ".join(sorted({domain_of(word) or word for word in words})))

    def show(self, value: Value) -> str:
        return str(value) or "none"

    def typed(self, value: Value) -> str:
        return str(value)
