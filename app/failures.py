"""What becomes of a job that failed: tried again when, given up when, who is told what."""

from dataclasses import dataclass

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from connector.errors import CrmError
from connector.patience import Told, decide_retry, rule_of
from core.errors import AppError
from oauth.errors import NotConnected

# Seconds before each further try. A database that restarts is back soon; a defect of ours is not mended by
# itself, but what met it may pass.
_DATABASE = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0)
_UNFORESEEN = (10.0, 60.0, 600.0)


@dataclass(frozen=True, slots=True)
class Failure:
    """`retry_in` in seconds, None where the job is given up; `notice` where an admin must do something."""

    code: str
    message: str
    retry_in: float | None
    notice: Told | None = None


def judge(error: Exception, failures: int) -> Failure:
    """What to do after the `failures`-th failure in a row (1 is the first); messages hold no values."""
    match error:
        case CrmError():
            told = rule_of(error).told
            return Failure(
                error.code,
                error.message,
                decide_retry(error, failures),
                None if told is Told.OPERATOR else told,
            )
        case NotConnected():
            return Failure(error.code, error.message, None, Told.ADMIN_RECONNECTS)
        case DBAPIError():
            name = type(error.orig).__name__
            return Failure("database", f"The database failed ({name}).", _next(_DATABASE, failures))
        case RedisError():
            name = type(error).__name__
            return Failure("queue", f"The queue failed ({name}).", _next(_DATABASE, failures))
        case AppError():
            return Failure(error.code, error.message, _next(_UNFORESEEN, failures))
        case _:
            name = type(error).__name__
            return Failure("unforeseen", f"Unforeseen: {name}.", _next(_UNFORESEEN, failures))


def _next(retries: tuple[float, ...], failures: int) -> float | None:
    return retries[failures - 1] if failures <= len(retries) else None
