"""How numbers and money are written for whoever looks."""

import copy
import re
from functools import lru_cache

from babel import Locale
from babel.numbers import (
    NumberPattern,
    format_compact_currency,
    format_compact_decimal,
    format_decimal,
)

from core.wording import viewer

DASH = "\u2013"
MINUS = "\u2212"
_LETTERS_THEN_DIGIT = re.compile(r"([A-Z]{3})(?=\d)")


def number(value: float | None, digits: int = 0) -> str:
    """Thousands separated, with so many decimals; nothing known is a dash, never 0."""
    if value is None:
        return DASH
    pattern = f"#,##0.{'0' * digits}" if digits else None
    return signed(format_decimal(round(value, digits), pattern, locale=viewer().locale))


def money(value: float | None, currency: str, unit: int = 1) -> str:
    """An amount, as short as `unit` (what it is a multiple of) allows: $437k, $99,500, $26.91."""
    if value is None:
        return DASH
    size, locale = abs(value), viewer().locale
    if size >= 1_000 and unit >= 1_000 and _is_shortened(size, locale):
        digits = max(0, 6 - (len(str(unit)) - 1)) if size >= 1_000_000 else 0
        written = format_compact_currency(size, currency, locale=locale, fraction_digits=digits)
        written = written.replace("K", "k") if locale.language == "en" else written
    else:
        digits = 2 if 0 < size < 100 and size != int(size) else 0
        pattern = _amount(locale, digits)
        written = pattern.apply(size, locale, currency=currency, currency_digits=False)
    written = _LETTERS_THEN_DIGIT.sub("\\1\xa0", written)
    return f"{MINUS}{written}" if value < 0 else written


@lru_cache(maxsize=64)
def _amount(locale: Locale, digits: int) -> NumberPattern:
    """How the locale writes money, with so many decimals."""
    pattern: NumberPattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


@lru_cache(maxsize=1024)
def _is_shortened(size: float, locale: Locale) -> bool:
    """Whether this locale has a short word for the thousands or millions of this size."""
    return any(c.isalpha() for c in format_compact_decimal(size, locale=locale))


def signed(written: str) -> str:
    """A number with a minus sign that is one."""
    return written.replace("-", MINUS)
