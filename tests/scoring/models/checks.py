"""What the tests of the models share: published customers, gradients by differences, dice."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from scoring.models.fitting import Floats, Likelihood

_ROOT = Path(__file__).resolve().parents[3]
EXCERPT = _ROOT / "tests" / "data" / "purchases_excerpt.csv"
SHARED = _ROOT.parent / "shared" / "data"
CALIBRATION_END = date(1997, 9, 30)


@dataclass(frozen=True, slots=True)
class Customers:
    """Repeat purchases by distinct days, in weeks, and the mean total of a repeat day."""

    x: Floats
    t_x: Floats
    age: Floats
    mean_value: Floats


def published(name: str) -> Path:
    """A file of published customers; skips the test where it is not at hand."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"the published data set {name} is not here")
    return path


def read_customers(path: Path) -> Customers:
    """The purchases of a file until the end of the calibration, summed up per customer."""
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["date"])
            if day <= CALIBRATION_END:
                days[row["customer_id"]][day] += float(row["amount"])
    rows = []
    for spent in days.values():
        first, *repeats = sorted(spent)
        last = repeats[-1] if repeats else first
        mean = sum(spent[day] for day in repeats) / len(repeats) if repeats else 0.0
        recency, age = (last - first).days / 7, (CALIBRATION_END - first).days / 7
        rows.append((len(repeats), recency, age, mean))
    x, t_x, age, mean_value = np.array(rows, dtype=np.float64).T
    return Customers(x, t_x, age, mean_value)


def assert_gradient(likelihood: Likelihood, theta: Floats) -> None:
    """The gradient agrees with central differences, to 1e-5 of the larger components."""
    gradient = likelihood(theta)[1]
    step = 1e-4
    for i, slope in enumerate(gradient):
        aside = np.zeros_like(theta)
        aside[i] = step
        difference = (likelihood(theta + aside)[0] - likelihood(theta - aside)[0]) / (2 * step)
        assert slope == pytest.approx(difference, rel=1e-5, abs=1e-6 * np.abs(gradient).max())


def dice(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def some_histories(seed: int, size: int = 60) -> tuple[Floats, Floats, Floats]:
    """Possible histories of every kind: nobody back, back at the very end, hundreds of times."""
    rng = dice(seed)
    age = rng.choice([0.0, 0.5, 4.0, 39.0, 300.0], size)
    x = np.where(age > 0, rng.choice([0.0, 1.0, 2.0, 9.0, 250.0], size), 0.0)
    t_x = np.where(x > 0, age * rng.choice([0.05, 0.6, 1.0], size), 0.0)
    return x, t_x, age


def assert_means_agree(seen: Floats, predicted: Floats, *, sigmas: float = 4.5) -> None:
    """The mean of what happened is within so many standard errors of what was predicted."""
    error = float(np.std(seen - predicted)) / np.sqrt(len(seen))
    assert float(np.mean(seen - predicted)) == pytest.approx(0, abs=sigmas * error)
