"""Made-up records for the trial of the gate: what they carry when, where they are, and what an oracle knows of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contact_rules.columns import MOMENT, PERSON_COLUMNS
from contact_rules.countries import find_country

# Zone, state and number of places; some have no summer time, some begin it in October.
PLACES: tuple[tuple[str, str | None, str], ...] = (
    ("America/New_York", "NY", "+12125550142"),
    ("America/New_York", "Rhode Island", "+14015550142"),
    ("America/New_York", "FL", "+13055550142"),
    ("America/Chicago", "TX", "+12145550142"),
    ("America/Denver", "CO", "+13035550142"),
    ("America/Phoenix", "AZ", "+16025550142"),
    ("America/Los_Angeles", "California", "+12135550142"),
    ("America/Anchorage", "AK", "+19075550142"),
    ("Pacific/Honolulu", "HI", "+18085550142"),
    ("America/Toronto", "Ontario", "+14165550142"),
    ("Europe/Berlin", None, "+4930123456"),
    ("Europe/London", None, "+442079460123"),
    ("Asia/Kolkata", None, "+919812345678"),
    ("Australia/Sydney", None, "+61293744000"),
)
# Who is nowhere to be found is where the business is; a place of the US where that is not known either.
_US = 9
# What was written in words, wishes and what else closes a person altogether, or a channel.
IN_WORDS = ("wish", "circumstance")
WHOLE = (
    *IN_WORDS,
    *("do_not_contact", "email_opt_out", "complained", "on_list", "is_staff", "disqualified"),
)
OF_A_CHANNEL = {"sms_opt_out": "sms", "email_bounced": "email"}
WISHES = (*WHOLE, *OF_A_CHANNEL)
# Messages of one round.
TOUCHES = 3
_NEVER = np.iinfo(np.int64).max
Millis = NDArray[np.int64]
DAY = 86_400_000


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Records:
    """Records in pairs, places 2k and 2k + 1: `same` pairs share an address, others become one when merged.

    Moments are milliseconds, _NEVER for what does not happen. `place` is where somebody is, of PLACES.
    """

    wish_at: Millis
    wish: NDArray[np.int64]  # which of WISHES
    same: NDArray[np.bool_]
    merged_at: Millis
    place: NDArray[np.int64]
    sent: Millis  # three columns: messages of other programmes, and of ours before
    human_at: Millis
    started_at: Millis
    fixed: pl.DataFrame  # what does not change

    def person(self, at: int) -> NDArray[np.int64]:
        """Which person a record is at a moment: those of one person have one number."""
        number = np.arange(len(self.same), dtype=np.int64)
        joined = self.same | (self.merged_at <= at)
        return np.where(joined, number // 2 * 2, number)

    def sends(self, at: int, ledger: Millis, only: NDArray[np.int64]) -> Millis:
        """What each person of these records was sent under any record, theirs and ours, the latest first."""
        person = self.person(at)
        other = np.where(person[only] == person[only ^ 1], only ^ 1, only)
        own = np.column_stack([self.sent[only], ledger[only]])
        others = np.column_stack([self.sent[other], ledger[other]])
        others[other == only] = _NEVER
        sent = np.column_stack([own, others])
        return np.sort(np.where(sent <= at, sent, -_NEVER), axis=1)[:, ::-1]

    def frame(self, at: int, ledger: Millis, only: NDArray[np.int64]) -> pl.DataFrame:
        """What the gate is told of some records at a moment; `ledger` is when we asked for the touches of each.

        `began` is when the round began that a touch follows in, empty where none has.
        """
        told = (self.wish_at[only] <= at)[:, None] & (
            self.wish[only][:, None] == np.arange(len(WISHES))
        )
        sent = self.sends(at, ledger, only)
        asked = np.where(ledger[only] <= at, ledger[only], -_NEVER)
        began = ledger[only, 0]
        started = np.maximum(
            np.where(self.started_at[only] <= at, self.started_at[only], -_NEVER),
            np.where(began <= at, began, -_NEVER),
        )
        human = np.where(self.human_at[only] <= at, self.human_at[only], -_NEVER)
        # The record that a merge has ended is the second of its pair.
        archived = (self.merged_at[only] <= at) & (only % 2 == 1) & ~self.same[only]
        moving: dict[str, Any] = {
            **{
                name: _words_or_empty(told[:, i])
                if name in IN_WORDS
                else _true_or_empty(told[:, i])
                for i, name in enumerate(WISHES)
            },
            "archived": archived,
            "last_marketing_at": _moments(sent[:, 0]),
            "third_marketing_at": _moments(sent[:, 2]),
            "last_touch_at": _moments(asked.max(axis=1)),
            "last_started_at": _moments(started),
            "rounds_unanswered": ((started > human) & (started > -_NEVER)).astype(np.int64),
            "last_human_at": _moments(human),
            "began": _moments(np.where(began < at, began, -_NEVER)),
        }
        frame = self.fixed[only].with_columns(**moving)
        return frame.with_columns(person=self.person(at)[only])


def _words_or_empty(flags: NDArray[np.bool_]) -> pl.Series:
    said = pl.lit("Said so (text, Mar 2, 2026)")
    return pl.select(pl.when(pl.Series(flags)).then(said)).to_series()


def _true_or_empty(flags: NDArray[np.bool_]) -> pl.Series:
    return pl.select(pl.when(pl.Series(flags)).then(pl.lit(value=True))).to_series()


def _moments(values: Millis) -> pl.Series:
    return (
        pl.Series(values)
        .to_frame("at")
        .select(pl.when(pl.col("at") > -_NEVER).then("at").cast(MOMENT))
        .to_series()
    )


def make_records(
    dice: np.random.Generator, size: int, start: datetime, *, tenant: str | None
) -> Records:
    """Records as they may be around a moment; an even number of them."""
    size += size % 2
    now = millis(start)
    pair = np.arange(size) // 2
    kind = np.repeat(dice.random(size // 2), 2)
    same, merges = kind < 0.1, (kind >= 0.1) & (kind < 0.16)
    # One person is in one place.
    place = dice.integers(len(PLACES), size=size // 2)[pair]
    place = np.where(same | merges, place, dice.integers(len(PLACES), size=size))
    fixed, place = _fixed(dice, size, place, now, tenant)
    lately = now + dice.integers(-10 * DAY, 4 * DAY, (size, 3))
    return Records(
        # Before and while it is planned, and between the touches of a round.
        wish_at=_some(
            dice,
            0.5,
            now
            + np.where(
                dice.random(size) < 0.5,
                dice.integers(-4 * DAY, 4 * DAY, size),
                dice.integers(0, 20 * DAY, size),
            ),
        ),
        wish=dice.integers(len(WISHES), size=size),
        same=same,
        merged_at=np.where(
            merges, (now + dice.integers(-2 * DAY, 12 * DAY, size // 2))[pair], _NEVER
        ),
        place=place,
        sent=np.where(dice.random((size, 3)) < 0.12, lately, _NEVER),
        human_at=now - dice.integers(20 * DAY, 700 * DAY, size),
        started_at=_some(dice, 0.2, now - dice.integers(0, 300 * DAY, size)),
        fixed=fixed,
    )


def _some(dice: np.random.Generator, share: float, moments: Millis) -> Millis:
    return np.where(dice.random(len(moments)) < share, moments, _NEVER)


def _fixed(
    dice: np.random.Generator, size: int, place: NDArray[np.int64], now: int, tenant: str | None
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """What of a record does not change, and where its person is: a record may keep all of that to itself."""
    shown = dice.random((size, 3)) < (0.5, 0.6, 0.6)
    region = np.array([state or "" for _, state, _ in PLACES])[place]
    hidden = ~shown.any(axis=1) | (~shown[:, 0] & ~shown[:, 2] & (region == ""))
    at_home = [i for i, (zone, *_) in enumerate(PLACES) if zone == tenant] or list(range(_US))
    place = np.where(hidden, dice.choice(at_home, size), place)
    zone, state, phone = (
        pl.Series([p[i] for p in PLACES], dtype=pl.String)[place.tolist()] for i in range(3)
    )
    hide = pl.Series(hidden)
    where = pl.DataFrame(
        {
            "timezone": _where(pl.Series(shown[:, 0]) & ~hide, zone),
            "region": _where(pl.Series(shown[:, 1]) & ~hide, state),
            "phone": _where(pl.Series(shown[:, 2]) & ~hide, phone),
        }
    )
    places = where.unique()
    lands = [
        find_country(timezone=z, region=r, phone=p, tenant=tenant) for z, r, p in places.rows()
    ]
    where = where.join(
        places.with_columns(country=pl.Series(lands, dtype=pl.String)),
        on=["timezone", "region", "phone"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    email, consent = dice.random(size) < 0.8, dice.random(size) < 0.6
    bought = _moments(np.where(dice.random(size) < 0.5, now - 200 * DAY, -_NEVER))
    ids = pl.Series([f"{i:08}" for i in range(size)])
    told = where.with_columns(
        contact_id=ids,
        has_email=email,
        has_phone=dice.random(size) < 0.8,
        email_consent=_true_or_empty(consent),
        sms_consent=_true_or_empty(dice.random(size) < 0.6),
        created_at=_moments(np.full(size, now - 500 * DAY)),
        last_purchase_at=bought,
    )
    empty = [
        pl.lit(None, kind).alias(n) for n, kind in PERSON_COLUMNS.items() if n not in told.columns
    ]
    return told.with_columns(empty).select(list(PERSON_COLUMNS)), place


def _where(shown: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(shown).then(values)).to_series()


def from_millis(value: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
