"""From contacts and events to one row of features per contact, as of a moment; pure and columnar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contact_rules.channels import CHANNELS, usable
from contact_rules.columns import joined_channels, with_channels
from contact_rules.person import Policy
from contact_rules.reasons import REASONS
from scoring.features.history import (
    IGNORED,
    MAILING,
    OUTREACH,
    Days,
    Offsets,
    Packing,
    histories,
    timeline_of,
)
from scoring.features.input_frames import (
    HUMAN_KINDS,
    KIND,
    UTC_MS,
    contacts_frame,
    events_frame,
    is_human,
    is_mailing,
    is_outreach,
)
from scoring.features.pattern import interest_level
from scoring.features.reason import SOURCES, resolve_reasons
from scoring.features.recency import measurable
from scoring.features.recency_columns import band, whole_days
from scoring.features.segment import CUSTOMER, LEAD
from scoring.features.signal_columns import find_signals
from scoring.features.timeline import Timeline
from scoring.models.cycle import Cycle
from scoring.verticals import GENERAL, Vertical

TRACK = pl.Enum([LEAD, CUSTOMER])
_KINDS = (*HUMAN_KINDS, OUTREACH, MAILING)
_TROUBLE = ("lost_deal", "ticket", "feedback", "refund")
_RESOLVED: dict[str, pl.DataType | type[pl.DataType]] = {
    "reason": pl.Enum(list(REASONS)),
    "reason_source": pl.Enum(list(SOURCES)),
    "reason_confidence": pl.Float32,
    "reason_at": UTC_MS,
}
_PART = 1 << 19
# What speaks against a channel is the same under every policy.
_ANYBODY = Policy()


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """What an account decides: currency, a typical sale where none is on record, zone, business.

    `cycle`, in days, is when customers are due again; without one it is the line of business's own.
    `holdout_share` are left alone to measure; without one it goes by the size of the group.
    """

    currency: str = "USD"
    typical_sale: float | None = None
    timezone: str = "UTC"
    vertical: Vertical = GENERAL
    cycle: Cycle | None = None
    holdout_share: float | None = None

    @property
    def due(self) -> Cycle | None:
        """The cycle that holds for the account, if any."""
        usual = self.vertical.cycle
        return self.cycle or (Cycle(usual.min, usual.due, usual.max) if usual else None)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What was learnt about the account as a whole; `history_start` is None without any activity."""

    as_of: datetime
    history_start: datetime | None
    measurable: dict[str, bool]
    currency: str
    contacts: int
    events: int
    human_events: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """One row per contact in `frame`, in the order of the contacts given, and their days of contact.

    `sent` has the days on which we wrote to them or called; `sales` has person, occurred_at and amount of
    every purchase with an amount; `bought` the days with purchases; `today` is as_of's day since 1970, on
    the account's clock as all days are.
    """

    frame: pl.DataFrame
    line: Timeline
    sent: Timeline
    sales: pl.DataFrame
    history_start: datetime | None
    has_activity: bool
    events: int
    human_events: int
    bought: Days
    today: int
    as_of: datetime
    vertical: Vertical = GENERAL
    cycle: Cycle | None = None


Events = pl.DataFrame | Iterable[pl.DataFrame]


