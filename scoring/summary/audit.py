"""A scored account, summed up for its owner: bands, tracks, segments, value, where to start."""

import math
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from contact_rules.person import Policy
from contact_rules.rules import EXPECTED, IN_A_DEAL
from scoring.features.prepare import AccountFacts
from scoring.features.recency import BANDS, D90, D180, D365
from scoring.features.segment import Segment
from scoring.learn.control import control_share
from scoring.score import Scored, dormant_counts, is_dormant
from scoring.summary.audit_summary import (
    AuditSummary,
    Estimate,
    Gap,
    ManualContact,
    Part,
    SegmentRow,
    Start,
    TrackRow,
    Value,
)
from scoring.summary.gaps import find_gaps
from scoring.summary.rounding import rounded_parts, shares, unit_for

# Below this many dormant contacts, writing by hand beats automation (S23, N10).
MANUAL_BELOW = 200
FIRST_WAVE = 3

BAND_LABELS = {
    "active": "Active",
    D90: "90–179 d",  # ranges are written with an en dash
    D180: "180–364 d",
    D365: "365 d and more",
    "never": "Never engaged",
    "unmeasurable": "Unmeasurable",
}
TRACKS = (
    ("lead", "Lead reactivation", "never bought"),
    ("customer", "Customer winback", "bought before"),
)
TENTHS = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def summarise(
    scored: Scored, *, gaps: Sequence[Gap] = (), holdout_share: float | None = None
) -> AuditSummary:
    """Everything the audit shows; `gaps` are those the reader of the data found, listed last.

    `holdout_share` is the one that the account chose, if it did.
    """
    frame, account = scored.frame, scored.account
    counts = dormant_counts(scored)
    bands = _bands(frame, account.measurable)
    segments = _segments(frame, account, scored.segments)
    value = replace(_value(frame, segments, account.currency), basis=scored.yardstick.basis)
    rounded = _with_rounding(segments, value)
    ordered = tuple(sorted(_with_waves(rounded), key=_by_value))
    dormant = counts["d90"]
    advised = dormant is not None and 0 < dormant < MANUAL_BELOW
    return AuditSummary(
        as_of=account.as_of,
        history_start=account.history_start,
        contacts=frame.height,
        headline=_headline(dormant, frame.height),
        finding=_finding(scored, dormant),
        bands=bands,
        dormant=counts,
        dormant_shares=_dormant_shares(counts, bands, frame.height),
        unmeasurable=int((frame["band"] == "unmeasurable").sum()),
        tracks=tuple(_track(frame, account.measurable, ordered, names) for names in TRACKS),
        segments=ordered,
        value=value,
        gaps=(*find_gaps(scored), *gaps),
        start=_start(ordered, value, holdout_share),
        manual_advised=advised,
        manual_list=_manual_list(frame) if advised else (),
    )


def _headline(dormant: int | None, contacts: int) -> str:
    if dormant is None:
        return "Your records are too short to tell who has gone quiet."
    tenths = round(10 * dormant / max(contacts, 1))
    if not dormant:
        return "None of your contacts has gone quiet."
    if not tenths:
        return "A few of your contacts have gone quiet."
    if tenths == 10:
        return "Nearly all of your contacts have gone quiet."
    verb = "has" if tenths == 1 else "have"
    return f"{TENTHS[tenths]} in ten of your contacts {verb} gone quiet."


def _finding(scored: Scored, dormant: int | None) -> str:
    contacts, account = scored.frame.height, scored.account
    if dormant is None:
        if account.history_start is None or not account.events:
            return "No activity is on record, so nobody's silence can be measured."
        reach = (account.as_of - account.history_start).days
        return f"Activity on record goes back {reach} days: too short to see 90 days of silence."
    share = round(100 * dormant / max(contacts, 1), 1)
    have = "has" if dormant == 1 else "have"
    return (
        f"{dormant:,} of your {contacts:,} contacts {have} been quiet for 90 days or more. "
        f"That is {share}%."
    )


