"""A file is put on an account's do-not-contact list on its page and from the command line, and taken off again (D1)."""

import json
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from app.cli.main import app
from app.lab.browser import read_forms
from core import log
from core.vault import new_key
from tests.app.test_results_page import words_of
from tests.rekindle import Rekindle
from tests.scoring.mirrored import ACCOUNT, Mirrored

PAGE = "/admin/do-not-contact"


def test_an_admin_puts_a_file_on_the_list_and_takes_it_off(rekindle: Rekindle) -> None:
    rekindle.install()
    shown = rekindle.web.get(PAGE)
    assert "Nobody is on it." in shown.text
    token = next(f for f in read_forms(shown.text) if f.action == PAGE).fields["form_token"]
    file = {"file": ("list.csv", b"ann@example.com\nrival.example\n?\n", "text/csv")}
    done = rekindle.web.post(PAGE, data={"form_token": token, "what": "add"}, files=file)
    assert done.status_code == 200
    assert "2 entries" in done.text
    assert "2 entries were put on the list. 1 lines named none." in done.text
    assert "ann@example.com" not in done.text
    gone = rekindle.web.post(PAGE, data={"form_token": token, "what": "remove"}, files=file)
    assert "Nobody is on it." in gone.text
    typed = {"form_token": token, "names": "ann@example.com\n+1 212 555 0123\n"}
    named = " ".join(rekindle.web.post(PAGE, data=typed).text.split())
    assert "1 addresses, 1 numbers and 0 domains were read" in named
    lifted = rekindle.web.post(PAGE, data={**typed, "what": "remove"}).text
    assert "Nobody is on it." in lifted
    history = words_of(lifted[lifted.index('id="changes"') :])
    assert history.count("HubSpot user") == 4, "each change has its author"
    assert history.index("3 entries taken off") < history.index("3 entries put on")
    assert history.index("3 entries put on") < history.index("2 entries taken off")
    assert rekindle.web.post(PAGE, data={"form_token": token, "names": " "}).status_code == 400
    refused = rekindle.web.post(PAGE, data={"form_token": "x", "what": "add"}, files=file)
    assert refused.status_code == 401


def test_the_command_puts_a_file_on_the_list_d1(
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
    listed = tmp_path / "list.txt"
    listed.write_text("ann@example.com\n+1 212 555 0123\n")
    try:
        done = CliRunner().invoke(app, ["do-not-contact", ACCOUNT, str(listed), "--json"])
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        assert (told["addresses"], told["numbers"], told["entries"]) == (1, 1, {"file": 3})
        off = CliRunner().invoke(app, ["do-not-contact", ACCOUNT, str(listed), "--remove"])
        assert "3 entries were taken off the list" in off.stdout + off.stderr
    finally:
        log.configure("json", level="CRITICAL")
