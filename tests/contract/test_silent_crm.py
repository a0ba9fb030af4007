"""A CRM that does not answer takes no page away, and no database connection waits for it (S27)."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.pool import QueuePool

from app.pages import workflow_choices
from connector.errors import CrmUnavailable
from connector.port.automation import AddsToWorkflow
from tests.contract.rekindle import CrmRekindle

SILENT = "Your CRM doesn't answer right now"


def test_the_plan_shows_whether_or_not_the_crm_answers(
    first_rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    rekindle = first_rekindle
    rekindle.write_values()
    with rekindle.opened() as crm:
        kind = type(crm)
    held: list[int] = []

    def fails(*_: object) -> object:
        pool = rekindle.context.engine.pool
        assert isinstance(pool, QueuePool)
        held.append(pool.checkedout())
        raise CrmUnavailable("Down for maintenance.")

    assert_silent(rekindle, monkeypatch, kind, fails)
    assert held == [0], "nobody holds a database connection while the CRM is asked"
    goes_on = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(workflow_choices, "WAIT_SECONDS", 0.05)
        assert_silent(rekindle, monkeypatch, kind, lambda *_: goes_on.wait(30) and [])
    goes_on.set()
    assert SILENT not in rekindle.web.get("/admin/plan").text
    assert rekindle.approve_wave()


def assert_silent(
    rekindle: CrmRekindle,
    monkeypatch: pytest.MonkeyPatch,
    kind: type,
    answer: Callable[..., object],
) -> None:
    """The page is whole but for what only the CRM knows."""
    with monkeypatch.context() as patch:
        asked = "fetch_workflows" if issubclass(kind, AddsToWorkflow) else "fetch_hindrances"
        patch.setattr(kind, asked, answer)
        page = rekindle.web.get("/admin/plan")
    assert page.status_code == 200
    assert SILENT in page.text
    assert "Start the workflow" not in page.text
    assert "Who, and why not the others" in page.text
