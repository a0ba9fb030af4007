"""Which season somebody is in, by the month, and what it is worth saying; pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from playbooks.line import Season

# The packaged news are written in this language alone.
LANGUAGE = "en"


def seasons_of(
    seasons: Sequence[Season], *, track: str, segment: str, at: datetime
) -> Iterator[Season]:
    """The seasons that a moment is in for somebody of a track and a segment."""
    for season in seasons:
        is_named = segment in season.segments
        is_meant = is_named or (not season.segments and track in season.tracks)
        if is_meant and at.month in season.months:
            yield season


def lift_of(seasons: Sequence[Season], *, track: str, segment: str, at: datetime) -> float:
    """What multiplies the planning value; 1 out of season."""
    lift = 1.0
    for season in seasons_of(seasons, track=track, segment=segment, at=at):
        lift *= season.lift
    return lift


def news_of(
    seasons: Sequence[Season], *, track: str, segment: str, language: str, at: datetime
) -> str:
    """What a text may say is new; empty where no season has anything to say in this language."""
    if language.partition("-")[0] != LANGUAGE:
        return ""
    found = seasons_of(seasons, track=track, segment=segment, at=at)
    return next((season.news for season in found if season.news), "")
