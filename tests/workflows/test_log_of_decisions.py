"""What is decided about people is told in the decision log: changes of standing, proposals, approvals (D12)."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from app.cli.main import app
from app.reports import decision_log as report
from connector.port.writing import Pace
from core import log
from core.clock import SystemClock
from core.context import entered
from core.db import reading
from core.vault import new_key
from oauth.account_settings.fields import AccountSettings
from scoring import jobs as scoring_jobs
from sync.mirror.tables import contacts
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows import jobs, waves
from workflows.decisions.planning import Planning
from workflows.log import store

pytestmark = pytest.mark.integration


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    made = Mirrored(engine)
    made.crowd(40)
    made.know("out", email_opt_out=True, sms_opt_out=True, days=900)
    made.run(scoring_jobs.score_account)
    plan(made)
    return made


def plan(mirrored: Mirrored, *some: str) -> None:
    own = AccountSettings(timezone="America/New_York")
    planning = Planning(mirrored.context, ACCOUNT, own, at=mirrored.clock.now())
    if some:
        planning.plan_some(some)
    else:
        planning.plan_all(Pace(100.0))


def told(mirrored: Mirrored, after: int = 0) -> list[dict[str, Any]]:
    with reading(mirrored.engine) as connection:
        return store.load_entries(connection, ACCOUNT, after=after)


def test_d12_each_change_of_standing_is_told_once_with_its_rule_and_evidence(
    mirrored: Mirrored,
) -> None:
    first = told(mirrored)
    (out,) = [row for row in first if row["contact_id"] == "out"]
    assert {k: out[k] for k in ("what", "who", "standing", "rule", "reason", "evidence")} == {
        "what": "suppressed",
        "who": "rule_book",
        "standing": "suppressed",
        "rule": "D1",
        "reason": "Opted out of e-mail",
        "evidence": "field:email_opt_out",
    }
    assert out["consent"]["email_opt_out"] is True
    assert out["at"] == mirrored.clock.now()
    standings = {row["standing"] for row in first}
    assert {"ready", "suppressed"} <= standings
    assert not {"active", "unmeasurable"} & standings, "nothing was decided about them"
    plan(mirrored)
    assert told(mirrored) == first, "who stands as before is not told of again"
    ready = next(row["contact_id"] for row in first if row["standing"] == "ready")
    with mirrored.engine.begin() as tx:
        no = {"do_not_contact": True}
        tx.execute(sa.update(contacts).where(contacts.c.contact_id == ready).values(**no))
    plan(mirrored, ready)
    (new,) = told(mirrored, after=first[-1]["entry_id"])
    assert (new["contact_id"], new["rule"], new["evidence"]) == (
        *(ready, "D1"),
        "field:do_not_contact",
    )


def test_d12_a_proposal_and_who_approved_it_are_told_of_each_contact(mirrored: Mirrored) -> None:
    before = told(mirrored)[-1]["entry_id"]
    at, now = mirrored.clock.now(), SystemClock().now()
    with mirrored.engine.begin() as tx:
        proposed = waves.propose_wave(tx, ACCOUNT, AccountSettings(), size=50, at=at, now=now)
        assert proposed is not None
        waves.approve_wave(tx, ACCOUNT, proposed.wave_id, by="ann", at=at, now=now)
    rows = told(mirrored, after=before)
    assert {row["subject"] for row in rows} == {proposed.wave_id}
    by_what = {
        what: [row for row in rows if row["what"] == what] for what in ("proposed", "approved")
    }
    assert len(by_what["proposed"]) == len(by_what["approved"]) == proposed.starts > 0
    assert {(row["who"], row["by"]) for row in by_what["approved"]} == {("person", "ann")}
    assert {row["who"] for row in by_what["proposed"]} == {"schedule"}
    alone = {row["contact_id"]: row["standing"] for row in rows if row["what"] == "standing"}
    assert alone == dict.fromkeys(proposed.controls, "held_out")


def test_d10_who_is_erased_is_a_hash_in_the_log(mirrored: Mirrored) -> None:
    count = len(told(mirrored))
    with entered(mirrored.context):
        jobs.erase_people(ACCOUNT, "out")
    rows = told(mirrored)
    assert len(rows) == count
    assert "out" not in {row["contact_id"] for row in rows}
    (erased,) = [row for row in rows if row["contact_hash"]]
    assert erased["rule"] == "D1"


@pytest.fixture
def cli(
    mirrored: Mirrored, database_url: str, queue_server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CliRunner]:
    for name, value in {
        "DATABASE_URL": database_url,
        "REDIS_URL": queue_server,
        "VAULT_KEYS": new_key(),
        "SESSION_SECRET": "x" * 40,
    }.items():
        monkeypatch.setenv(f"REKINDLE_{name}", value)
    yield CliRunner()
    log.configure("json", level="CRITICAL")


def test_d12_the_command_prints_the_log_of_an_account_or_of_a_contact(
    cli: CliRunner, mirrored: Mirrored
) -> None:
    every = json.loads(cli.invoke(app, ["log", ACCOUNT, "--json"]).stdout)
    assert every["account"] == ACCOUNT
    assert len(every["entries"]) == len(told(mirrored))
    one = json.loads(cli.invoke(app, ["log", ACCOUNT, "--contact", "out", "--json"]).stdout)
    assert [(e["contact_id"], e["rule"]) for e in one["entries"]] == [("out", "D1")]
    table = cli.invoke(app, ["log", ACCOUNT, "--contact", "out", "--csv"]).stdout
    (row,) = csv.DictReader(io.StringIO(table))
    assert tuple(row) == report.COLUMNS
    assert json.loads(row["consent"])["email_opt_out"] is True
    shown = cli.invoke(app, ["log", ACCOUNT, "--contact", "out"])
    assert "suppressed  out" in shown.stderr
    assert "D1 Opted out of e-mail" in shown.stderr
    nobody = cli.invoke(app, ["log", "nobody"])
    assert "There is no account nobody" in str(nobody.exception)
