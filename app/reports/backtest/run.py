"""From files and a day to a judged score: one backtest for customers and one for leads."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.reports.audit.assemble import Opener
from app.reports.backtest.history import PURCHASES, Files, read_history
from app.reports.backtest.origins import EPOCH, Origin, earlier_splits, foretold_at, origin_of
from app.reports.backtest.tracks import (
    CUSTOMER,
    Split,
    Track,
    cut_offs,
    first_day,
    first_seen_later,
    recorded,
    tracks_of,
)
from app.reports.backtest.verdict import Verdict, judge
from app.reports.backtest.words import WORDS, Words
from app.reports.reading.activities import Other
from app.reports.reading.mapping import FileMapping, unused_by_reason
from app.reports.reading.reader import BadRows
from core.errors import Invalid
from scoring.learn.backtest import Backtest, run_backtest

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ColdStartWish:
    """How many people a cold start knows, and how often they are drawn."""

    people: int
    draws: int

    def __post_init__(self) -> None:
        if self.people < 1 or self.draws < 1:
            raise Invalid("--fit-customers and --draws must be 1 or more.")


@dataclass(frozen=True, slots=True)
class Judged:
    """One track, what the score said of it, and the verdict; `origins` are all moments, the earliest first."""

    track: Track
    result: Backtest
    verdict: Verdict
    origins: tuple[Origin, ...] = ()

    @property
    def words(self) -> Words:
        return WORDS[self.track.key]

    @property
    def returned(self) -> int:
        return int(self.result.came.sum())


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished backtest: its tracks, customers first, and what is to be said of the files."""

    split: Split
    judged: tuple[Judged, ...]
    first_seen_later: int
    mappings: dict[str, FileMapping]
    warnings: tuple[str, ...]
    bad_rows: BadRows
    others: tuple[Other, ...] = ()

    @property
    def unused(self) -> dict[str, list[str]]:
        """Why columns were not used → which."""
        return unused_by_reason(self.mappings)


def backtest_files(
    files: Files,
    split: Split,
    cold: ColdStartWish | None,
    *,
    origins: int = 1,
    opener: Opener,
    tell: Tell,
) -> Outcome:
    """Read, split, fit, compare; raises Invalid, saying what to do, where it can't be done.

    With `origins` above 1 the same is done at so many moments, the last of which is the split's.
    """
    history = read_history(files, opener, end=split.end)
    tracks = tracks_of(history, split)
    earlier = earlier_splits(first_day(history), split, origins)
    rolled = list(foretold_at(earlier, lambda end: read_history(files, opener, end=end), tell))
    cut = list(cut_offs(history, split))
    complete = not any(missing.matters for missing in cut)
    warnings = [*history.warnings, *(missing.sentence for missing in cut), *recorded(history)]
    if PURCHASES in history.files and tracks[0].key != CUSTOMER:
        warnings.append(f"Nobody had bought by {split.end}, so everybody is a lead.")
    judged: list[Judged] = []
    for track in tracks:
        wish = cold
        if cold and judged and cold.people > track.people:
            wish = None
            warnings.append(
                f"There are only {track.people:,} {WORDS[track.key].many}: no cold start of "
                f"{cold.people:,} was measured for them."
            )
        found = _judged(track, split, wish, tell, complete=complete)
        last = origin_of(track, split, found.result)
        before = tuple(origin for key, origin in rolled if key == track.key)
        judged.append(replace(found, origins=(*before, last) if origins > 1 else ()))
    return Outcome(
        split,
        tuple(judged),
        first_seen_later(history, split),
        history.mappings,
        tuple(warnings),
        history.bad_rows,
        history.others,
    )


def _judged(
    track: Track, split: Split, cold: ColdStartWish | None, tell: Tell, *, complete: bool
) -> Judged:
    words = WORDS[track.key]
    if cold and cold.people > track.people:
        raise Invalid(
            f"--fit-customers {cold.people}: only {track.people:,} {words.many} are known by "
            f"{split.end}. Choose fewer."
        )
    try:
        result = run_backtest(
            track.record,
            horizon=float(split.days),
            today=float((split.end - EPOCH).days),
            fit_people=cold.people if cold else None,
            draws=cold.draws if cold else 1,
            tell=lambda doing: tell(f"{doing}: {track.people:,} {words.many}"),
        )
    except Invalid as error:
        raise Invalid(
            f"The score can't be fitted to these {words.many}: {error.message}. Choose a later "
            f"--calibration-end{' or a larger --fit-customers' if cold else ''}."
        ) from error
    return Judged(track, result, judge(result, words, split.days, complete=complete))
