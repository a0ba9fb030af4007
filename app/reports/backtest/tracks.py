"""A history split at a day: who was known by then, what they had done, and what they did after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from app.reports.backtest.history import PURCHASES, History
from core.errors import Invalid
from scoring.learn.backtest import Record

CUSTOMER, LEAD = "customer", "lead"
# A file that is silent for a week may just be quiet.
_WEEK = 7
# Fewer different dates may be alike by chance.
_SEVERAL = 5


@dataclass(frozen=True, slots=True)
class Split:
    """The last day of the calibration, which is part of it, and the days of the holdout after it."""

    end: date
    days: int

    def __post_init__(self) -> None:
        if self.days < 1:
            raise Invalid("--holdout-days must be 1 or more: the days to predict.")

    @property
    def holdout_end(self) -> date:
        return self.end + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Track:
    """Customers or leads known by the end of the calibration; `ids` are in the record's order.

    `place` is where each stands in the files, `start` the first day on which one was known.
    """

    key: str
    ids: pl.Series
    place: pl.Series
    record: Record
    start: date

    @property
    def people(self) -> int:
        return self.ids.len()


def read_day(text: str) -> date:
    """A day such as 2025-12-31; raises Invalid for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(
            f"--calibration-end takes a date such as 2025-12-31, not {text!r}."
        ) from error


def tracks_of(history: History, split: Split) -> tuple[Track, ...]:
    """Customers (a purchase by the end) and leads (known, no purchase), those there are.

    Raises Invalid where nobody was known yet, and where nothing came after.
    """
    events = history.events.with_columns(
        day=(pl.col("date") - pl.lit(split.end)).dt.total_days().cast(pl.Float64)
    )
    _check_span(events, history, split)
    bought = events.filter((pl.col("file") == PURCHASES) & (pl.col("day") <= 0))
    is_customer = pl.col("contact_id").is_in(bought["contact_id"].unique().implode())
    places = events.select("contact_id").unique(keep="first", maintain_order=True)
    places = places.with_row_index("place")
    purchases = events.filter(pl.col("file") == PURCHASES)
    sent = events.filter(pl.col("sent"))
    customers = _track(CUSTOMER, purchases.filter(is_customer), sent, places, split)
    leads = _track(LEAD, events.filter(~is_customer), sent, places, split)
    return tuple(track for track in (customers, leads) if track.people)


def first_seen_later(history: History, split: Split) -> int:
    """How many are in the files but were not known by the end, so that nothing is predicted."""
    first = history.events.group_by("contact_id").agg(pl.col("date").min())
    return int((first["date"] > split.end).sum())


@dataclass(frozen=True, slots=True)
class CutOff:
    """A file that ends before the holdout does; it matters where it was not merely quiet for so long."""

    sentence: str
    matters: bool


def cut_offs(history: History, split: Split) -> Iterator[CutOff]:
    """Each file that ends before the holdout does."""
    for kind, path in history.files.items():
        last = _days(history.events, kind)[1]
        if last < split.holdout_end:
            missing = (split.holdout_end - last).days
            yield CutOff(
                f"{path.name} ends on {last}, {missing:,} {'day' if missing == 1 else 'days'} "
                f"before the holdout does ({split.holdout_end}): whoever came later is counted as "
                f"not having come. --holdout-days {(last - split.end).days} would fit.",
                missing > _longest_pause(history.events, kind),
            )


def _longest_pause(events: pl.DataFrame, kind: str) -> int:
    """The most days in a row without anything in a file, at least a week."""
    days = events.filter(pl.col("file") == kind)["date"].unique().sort()
    longest = days.diff().dt.total_days().max()
    return max(int(longest) if isinstance(longest, int) else 0, _WEEK)


def first_day(history: History) -> date:
    """The first day on record."""
    first = history.events["date"].min()
    assert isinstance(first, date)  # noqa: S101  a history has events
    return first


def recorded(history: History) -> Iterator[str]:
    """A sentence for each file whose dates are too regular to be days on which things happened."""
    for kind, path in history.files.items():
        dates = history.events.filter(pl.col("file") == kind)["date"]
        if dates.n_unique() < _SEVERAL:
            continue
        days = dates.unique()
        if (days.dt.day() == 1).all():
            what = "a first of the month: it is read as recorded by month"
        elif days.dt.weekday().n_unique() == 1:
            what = f"a {days.dt.strftime('%A')[0]}: it is read as recorded by week"
        else:
            continue
        yield f"Every date in {path.name} is {what}, and chances are those of so recorded days."


def _check_span(events: pl.DataFrame, history: History, split: Split) -> None:
    first = events["date"].min()
    assert isinstance(first, date)  # noqa: S101  a history has events
    if first > split.end:
        raise Invalid(
            f"Nobody is on record by {split.end}: the first event is on {first}. "
            "Choose a later --calibration-end."
        )
    for kind, path in history.files.items():
        last = _days(events, kind)[1]
        if last <= split.end:
            raise Invalid(
                f"There is no holdout: {path.name} has nothing after {split.end}, its last event "
                f"is on {last}. Choose an earlier --calibration-end."
            )


def _days(events: pl.DataFrame, kind: str) -> tuple[date, date]:
    """The first and the last day of a file."""
    days = events.filter(pl.col("file") == kind)["date"]
    first, last = days.min(), days.max()
    assert isinstance(first, date)  # noqa: S101  no file of a history is empty
    assert isinstance(last, date)  # noqa: S101
    return first, last


def _track(
    key: str, events: pl.DataFrame, sent: pl.DataFrame, places: pl.DataFrame, split: Split
) -> Track:
    """People in the order of the rows they were known by, so that later rows change nothing."""
    people = (
        events.filter(pl.col("day") <= 0)
        .group_by("contact_id", maintain_order=True)
        .agg(birth=pl.col("day").min(), start=pl.col("date").min())
        .with_row_index("person")
        .join(places, on="contact_id", how="left", maintain_order="left")
    )
    known = people.select("contact_id", "person")
    human = events.filter(pl.col("human")).join(known, on="contact_id", maintain_order="left")
    messages = sent.join(known, on="contact_id", maintain_order="left")
    start = people["start"].min()
    return Track(
        key,
        people["contact_id"],
        people["place"],
        Record(
            human["person"].to_numpy().astype(np.int64),
            human["day"].to_numpy(),
            human["amount"].to_numpy(),
            people["birth"].to_numpy(),
            messages["person"].to_numpy().astype(np.int64),
            messages["day"].to_numpy(),
        ),
        start if isinstance(start, date) else split.end,
    )
