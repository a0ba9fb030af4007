"""The answer to a touch: each term of the model pulls the way the sheet says."""

from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from sandbox.world.dice import Dice
from sandbox.world.events import Channel
from sandbox.world.latents import BUDGET, DISTRACTION, MOVED, SERVICE, Latents, draw_latents
from sandbox.world.localtime import local_hour, same_day_at
from sandbox.world.response import (
    Situation,
    answer_chance,
    answer_delay_days,
    hour_term,
    organic_chance,
    reason_term,
    refusal_chance,
)
from sandbox.world.tenant import Response, hearing_care

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)


@pytest.fixture
def latents() -> Latents:
    return draw_latents(hearing_care(seed=3, contacts=500, as_of=AS_OF))


def chances(
    latents: Latents, channel: Channel = Channel.EMAIL, **changes: object
) -> NDArray[np.float64]:
    n = len(latents.intent)
    usual: dict[str, object] = {
        "person": np.arange(n),
        "ordinal": np.ones(n, dtype=np.int64),
        "customer": latents.customer,
        "gap_weeks": np.full(n, 30.0),
        "spacing_days": np.full(n, np.nan),
        "hour": np.full(n, 10.0),
        "signal": np.zeros(n, dtype=np.bool_),
    }
    situation = Situation(**(usual | changes))  # type: ignore[arg-type]
    return answer_chance(
        latents, Response(), situation, channel=channel, addresses=None, noise=np.zeros(n)
    )


def logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(p / (1 - p)))


def test_longer_silence_lowers_the_chance_of_everyone(latents: Latents) -> None:
    """S4, S9."""
    n = len(latents.intent)
    assert (chances(latents, gap_weeks=np.full(n, 150.0)) < chances(latents)).all()


def test_every_further_touch_is_worth_four_fifths_of_the_odds(latents: Latents) -> None:
    """S17: touches have diminishing returns."""
    n = len(latents.intent)
    spacing = np.full(n, 5.0)
    second = chances(latents, ordinal=np.full(n, 2), spacing_days=spacing)
    third = chances(latents, ordinal=np.full(n, 3), spacing_days=spacing)
    assert logit(third) - logit(second) == pytest.approx(np.log(0.8))


def test_five_days_between_touches_are_best(latents: Latents) -> None:
    """S14, N11: neither rapid fire nor too far apart."""
    n = len(latents.intent)
    by_days = [
        float(chances(latents, spacing_days=np.full(n, days)).mean())
        for days in (0.5, 2.0, 5.0, 12.0, 30.0)
    ]
    assert max(by_days) == by_days[2]
    assert by_days[0] < by_days[1]
    assert by_days[4] < by_days[3]


def test_a_recent_visit_adds_a_whole_logit(latents: Latents) -> None:
    """S10: a site visit is the moment of highest receptivity."""
    n = len(latents.intent)
    bump = logit(chances(latents, signal=np.ones(n, dtype=np.bool_))) - logit(chances(latents))
    assert bump == pytest.approx(1.0)


def test_people_differ_in_the_channel_that_suits_them(latents: Latents) -> None:
    """S16."""
    prefers_text = chances(latents, Channel.SMS) > chances(latents, Channel.EMAIL)
    assert (prefers_text == (latents.channel > 0)).all()
    assert 0.5 < prefers_text.mean() < 0.9


def test_favourite_hours_help_and_night_hurts() -> None:
    """S15."""
    hours = np.array([[0.7, 0.1, 0.1, 0.1]])
    morning, evening, night = (
        float(hour_term(hours, np.array([h]))[0]) for h in (10.0, 19.0, 23.0)
    )
    assert morning > 0 > evening
    assert night == -0.5


def test_reasons_pull_as_the_sheet_says() -> None:
    """S7: budgets renew, apologies help, people who moved do not come back."""
    reason = np.array([BUDGET, SERVICE, DISTRACTION, MOVED])
    early = reason_term(reason, np.full(4, 10.0), None)
    late = reason_term(reason, np.full(4, 40.0), "service_issue")
    assert early.tolist() == pytest.approx([0.35, -0.8, 0.45, -1.6])
    assert late.tolist() == pytest.approx([0.75, -0.2, 0.45, -1.6])


def test_answers_come_within_a_week_mostly_and_all_within_ninety_days() -> None:
    """N8: first responses in week one, the bulk within 30 days, a trickle to day 90."""
    dice, people = Dice(1), np.arange(20_000)
    days = answer_delay_days(
        dice.uniform("a", people), dice.normal("b", people), dice.uniform("c", people)
    )
    assert float((days <= 30).mean()) == pytest.approx(0.85, abs=0.01)
    assert 0.7 < float(np.median(days)) < 2.0
    assert float(days.max()) <= 90.0


def test_organic_chance_is_the_sheets_formula() -> None:
    assert organic_chance(np.array([0.1]))[0] == pytest.approx(1 - np.exp(-0.1 * 90 / 7 * 0.35))


def test_opting_out_grows_with_touches_and_haste() -> None:
    r = Response()
    assert refusal_chance(r, Channel.EMAIL, 1, None) == pytest.approx(0.003)
    assert refusal_chance(r, Channel.SMS, 3, 5.0) == pytest.approx(0.018)
    assert refusal_chance(r, Channel.SMS, 3, 1.0) == pytest.approx(0.036)


def test_dice_are_uniform_and_independent_between_addresses() -> None:
    dice, people = Dice(2), np.arange(50_000)
    first, second = dice.uniform("one", people), dice.uniform("two", people)
    assert float(first.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(np.histogram(first, 10, (0, 1))[0].std()) < 250
    assert abs(float(np.corrcoef(first, second)[0, 1])) < 0.02
    assert abs(float(np.corrcoef(first[1:], first[:-1])[0, 1])) < 0.02
    assert float(dice.normal("n", people).std()) == pytest.approx(1.0, abs=0.02)
    assert dice.one("one", 17) == first[17]


@pytest.mark.parametrize("month", [1, 3, 7, 11])
def test_local_hours_survive_daylight_saving(month: int) -> None:
    moment = datetime(2026, month, 8, 15, tzinfo=UTC)
    assert local_hour("America/New_York", same_day_at("America/New_York", moment, 9.5)) == 9.5
