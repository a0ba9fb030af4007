"""A place for files, and an audit of them through the command line's own code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

Write = Callable[..., Path]
Run = Callable[..., Result]
AsJson = Callable[..., dict[str, Any]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of text or bytes and give its path."""

    def _write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return _write


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `rekindle audit` in an empty folder; stdin is not a terminal."""
    from app.cli.main import app  # noqa: PLC0415  units beside it need no commands

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def _run(*arguments: object, answers: str | None = None) -> Result:
        return CliRunner().invoke(app, ["audit", *map(str, arguments)], input=answers)

    return _run


@pytest.fixture
def as_json(run: Run) -> AsJson:
    """Run it with --json and read the one object on stdout."""

    def _as_json(*arguments: object) -> dict[str, Any]:
        result = run(*arguments, "--json", "--as-of", "2026-06-30")
        assert result.exit_code == 0, result.stderr
        answer: dict[str, Any] = orjson.loads(result.stdout)
        return answer

    return _as_json
