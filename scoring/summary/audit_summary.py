"""The values an audit consists of: everything its page, its report and its JSON show."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from scoring.sales import SaleBasis


@dataclass(frozen=True, slots=True)
class Part:
    """One band: how many contacts, and their share in percent; None where it can't be measured."""

    key: str
    label: str
    count: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Planning value if 5 or 10 in 100 come back: exact, and rounded so that parts add up."""

    at_5: float
    at_10: float
    rounded_at_5: float
    rounded_at_10: float


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment's dormant contacts; `reachable` may be contacted, `eligible` has no open deal."""

    key: str
    track: str
    label: str
    definition: str
    contacts: int
    reachable: int
    reachable_share: int
    eligible: int
    median_quiet: int | None
    typical_sale: float | None
    likelihood: float
    value: Estimate | None
    wave: str


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One track: its contacts by band, and its pool: quiet for 90 days or more, or never there."""

    key: str
    label: str
    note: str
    contacts: int
    pool: int
    reachable: int
    bands: tuple[Part, ...]
    value: Estimate | None


@dataclass(frozen=True, slots=True)
class Value:
    """The value at stake over reachable people; rounded amounts are multiples of `unit`."""

    currency: str
    unit: int
    reachable: int
    pool: int
    people_at_5: int
    people_at_10: int
    estimate: Estimate | None
    basis: SaleBasis | None = None  # of the typical sales; None where no sale has an amount


@dataclass(frozen=True, slots=True)
class Gap:
    """What the data can't tell: how many contacts (None: not a count), what follows, what helps."""

    key: str
    count: int | None
    text: str
    consequence: str
    fix: str


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: the first segments, their weight, and how many would be left alone."""

    segments: tuple[SegmentRow, ...]
    eligible: int
    left_alone: int
    share_of_reachable: int
    share_of_value: int | None


@dataclass(frozen=True, slots=True)
class ManualContact:
    """A person to write to by hand: who first, and why."""

    contact_id: str
    priority: str | None
    quiet_days: int
    segment: str
    reachable: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class AuditSummary:
    as_of: datetime
    history_start: datetime | None
    contacts: int
    headline: str
    finding: str
    bands: tuple[Part, ...]
    dormant: dict[str, int | None]
    dormant_shares: dict[str, float | None]
    unmeasurable: int
    tracks: tuple[TrackRow, ...]
    segments: tuple[SegmentRow, ...]
    value: Value
    gaps: tuple[Gap, ...]
    start: Start
    manual_advised: bool
    manual_list: tuple[ManualContact, ...]

    def to_json(self) -> dict[str, object]:
        """The summary as plain JSON values; None marks what can't be measured."""
        band_shares = {part.key: part.share for part in self.bands}
        return {
            "as_of": _iso(self.as_of),
            "history_start": _iso(self.history_start),
            "finding": self.finding,
            "contacts": self.contacts,
            "dormant": self.dormant,
            "unmeasurable": self.unmeasurable,
            "bands": {part.key: part.count for part in self.bands},
            "shares": band_shares | self.dormant_shares,
            "tracks": {track.key: _track(track) for track in self.tracks},
            "segments": [_segment(row) for row in self.segments],
            "value": _value(self.value),
            "start": {
                "segments": [row.key for row in self.start.segments],
                "eligible": self.start.eligible,
                "left_alone": self.start.left_alone,
            },
            "data_gaps": [asdict(gap) for gap in self.gaps],
            "manual_advised": self.manual_advised,
            "manual_list": [asdict(person) for person in self.manual_list],
        }


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[AuditSummary]:
    return TypeAdapter(AuditSummary)


def write_summary(summary: AuditSummary) -> str:
    """The summary as a text to be stored: of the account alone, so without its list of people."""
    return _adapter().dump_json(replace(summary, manual_list=())).decode()


def read_summary(text: str) -> AuditSummary | None:
    """What `write_summary` wrote; None for what another version wrote otherwise."""
    try:
        return _adapter().validate_json(text)
    except ValidationError:
        return None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _estimate(estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return dict.fromkeys(("at_5", "at_10", "rounded_at_5", "rounded_at_10"))
    return dict(asdict(estimate))


def _track(track: TrackRow) -> dict[str, object]:
    return {
        "label": track.label,
        "contacts": track.contacts,
        "dormant_and_never": track.pool,
        "reachable": track.reachable,
        "bands": {part.key: part.count for part in track.bands},
        "value": _estimate(track.value),
    }


def _segment(row: SegmentRow) -> dict[str, object]:
    plain = asdict(row)
    return plain | {"value": _estimate(row.value)}


def _value(value: Value) -> dict[str, object]:
    return {
        **_estimate(value.estimate),
        "currency": value.currency,
        "reachable": value.reachable,
        "pool": value.pool,
        "people_at_5": value.people_at_5,
        "people_at_10": value.people_at_10,
        "sale_basis": None if value.basis is None else asdict(value.basis),
        "planning_range": True,
    }
