"""Processes: what is shown of one that ended, and which lanes those of a worker serve."""

from pathlib import Path

import pytest

from app.processes import Children
from app.worker import PROCESSES
from core import log
from core.queue import Lane


@pytest.mark.parametrize("form", ["console", "json"])
def test_only_what_was_out_of_the_ordinary_is_shown_of_a_log(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure(form)
    log.get("worker").info("job.pauses", seconds=1.5)
    log.get("worker").warning("job.failed", code="unavailable")
    written = capsys.readouterr().err
    assert "job.pauses" in written
    (tmp_path / "worker.log").write_text(written + "Killed\n")
    shown = Children(tmp_path).last_words("worker")
    assert "job.pauses" not in shown
    assert "job.failed" in shown
    assert shown.endswith("Killed")
    assert Children(tmp_path).last_words("web") == ""


@pytest.mark.parametrize("lane", list(Lane))
def test_no_job_waits_behind_a_less_urgent_one(lane: Lane) -> None:
    order = list(Lane)
    least = [max(order.index(served) for served in lanes) for lanes in PROCESSES]
    assert order.index(lane) in least, "a process that takes this lane and none below it"
