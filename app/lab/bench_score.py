"""`rekindle bench score`: made-up contacts and events, scored in one process: seconds, memory, contacts a second."""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.clock import stopwatch
from core.errors import AppError
from scoring.features.input_frames import HUMAN_KINDS, KIND
from scoring.features.prepare import Prepared, ScoreSettings, facts_of, prepare
from scoring.learn.learnt import Learnt, learn_account
from scoring.score import described, valued, with_chances

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)
_YEARS_MS = 3 * 365 * 86_400_000
_SHARES = (0.08, 0.10, 0.30, 0.08, 0.04, 0.05, 0.05, 0.10, 0.20)
_EVENT_COLUMNS = ("person", "at", "kind", "way", "amount")
_PART = 1 << 19
_SOURCES = ("PAID_SEARCH", "ORGANIC_SEARCH", "REFERRALS", "OFFLINE", "DIRECT_TRAFFIC")


def score_made_up(contacts: int, events: int, *, tell: Callable[[str], None]) -> dict[str, Any]:
    """Make the data in another process, then score it in this one; raises AppError if that fails."""
    with tempfile.TemporaryDirectory(prefix="rekindle-bench-") as folder:
        tell(f"Making {contacts:,} contacts and {events:,} events")
        command = [sys.executable, "-m", "app.lab.bench_score", folder, str(contacts), str(events)]
        made = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
        if made.returncode:
            raise AppError(f"The made-up data could not be made: {made.stderr.strip()[-200:]}")
        tell("Scoring")
        return measure(Path(folder))


def measure(folder: Path) -> dict[str, Any]:
    """Seconds of each stage, the rate, and the peak memory of this process in MB."""
    people, happened = _load(folder)
    contacts = people.height
    before, started = _memory(), _cpu()
    settings, seconds = ScoreSettings(timezone="America/New_York"), {}
    elapsed = stopwatch()
    prepared: Prepared = prepare(people, happened, as_of=AS_OF, settings=settings)
    seconds["features"] = elapsed()
    del people, happened
    learnt: Learnt = learn_account(prepared)
    seconds["fit"] = elapsed() - seconds["features"]
    account = facts_of(prepared, as_of=AS_OF, settings=settings)
    frame, _ = valued(with_chances(prepared, learnt), prepared, account, settings)
    seconds["score"] = elapsed() - seconds["features"] - seconds["fit"]
    total, peak, used = elapsed(), _memory(), _cpu() - started
    told = stopwatch()
    sentences = sum(part["explanation"].count() for part in described(frame))
    return {
        "contacts": contacts,
        "events": prepared.events,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "total_seconds": round(total, 3),
        "contacts_per_second": round(contacts / total),
        "cpu_seconds": round(used, 3),
        "peak_memory_mb": round(peak, 1),
        "memory_before_mb": round(before, 1),
        "explanations": sentences,
        "explanation_seconds": round(told(), 3),
        "peak_memory_with_explanations_mb": round(_memory(), 1),
    }


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _load(folder: Path) -> tuple[pl.DataFrame, Iterator[pl.DataFrame]]:
    """Columns as the mirror's reader gives them: codes and numbers, no text per event."""
    moment = pl.Datetime("ms", "UTC")

    def column(name: str, codes: pl.Enum | None = None) -> pl.Series:
        values = pl.Series(np.load(folder / f"{name}.npy"))
        return values if codes is None else values.cat.to(codes)

    born = column("born")
    people = pl.DataFrame(
        {
            "contact_id": born.rank("ordinal").cast(pl.String),
            "created_at": born.cast(moment),
            "source": column("source", pl.Enum(_SOURCES)),
            "has_email": column("mail"),
            "has_phone": column("phone"),
            "sms_consent": column("consent"),
        }
    )
    return people, _parts(folder)


def _parts(folder: Path) -> Iterator[pl.DataFrame]:
    """The events, half a million at a time, as they come out of a database."""
    moment, ways = pl.Datetime("ms", "UTC"), pl.Enum(["in", "out"])
    files = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _EVENT_COLUMNS}
    for start in range(0, len(files["at"]), _PART):
        # Read, not mapped: what is mapped would count as this process's memory.
        part = {
            name: np.fromfile(
                folder / f"{name}.npy",
                dtype=values.dtype,
                count=_PART,
                offset=values.offset + start * values.itemsize,
            )
            for name, values in files.items()
        }
        yield pl.DataFrame(
            {
                "person": part["person"],
                "occurred_at": pl.Series(part["at"]).cast(moment),
                "kind": pl.Series(part["kind"]).cat.to(KIND),
                "direction": pl.Series(part["way"]).cat.to(ways),
                "amount": part["amount"],
            }
        )


def make(folder: Path, contacts: int, events: int) -> None:
    """People who come at their own rates and leave, over three years, as files of numbers."""
    rng = np.random.default_rng(1)
    now = int(AS_OF.timestamp() * 1000)
    born = now - (rng.random(contacts) * _YEARS_MS).astype(np.int64)
    rate = rng.gamma(0.8, 1.0, contacts)
    count = rng.multinomial(events, rate / rate.sum())
    person = np.repeat(np.arange(contacts, dtype=np.uint32), count)
    stayed = np.minimum(rng.exponential(0.5, contacts), 1.0)[person]
    at = born[person] + (rng.random(events) * stayed * (now - born[person])).astype(np.int64)
    kind = rng.choice(len(HUMAN_KINDS), events, p=_SHARES).astype(np.uint8)
    bought = kind == HUMAN_KINDS.index("purchase")
    order = rng.permutation(events)
    columns: dict[str, NDArray[Any]] = {
        "born": born,
        "source": rng.integers(0, len(_SOURCES), contacts, dtype=np.uint8),
        "mail": rng.random(contacts) < 0.92,
        "phone": rng.random(contacts) < 0.75,
        "consent": rng.random(contacts) < 0.6,
        "person": person[order],
        "at": at[order],
        "kind": kind[order],
        "way": (rng.random(events) < 0.4).astype(np.uint8)[order],
        "amount": np.where(bought, rng.lognormal(4, 1, events), np.nan).astype(np.float32)[order],
    }
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps({"made": True}))
