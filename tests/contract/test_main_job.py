"""The whole main job on every CRM, and what adding one has touched (S1, S26-S29)."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.port.automation import AddsToWorkflow
from connector.registry import PROVIDERS
from core.db import open_engine, reading
from manifest.promise import known_providers
from scoring.store import load_scores
from tests.contract.conftest import FAKE, FAKE_PROMISE
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.databases import MadeTables
from workflows.decisions import store as decision_store
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.tables import enrollments

ROOT = Path(__file__).parents[2]
ROOMS = (
    "app", "cards", "workflows", "scoring", "sync", "oauth", "connector", "core", "manifest",
    "sandbox",
)  # fmt: skip


@pytest.fixture
def second_engine(tmp_path: Path, made_tables: MadeTables) -> Iterator[Engine]:
    """An empty database that knows nothing of what the first one holds."""
    engine = open_engine(f"sqlite:///{tmp_path / 'second.db'}")
    made_tables.give(engine)
    yield engine
    engine.dispose()


def test_s26_to_s29_from_install_to_started_workflows(first_rekindle: CrmRekindle) -> None:
    rekindle = first_rekindle
    crm_side = rekindle.crm_side
    rekindle.install()
    rekindle.drain()
    assert crm_side.count_writes(crm_side.account) == {}, "D12: a dry run comes first"
    rekindle.approve_plan()
    standing = rekindle.standing()
    assert standing.tally.is_verified
    assert standing.tally.failed == 0
    wave = rekindle.approve_wave()
    assert 0 < len(wave) <= 50, "D12: the first batch is small"
    rekindle.start_all_due()
    started = rekindle.started_of(wave)
    assert rekindle.standing().enrollments[EnrollmentState.STARTED] == len(started)
    assert crm_side.count_entries(crm_side.account) == dict.fromkeys(started, 1)
    for contact in started:
        assert crm_side.values(crm_side.account, contact)["rekindle_status"] == "started"
    with reading(rekindle.context.engine) as connection:
        against = connection.execute(
            sa.select(enrollments.c.rule).where(
                enrollments.c.rule.is_not(None), enrollments.c.state == "started"
            )
        )
        assert against.all() == [], "what made a start wait does not speak against it any more"


class Died(BaseException):
    """The worker was killed."""


def test_a_start_that_a_worker_left_half_done_is_ended_by_the_next_and_made_once(
    first_rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker dies when the CRM has done what was asked and before it could note so."""
    rekindle = first_rekindle
    rekindle.write_values()
    rekindle.crm_side.advance(rekindle.context.clock.now() + timedelta(hours=4))  # noon in Chicago
    wave = rekindle.approve_wave()
    with rekindle.opened() as crm:
        kind, asking = type(crm), "add_to_workflow" if isinstance(crm, AddsToWorkflow) else "write"
    real = getattr(kind, asking)

    def done_and_dead(*given: object) -> None:
        real(*given)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(kind, asking, done_and_dead)
        with pytest.raises(Died):
            rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    assert rekindle.crm_side.count_entries(rekindle.crm_side.account), "the CRM had done it"
    for _another_worker in range(2):
        rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    rekindle.start_all_due()
    rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    started = rekindle.started_of(wave)
    assert started
    assert rekindle.crm_side.count_entries(rekindle.crm_side.account) == dict.fromkeys(started, 1)


def test_losing_our_database_starts_nobody_a_second_time(
    first_rekindle: CrmRekindle, second_engine: Engine
) -> None:
    first_rekindle.write_values()
    wave = first_rekindle.approve_wave()
    first_rekindle.start_all_due()
    wave = first_rekindle.started_of(wave)
    first_rekindle.crm_side.uninstall(first_rekindle.crm_side.account)
    fresh = build_rekindle(first_rekindle.crm_side, second_engine, str(second_engine.url))
    fresh.install()
    fresh.drain()
    with reading(second_engine) as connection:
        found = {c: decision_store.find_decision(connection, fresh.account_id, c) for c in wave}
        scores = {row["contact_id"]: row for row in load_scores(connection, fresh.account_id)}
    standing = {c: d.status for c, d in found.items() if d is not None}
    # A mail scanner's click is known for one while its e-mail is the last that was sent. To a fresh reading, after
    # our own, it is a person's, who is active and left alone for that.
    clicked = {c for c in wave if _is_active_by_a_click(scores[c])}
    assert standing == {c: "active" if c in clicked else "suppressed" for c in wave}


def _is_active_by_a_click(score: Mapping[str, object]) -> bool:
    return (score["band"], score["last_human_kind"]) == ("active", "click")


def test_a_crm_joins_with_new_folders_and_one_line(pretend_crm: None) -> None:
    """No package and no other CRM knows the pretend CRM, and yet every test here runs on it."""
    module = PROVIDERS.pop("fake")
    folder = ROOT / Path(*module.split(".")).parent
    assert folder == ROOT / "tests" / "fakecrm"
    assert FAKE_PROMISE.is_relative_to(folder)
    assert "fake" in known_providers()
    knowing = [
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if "fakecrm" in (text := file.read_text(encoding="utf-8")) or '"fake"' in text
    ]
    assert knowing == []
    assert set(FAKE) - set(PROVIDERS) == {"fake"}
