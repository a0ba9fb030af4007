"""The whole demonstration speaks to HubSpot, and is answered, in the published shapes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from manifest.promise import load_promise
from sandbox.config import SandboxConfig
from sandbox.hubspot.client import easy_hubspot, serving_hubspot
from tests.shapes.hubspot import MISSING, published
from tests.shapes.recording_hubspot import Recorder

pytestmark = pytest.mark.processes


def test_everything_said_in_the_demonstration_is_as_published(tmp_path: Path) -> None:
    shapes = published()
    if shapes is None:
        pytest.skip(MISSING)
    config = SandboxConfig(contacts=250, crms=("hubspot",), options=(easy_hubspot(),))
    recorder = Recorder()
    with serving_hubspot(config, recorder.around) as lab:
        usual = {k: v for k, v in os.environ.items() if not k.startswith("REKINDLE_")}
        program = [sys.executable, "-c", "from app.cli.main import main; main()"]
        done = subprocess.run(
            [*program, "demo", "--once", "--json", "--sandbox", lab.url],
            cwd=tmp_path,
            env=usual,
            capture_output=True,
            text=True,
            check=False,
        )
        said = recorder.take()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accounts"][0]["verified"] is True
    used = {(e.method, e.path.split("/")[1]) for e in said}
    assert {("POST", "oauth"), ("GET", "crm"), ("POST", "crm")} <= used
    assert sorted({text for e in said for text in shapes.of_request(e)}) == []
    assert sorted({text for e in said for text in shapes.of_answer(e)}) == []
    promise = load_promise("hubspot")
    asked = frozenset((*promise.required_scopes, *promise.optional_scopes))
    assert sorted({text for e in said for text in shapes.unasked(e, asked)}) == []
