"""Reads the JSON that comes from outside: a character that no database holds becomes U+FFFD and is counted."""

import json
import math
import re
from typing import Any

import orjson
from prometheus_client import Counter

from core import log

REPLACED = Counter(
    "rekindle_replaced_characters_total", "Characters from outside that no database could hold"
)
# Half of a surrogate pair, as a cut emoji leaves it, and the null character that PostgreSQL refuses.
_UNFIT = re.compile("[\ud800-\udfff\x00]")
_REPLACEMENT = "\ufffd"
_LONGEST_INTEGER = 18  # digits that fit into 64 bits whatever they are


class NotJson(ValueError):
    """The text is not JSON, or only the beginning of one."""


def decode(content: bytes) -> Any:
    """What the JSON says, every text in it fit to be stored; raises NotJson."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return _decode_odd(content)
    # Few answers have a null character in them: all others are taken as they are.
    return _mended(found, 0) if b"\\u0000" in content else found


def _decode_odd(content: bytes) -> Any:
    """What the fast reader refuses for a reason that does not make it unreadable."""
    text = content.decode("utf-8-sig", errors="replace")
    broken = text.count(_REPLACEMENT) - content.count(_REPLACEMENT.encode())
    try:
        found = json.loads(
            text,
            parse_constant=lambda _: None,
            parse_float=_finite,
            parse_int=_whole,
            strict=False,
        )
    except (ValueError, RecursionError):
        raise NotJson("The text is not JSON, or was cut short.") from None
    return _mended(found, broken)


def _mended(found: Any, replaced: int) -> Any:
    """The same with every unfit character replaced; `replaced` were so already."""

    def mend(value: Any) -> Any:
        nonlocal replaced
        if isinstance(value, str):
            fit, times = _UNFIT.subn(_REPLACEMENT, value)
            replaced += times
            return fit
        if isinstance(value, list):
            return [mend(item) for item in value]
        if isinstance(value, dict):
            return {mend(name): mend(item) for name, item in value.items()}
        return value

    fit = mend(found)
    if replaced:
        REPLACED.inc(replaced)
        log.get(__name__).info("connector.text.replaced", characters=replaced)
    return fit


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _whole(text: str) -> int | float | None:
    return int(text) if len(text) <= _LONGEST_INTEGER else _finite(text)
