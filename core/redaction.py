"""What may be said of values and errors: nothing that could identify a person or give access; pure."""

import errno
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from pathlib import PurePath
from traceback import extract_tb

from core.errors import AppError

_TELLING_NAMES = re.compile(
    r"token|secret|password|authorization|cookie|code_verifier|body|e_?mail|phone|"
    r"address|birth|(?:first|last|full|display)_?name",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?i)bearer\s+\S+")
_SECRET = re.compile(
    r"(?i)\b(\w*token|\w*secret|password|api_?key)([\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;}]+"
)
_TOKEN = re.compile(
    r"\b(?:pit-|pat-|eyJ)[\w.~+/=-]{6,}"
    r"|\b(?:na|eu|ap)\d-[\w-]{20,}"
    # Any other long run of mixed letters and digits.
    r"|(?<![\w/-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{32,}"
)
_EMAIL = re.compile(r"[^\s\"'<>()\[\],;=/\\]+(?:@|%40)[^\s\"'<>()\[\],;=/\\]+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.-])(?!\d{4}-\d\d-\d\d)[+(]{0,2}\d[\d\s().-]{5,}\d(?![\w-])")
_LEAST_DIGITS = 7  # of a telephone number
_CODE = re.compile(r"\w{1,60}")


def mask(text: str) -> str:
    """`text` with tokens, e-mail addresses and telephone numbers taken out, by their look."""
    text = _BEARER.sub("Bearer [removed]", text)
    text = _SECRET.sub(r"\1\2[removed]", text)
    text = _TOKEN.sub("[removed]", text)
    text = _EMAIL.sub("[address]", text)
    return _NUMBER.sub(_mask_number, text)


def _mask_number(found: re.Match[str]) -> str:
    is_decimal = re.fullmatch(r"\d+\.\d+", found[0]) is not None
    digits = sum(c.isdigit() for c in found[0])
    return found[0] if is_decimal or digits < _LEAST_DIGITS else "[number]"


def clean(value: object) -> object:
    """A value as a log may hold it; of an object that could hold anything only its kind is left."""
    match value:
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return clean_names(value)
        case list() | tuple() | set() | frozenset():
            return [clean(item) for item in value]
        case BaseException():
            return headline(value)
    is_plain = isinstance(value, str | date | timedelta | PurePath | Enum)
    return mask(str(value)) if is_plain else f"[{type(value).__name__}]"


def clean_names(values: Mapping[str, object]) -> dict[str, object]:
    """Named values, without those whose names tell that they are somebody's."""
    return {
        str(name): "[removed]" if _TELLING_NAMES.search(str(name)) else clean(value)
        for name, value in values.items()
    }


def headline(error: BaseException) -> str:
    """An error in one line: its kind, and its message where we wrote it ourselves."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"  # fmt: skip
    if isinstance(error, AppError):
        return f"{name}: {mask(error.message)}"
    code = _code(error)
    return f"{name} ({code})" if code else name


def describe(error: BaseException) -> str:
    """An error's kind, the lines it came through and its causes, without a value of any of them.

    Messages are left out but for those of an AppError: a driver's quotes the row, a parser's the input.
    """
    return "\n".join(_told(error, set()))


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _told(before, seen)
        yield "which led to:"
    for frame in extract_tb(error.__traceback__, limit=-50):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    yield headline(error)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            if id(inner) not in seen:
                yield "of which:"
                yield from _told(inner, seen)


def _code(error: BaseException) -> str | None:
    """What an operator can look up: the database's, the driver's or the system's name of the failure."""
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0)
    source = getattr(error, "orig", None) or error
    code = getattr(source, "sqlstate", None) or getattr(source, "sqlite_errorname", None)
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None
