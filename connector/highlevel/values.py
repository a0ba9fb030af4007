"""Single values out of HighLevel's answers: moments, texts, yes and no, money; no I/O."""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from core.moments import EPOCH, to_millis

# The moments that can be turned back into a date, with a day to spare for the zones.
_EARLIEST = to_millis(datetime.min.replace(tzinfo=EPOCH.tzinfo) + timedelta(days=1))
_LATEST = to_millis(datetime.max.replace(tzinfo=EPOCH.tzinfo) - timedelta(days=1))
# The largest amount that the mirror's columns hold.
_LARGEST_AMOUNT = 2**63 - 1
_LONGEST_ID = 70  # of 80, because a kind stands before some


def id_of(value: object) -> str:
    """An id as a text; empty for what is none, or none that the mirror's columns hold."""
    said = text(value) if isinstance(value, str | int) else ""
    return said if len(said) <= _LONGEST_ID else ""


def fields_of(answer: object, name: str) -> dict[str, Any]:
    """The object under a name; an empty one where there is none."""
    found = answer.get(name) if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else {}


def records_of(answer: object, name: str) -> list[dict[str, Any]]:
    """The objects in the list under a name; what is no object among them is left out."""
    found = answer.get(name) if isinstance(answer, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def count(answer: object, name: str) -> int:
    """The whole number under a name, 0 where there is none."""
    found = answer.get(name) if isinstance(answer, dict) else None
    try:
        return 0 if found is None else int(float(text(found)))
    except (ValueError, OverflowError):
        return 0


_YES = frozenset({"true", "yes", "y", "1", "on", "opted in", "opt in", "agreed", "valid"})
_NO = frozenset({"false", "no", "n", "0", "off", "opted out", "opt out", "declined", "invalid"})


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
    """A value as one text: whole numbers without a point, lists joined; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(text(item) for item in value)
    return str(value)


def flag(value: object) -> bool | None:
    """Yes or no in the words people use for it; None for others."""
    word = text(value).strip().lower()
    return True if word in _YES else False if word in _NO else None


def texts(value: object) -> list[str]:
    """The texts of a list, or of one text with commas; none for anything else."""
    given = value.split(",") if isinstance(value, str) else value
    return [t for item in given if (t := text(item).strip())] if isinstance(given, list) else []


def minor(amount: object, *less: object) -> int | None:
    """Hundredths of the currency from an amount in whole units, less others; None for no amount."""
    try:
        total = Decimal(text(amount) or "nan") - sum(Decimal(text(o) or "0") for o in less)
        hundredths = int((total * 100).to_integral_value())
    except (ArithmeticError, ValueError):
        return None
    return hundredths if abs(hundredths) <= _LARGEST_AMOUNT else None
