"""Single values out of HighLevel's answers: moments, texts, yes and no, money; no I/O."""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from core.moments import EPOCH, to_millis

# The moments that can be turned back into a date, with a day to spare for the zones.
_EARLIEST = to_millis(datetime.min.replace(tzinfo=EPOCH.tzinfo) + timedelta(days=1))
_LATEST = to_millis(datetime.max.replace(tzinfo=EPOCH.tzinfo) - timedelta(days=1))
# The largest amount that the mirror's columns hold.
_LARGEST_AMOUNT = 2**63 - 1

_YES = frozenset({"true", "yes", "y", "1", "on", "opted in", "opt in", "agreed"})
_NO = frozenset({"false", "no", "n", "0", "off", "opted out", "opt out", "declined"})


def millis(value: object, zone: tzinfo = UTC) -> int | None:
    """Milliseconds since 1970 of ISO texts, dates and epoch milliseconds; None for anything else.

    A text without an offset is in the account's own zone, as a contact's list of appointments has it.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return None
    try:
        if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
            found = _iso_millis(value, zone)
        else:
            found = int(value)
    except (ValueError, OverflowError):
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def _iso_millis(value: str, zone: tzinfo) -> int:
    moment = datetime.fromisoformat(value)
    return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def text(value: object) -> str:
    """A value as one text: whole numbers without a point, lists joined; empty for nothing.

    PostgreSQL refuses the null character, which a text from a CRM must not be lost for.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(text(item) for item in value)
    return str(value).replace("\x00", "")


def flag(value: object) -> bool | None:
    """Yes or no in the words people use for it; None for others."""
    word = text(value).strip().lower()
    return True if word in _YES else False if word in _NO else None


def minor(amount: object, *less: object) -> int | None:
    """Hundredths of the currency from an amount in whole units, less others; None for no amount."""
    try:
        total = Decimal(text(amount) or "nan") - sum(Decimal(text(o) or "0") for o in less)
        hundredths = int((total * 100).to_integral_value())
    except (ArithmeticError, ValueError):
        return None
    return hundredths if abs(hundredths) <= _LARGEST_AMOUNT else None
