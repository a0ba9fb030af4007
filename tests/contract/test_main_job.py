"""The whole main job on every CRM, and what adding one has touched (S1, S26-S29)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from connector.port.automation import AddsToWorkflow
from connector.registry import PROVIDERS
from core.db import metadata, open_engine, reading
from manifest.promise import known_providers
from tests.contract.conftest import FAKE, FAKE_PROMISE
from tests.contract.house import CrmHouse, build_house
from workflows.decisions import store as decision_store

ROOT = Path(__file__).parents[2]
ROOMS = (
    "app", "cards", "workflows", "scoring", "sync", "oauth", "connector", "core", "manifest",
    "sandbox",
)  # fmt: skip


@pytest.fixture
def second_engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database that knows nothing of what the first one holds."""
    engine = open_engine(f"sqlite:///{tmp_path / 'second.db'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_s26_to_s29_from_install_to_started_workflows(first_house: CrmHouse) -> None:
    house = first_house
    street = house.street
    house.install()
    house.drain()
    assert street.count_writes(street.account) == {}, "D12: a dry run comes first"
    house.approve_plan()
    standing = house.standing()
    assert standing.tally.is_verified
    assert standing.tally.failed == 0
    wave = house.approve_wave()
    assert 0 < len(wave) <= 50, "D12: the first batch is small"
    house.start_all_due()
    assert house.standing().enrollments == {"started": len(wave)}
    assert street.count_entries(street.account) == dict.fromkeys(wave, 1)
    for contact in wave:
        assert street.values(street.account, contact)["rekindle_status"] == "started"


class Died(BaseException):
    """The worker was killed."""


def test_a_start_that_a_worker_left_half_done_is_ended_by_the_next_and_made_once(
    first_house: CrmHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker dies when the CRM has done what was asked and before it could note so."""
    house = first_house
    house.write_values()
    house.street.advance(house.context.clock.now() + timedelta(hours=4))  # noon in Chicago
    wave = house.approve_wave()
    with house.opened() as crm:
        kind, asking = type(crm), "add_to_workflow" if isinstance(crm, AddsToWorkflow) else "write"
    real = getattr(kind, asking)

    def done_and_dead(*given: object) -> None:
        real(*given)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(kind, asking, done_and_dead)
        with pytest.raises(Died):
            house.run("workflows.jobs.start_due", house.account_id)
    assert house.street.count_entries(house.street.account), "the CRM had done it"
    for _another_worker in range(2):
        house.run("workflows.jobs.start_due", house.account_id)
    house.start_all_due()
    house.run("workflows.jobs.start_due", house.account_id)
    assert house.standing().enrollments == {"started": len(wave)}
    assert house.street.count_entries(house.street.account) == dict.fromkeys(wave, 1)


def test_losing_our_database_starts_nobody_a_second_time(
    first_house: CrmHouse, second_engine: Engine
) -> None:
    first_house.write_values()
    wave = first_house.approve_wave()
    first_house.start_all_due()
    first_house.street.uninstall(first_house.street.account)
    fresh = build_house(first_house.street, second_engine, str(second_engine.url))
    fresh.install()
    fresh.drain()
    with reading(second_engine) as connection:
        found = {c: decision_store.find_decision(connection, fresh.account_id, c) for c in wave}
    standing = {c: d.status for c, d in found.items() if d is not None}
    assert standing == dict.fromkeys(wave, "suppressed")


def test_a_crm_joins_with_new_folders_and_one_line(pretend_crm: None) -> None:
    """No room and no other street knows the pretend CRM, and yet every test here runs on it."""
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
