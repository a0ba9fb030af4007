"""What the tests of scores share: contacts and events by hand, scored, and a made-up account of many."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from contact_rules.reasons import REASONS
from scoring.features.input_frames import CONTACT_COLUMNS, EVENT_COLUMNS
from scoring.features.terms import INQUIRIES
from scoring.learn.learnt import Learnt
from scoring.score import Scored, ScoreSettings, score_contacts
from tests.scoring.pareto import made_up_shop

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=2_000)

Row = dict[str, Any]  # any column's value


def contact(contact_id: str, **fields: Any) -> Row:
    return {"contact_id": contact_id, "has_email": True, "created_at": OLD} | fields


def event(contact_id: str, days_ago: float, kind: str = "form", **fields: Any) -> Row:
    at = NOW - timedelta(days=days_ago)
    return {"contact_id": contact_id, "occurred_at": at, "kind": kind} | fields


# Somebody active for years, so that every window can be measured.
WITNESS = contact("witness")
WITNESSED = [event("witness", 1_990), event("witness", 1)]


def contacts_of(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=CONTACT_COLUMNS)


def events_of(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=EVENT_COLUMNS)


def score(
    contacts: Sequence[Row],
    events: Sequence[Row],
    *,
    as_of: datetime = NOW,
    settings: ScoreSettings | None = None,
    learnt: Learnt | None = None,
) -> Scored:
    """These contacts and the witness, scored."""
    return score_contacts(
        contacts_of([*contacts, WITNESS]),
        events_of([*events, *WITNESSED]),
        as_of=as_of,
        settings=settings or ScoreSettings(),
        learnt=learnt,
    )


@cache
def experienced() -> Learnt:
    """What is learnt of 900 leads and customers who came every other month until they left for good."""
    contacts, events = [], []
    for kind in ("form", "purchase"):
        shop = made_up_shop(3, 450)
        known = shop.day <= 0
        births = np.full(shop.people, 0.0)
        np.minimum.at(births, shop.person, shop.day)
        contacts += [
            contact(f"{kind}{i}", created_at=NOW + timedelta(days=day))
            for i, day in enumerate(births)
        ]
        events += [
            event(f"{kind}{i}", -day, kind)
            for i, day in zip(shop.person[known].tolist(), shop.day[known].tolist(), strict=True)
        ]
    return score(contacts, events).learnt


def row(scored: Scored, contact_id: str = "a") -> Row:
    return scored.frame.row(by_predicate=pl.col("contact_id") == contact_id, named=True)


Account = tuple[pl.DataFrame, pl.DataFrame]

# Kind, direction, outcome of what happens to somebody, most of it human.
_HAPPENS = (
    ("visit", None, None),
    ("visit", None, None),
    ("click", None, None),
    ("form", None, None),
    ("email", "in", None),
    ("sms", "in", None),
    ("call", "in", None),
    ("meeting", None, "completed"),
    ("meeting", None, "no_show"),
    ("purchase", None, None),
    ("purchase", None, None),
    ("other", "in", None),
    ("email", "out", None),
    ("email", "out", "automated"),
    ("open", None, None),
    ("call", "out", "no_answer"),
    ("lost_deal", None, None),
    ("ticket", None, None),
    ("feedback", None, "negative"),
    ("note", None, None),
)


@cache
def made_up_account(seed: int, people: int) -> Account:
    """Contacts and events of every kind up to NOW: quiet and active, reachable and not, never and imported."""
    dice = np.random.default_rng(seed)
    contacts, events = [], []
    for i in range(people):
        who, age = str(i), float(dice.uniform(0, 1_500))
        contacts.append(_somebody(dice, who, age))
        if dice.random() < 0.2:
            continue  # nothing is on record
        pace = float(dice.choice([3, 20, 90]))
        times = NOW - age * timedelta(days=1) + np.cumsum(dice.exponential(pace, 12)) * _DAY
        quiet = dice.random() < 0.75
        last = NOW - timedelta(days=float(dice.uniform(60, 700))) if quiet else NOW
        used = dice.integers(0, len(_HAPPENS), dice.integers(1, 4))
        events += [
            _happening(dice, who, at, int(dice.choice(used)))
            for at in times[: dice.integers(1, 13)]
            if at <= last
        ]
        if dice.random() < 0.05:  # back after the silence
            events.append(event(who, float(dice.uniform(0, 8)), "visit"))
    return contacts_of(contacts), events_of(events)


_DAY = np.timedelta64(1, "D").astype(timedelta)


def _somebody(dice: np.random.Generator, who: str, age: float) -> Row:
    def maybe(chance: float) -> bool:
        return bool(dice.random() < chance)

    said = [None, "Price", "Too busy", "Went with another provider", "Moved away", "No answer"]
    return contact(
        who,
        created_at=None if maybe(0.05) else NOW - timedelta(days=age),
        source=str(dice.choice(["OFFLINE", "PAID_SEARCH", "REFERRALS", "Website", "Webinar"])),
        has_email=maybe(0.85),
        has_phone=maybe(0.6),
        email_opt_out=maybe(0.1),
        email_bounced=maybe(0.05),
        sms_consent=None if maybe(0.4) else maybe(0.7),
        unengaged_sends=int(dice.integers(0, 18)),
        inquiry=None if maybe(0.5) else str(dice.choice(INQUIRIES)),
        reason=said[int(dice.integers(len(said)))] if maybe(0.3) else None,
        reason_at=NOW - timedelta(days=float(dice.uniform(0, 500))),
    )


def _happening(dice: np.random.Generator, who: str, at: datetime, what: int) -> Row:
    kind, direction, outcome = _HAPPENS[what]
    found: Row = {
        "contact_id": who,
        "occurred_at": at,
        "kind": kind,
        "direction": direction,
        "outcome": outcome,
    }
    if kind == "purchase" and dice.random() < 0.9:
        found["amount"] = float(np.round(dice.lognormal(5, 1), 2))
    if kind in {"lost_deal", "note"}:
        found |= {"reason": str(dice.choice(list(REASONS))), "reason_confidence": 0.7}
    return found