def _bands(frame: pl.DataFrame, windows: dict[str, bool]) -> tuple[Part, ...]:
    """One part per band; the last measurable band of silence is open-ended."""
    counts = dict(frame.group_by("band").len().iter_rows())
    known = [int(counts.get(band, 0)) for band in BANDS]
    hidden = {
        band for band, name in ((D90, "d90"), (D180, "d180"), (D365, "d365")) if not windows[name]
    }
    labels = dict(BAND_LABELS)
    if D365 in hidden and D180 not in hidden:
        labels[D180] = "180 d and more"
    if D180 in hidden and D90 not in hidden:
        labels[D90] = "90 d and more"
    return tuple(
        Part(band, labels[band], None, None)
        if band in hidden
        else Part(band, labels[band], count, share)
        for band, count, share in zip(BANDS, known, shares(known), strict=True)
    )


def _dormant_shares(
    counts: dict[str, int | None], bands: tuple[Part, ...], contacts: int
) -> dict[str, float | None]:
    """Percentages of the nested counts; one that is also a band has that band's share."""
    by_band = {part.key: part.share for part in bands}
    nested: dict[str, float | None] = {
        name: None if count is None else round(100 * count / max(contacts, 1), 1)
        for name, count in counts.items()
    }
    return nested | {"d365": by_band[D365], "never": by_band["never"]}


def _segments(
    frame: pl.DataFrame, account: AccountFacts, segments: Sequence[Segment]
) -> list[SegmentRow]:
    busy = [rule.column(account.as_of, Policy()) for rule in (IN_A_DEAL, EXPECTED)]
    eligible = pl.col("reachable") & ~pl.any_horizontal(busy)
    # Lazy, so that no copy of all columns is made for the few that are needed.
    rows = (
        frame.lazy()
        .filter(is_dormant())
        .group_by("segment")
        .agg(
            contacts=pl.len(),
            reachable=pl.col("reachable").sum(),
            eligible=eligible.sum(),
            median_quiet=pl.col("quiet_days").median(),
            typical_sale=pl.col("typical_sale").first(),
            likelihood=pl.col("likelihood").mean(),
        )
        .collect()
    )
    found = {row["segment"]: row for row in rows.iter_rows(named=True)}
    return [
        _segment(s, found[s.key]) for s in segments if s.response is not None and s.key in found
    ]


def _segment(segment: Segment, row: dict[str, float | None]) -> SegmentRow:
    contacts, reachable = int(row["contacts"] or 0), int(row["reachable"] or 0)
    typical, median = row["typical_sale"], row["median_quiet"]
    return SegmentRow(
        key=segment.key,
        track=segment.track,
        label=segment.label,
        definition=segment.definition,
        contacts=contacts,
        reachable=reachable,
        reachable_share=round(100 * reachable / contacts),
        eligible=int(row["eligible"] or 0),
        median_quiet=None if median is None else math.floor(median),
        typical_sale=typical,
        likelihood=round(row["likelihood"] or 0.0, 4),
        value=None if typical is None else _exact(reachable * typical),
        wave="",
    )


def _exact(everyone: float) -> Estimate:
    return Estimate(round(everyone * 0.05, 2), round(everyone * 0.10, 2), 0.0, 0.0)


def _value(frame: pl.DataFrame, segments: list[SegmentRow], currency: str) -> Value:
    pool = frame.filter(is_dormant())
    reachable = int(pool["reachable"].sum())
    known = [row.value for row in segments if row.value is not None]
    at_5, at_10 = sum(v.at_5 for v in known), sum(v.at_10 for v in known)
    unit = unit_for(at_10)
    whole = Estimate(
        round(at_5, 2),
        round(at_10, 2),
        *(rounded_parts(total, [1.0], unit)[0] for total in (at_5, at_10)),
    )
    return Value(
        currency=currency,
        unit=unit,
        reachable=reachable,
        pool=pool.height,
        people_at_5=round(reachable * 0.05),
        people_at_10=round(reachable * 0.10),
        estimate=whole if known else None,
    )


