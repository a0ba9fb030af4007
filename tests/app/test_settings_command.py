"""`rekindle settings`: shows what holds, changes it in the operator's name, and refuses in plain words."""

import getpass
import json
from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from app.cli.main import app
from core import log
from core.errors import AppError
from core.vault import new_key
from tests.scoring.mirrored import ACCOUNT, Mirrored

Run = Callable[..., Result]


@pytest.fixture
def run(
    engine: Engine, database_url: str, queue_server: str, monkeypatch: pytest.MonkeyPatch
) -> Run:
    Mirrored(engine)
    for name, value in {
        "DATABASE_URL": database_url,
        "REDIS_URL": queue_server,
        "VAULT_KEYS": new_key(),
        "SESSION_SECRET": "x" * 40,
    }.items():
        monkeypatch.setenv(f"REKINDLE_{name}", value)

    def invoke(*arguments: str) -> Result:
        try:
            return CliRunner().invoke(app, ["settings", *arguments])
        finally:
            log.configure("json", level="CRITICAL")

    return invoke


def test_the_operator_changes_and_is_named(run: Run) -> None:
    assert run(ACCOUNT).exit_code == 0
    done = run(ACCOUNT, "--set", "vertical=dental", "--set", "holdout_share=20", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["settings"]["vertical"] == {"value": "dental", "from": "account"}
    assert told["settings"]["holdout_share"]["value"] == 0.2
    assert told["settings"]["timezone"] == {"value": "US/Eastern", "from": "CRM"}
    assert told["settings"]["phi"] == {"value": True, "from": "default"}
    (change,) = told["changes"]
    assert change["by"] == f"operator {getpass.getuser()}"
    assert change["what"] == {"vertical": [None, "Dental"], "holdout_share": [None, "20%"]}
    again = run(ACCOUNT, "--set", "vertical=")
    assert again.exit_code == 0
    assert "vertical: Dental -> not set" in again.stderr
    assert "holdout_share" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "There is no account nobody"),
        ([ACCOUNT, "--agency"], "No agency manages hubspot-1"),
        ([ACCOUNT, "--set", "vertical"], "NAME=VALUE"),
        ([ACCOUNT, "--set", "colour=blue"], "There is no setting colour"),
        ([ACCOUNT, "--set", "hours=6-23"], "hours: Nobody may be contacted before 08:00"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, arguments: list[str], says: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, AppError)
    assert says in done.exception.message
