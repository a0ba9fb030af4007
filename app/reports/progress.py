"""How far an account is from its install to its first plan: one number from nothing to all, by steps; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.moments import to_millis

# What follows the reading, in its order: the job of each step and its name.
AFTER_READING = (
    ("sync.jobs.judge_fields", "fields"),
    ("scoring.jobs.score_account", "scoring"),
    ("workflows.jobs.plan_account", "planning"),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """`share` is 0..1 of all steps and never falls; `done` of `total` are records of the step that is under way."""

    share: float
    step: int
    steps: int
    name: str
    done: int | None = None
    total: int | None = None
    per_second: float | None = None
    seconds_left: float | None = None


def progress_of(
    parts: Mapping[str, Mapping[str, Any]],
    *,
    is_read: bool,
    asked: Collection[str],
    is_planned: bool,
    beat_at: datetime | None,
) -> Progress:
    """Of a reading's parts, and of the jobs that are asked for once it is over."""
    steps = max(1, len(parts)) + len(AFTER_READING)
    if is_planned:
        return Progress(1.0, steps, steps, "done")
    if is_read:
        left = [n for n, (job, _) in enumerate(AFTER_READING) if job in asked]
        following = left[0] if left else 0
        before = steps - len(AFTER_READING) + following
        return Progress(before / steps, before + 1, steps, AFTER_READING[following][1])
    done = sum(bool(part.get("done")) for part in parts.values())
    name, part = next(((n, p) for n, p in parts.items() if not p.get("done")), ("contacts", {}))
    return _reading(name, part, done, steps, beat_at)


def _reading(
    name: str, part: Mapping[str, Any], before: int, steps: int, beat_at: datetime | None
) -> Progress:
    done, total, began = part.get("read", 0), part.get("total"), part.get("began")
    # A CRM's count is an estimate: a step is over when its last page is.
    share = min(done / total, 0.99) if total else 0.0
    seconds = (to_millis(beat_at) - began) / 1000 if beat_at and began is not None else 0.0
    rate = done / seconds if seconds >= 1 and done else None
    left = max(0, total - done) / rate if rate and total else None
    return Progress(
        (before + share) / steps, before + 1, steps, name, done, total or None, rate, left
    )
