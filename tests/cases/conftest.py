"""Where the cases from the world are, and the commands they are run by, in this process."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

FOLDER = Path(
    os.environ.get("REKINDLE_CASES") or Path(__file__).parents[2] / "../shared/cases"
).resolve()
AS_OF = "2026-11-28"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """The folder of a case; the test is skipped where the cases are not at hand."""
    if not FOLDER.is_dir():
        pytest.skip(f"no cases at {FOLDER}: REKINDLE_CASES names them")
    monkeypatch.chdir(tmp_path)

    def _case(name: str) -> Path:
        folder = FOLDER / name
        assert (folder / "README").is_file(), f"{name} is gone"
        return folder

    return _case


def run(*arguments: object) -> Result:
    """A command as its README has it; stdin is not a terminal."""
    from app.cli.main import app  # noqa: PLC0415  it is loaded where cases are run

    return CliRunner().invoke(app, list(map(str, arguments)))


def audited(path: Path, *options: object) -> dict[str, Any]:
    """The answer of `rekindle audit PATH --json --as-of 2026-11-28`."""
    return _answer(run("audit", path, *options, "--json", "--as-of", AS_OF))


def backtested(path: Path) -> dict[str, Any]:
    """The answer of the backtest that the cases of purchases ask for."""
    dates = ("--calibration-end", "2025-12-31", "--holdout-days", "178")
    return _answer(run("backtest", path, *dates, "--json"))


def _answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    answer: dict[str, Any] = orjson.loads(result.stdout)
    return answer
