"""Walks a CRM's searches for what has changed, a page at a time, by the CRM's own clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from connector.port.changes import Changes

# A search may lag behind the records by a few moments: every pass looks back so much further.
OVERLAP_MS = 120_000
# Records of the overlap that the next pass need not tell of again; what is beyond is told twice.
MOST_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """A record that a search showed; `at` (ms) is the latest of the times it was searched by.

    What else of it is needed is for the part of the search to know.
    """

    record_id: str
    at: int
    moved: int | None = None
    contact_id: str = ""
    others: tuple[str, ...] = ()
    acted: bool = False  # something was logged with it that only a close look finds


@dataclass(frozen=True, slots=True)
class Sightings:
    """A page of them, the next page's cursor, and when the CRM answered, by its own clock (ms)."""

    rows: Sequence[Sighting]
    cursor: str | None
    told_at: int | None
    told: Changes = field(default_factory=Changes)  # what is complete as it was found


@dataclass(frozen=True, slots=True)
class Part:
    """One search: its pages from a moment and a cursor on, and what its new sightings mean."""

    name: str
    search: Callable[[int, str | None], Sightings]
    tell: Callable[[Sequence[Sighting]], Changes]


@dataclass(slots=True)
class _Under:
    """A part that is being read: its place in the pass, since when, and what it has shown so far."""

    place: int = 0
    cursor: str | None = None
    began: int | None = None
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Mark:
    """Where the walk stands: the time up to which each part is known, and the pass under way."""

    since: dict[str, int]
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    turn: int = 0
    under: _Under = field(default_factory=_Under)

    @classmethod
    def read(cls, text: str) -> "_Mark":
        told = orjson.loads(text)
        return cls(**{**told, "under": _Under(**told["under"])})

    def text(self) -> str:
        return orjson.dumps(self).decode()


def begin(parts: Iterable[Part], told_at: int) -> Changes:
    """A watermark at the CRM's time; nothing has changed since."""
    return Changes(watermark=_Mark({part.name: told_at for part in parts}).text())


def walk(always: Sequence[Part], turning: Sequence[Part], watermark: str) -> Changes:
    """The next page of a pass over the parts that are always read and the one whose turn it is."""
    mark = _Mark.read(watermark)
    parts = [*always, *turning[mark.turn % len(turning) :][:1]] if turning else list(always)
    under = mark.under
    part = parts[min(under.place, len(parts) - 1)]
    since = mark.since.get(part.name, min(mark.since.values())) - OVERLAP_MS
    page = part.search(since, under.cursor)
    if under.began is None:
        # Without a time of its own the newest change that it shows is the CRM's.
        under.began = page.told_at or max((s.at for s in page.rows), default=since)
    known = mark.seen.get(part.name, {})
    # A search may be coarser than it was asked, such as one by whole days.
    fresh = [s for s in page.rows if s.at >= since and known.get(s.record_id) != s.at]
    told = part.tell(fresh)
    under.seen |= {s.record_id: s.at for s in page.rows if s.at >= under.began - OVERLAP_MS}
    under.cursor = page.cursor
    more, settled_at = True, None
    if page.cursor is None:
        mark.since[part.name] = under.began
        mark.seen[part.name] = _latest(under.seen)
        more = under.place + 1 < len(parts)
        settled_at = under.began - OVERLAP_MS
        mark.turn += not more
        mark.under = _Under(place=under.place + 1 if more else 0)
    return replace(
        told,
        activities=[*told.activities, *page.told.activities],
        watermark=mark.text(),
        more=more,
        settled_at=settled_at,
    )


def _latest(seen: Mapping[str, int]) -> dict[str, int]:
    newest = sorted(seen.items(), key=lambda item: item[1])[-MOST_REMEMBERED:]
    return dict(newest)
