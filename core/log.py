"""Structured logs on stderr, with everything that could identify a person or open a door taken out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEYS = re.compile(
    r"token|secret|password|authorization|cookie|code_verifier|body|email|phone", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.[\w.]+", re.IGNORECASE)
_BEARER = re.compile(r"(?i)bearer\s+\S+")


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace values under telling names, and e-mail addresses and bearer tokens anywhere."""
    for key, value in event.items():
        event[key] = "[removed]" if _SECRET_KEYS.search(key) else _clean(value)
    return event


def _clean(value: object) -> object:
    match value:
        case bool() | int() | float() | None:
            return value
        case dict():
            return redact(None, "", {str(k): v for k, v in value.items()})
        case list() | tuple() | set() | frozenset():
            return [_clean(item) for item in value]
        case _:  # an exception or any other object is logged as its text
            return _BEARER.sub("Bearer [removed]", _EMAIL.sub("[address]", str(value)))


def configure(log_format: str, *, level: str = "INFO") -> None:
    """Set up logging for this process: `json` for production, `console` for people."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")


def get(name: str) -> Any:
    return structlog.get_logger(name)
