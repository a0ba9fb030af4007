"""Where the marks and labels of the audit's bars go; the macros in charts.html only draw them.

Positions are percentages of the chart's width, so that bars stretch while text keeps its size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.templating import share
from core.said import said
from scoring.features.recency import D90, D180, D365, NEVER, UNMEASURABLE
from scoring.summary.audit_summary import AuditSummary, Part

# Average advance of the chart's 13 px text, generous so that labels never touch.
_CHARACTER = 6.6
_KEY = 14


@dataclass(frozen=True, slots=True)
class Mark:
    """One segment of a bar and its label.

    A `moved` label stands beside its mark and needs a key; one not `above` found no room there.
    """

    key: str
    label: str
    count: int
    share: float
    start: float
    width: float
    label_at: float
    moved: bool
    above: bool


@dataclass(frozen=True, slots=True)
class Bracket:
    """A line beneath the bar that says which parts a number sums up."""

    start: float
    end: float
    row: int
    count: int
    text: str
    label_at: float
    anchor: str


def marks(
    parts: Sequence[Part], *, width: int, scale: float = 100.0, shares: bool = True
) -> list[Mark]:
    """A stacked bar `scale` percent of a chart `width` pixels wide; empty parts are left out.

    With `shares` the labels carry one; those at the end without room go below (see `brackets`).
    """
    shown = [(part, part.count, part.share or 0.0) for part in parts if part.count]
    total = sum(count for _, count, _ in shown)
    starts, at = [], 0.0
    for _, count, _ in shown:
        starts.append(at)
        at += scale * count / total
    needs = [100 * _label_width(part, count, shares) / width for part, count, _ in shown]
    above = sum(
        1
        for (part, _, _), start, need in zip(shown, starts, needs, strict=True)
        if not shares or _stays_above(part.key, start + need)
    )
    places = [*_apart(starts[:above], needs[:above], 100 * _KEY / width), *starts[above:]]
    return [
        Mark(
            part.key, part.label, count, percent, start, scale * count / total, place,
            moved=abs(place - start) > 0.5, above=i < above,
        )
        for i, ((part, count, percent), start, place) in enumerate(
            zip(shown, starts, places, strict=True)
        )
    ]  # fmt: skip


def _stays_above(key: str, end: float) -> bool:
    """The two last bands are explained below the bar where their labels would leave it."""
    return key not in (NEVER, UNMEASURABLE) or (key == NEVER and end <= 100)


def _label_width(part: Part, count: int, shares: bool) -> float:
    """Pixels of the wider of the label's two lines, with a gap to the next."""
    figures = f"{count:,}  {share(part.share)}" if shares else f"{count:,}"
    return _CHARACTER * max(len(part.label), len(figures)) + 12


def _apart(starts: list[float], needs: list[float], key: float) -> list[float]:
    """Each label at its mark, or right of its neighbour with room for a key, then back inside."""
    places, free = [], 0.0
    for start, need in zip(starts, needs, strict=True):
        places.append(max(start, free))
        free = places[-1] + need + (key if free > start else 0.0)
    limit = 100.0
    for i in reversed(range(len(places))):
        moved = key if places[i] > starts[i] else 0.0
        places[i] = max(0.0, min(places[i], limit - needs[i] - moved))
        limit = places[i]
    return places


def brackets(summary: AuditSummary, drawn: Sequence[Mark], *, width: int) -> list[Bracket]:
    """The nested counts of silence, and marks without a label above, in few rows."""
    ends = {mark.key: (mark.start, mark.start + mark.width) for mark in drawn}
    silent = [key for key in (D90, D180, D365) if key in ends]
    wanted = [
        (name, ends[keys[0]][0], ends[keys[-1]][1], text)
        for name, first, text in (
            ("d90", D90, "quiet 90 days or more"),
            ("d180", D180, "180 days or more"),
            ("d365", D365, "365 days or more"),
        )
        if (keys := [key for key in silent if _bands_from(first, key)]) and summary.dormant[name]
    ]
    found: list[Bracket] = []
    for name, start, end, text in wanted:
        count = summary.dormant[name] or 0
        label = f"{said(text)} · {share(summary.dormant_shares[name])}"
        found.append(_bracket(found, (start, end), count, label, width))
    for mark in drawn:
        if not mark.above:
            label = f"{_begun(said(mark.label))} · {share(mark.share)}"
            found.append(_bracket(found, ends[mark.key], mark.count, label, width))
    return found


def _bands_from(first: str, key: str) -> bool:
    order = (D90, D180, D365)
    return order.index(key) >= order.index(first)


def _bracket(
    placed: Sequence[Bracket], span: tuple[float, float], count: int, text: str, width: int
) -> Bracket:
    """Put the label at the left end, or at the right one where it would leave the chart."""
    start, end = span
    anchor = "end" if start + _text_width(count, text, width) > 100 else "start"
    new = Bracket(start, end, 0, count, text, end if anchor == "end" else start, anchor)
    busy = {
        other.row
        for other in placed
        if _overlap((other.start, other.end), span)
        or _overlap(_extent(other, width), _extent(new, width))
    }
    return replace(new, row=next(row for row in range(len(placed) + 1) if row not in busy))


def _begun(label: str) -> str:
    """A label within a sentence."""
    return label[:1].lower() + label[1:]


def _text_width(count: int, text: str, width: int) -> float:
    return 100 * (_CHARACTER * len(f"{count:,} {text}") + 16) / width


def _extent(bracket: Bracket, width: int) -> tuple[float, float]:
    """From where to where the label reaches."""
    room = _text_width(bracket.count, bracket.text, width)
    if bracket.anchor == "end":
        return bracket.end - room, bracket.end
    return bracket.start, bracket.start + room


def _overlap(one: tuple[float, float], two: tuple[float, float]) -> bool:
    return one[0] < two[1] - 1e-6 and two[0] < one[1] - 1e-6
