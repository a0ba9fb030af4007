"""An account that was approved once runs by itself: little is written a day, and nothing ever waits (S20)."""

import pytest

from app.lab.bench_year import live_through


@pytest.fixture(scope="module")
def lived() -> dict[str, object]:
    return live_through(120, 12, database_url=None, tell=lambda _doing: None)


def test_s20_daily_runs_write_little_and_wait_for_nobody(lived: dict[str, object]) -> None:
    assert lived["days"] == 12
    assert lived["days_that_waited"] == []
    assert 0 < float(str(lived["written_a_day"])) < 0.03
    assert float(str(lived["most_on_a_day"])) < 0.1


def test_what_drifts_is_no_reason_to_write(lived: dict[str, object]) -> None:
    """Each day alters two thirds of all expected values and a quarter of all scores."""
    shares = lived["by_property"]
    assert isinstance(shares, dict)
    assert max(shares.values()) < 0.03
