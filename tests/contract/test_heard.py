"""What people do and write is known within five minutes, whether a notice tells of it or not (S7, S10)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.schedule import ask_for_due
from cards.loading import load_card
from cards.states import State
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from scoring.store import load_scores
from sync.mirror.tables import activities
from tests.contract.crm_side import LivingSide
from tests.contract.rekindle import CrmRekindle

MINUTES = 5
# Where no notice tells of an e-mail that came in, HighLevel has to be searched for it, every fourth time.
E_MAIL = 10
LONG = 365  # days of silence


def score_of(rekindle: CrmRekindle, contact_id: str) -> dict[str, Any]:
    with reading(rekindle.context.engine) as connection:
        rows = load_scores(connection, rekindle.account_id)
    return next(row for row in rows if row["contact_id"] == contact_id)


def silent_for_a_year(rekindle: CrmRekindle, count: int) -> list[str]:
    """People who were heard of once, and not for more than a year."""
    with reading(rekindle.context.engine) as connection:
        rows = load_scores(connection, rekindle.account_id)
    quiet = [r for r in rows if (r["quiet_days"] or 0) > LONG and r["signal"] is None]
    assert len(quiet) >= count, "too few people are silent"
    return sorted(str(row["contact_id"]) for row in quiet)[:count]


def let_minutes_pass(rekindle: CrmRekindle, minutes: int, *, told: bool) -> None:
    """The web, the worker and the clockwork do what they do; notices come in, or are lost."""
    for _ in range(minutes):
        now = rekindle.context.clock.now()
        for post in rekindle.crm_side.posts():
            if told:
                assert rekindle.receive(post) == 204
        rekindle.crm_side.advance(now + timedelta(minutes=1))
        ask_for_due(rekindle.context)
        rekindle.drain()


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        (True, ("VISIT", "SMS_IN")),
        (False, ("VISIT", "FORM", "CLICK", "SMS_IN", "EMAIL_IN", "CALL_IN")),
    ],
)
def test_what_somebody_does_after_a_year_is_known_within_minutes(
    first_rekindle: CrmRekindle, told: bool, kinds: tuple[str, ...]
) -> None:
    """Each of them does one thing."""
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    if not isinstance(crm_side, LivingSide):
        pytest.skip("nobody does anything in this CRM by himself")
    rekindle.write_values()
    does = dict(zip(kinds, silent_for_a_year(rekindle, len(kinds)), strict=True))
    before = {who: crm_side.values(crm_side.account, who) for who in does.values()}
    for who in does.values():
        crm_side.happen(crm_side.account, who, "EMAIL_OUT")
    let_minutes_pass(rekindle, 3, told=told)
    for kind, who in does.items():
        crm_side.happen(crm_side.account, who, kind)
    let_minutes_pass(rekindle, MINUTES, told=told)
    late = does.pop("EMAIL_IN", None)
    for kind, who in does.items():
        is_known(rekindle, who, before[who], kind)
    if late is not None:
        let_minutes_pass(rekindle, E_MAIL - MINUTES, told=told)
        is_known(rekindle, late, before[late], "EMAIL_IN")


def is_known(
    rekindle: CrmRekindle, contact_id: str, before: Mapping[str, str | None], kind: str
) -> None:
    """The score, the card and the CRM's record say that this person is back."""
    now = score_of(rekindle, contact_id)
    assert (now["signal"], now["band"], now["quiet_days"]) == ("came_back", "active", 0), kind
    with reading(rekindle.context.engine) as connection:
        at = rekindle.context.clock.now()
        card = load_card(
            connection, rekindle.account_id, contact_id, AccountSettings(), at=at, now=at
        )
    assert card.state in (State.CAME_BACK, State.REPLIED, State.BOOKED), kind
    held = rekindle.crm_side.values(rekindle.crm_side.account, contact_id)
    assert held["rekindle_recency_band"] != before["rekindle_recency_band"], kind
    assert held["rekindle_signal"] == "came_back", kind


def texts_of(rekindle: CrmRekindle, contact_id: str) -> set[str]:
    """What the mirror has of a contact's own texts."""
    a = activities.c
    query = sa.select(a.activity_id).where(
        a.contact_id == contact_id, a.kind == "sms", a.direction == "in"
    )
    with reading(rekindle.context.engine) as connection:
        return {row.activity_id for row in connection.execute(query)}


def test_a_text_is_one_however_often_it_is_told_and_read(rekindle: CrmRekindle) -> None:
    crm_side = rekindle.crm_side
    if not isinstance(crm_side, LivingSide):
        pytest.skip("nobody does anything in this CRM by himself")
    rekindle.read()
    rekindle.forget_jobs()
    contact_id = min(crm_side.contact_ids(crm_side.account))
    before = texts_of(rekindle, contact_id)
    crm_side.posts()
    crm_side.happen(crm_side.account, contact_id, "SMS_IN")
    posts = crm_side.posts()
    for post in (*posts, *posts):
        assert rekindle.receive(post) == 204
    assert rekindle.queue.waiting() == ["sync.jobs.handle_deliveries"]
    rekindle.queue.step(rekindle.context)
    told = texts_of(rekindle, contact_id)
    assert len(told - before) == 1
    rekindle.forget_jobs()
    for _ in range(4):
        rekindle.run("sync.jobs.poll", rekindle.account_id)
    assert texts_of(rekindle, contact_id) == told
