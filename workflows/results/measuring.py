"""What people did within so many days after they were assigned, the started and those left alone alike; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from contact_rules.channels import Channel, split
from contact_rules.tones import Tone
from contact_rules.wishes import Wish

if TYPE_CHECKING:
    import polars as pl

# First responses come within a week, most within a month, the last within three (N8).
HORIZONS = (7, 30, 60, 90)
CANCELLED = "cancelled"
TRUTHS = (
    *("responded", "answered", "positive", "negative", "booked", "showed", "sold"),
    *("opted_out", "complained", "staff_wrote"),
)


@dataclass(frozen=True, slots=True)
class Watched:
    """Somebody of either arm, and how long after their assignment what they did is to be told."""

    contact_id: str
    programme: str
    assigned_at: datetime
    days: int
    channels: str  # that might be used when they were drawn


def next_look(assigned_at: datetime, days: int) -> datetime | None:
    """When what they did is told next, after it was told for so many days; None after the last."""
    later = [horizon for horizon in HORIZONS if horizon > days]
    return assigned_at + timedelta(days=later[0]) if later else None


def measure(
    watched: Sequence[Watched],
    events: "pl.DataFrame",
    meetings: Iterable[tuple[str, datetime, str | None]],
    refusals: Mapping[str, Mapping[str, bool | None]],
) -> list[dict[str, Any]]:
    """A row of outcomes for each of the watched, in their order.

    `meetings` are (contact, when it takes place, outcome), also those to come: a meeting after the assignment was
    booked since, because who had one was not drawn. `refusals` are the contacts' columns as they stand now: one that
    closes a channel which might be used at the draw has come since. A response is what counts for a score.
    """
    # polars is loaded by who needs columns, not with the process.
    import polars as pl  # noqa: PLC0415

    from scoring.features.input_frames import UTC_MS  # noqa: PLC0415

    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "place": pl.UInt32,
        "contact_id": pl.String,
        "assigned_at": UTC_MS,
        "until": UTC_MS,
    }
    rows = [
        (n, w.contact_id, w.assigned_at, w.assigned_at + timedelta(days=w.days))
        for n, w in enumerate(watched)
    ]
    asked = pl.DataFrame(rows, schema=schema, orient="row")
    did = (
        asked.join(events, on="contact_id")
        .filter(
            pl.col("occurred_at") > pl.col("assigned_at"), pl.col("occurred_at") <= pl.col("until")
        )
        .group_by("place")
        .agg(_told())
    )
    told = {row.pop("place"): row for row in did.iter_rows(named=True)}
    booked = _booked(meetings)
    return [_row(w, told.get(n, {}), booked, refusals) for n, w in enumerate(watched)]


def _told() -> "list[pl.Expr]":
    """What each kind of event says of the person whose events these are."""
    import polars as pl  # noqa: PLC0415

    from scoring.features.input_frames import ANSWERED, ENDED, is_human, is_outreach  # noqa: PLC0415

    kind, outcome = pl.col("kind"), pl.col("outcome")
    ended = outcome.is_in(ENDED).fill_null(value=False)
    incoming = pl.col("direction").eq_missing(pl.lit("in"))
    by_voice = kind.eq("call") & (incoming | outcome.is_in(ANSWERED).fill_null(value=False))
    answer = ((kind.is_in(["email", "sms", "other"]) & incoming) | by_voice | kind.eq("form")) & (
        ~ended
    )
    met = kind.eq("meeting") & (outcome.is_null() | outcome.eq("completed"))
    human, sale = is_human(), kind.eq("purchase")
    return [
        human.any().alias("responded"),
        pl.col("occurred_at").filter(human).min().alias("responded_at"),
        answer.any().alias("answered"),
        (answer & outcome.eq_missing(pl.lit(Tone.POSITIVE.value))).any().alias("positive"),
        (answer & outcome.eq_missing(pl.lit(Tone.NEGATIVE.value))).any().alias("negative"),
        met.fill_null(value=False).any().alias("showed"),
        sale.any().alias("sold"),
        pl.col("amount").filter(sale).sum().alias("revenue"),
        ended.any().alias("opted_out"),
        outcome.eq_missing(pl.lit(Wish.HARASSMENT.value)).any().alias("complained"),
        is_outreach().any().alias("staff_wrote"),
    ]


def _booked(
    meetings: Iterable[tuple[str, datetime, str | None]],
) -> Mapping[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for contact_id, at, outcome in meetings:
        if outcome != CANCELLED:
            found.setdefault(contact_id, []).append(at)
    return found


def _row(
    watched: Watched,
    told: Mapping[str, Any],
    booked: Mapping[str, Sequence[datetime]],
    refusals: Mapping[str, Mapping[str, bool | None]],
) -> dict[str, Any]:
    meetings = booked.get(watched.contact_id, ())
    return {
        "contact_id": watched.contact_id,
        "programme": watched.programme,
        "days": watched.days,
        **{name: bool(told.get(name)) for name in TRUTHS},
        "responded_at": told.get("responded_at"),
        "revenue_minor": round((told.get("revenue") or 0.0) * 100),
        "booked": any(at > watched.assigned_at for at in meetings),
        "opted_out": bool(told.get("opted_out"))
        or _has_closed(split(watched.channels), refusals.get(watched.contact_id, {})),
    }


def _has_closed(channels: Iterable[Channel], now: Mapping[str, bool | None]) -> bool:
    by_channel = {
        Channel.EMAIL: "email_opt_out",
        Channel.SMS: "sms_opt_out",
        Channel.CALL: "call_opt_out",
    }
    open_then = [by_channel[channel] for channel in channels]
    return any(now.get(name) for name in (*open_then, *(["do_not_contact"] if open_then else [])))
