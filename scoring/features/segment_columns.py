"""Which segment each contact is in, and the planning values that go with it: columns out of columns."""

from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl

from playbooks.choose import choose_columns, has_late
from playbooks.line import Value
from playbooks.seasons import lift_of
from scoring.features.recency import ACTIVE, UNMEASURABLE
from scoring.features.segment import BAND_FACTOR, LEAD, Segment, segments_of
from scoring.verticals import Vertical

# No segment answers better than this, whatever the season (N5).
_MOST = 0.25


def segment_key(
    vertical: Vertical, columns: Collection[str], *, at: datetime, without_late: bool = False
) -> pl.Expr:
    """The segment's key, from band, track and what the account's playbooks look at.

    `without_late`: what follows from the chance of an answer is not there yet.
    """
    band, lead = pl.col("band"), pl.col("track") == LEAD
    keys = pl.Enum([segment.key for segment in segments_of(vertical)])
    chosen = choose_columns(vertical.playbooks, columns, at=at, without_late=without_late)
    return (
        pl.when(band == UNMEASURABLE)
        .then(pl.lit("unmeasurable"))
        .when(band == ACTIVE)
        .then(pl.when(lead).then(pl.lit("recent_lead")).otherwise(pl.lit("recent_customer")))
        .otherwise(chosen)
        .cast(keys)
    )


def asks_for_chances(vertical: Vertical) -> bool:
    """Whether a playbook asks about what follows from the chance of an answer."""
    return has_late(vertical.playbooks)


def playbook_key(vertical: Vertical) -> pl.Expr:
    """The playbook of the segment; empty for who is in none."""
    return _by_segment({s.key: s.playbook for s in segments_of(vertical)}, pl.String())


def planned_likelihood(vertical: Vertical, at: datetime) -> pl.Expr:
    """The planning value of an answer to three touches, 0..1; empty for who isn't dormant."""
    planned = {
        s.key: None
        if s.response is None
        else min(s.response * _lift(vertical, s, at), max(s.response, _MOST))
        for s in segments_of(vertical)
    }
    factor = pl.col("band").replace_strict(BAND_FACTOR, default=None, return_dtype=pl.Float64)
    return _by_segment(planned, pl.Float64()) * factor


def _lift(vertical: Vertical, segment: Segment, at: datetime) -> float:
    return lift_of(vertical.seasons, track=segment.track, segment=segment.key, at=at)


def share_that_buys(segments: Sequence[Segment]) -> pl.Expr:
    """Of those in the segment who respond, the share that buys."""
    return _by_segment({s.key: s.buys for s in segments}, pl.Float64())


def planned_sale(segments: Sequence[Segment], currency: str) -> pl.Expr:
    """What a sale brings by the playbook, where it says so in the account's currency."""
    return _by_segment({s.key: planned_amount(s.value, currency) for s in segments}, pl.Float64())


def planned_amount(value: Value | None, currency: str) -> float | None:
    """What a playbook says that a sale brings, in this currency."""
    return value.typical_sale if value is not None and value.currency == currency else None


def _by_segment(
    values: dict[str, float | None] | dict[str, str | None], kind: pl.DataType
) -> pl.Expr:
    return pl.col("segment").replace_strict(values, default=None, return_dtype=kind)
