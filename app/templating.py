"""The Jinja environment of every page we draw, and how numbers, money and dates are written."""

import math
import re
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_time, get_timezone_gmt
from babel.numbers import format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.amounts import DASH, MINUS, money, number, signed
from core.said import said
from core.wording import gettext, local, ngettext, viewer
from scoring.sales import SaleBasis

__all__ = ["DASH", "MINUS", "environment", "money", "nonce", "number"]

# What marks the styles and scripts of one answer as ours; empty in files, which no policy watches.
nonce: ContextVar[str] = ContextVar("nonce", default="")
_HERE = Path(__file__).parent
# What pages and reports share, then each page's and each report's own, which lies beside it.
TEMPLATES = tuple(
    _HERE / folder for folder in ("templates", "pages", "reports/audit", "reports/backtest")
)
_TIGHT = "\u202f"  # stands before AM and PM, and looks like nothing in many fonts
_BETWEEN_TAGS = re.compile(r"(?<=>)[^<>]+(?=<)")
_OWN_WORD, _OPENING = "your CRM", "Your CRM"


@cache
def environment() -> Environment:
    """Templates with autoescape, unknown names refused, texts through the catalogue, and our filters.

    One for the process: it holds nothing of an application, and compiled templates serve all of them.
    """
    pages = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    pages.globals |= {"viewer": viewer, "nonce": nonce.get}
    pages.filters |= {
        "number": number,
        "share": share,
        "money": money,
        "day": day,
        "moment": moment,
        "sale_basis": sale_basis,
        "people": people,
        "said": said,
        "capitalize": capitalize,
    }
    return pages


def unbranded(page: str, brands: Sequence[str]) -> str:
    """The page's texts without these names of a vendor; what stands inside tags is left as it is."""
    if not brands:
        return page
    named = re.compile(rf"(^|[.!?:]\s+)?\b(?:{'|'.join(map(re.escape, brands))})\b")
    return _BETWEEN_TAGS.sub(
        lambda text: named.sub(lambda m: _OWN_WORD if m[1] is None else m[1] + _OPENING, text[0]),
        page,
    )


def share(value: float | None) -> str:
    """A percentage with one decimal."""
    if value is None:
        return DASH
    locale = viewer().locale
    pattern = (
        locale.percent_formats[None].pattern.replace("0%", "0.0%").replace("0\xa0%", "0.0\xa0%")
    )
    return signed(format_percent(Decimal(f"{value:.1f}") / 100, pattern, locale=locale))


def people(count: int, one: str = "contact", many: str = "contacts") -> str:
    """A count with its noun."""
    return f"{number(count)} {ngettext(one, many, count)}"


def capitalize(text: str) -> str:
    """The first letter large, the others as they are: a noun within keeps its own."""
    return text[:1].upper() + text[1:]


def duration(seconds: float | None) -> str | None:
    """Roughly how long: under a minute, minutes, hours or days."""
    if seconds is None:
        return None
    if seconds < 60:
        return gettext("less than a minute")
    for size, one, many in (
        (86_400, "day", "days"),
        (3_600, "hour", "hours"),
        (60, "minute", "minutes"),
    ):
        if seconds >= size:
            rounded = people(math.ceil(seconds / size), one, many)
            return gettext("about %(time)s") % {"time": rounded}
    return None


def sale_basis(basis: SaleBasis, currency: str) -> str:
    """What a typical sale was worked out from, with its amounts in this currency."""
    return said(basis.told(lambda amount: money(amount, currency)))


def _zone(at: datetime) -> str:
    """The zone's usual letters; where it has none, its distance from UTC."""
    name = at.tzname() or "UTC"
    return name if name.isalpha() else get_timezone_gmt(at, "short", locale=viewer().locale)


def day(value: date) -> str:
    """For example August 24, 2026."""
    return format_date(value, "long", locale=viewer().locale)


def moment(value: datetime) -> str:
    """A day with its time on the viewer's clock, the time left out at midnight UTC: days are meant as such."""
    at = value.astimezone(UTC)
    if (at.hour, at.minute) == (0, 0):
        return day(at)
    at, locale = local(value), viewer().locale
    time = format_time(at, "short", locale=locale).replace(_TIGHT, " ")
    return f"{day(at)}, {time} {_zone(at)}"
