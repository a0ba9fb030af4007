"""How long answers take: which share of those that come at all has come by so many days after a message."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.models.logistic import Floats

Texts = NDArray[np.str_]

# Days; nothing that comes after the last is an answer to the message.
EDGES = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 14.0, 30.0, 60.0, 90.0)
# First answers within a week, most within a month, a trickle up to three (N8).
_USUAL = (0.26, 0.18, 0.18, 0.08, 0.08, 0.04, 0.05, 0.04, 0.05, 0.04)
# Answers of its own at which a channel of an account counts as much as what is usual.
_STRENGTH = 20.0
_STEPS = 12
# However young a message is, so many of its answers have come: none counts for very many.
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Delays:
    """Channel → the share of its answers that comes between each two of EDGES; a channel without is a usual one."""

    shares: Mapping[str, tuple[float, ...]]

    def come_by(self, channels: Texts, days: Floats) -> Floats:
        """The share of a channel's answers that has come so many days after the message."""
        found = np.zeros(len(days))
        for channel, mine in _parts(channels):
            whole = np.concatenate([[0.0], np.cumsum(self._of(channel))])
            found[mine] = np.interp(days[mine], EDGES, whole)
        return found

    def density(self, channels: Texts, days: Floats) -> Floats:
        """How dense answers are so many days after the message."""
        found = np.zeros(len(days))
        for channel, mine in _parts(channels):
            dense = np.array(self._of(channel)) / np.diff(EDGES)
            found[mine] = dense[_bins(days[mine])]
        return found

    def _of(self, channel: str) -> tuple[float, ...]:
        return self.shares.get(channel, _USUAL)


USUAL_DELAYS = Delays({})


def fit_delays(channels: Texts, days: Floats, ages: Floats, credit: Floats) -> Delays:
    """The delays of an account's own answers, begun at what is usual.

    `days` are from message to answer and count by `credit`; `ages` are how long each message could have been answered
    by now. Of young messages only quick answers are known yet, so the slow ones that are still to come are counted
    as well, as often as the delays found so far say.
    """
    shares: dict[str, tuple[float, ...]] = {}
    for channel, mine in _parts(channels):
        weight, age = credit[mine], np.minimum(ages[mine], EDGES[-1])
        place = _bins(age)
        rest = (np.array(EDGES)[place + 1] - age) / np.diff(EDGES)[place]
        seen = np.bincount(_bins(days[mine]), weight, minlength=len(_USUAL))
        found = np.array(_USUAL)
        for _ in range(_STEPS):
            # Of those to messages of an age, so many of each later part are still to come.
            come = np.interp(age, EDGES, np.concatenate([[0.0], np.cumsum(found)]))
            each = weight / np.maximum(come, _LEAST)
            whole = np.cumsum(np.bincount(place, each, minlength=len(found)))
            part = np.bincount(place, each * rest, minlength=len(found))
            missing = found * (np.concatenate([[0.0], whole[:-1]]) + part)
            counts = seen + missing + _STRENGTH * np.array(_USUAL)
            found = counts / counts.sum()
        shares[channel] = tuple(float(share) for share in found)
    return Delays(shares)


def _parts(channels: Texts) -> list[tuple[str, NDArray[np.bool_]]]:
    return [(str(channel), channels == channel) for channel in np.unique(channels)]


def _bins(days: Floats) -> NDArray[np.int64]:
    return np.asarray(np.clip(np.searchsorted(EDGES, days, side="right") - 1, 0, len(EDGES) - 2))
