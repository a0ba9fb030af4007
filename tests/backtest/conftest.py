"""A place for files, made-up histories, and a backtest of them through the command line's own code."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner, Result

START = date(2024, 1, 1)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of text or bytes and give its path."""

    def _write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return _write


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `rekindle backtest` in an empty folder; stdin is not a terminal."""
    from app.cli.main import app  # noqa: PLC0415  units beside it need no commands

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def _run(*arguments: object, end: str = "2024-09-30", days: int = 90) -> Result:
        options = ["--calibration-end", end, "--holdout-days", str(days)]
        return CliRunner().invoke(app, ["backtest", *map(str, arguments), *options])

    return _run


@pytest.fixture
def as_json(run: Callable[..., Result]) -> Callable[..., dict[str, Any]]:
    """Run it with --json and read the one object on stdout."""

    def _as_json(*arguments: object, end: str = "2024-09-30", days: int = 90) -> dict[str, Any]:
        result = run(*arguments, "--json", end=end, days=days)
        assert result.exit_code == 0, result.stderr
        answer: dict[str, Any] = orjson.loads(result.stdout)
        return answer

    return _as_json


@pytest.fixture
def predicted(
    run: Callable[..., Result], tmp_path: Path
) -> Callable[..., dict[str, tuple[float, float]]]:
    """Run it with --out and read the predictions: id → chance and expected number, in order."""

    def _predicted(
        *arguments: object, end: str = "2024-09-30", days: int = 90
    ) -> dict[str, tuple[float, float]]:
        out = tmp_path / "predictions.csv"
        result = run(*arguments, "--json", "--out", out, end=end, days=days)
        assert result.exit_code == 0, result.stderr
        with out.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == ["customer_id", "p_return", "expected_purchases"]
        return {who: (float(p), float(n)) for who, p, n in rows[1:]}

    return _predicted


def shop(people: int, *, seed: int = 1, days: int = 400) -> list[tuple[str, date, float]]:
    """Purchases of made-up customers (id with leading zeros, day, amount) in order of time."""
    dice = np.random.default_rng(seed)
    rows = []
    for who in range(people):
        at = dice.uniform(0, days * 0.6)
        pause, life = 1 / max(dice.gamma(0.7, 1 / 40), 1e-6), at + dice.exponential(200)
        while at < min(life, days):
            amount = round(float(dice.lognormal(3, 0.5)), 2)
            rows.append((f"{who:05d}", START + timedelta(days=int(at)), amount))
            at += dice.exponential(pause)
    return sorted(rows, key=lambda row: row[1])


def as_csv(rows: list[tuple[str, date, float]]) -> str:
    return "customer_id,date,amount\n" + "".join(f"{who},{day},{sum_}\n" for who, day, sum_ in rows)


@pytest.fixture(scope="session")
def purchases() -> list[tuple[str, date, float]]:
    """400 customers over 400 days from the start of 2024."""
    return shop(400)


@pytest.fixture(scope="session")
def to_csv() -> Callable[[list[tuple[str, date, float]]], str]:
    return as_csv


@pytest.fixture(scope="session")
def make_shop() -> Callable[..., list[tuple[str, date, float]]]:
    return shop
