"""Structured logs on stderr, in which everything passes one redaction, our own words and those of libraries."""

import linecache
import logging
import sys
import threading
import warnings
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from core.redaction import clean_names, describe

__all__ = ["configure", "describe", "get", "guard", "redact"]


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Tell an error without its values, and take out everything that could identify a person or give access."""
    error = _error_of(event.pop("exc_info", None))
    cleaned = clean_names(event)
    if error is not None:
        cleaned["exception"] = describe(error)
    return cleaned


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
            redact,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries()


def guard() -> None:
    """What nobody catches in this process is told without values too; for the start of a command."""

    def tell(
        kind: type[BaseException], error: BaseException | None, _lines: TracebackType | None
    ) -> None:
        sys.stderr.write(f"{kind.__name__ if error is None else describe(error)}\n")

    sys.excepthook = tell
    sys.unraisablehook = lambda lost: tell(lost.exc_type, lost.exc_value, None)
    threading.excepthook = lambda lost: tell(lost.exc_type, lost.exc_value, None)


def get(name: str) -> Any:
    return structlog.get_logger(name)


class _Libraries(logging.Handler):
    """Hands what libraries log to the same redaction: the words they wrote, never what they filled in."""

    def emit(self, record: logging.LogRecord) -> None:
        level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)
        error = record.msg if isinstance(record.msg, BaseException) else record.exc_info
        get(record.name).log(
            level,
            "library.said",
            logger=record.name,
            words=_written_words(record),
            where=f"{record.pathname}:{record.lineno}",
            exc_info=error,
        )


def _take_over_libraries() -> None:
    """One handler for whatever is logged or warned of; handlers that libraries brought go."""
    logging.raiseExceptions = False  # or a failing handler would print the record's values
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    logging.root.handlers[:] = [_Libraries()]
    logging.root.setLevel(logging.WARNING)
    warnings.showwarning = _show_warning


def _show_warning(
    message: Warning | str,  # noqa: ARG001  it may quote a value
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    get("warnings").warning("library.warned", kind=category.__name__, where=f"{filename}:{lineno}")


def _written_words(record: logging.LogRecord) -> str | None:
    """The first line of a message as its author wrote it; None where it does not stand so in the source.

    A text that was put together before it was logged cannot be told from the values in it.
    """
    if not isinstance(record.msg, str) or not record.msg.strip():
        return None
    first = record.msg.strip().splitlines()[0]
    source = "".join(linecache.getline(record.pathname, record.lineno + n) for n in range(4))
    return first if first in source else None


def _error_of(exc_info: object) -> BaseException | None:
    """The error that a logger means by `exc_info`: itself, its triple, or the one being handled."""
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
    return None
