"""Running time: seasons that several years share and none that one year shows, and dates by week and by month."""

from datetime import date, timedelta

import numpy as np
import pytest

from scoring.features.timeline import Timeline, timeline
from scoring.learn.metrics import log_loss
from scoring.learn.pace import YEAR, Pace, dating_of, fit_pace
from scoring.learn.returning import fit_returning

EPOCH = date(1970, 1, 1)
TODAY = float((date(2024, 10, 1) - EPOCH).days)


def seasonal(years: int, people: int, seed: int, swing: float = 1.0) -> tuple[Timeline, np.ndarray]:
    """Visits of people with rates of their own, most around the turn of the year; and who comes in 90 days."""
    dice = np.random.default_rng(seed)
    days = np.arange(-years * YEAR, 91).round()
    pace = np.exp(swing * np.cos(2 * np.pi * (TODAY + days) / YEAR))
    came = dice.random((people, len(days))) < np.outer(dice.gamma(1.0, 0.006, people), pace)
    begin = dice.integers(0, len(days) - 200, people)
    came &= np.arange(len(days)) > begin[:, None]
    came[np.arange(people), begin] = True
    person, place = np.nonzero(came)
    past = days[place] <= 0
    after = np.bincount(person[~past], minlength=people) > 0
    return timeline(person[past], days[place][past]), after


def test_a_season_of_several_years_is_found_and_what_comes_in_it_foretold_s10() -> None:
    line, came = seasonal(4, 2_500, 1)
    pace = fit_pace(line, TODAY)
    assert pace.season[0] == pytest.approx(1.0, abs=0.2)
    assert abs(pace.season[1]) < 0.2
    # The next 90 days hold the steep rise into the season.
    assert pace.ahead(TODAY, 90.0) > 105.0
    assert pace.ahead(TODAY + 180.0, 90.0) < 60.0
    chance = fit_returning(line, horizon=90.0, today=TODAY).p_return(line, TODAY)
    assert chance.sum() == pytest.approx(came.sum(), rel=0.12)
    # Whoever is told of a season half a year off, foretells worse.
    off = fit_returning(line, horizon=90.0, today=TODAY).p_return(line, TODAY + YEAR / 2)
    assert log_loss(came, chance) < log_loss(came, off)


def test_one_year_shows_no_season_however_strong_and_years_that_differ_none_either() -> None:
    line, _ = seasonal(1, 1_500, 2)
    assert fit_pace(line, TODAY).is_even
    dice = np.random.default_rng(3)
    even, _ = seasonal(4, 1_500, 3, swing=0.0)
    assert np.abs(fit_pace(even, TODAY).season or (0.0,)).max() < 0.1
    # A busy half of one year alone is no season.
    busy = even.day > -YEAR / 2
    once = busy | (dice.random(len(busy)) < 0.35)
    single = Timeline(even.person[once], even.day[once], even.birth)
    assert np.abs(fit_pace(single, TODAY).season or (0.0,)).max() < 0.35


def test_running_time_is_time_over_a_year_and_counts_from_today() -> None:
    pace = Pace((0.9, -0.3, 0.2, 0.1))
    assert pace.ahead(TODAY, YEAR) == pytest.approx(YEAR, rel=1e-3)
    line = timeline(np.array([0, 0, 1]), np.array([-400.0, 0.0, -30.0]))
    run = pace.run(line, TODAY)
    assert run.day[1] == 0
    assert (run.day <= 0).all()
    assert run.day[0] == pytest.approx(-pace.ahead(TODAY - 400, 400.0))
    assert run.birth.tolist() == [run.day[0], run.day[2]]


def by_dates(dates: list[date], people: int = 40) -> Timeline:
    """Everybody came on every third of these dates or so."""
    dice = np.random.default_rng(1)
    days = np.array([(each - EPOCH).days - TODAY for each in dates])
    person, place = np.nonzero(dice.random((people, len(days))) < 0.4)
    return timeline(person, days[place], np.full(people, days[0]))


def _month(back: int) -> date:
    month = 2024 * 12 + 9 - back
    return date(month // 12, month % 12 + 1, 1)


@pytest.mark.parametrize(
    ("dates", "grid", "ahead"),
    [
        # From October 1 on: November, December; a year has twelve.
        (sorted(_month(i) for i in range(30)), YEAR / 12, {30: 0, 31: 1, 90: 2, 92: 3, 365: 12}),
        # Mondays, the last on September 30: the next is in 6 days.
        (
            [date(2024, 9, 30) - timedelta(weeks=i) for i in range(80)][::-1],
            7.0,
            {5: 0, 6: 1, 90: 13},
        ),
        ([date(2024 - i, 7, 1) for i in range(8)][::-1], YEAR, {90: 0, 272: 0, 273: 1, 365: 1}),
    ],
)
def test_weeks_months_and_years_are_counted_by_the_dates_to_come(
    dates: list[date], grid: float, ahead: dict[int, int]
) -> None:
    pace = dating_of(by_dates(dates), TODAY)
    assert pace.grid == pytest.approx(grid)
    assert {days: round(pace.ahead(TODAY, days) / grid, 6) for days in ahead} == ahead
    run = pace.run(by_dates(dates), TODAY)
    steps = run.day / grid
    assert steps == pytest.approx(np.rint(steps), abs=1e-6)


def test_scattered_days_and_days_in_a_row_are_days() -> None:
    dice = np.random.default_rng(2)
    scattered = timeline(dice.integers(0, 30, 40), -dice.integers(0, 900, 40).astype(float))
    daily = timeline(dice.integers(0, 30, 4_000), -dice.integers(0, 300, 4_000).astype(float))
    assert dating_of(scattered, TODAY).is_even
    assert dating_of(daily, TODAY).is_even
