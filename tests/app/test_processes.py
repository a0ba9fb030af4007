"""What is shown of a child process that ended: what was out of the ordinary, no line of what went as usual."""

from pathlib import Path

import pytest

from app.processes import Children
from core import log


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