def _with_rounding(segments: list[SegmentRow], value: Value) -> list[SegmentRow]:
    """Round the segments' values so that they add up to the rounded whole."""
    valued = [(row, row.value) for row in segments if row.value is not None]
    fives = rounded_parts(sum(v.at_5 for _, v in valued), [v.at_5 for _, v in valued], value.unit)
    tens = rounded_parts(sum(v.at_10 for _, v in valued), [v.at_10 for _, v in valued], value.unit)
    rounded = {
        row.key: Estimate(exact.at_5, exact.at_10, five, ten)
        for (row, exact), five, ten in zip(valued, fives, tens, strict=True)
    }
    return [replace(row, value=rounded.get(row.key)) for row in segments]


def _worth(row: SegmentRow) -> float:
    """What ranks a segment: its value, or the replies to expect where no value is known."""
    return row.value.at_10 if row.value else row.reachable * row.likelihood


def _by_value(row: SegmentRow) -> tuple[int, float]:
    return (row.track != "lead", -_worth(row))


def _with_waves(segments: list[SegmentRow]) -> list[SegmentRow]:
    """High-value segments first, not everyone at once (S3, S24); strangers last and only once."""
    known = [row for row in segments if row.key != "never_engaged" and row.eligible]
    first = {row.key for row in sorted(known, key=_worth, reverse=True)[:FIRST_WAVE]}

    def wave(row: SegmentRow) -> str:
        if row.key == "never_engaged":
            return "Last, one message"
        return "First wave" if row.key in first else "Later"

    return [replace(row, wave=wave(row)) for row in segments]


def _track(
    frame: pl.DataFrame,
    windows: dict[str, bool],
    segments: Sequence[SegmentRow],
    names: tuple[str, str, str],
) -> TrackRow:
    key, label, note = names
    mine = frame.filter(pl.col("track") == key)
    rows = [row for row in segments if row.track == key]
    values = [row.value for row in rows if row.value is not None]
    whole = Estimate(
        round(sum(v.at_5 for v in values), 2),
        round(sum(v.at_10 for v in values), 2),
        sum(v.rounded_at_5 for v in values),
        sum(v.rounded_at_10 for v in values),
    )
    return TrackRow(
        key=key,
        label=label,
        note=note,
        contacts=mine.height,
        pool=sum(row.contacts for row in rows),
        reachable=sum(row.reachable for row in rows),
        bands=_bands(mine, windows),
        value=whole if values else None,
    )


def _start(segments: Sequence[SegmentRow], value: Value, holdout_share: float | None) -> Start:
    first = sorted((r for r in segments if r.wave == "First wave"), key=_worth, reverse=True)
    eligible = sum(row.eligible for row in first)
    worth = sum(row.value.at_10 for row in first if row.value)
    total = value.estimate.at_10 if value.estimate else 0.0
    return Start(
        segments=tuple(first),
        eligible=eligible,
        left_alone=round(eligible * control_share(eligible, holdout_share)),
        share_of_reachable=round(
            100 * sum(row.reachable for row in first) / max(value.reachable, 1)
        ),
        share_of_value=round(100 * worth / total) if total else None,
    )


def _manual_list(frame: pl.DataFrame) -> tuple[ManualContact, ...]:
    """Everyone quiet for 90 days or more, best first; the unreachable ones at the end."""
    rows = frame.filter(pl.col("quiet_days") >= 90).sort(
        ["reachable", "priority", "expected_value", "quiet_days", "contact_id"],
        descending=[True, False, True, False, False],
        nulls_last=True,
    )
    wanted = ("contact_id", "priority", "quiet_days", "segment", "reachable", "explanation")
    return tuple(ManualContact(*row) for row in rows.select(wanted).iter_rows())
