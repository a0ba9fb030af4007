"""Who of a batch is left alone on purpose, so that what comes back by itself is known; pure (S21, C10).

Everybody of a batch has the same chance to be left alone as the others of their programme. The batch is put in the
order of its strata (programme, track, band, priority) and within each by what is predicted, and every so manieth is
taken from a start that chance chooses: systematic sampling (Madow & Madow 1944). So each stratum gives its share up
to the rounding, small strata give theirs together, and the arms are alike in what was predicted of them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

# Shares are added up as whole numbers, so that no rounding ever moves a draw.
_WHOLE = 10**9


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a batch may take; `held_out` is their earlier draw, which lasts, None where there is none."""

    contact_id: str
    programme: str
    track: str
    band: str
    priority: str
    segment: str
    p_return: float | None
    likelihood: float | None
    share: float  # the chance to be left alone
    held_out: bool | None = None
    channels: str = ""  # that may be used

    @property
    def stratum(self) -> tuple[str, str, str, str]:
        return self.programme, self.track, self.band, self.priority

    @property
    def expected(self) -> float:
        """What is predicted of them left alone and approached, together: the arms are to be alike in both."""
        return (self.p_return or 0.0) + (self.likelihood or 0.0)


@dataclass(frozen=True, slots=True)
class Batch:
    """People who are started together, in the order in which they are wanted, and their controls."""

    started: tuple[Candidate, ...]
    controls: tuple[Candidate, ...]


def draw_controls(candidates: Sequence[Candidate], *, seed: str) -> frozenset[str]:
    """The contacts that chance leaves alone: the same for the same people and seed, in whatever order they come.

    Each stratum of one share gives the whole number below or above its share of people, and all together do too.
    """
    reached = _number(seed, "start") % _WHOLE
    taken = set()
    for candidate in _in_order(candidates, seed=seed):
        before, reached = reached, reached + _whole(candidate.share)
        if reached // _WHOLE > before // _WHOLE:
            taken.add(candidate.contact_id)
    return frozenset(taken)


def _in_order(candidates: Sequence[Candidate], *, seed: str) -> list[Candidate]:
    """Stratum after stratum, by turns from the least likely to return and from the likeliest.

    So neighbours are alike at the edges of strata too. Strata too small for a control of their own are one stratum
    of their programme's track, in which what is predicted alone orders people.
    """
    by_stratum: dict[tuple[str, ...], list[Candidate]] = {}
    for candidate in candidates:
        by_stratum.setdefault(candidate.stratum, []).append(candidate)
    pooled: dict[tuple[str, ...], list[Candidate]] = {}
    for stratum, people in by_stratum.items():
        is_small = sum(_whole(c.share) for c in people) < _WHOLE
        pooled.setdefault(stratum[:2] if is_small else stratum, []).extend(people)
    ordered: list[Candidate] = []
    for turn, stratum in enumerate(sorted(pooled)):
        mine = sorted(pooled[stratum], key=lambda c: (c.expected, _number(seed, c.contact_id)))
        ordered += mine if turn % 2 == 0 else reversed(mine)
    return ordered


def choose_batch(ranked: Sequence[Candidate], *, starts: int, seed: str) -> Batch:
    """The first of the ranked, of both arms alike, so many that up to `starts` of them are started."""
    wanted, size = 0.0, 0
    for candidate in ranked:
        wanted += _chance_to_start(candidate)
        if wanted >= starts + 1:
            break
        size += 1
    batch = _drawn(ranked[:size], seed=seed)
    while len(batch.started) > starts:
        size -= len(batch.started) - starts
        batch = _drawn(ranked[:size], seed=seed)
    return batch


def _chance_to_start(candidate: Candidate) -> float:
    return 1 - candidate.share if candidate.held_out is None else float(not candidate.held_out)


def _drawn(people: Sequence[Candidate], *, seed: str) -> Batch:
    new = draw_controls([c for c in people if c.held_out is None], seed=seed)
    controls = tuple(c for c in people if c.held_out or c.contact_id in new)
    started = tuple(c for c in people if not (c.held_out or c.contact_id in new))
    return Batch(started, controls)


def _whole(share: float) -> int:
    return round(share * _WHOLE)


def _number(*texts: str) -> int:
    digest = hashlib.blake2b("\x00".join(texts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
