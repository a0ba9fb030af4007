"""Local hours for many people at once: UTC offsets by zone and day."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sandbox.world.events import EPOCH

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


# Offsets are looked up for so many days at once.
BLOCK = 512


@lru_cache(maxsize=4_096)
def _offsets(zone: str, block: int) -> NDArray[np.int64]:
    """UTC offsets at noon of a block's days, which are counted from the epoch; changes happen at night."""
    place = ZoneInfo(zone)
    noons = (
        EPOCH + timedelta(days=day, hours=17) for day in range(block * BLOCK, (block + 1) * BLOCK)
    )
    offsets = (noon.astimezone(place).utcoffset() or timedelta() for noon in noons)
    return np.array([int(offset / timedelta(milliseconds=1)) for offset in offsets])


def offsets_ms(
    zones: tuple[str, ...], zone: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.int64]:
    """UTC offsets in milliseconds for pairs of zone index and day."""
    if not len(day):
        return np.zeros(0, dtype=np.int64)
    first, last = int(day.min()) // BLOCK, int(day.max()) // BLOCK
    blocks = range(first, last + 1)
    table = np.array([np.concatenate([_offsets(name, b) for b in blocks]) for name in zones])
    return np.asarray(table[zone, day - first * BLOCK], dtype=np.int64)


def at_local_hour(
    zones: tuple[str, ...],
    zone: NDArray[np.int64],
    at_ms: NDArray[np.int64],
    hour: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Move each time to the given local hour of its day, in whole seconds."""
    day = at_ms // DAY_MS
    offset = offsets_ms(zones, zone, day)
    seconds = (hour * 3600.0).astype(np.int64)
    return np.asarray(day * DAY_MS + seconds * 1000 - offset)


def local_hour(zone: str, moment: datetime) -> float:
    """The hour of the local day, with its fraction."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.hour + local.minute / 60.0 + local.second / 3600.0


def same_day_at(zone: str, moment: datetime, hour: float) -> datetime:
    """The moment of `hour` on the local day of `moment`, in UTC and whole seconds."""
    midnight = moment.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    local = midnight + timedelta(seconds=int(hour * 3600))
    return local.astimezone(UTC)
