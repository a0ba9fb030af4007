"""What a season has to say, to whom, and in which language (S10)."""

from datetime import UTC, datetime

import pytest

from playbooks.library import find_line
from playbooks.seasons import news_of

AUTUMN, SPRING = datetime(2026, 11, 3, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC)
END = "this year's benefits end on December 31"


@pytest.mark.parametrize(
    ("track", "at", "language", "news"),
    [
        ("customer", AUTUMN, "en", END),
        ("customer", AUTUMN, "en-US", END),
        ("customer", AUTUMN, "de", ""),
        ("customer", SPRING, "en", ""),
        ("lead", AUTUMN, "en", ""),
    ],
)
def test_the_end_of_the_years_benefits_is_news_to_patients_in_autumn_alone(
    track: str, at: datetime, language: str, news: str
) -> None:
    seasons = find_line("dental").seasons
    found = news_of(seasons, track=track, segment="dental_lapsed", language=language, at=at)
    assert found == news
