"""Moments as both CRMs write and read them: ISO-8601 with Z, or epoch milliseconds."""

from datetime import UTC, datetime, timedelta

_EPOCH, _MILLISECOND = datetime.fromtimestamp(0, UTC), timedelta(milliseconds=1)


def iso(moment: datetime) -> str:
    """The moment as `2026-11-20T10:11:12.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def epoch_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // _MILLISECOND


def from_epoch_ms(milliseconds: int) -> datetime:
    """The aware moment; raises ValueError for a value no calendar holds."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("not a moment any calendar holds") from error


def read_moment(text: str) -> datetime:
    """An ISO date, ISO moment or epoch-millisecond string as an aware moment; raises ValueError."""
    bare = text.strip()
    if bare.lstrip("-").isdigit() and len(bare) != len("20261122"):
        return from_epoch_ms(int(bare))
    moment = datetime.fromisoformat(bare)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
