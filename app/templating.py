"""The Jinja environment of every page we draw, and how numbers, money and dates are written."""

import math
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scoring.sales import SaleBasis

_HERE = Path(__file__).parent
# What pages and reports share, then each page's and each report's own, which lies beside it.
TEMPLATES = tuple(
    _HERE / folder for folder in ("templates", "pages", "reports/audit", "reports/backtest")
)
DASH = "\u2013"
MINUS = "\u2212"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "JPY": "¥"}


def environment() -> Environment:
    """Templates with autoescape, unknown names refused, and our filters."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "number": number,
        "share": share,
        "money": money,
        "day": day,
        "moment": moment,
        "sale_basis": sale_basis,
        "people": people,
    }
    return pages


def number(value: float | None) -> str:
    """Thousands separated; nothing known is a dash, never 0."""
    return DASH if value is None else f"{value:,.0f}".replace("-", MINUS)


def share(value: float | None) -> str:
    """A percentage with one decimal."""
    return DASH if value is None else f"{value:.1f}%"


def people(count: int, one: str = "contact", many: str = "contacts") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many}"


def duration(seconds: float | None) -> str | None:
    """Roughly how long: under a minute, minutes, hours or days."""
    if seconds is None:
        return None
    if seconds < 60:
        return "less than a minute"
    for size, one, many in (
        (86_400, "day", "days"),
        (3_600, "hour", "hours"),
        (60, "minute", "minutes"),
    ):
        if seconds >= size:
            return f"about {people(math.ceil(seconds / size), one, many)}"
    return None


def money(value: float | None, currency: str, unit: int = 1) -> str:
    """An amount, as short as `unit` (what it is a multiple of) allows: $437k, $99,500, $26.91."""
    if value is None:
        return DASH
    sign = _SIGNS.get(currency, f"{currency} ")
    minus = MINUS if value < 0 else ""
    return f"{minus}{sign}{_short(abs(value), unit)}"


def sale_basis(basis: SaleBasis, currency: str) -> str:
    """What a typical sale was worked out from, with its amounts in this currency."""
    return basis.told(lambda amount: money(amount, currency))


def _short(value: float, unit: int) -> str:
    if value >= 1_000_000 and unit >= 1_000:
        digits = max(0, 6 - (len(str(unit)) - 1))
        return f"{value / 1_000_000:.{digits}f}M"
    if value >= 1_000 and unit >= 1_000:
        return f"{value / 1_000:,.0f}k"
    cents = 0 < value < 100 and value != int(value)
    return f"{value:,.2f}" if cents else f"{value:,.0f}"


def day(value: datetime) -> str:
    """For example August 24, 2026."""
    return f"{value:%B} {value.day}, {value.year}"


def moment(value: datetime) -> str:
    """A day with its time in UTC, the time left out at midnight: days are meant as such."""
    at = value.astimezone(UTC)
    if (at.hour, at.minute) == (0, 0):
        return day(at)
    return f"{day(at)}, {at.hour % 12 or 12}:{at:%M %p} UTC"
