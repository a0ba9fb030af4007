"""`rekindle playbooks`: which there are, one in full, what is wrong with a file, and an account's own copies."""

import getpass
import json
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from app.cli.main import app
from core import log
from core.vault import new_key
from playbooks.library import packaged, packaged_text
from playbooks.reading import PlaybookInvalid
from tests.scoring.mirrored import ACCOUNT, Mirrored


def run(*arguments: str) -> Result:
    try:
        return CliRunner().invoke(app, ["playbooks", *arguments])
    finally:
        log.configure("json", level="CRITICAL")


def test_all_are_listed_with_their_segments_s25() -> None:
    told = json.loads(run("list", "--json").stdout)["playbooks"]
    assert [line["line"] for line in told] == list(packaged())
    audiology = next(line for line in told if line["line"] == "audiology")
    segments = {key for playbook in audiology["playbooks"] for key in playbook["segments"]}
    assert segments == {"inquired_never_scheduled", "tested_not_purchased", "upgrade_due"}
    assert "audiology_leads: Inquiries" in run("list").stderr


def test_one_is_shown_as_it_is_written() -> None:
    told = json.loads(run("show", "audiology_customers", "--json").stdout)
    (playbook,) = told["playbooks"]
    assert playbook["segments"][0]["when"]["any"][0] == {
        "field": "fitting_at",
        "older_than": 1095.75,
    }
    assert "upgrade_due" in run("show", "audiology").stderr


def test_files_are_checked_and_mistakes_are_named(tmp_path: Path) -> None:
    assert run("check").exit_code == 0
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(packaged_text("dental"), encoding="utf-8")
    assert run("check", str(good)).exit_code == 0
    bad.write_text(packaged_text("dental").replace("track: lead", "track: leed"), encoding="utf-8")
    line = packaged_text("dental").splitlines().index("    track: lead") + 1
    done = run("check", str(good), str(bad), "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["valid"], [file["valid"] for file in told["files"]]) == (False, [True, False])
    problem = told["files"][1]["problems"][0]
    assert (problem["line"], problem["field"]) == (line, "playbooks[0].track")
    done = run("check", str(bad))
    assert done.exit_code == 1
    assert f"line {line}, playbooks[0].track: track is never 'leed'." in done.stderr


def test_a_copy_that_takes_the_name_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "copy.yaml"
    text = packaged_text("retail").replace("retail_few_orders", "never_engaged")
    file.write_text(text, encoding="utf-8")
    done = run("check", str(file))
    assert done.exit_code == 1
    assert "Write another key, such as retail_never_engaged" in done.stderr


def test_what_is_copied_is_the_file_itself() -> None:
    assert run("copy", "fitness").stdout == packaged_text("fitness")


@pytest.mark.integration
def test_a_copy_holds_for_the_account_in_the_operators_name(
    engine: Engine,
    database_url: str,
    queue_server: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    Mirrored(engine)
    for name, value in {
        "DATABASE_URL": database_url,
        "REDIS_URL": queue_server,
        "VAULT_KEYS": new_key(),
        "SESSION_SECRET": "x" * 40,
    }.items():
        monkeypatch.setenv(f"REKINDLE_{name}", value)
    file = tmp_path / "general.yaml"
    text = packaged_text("general").replace("label: Looked around only", "label: Just looking")
    file.write_text(text, encoding="utf-8")
    assert run("save", ACCOUNT, str(file)).exit_code == 0
    shown = run("show", "lead_reactivation", "--account", ACCOUNT, "--json").stdout
    assert "Just looking" in shown
    (made,) = json.loads(run("history", ACCOUNT, "--json").stdout)["versions"]
    assert (made["version"], made["holds"]) == (1, "copy")
    assert made["by"] == f"operator {getpass.getuser()}"
    assert run("reset", ACCOUNT, "general").exit_code == 0
    shown = run("show", "lead_reactivation", "--account", ACCOUNT, "--json").stdout
    assert "Just looking" not in shown
    file.write_text(text.replace("track: lead", "track: leed"), encoding="utf-8")
    refused = run("save", ACCOUNT, str(file))
    assert isinstance(refused.exception, PlaybookInvalid)
    assert len(json.loads(run("history", ACCOUNT, "--json").stdout)["versions"]) == 2
