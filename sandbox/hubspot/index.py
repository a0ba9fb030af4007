"""What search can see: records as they were until the index has caught up with their last write."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping

from sandbox.hubspot.config import HubSpotLimits
from sandbox.hubspot.records import Record, Records

Properties = Mapping[str, str | None]


class SearchIndex:
    """The searchable state of one portal; it lags behind by a jittered, real time."""

    def __init__(
        self, records: Records, limits: HubSpotLimits, wall: Callable[[], float], seed: int
    ) -> None:
        """Follow the records from now on; `wall` is the real time in seconds."""
        self._records, self._limits, self._wall = records, limits, wall
        self._dice = random.Random(seed)
        self._stale: dict[tuple[str, str], tuple[float, Properties | None]] = {}
        self._sweep_at = 1_000
        records.before_write(self._keep)

    def each(self, kind: str, *, after: int = 0) -> Iterable[tuple[str, Properties]]:
        """Ids and properties of searchable records of greater ids than this, ascending."""
        self._sweep()
        records = self._records.each(kind, after=after)
        if not self._stale:
            return [(record.id, record.properties) for record in records]
        deleted = [row for row in self._deleted(kind) if int(row[0]) > after]
        return self._each(kind, records, deleted)

    def _each(
        self, kind: str, records: Iterable[Record], deleted: list[tuple[str, Properties]]
    ) -> Iterator[tuple[str, Properties]]:
        for record in records:
            while deleted and int(deleted[0][0]) < int(record.id):
                yield deleted.pop(0)
            seen = self._stale.get((kind, record.id))
            if seen is None:
                yield record.id, record.properties
            elif seen[1] is not None:
                yield record.id, seen[1]
        yield from deleted

    def _deleted(self, kind: str) -> list[tuple[str, Properties]]:
        """Records that are gone and that the index still shows, by ascending id."""
        shown = [
            (record_id, before)
            for (of_kind, record_id), (_, before) in self._stale.items()
            if of_kind == kind and before is not None and not self._records.is_live(kind, record_id)
        ]
        return sorted(shown, key=lambda row: int(row[0]))

    def catch_up(self) -> None:
        """Make everything searchable at once."""
        self._stale.clear()

    def _keep(self, kind: str, record_id: str, record: Record | None) -> None:
        limits, now = self._limits, self._wall()
        low, high = limits.search_lag_min_seconds, limits.search_lag_max_seconds
        if high <= 0:
            return
        due = now + self._dice.uniform(min(low, high), high)
        known = self._stale.get((kind, record_id))
        if known is not None and known[0] > now:
            self._stale[(kind, record_id)] = (max(known[0], due), known[1])
            return
        before = None if record is None else dict(record.properties)
        self._stale[(kind, record_id)] = (due, before)
        if len(self._stale) > self._sweep_at:
            self._sweep()
            self._sweep_at = max(1_000, 2 * len(self._stale))

    def _sweep(self) -> None:
        now = self._wall()
        done = [key for key, (due, _) in self._stale.items() if due <= now]
        for key in done:
            del self._stale[key]