def prepare(
    contacts: pl.DataFrame,
    events: Events,
    *,
    as_of: datetime,
    settings: ScoreSettings,
    history_start: datetime | None = None,
) -> Prepared:
    """Everything that can be said without a model; what happened after `as_of` is ignored.

    Events may come in parts, of which only little is kept at a time. `history_start` is given where
    only some of an account's contacts are looked at. Raises Invalid for an unusable frame and
    ValueError for an as_of without a zone.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    as_of = as_of.astimezone(UTC)
    people = contacts_frame(contacts)
    gathered = _gather(events, people, as_of)
    offsets = _offsets(settings.timezone, as_of)
    rows, days, sent = histories(gathered.packing, gathered.pieces, offsets)
    start = history_start or _history_start(people, gathered)
    known = history_start is not None or gathered.events > 0
    bought = gathered.bought
    purchase_days, today = _days_of(bought, offsets), _day(as_of, offsets)
    frame = (
        pl.concat([people, rows, _purchases(bought, people.height)], how="horizontal")
        .pipe(_with_recency, as_of, start=start if known else None)
        .pipe(_with_interest, gathered, as_of)
        .pipe(_with_reasons, gathered, as_of)
    )
    frame = frame.with_columns(
        days_since_purchase=_since_purchase(purchase_days, frame.height, today)
    )
    signals = find_signals(
        frame, days, purchase_days, as_of=as_of, cycle=settings.due, offsets=offsets
    )
    born = _local_days(people["created_at"].fill_null(as_of), offsets)
    opened = _day(start, offsets) if known and start else None
    line = timeline_of(days, today=today, born=born, opened=opened)
    return Prepared(
        frame.drop("reason_at").hstack(signals),
        line,
        Timeline(sent.person, (sent.day - today).astype(np.float32), line.birth),
        bought.filter(pl.col("amount") > 0),
        start,
        known,
        gathered.events,
        int(rows["human_events"].sum()),
        purchase_days,
        today,
        as_of,
        settings.vertical,
        settings.due,
    )


def facts_of(prepared: Prepared, *, as_of: datetime, settings: ScoreSettings) -> AccountFacts:
    """The account's own facts."""
    start = prepared.history_start if prepared.has_activity else None
    return AccountFacts(
        as_of, prepared.history_start, measurable(start, as_of), settings.currency,
        prepared.frame.height, prepared.events, prepared.human_events,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Gathered:
    """All events packed, and of the few that tell more than a time and a kind what they tell.

    `booked` and `met` say who ever had a meeting, and one that took place, `clicked` who ever followed a link of an
    e-mail; `bought` are purchases
    (person, occurred_at, amount); `said` is what may say why somebody left; `first` the first sign of
    life, in milliseconds since 1970.
    """

    packing: Packing
    pieces: list[NDArray[np.uint64]]
    booked: NDArray[np.bool_]
    met: NDArray[np.bool_]
    clicked: NDArray[np.bool_]
    bought: pl.DataFrame
    said: pl.DataFrame
    events: int
    first: int | None


def _gather(events: Events, people: pl.DataFrame, as_of: datetime) -> _Gathered:
    packing = Packing(people.height, int(as_of.timestamp() * 1000), _KINDS)
    parts = events.iter_slices(_PART) if isinstance(events, pl.DataFrame) else events
    nobody = pl.DataFrame(schema={"contact_id": pl.String, "occurred_at": UTC_MS, "kind": KIND})
    empty = events_frame(nobody, people)
    pieces, bought, said, count = [], [_bought(empty)], [_said(empty)], 0
    booked, met, clicked = (np.zeros(people.height, dtype=np.bool_) for _ in range(3))
    first: int | None = None
    for part in parts:
        seen = events_frame(part, people)
        if seen.select((pl.col("occurred_at") > as_of).any()).item():
            seen = seen.filter(pl.col("occurred_at") <= as_of)
        count += seen.height
        person, code = seen["person"].to_numpy(), seen.select(_code()).to_series().to_numpy()
        at = seen["occurred_at"].to_physical().to_numpy()
        pieces.append(packing.pack(person, at, code))
        human = at[code < packing.outreach]
        if len(human):
            first = int(human.min()) if first is None else min(first, int(human.min()))
        meeting = (seen["kind"] == "meeting").fill_null(value=False).to_numpy()
        booked[person[meeting]] = True
        met[person[code == HUMAN_KINDS.index("meeting")]] = True
        clicked[person[code == HUMAN_KINDS.index("click")]] = True
        bought.append(_bought(seen))
        said.append(_said(seen))
    return _Gathered(
        packing, pieces, booked, met, clicked, pl.concat(bought), pl.concat(said), count, first
    )


def _bought(seen: pl.DataFrame) -> pl.DataFrame:
    found = seen.filter(pl.col("kind") == "purchase")
    return found.select("person", "occurred_at", pl.col("amount").cast(pl.Float64))


def _said(seen: pl.DataFrame) -> pl.DataFrame:
    says = pl.col("kind").is_in(_TROUBLE) | pl.col("reason").is_not_null()
    return seen.filter(says).with_columns(
        pl.col("direction", "outcome").cast(pl.String), pl.col("amount").cast(pl.Float64)
    )


def _code() -> pl.Expr:
    """The event's code in a packing: what the contact did, our outreach, bulk mail, or nothing of these."""
    return (
        pl.when(is_human())
        .then(pl.col("kind").to_physical())
        .when(is_outreach())
        .then(pl.lit(_KINDS.index(OUTREACH), dtype=pl.UInt8))
        .when(is_mailing())
        .then(pl.lit(_KINDS.index(MAILING), dtype=pl.UInt8))
        .otherwise(pl.lit(IGNORED, dtype=pl.UInt8))
        .cast(pl.UInt8)
    )


def _day(moment: datetime, offsets: Offsets) -> int:
    return int(offsets.days(np.array([int(moment.timestamp() * 1000)]))[0])


def _local_days(moments: pl.Series, offsets: Offsets) -> NDArray[np.int64]:
    return offsets.days(moments.dt.epoch("ms").to_numpy().astype(np.int64))


def _offsets(zone: str, as_of: datetime) -> Offsets:
    """The zone's difference from UTC at noon of each day of the last ten years."""
    return _offsets_from(zone, int(as_of.timestamp()) // 86_400 - 3_660)


# Contacts that change one by one are looked at on the same day.
@lru_cache(maxsize=64)
def _offsets_from(zone: str, first: int) -> Offsets:
    noon = datetime(1970, 1, 1, 12, tzinfo=UTC)
    where = ZoneInfo(zone)
    shifts = [
        (noon + timedelta(days=first + i)).astimezone(where).utcoffset() or timedelta()
        for i in range(3_662)
    ]
    return Offsets(first, np.array([int(shift.total_seconds() * 1000) for shift in shifts]))


def _history_start(people: pl.DataFrame, gathered: _Gathered) -> datetime | None:
    """The first sign of life on record, else the first contact's making."""
    if gathered.first is not None:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=gathered.first)
    earliest = people["created_at"].min()
    return earliest.astimezone(UTC) if isinstance(earliest, datetime) else None


def _purchases(bought: pl.DataFrame, people: int) -> pl.DataFrame:
    who = bought["person"].to_numpy()
    spent = bought["amount"].cast(pl.Float64).fill_null(0.0).to_numpy()
    return pl.DataFrame(
        {
            "purchases": np.bincount(who, minlength=people).astype(np.int32),
            "revenue": np.bincount(who, spent, minlength=people),
        }
    )


def _since_purchase(bought: Days, people: int, today: int) -> pl.Series:
    """Days since each contact's last purchase; empty for who has bought nothing."""
    last = np.full(people, -1, dtype=np.int32)
    last[bought.person] = bought.day  # in order of day: the last one stands
    has = pl.Series(last >= 0)
    return pl.select(pl.when(has).then(pl.Series(today - last))).to_series()


def _days_of(bought: pl.DataFrame, offsets: Offsets) -> Days:
    """Each contact's days with a purchase."""
    day = _local_days(bought["occurred_at"], offsets)
    # One number for contact and day, both in order; days before 1970 count from there.
    keys = np.unique((bought["person"].to_numpy().astype(np.int64) << 32) + day)
    person = (keys + (1 << 31)) >> 32
    return Days(person.astype(np.int32), (keys - (person << 32)).astype(np.int32))


def _with_recency(frame: pl.DataFrame, as_of: datetime, *, start: datetime | None) -> pl.DataFrame:
    return frame.with_columns(
        touched=pl.col("last_human_at").is_not_null(),
        quiet_days=whole_days(pl.col("last_human_at"), as_of),
        age_days=whole_days(pl.col("created_at"), as_of),
    ).with_columns(
        track=pl.when(pl.col("purchases") > 0)
        .then(pl.lit(CUSTOMER, dtype=TRACK))
        .otherwise(pl.lit(LEAD, dtype=TRACK)),
        band=band(start),
        rhythm_days=pl.when(pl.col("repeats") > 0)
        .then((pl.col("span_days") / pl.col("repeats")).round(0))
        .cast(pl.Int32),
    )


def _with_interest(frame: pl.DataFrame, gathered: _Gathered, as_of: datetime) -> pl.DataFrame:
    """Interest and channels; booking a meeting shows interest even if it was missed."""
    gap = pl.coalesce("quiet_days", pl.col("age_days").clip(lower_bound=0))
    frame = frame.with_columns(
        deep=pl.col("deep") | pl.Series(gathered.booked),
        booked=pl.Series(gathered.booked),
        missed=pl.Series(gathered.booked & ~gathered.met),
        gap_days=pl.when(pl.col("band") != "unmeasurable").then(gap),
        ever_engaged=pl.Series(gathered.clicked),
    )
    return with_channels(frame, as_of, _ANYBODY).with_columns(
        interest_level=interest_level(),
        reachable=pl.any_horizontal([usable(channel) for channel in CHANNELS]),
        channels=joined_channels(),
    )


def _with_reasons(frame: pl.DataFrame, gathered: _Gathered, as_of: datetime) -> pl.DataFrame:
    """Add the resolved reasons; only the few contacts of whom something says so are looked at."""
    some = frame["reason"].is_not_null().to_numpy().copy()
    some[gathered.said["person"].to_numpy()] = True
    if not some.any():
        return frame.drop("reason", "reason_source", "reason_at").with_columns(
            pl.lit(None, kind).alias(name) for name, kind in _RESOLVED.items()
        )
    who = pl.Series(some)
    bought = gathered.bought.with_columns(kind=pl.lit("purchase", dtype=KIND))
    few = pl.concat([gathered.said, bought], how="diagonal")
    few = few.filter(who.gather(few["person"]))
    few = few.with_columns(contact_id=frame["contact_id"].gather(few["person"]))
    theirs = frame.filter(who)
    found = resolve_reasons(theirs, few, theirs, as_of=as_of).select(
        pl.col(name).cast(kind) for name, kind in _RESOLVED.items()
    )
    places = pl.select(pl.when(who).then(who.cast(pl.UInt32).cum_sum() - 1)).to_series()
    return frame.drop("reason", "reason_source", "reason_at").hstack(found[places])
